"""Purposes, routes and states of a consent; no database."""

import hashlib

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    """What somebody agrees to; each purpose is a record of its own."""

    VIDEO_COUNSELLING = "video_counselling", _("Beratung per Video")


class Route(TextChoices):
    """How the consent reached the office."""

    TAP = "tap", _("angetippt")
    LETTER = "letter", _("per Brief")
    PHOTO = "photo", _("Foto des unterschriebenen Blatts")
    ORAL = "oral", _("mündlich vor einer Zeugin oder einem Zeugen")


class ConsentState(TextChoices):
    """Where a consent stands."""

    PENDING = "pending", _("offen")
    GIVEN = "given", _("gegeben")
    WITHDRAWN = "withdrawn", _("widerrufen")
    SUPERSEDED = "superseded", _("ersetzt")


TRANSITIONS: dict[ConsentState, frozenset[ConsentState]] = {
    ConsentState.PENDING: frozenset({ConsentState.GIVEN, ConsentState.WITHDRAWN}),
    ConsentState.GIVEN: frozenset({ConsentState.WITHDRAWN, ConsentState.SUPERSEDED}),
    ConsentState.WITHDRAWN: frozenset(),
    ConsentState.SUPERSEDED: frozenset(),
}


def text_hash(body: str) -> str:
    """SHA-256 of the text exactly as it was shown, hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()
