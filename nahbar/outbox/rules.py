"""States of a message, how it may move between them, and how long it waits for another try."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    QUEUED = "queued", _("wird versendet")
    SENDING = "sending", _("wird gerade versendet")
    SENT = "sent", _("versendet")
    FAILED = "failed", _("nicht zustellbar")
    # A worker died, or the line broke, after the mail was handed over: it may have arrived.
    UNCERTAIN = "uncertain", _("ungewiss, ob versendet")
    DROPPED = "dropped", _("nicht mehr nötig")


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.QUEUED, State.SENT, State.FAILED, State.UNCERTAIN, State.DROPPED}),
    State.SENT: frozenset(),
    # Only a person moves these two on.
    State.FAILED: frozenset({State.QUEUED}),
    State.UNCERTAIN: frozenset({State.SENT, State.QUEUED}),
    State.DROPPED: frozenset(),
}

# It has gone out, or may have.
MAYBE_READ = frozenset({State.SENDING, State.SENT, State.UNCERTAIN})

FATES = frozenset({State.SENT, State.FAILED, State.UNCERTAIN, State.DROPPED})


class Channel(TextChoices):
    MAIL = "mail", _("E-Mail")


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about, by kind ("invitation") and id; the outbox never looks inside."""

    kind: str
    id: str


# Together about a day: a mail server that is down over night loses nothing.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
JITTER = 0.1

# How long a claimed message may stay without news before its worker counts as dead.
# Longer than every step of the SMTP conversation timing out in turn (see smtp.py).
LEASE = timedelta(minutes=3)

# How long a due message may lie before its task counts as lost.
GRACE = timedelta(minutes=1)

KEPT_AFTER_FATE = timedelta(days=14)
KEPT_TASKS = timedelta(days=3)


def wait_after(*, attempts: int, chance: float) -> timedelta | None:
    """How long to wait after that many attempts, or None to give up.

    `chance` in [0, 1) spreads the retries of many messages that failed at the same moment.
    """
    if not 1 <= attempts <= len(WAITS):
        return None
    return WAITS[attempts - 1] * (1 + JITTER * chance)
