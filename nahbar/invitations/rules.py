"""States of an invitation, the limits of guessing, and what a device checks; no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

WRONG_PROOFS_PER_DEVICE = 5
WRONG_PROOFS_PER_LINK = 10
# After the planned end: a talk that runs over, a question afterwards. Then the link is over.
LINK_OUTLIVES_APPOINTMENT = dt.timedelta(hours=4)
# What a device did is presence: kept three months at most (docs/privacy/); see calls.rules.KEEP_PRESENCE.
KEEP_DEVICES = dt.timedelta(days=88)


class InvitationState(TextChoices):
    """Where an invitation stands."""

    ISSUED = "issued", _("gültig")
    REVOKED = "revoked", _("zurückgezogen")
    EXPIRED = "expired", _("abgelaufen")


TRANSITIONS: dict[InvitationState, frozenset[InvitationState]] = {
    InvitationState.ISSUED: frozenset({InvitationState.REVOKED, InvitationState.EXPIRED}),
    InvitationState.REVOKED: frozenset(),
    # An appointment that was over is moved to another day: its link leads there again.
    InvitationState.EXPIRED: frozenset({InvitationState.ISSUED}),
}


class Check(TextChoices):
    """What a device tries before a talk, in this order."""

    MICROPHONE = "microphone", _("Mikrofon")
    CAMERA = "camera", _("Kamera")
    SOUND = "sound", _("Ton")
    CONNECTION = "connection", _("Netz")


class CheckResult(TextChoices):
    """How a check ended."""

    OK = "ok", _("geprüft")
    SKIPPED = "skipped", _("übersprungen")
    FAILED = "failed", _("nicht gelungen")


class Template(TextChoices):
    """The mails this room renders."""

    INVITATION = "invitation", _("Einladung")
    MOVED = "moved", _("Neue Zeit")
    MODE_CHANGED = "mode_changed", _("Neue Art")
    CANCELLED = "cancelled", _("Absage")
    REISSUED = "reissued", _("Neuer Link")


def useful_until(template: Template, *, starts_at: dt.datetime, ends_at: dt.datetime) -> dt.datetime:
    """When a mail comes too late: nobody is invited to a talk that has begun, but a new link still leads there."""
    return starts_at if template in {Template.INVITATION, Template.MOVED} else ends_at


@dataclass(frozen=True)
class Reference:
    """What a queued mail is about: `<invitation>:<revision>:<generation>`."""

    public_id: str
    revision: int
    generation: int

    @classmethod
    def parse(cls, about_id: str) -> Reference:
        """Reads `<invitation>:<revision>:<generation>`."""
        public_id, revision, generation = about_id.split(":")
        return cls(public_id, int(revision), int(generation))

    def __str__(self) -> str:
        return f"{self.public_id}:{self.revision}:{self.generation}"


PROOF_LENGTH = 4


def plain(typed: str, *, digits_only: bool = False) -> str:
    """Letters and digits only, large: what stands between them is nobody's proof."""
    kept = str.isdigit if digits_only else str.isalnum
    return "".join(character for character in typed if kept(character)).upper()


def number_end(number: str) -> str:
    """The last four characters of a customer number; empty for one that is too short to prove anything."""
    found = plain(number)
    return found[-PROOF_LENGTH:] if len(found) >= PROOF_LENGTH else ""
