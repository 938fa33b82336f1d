"""What forbids merging two records of a client: somebody who is just in a talk."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from nahbar.calls.models import CallParticipation
from nahbar.calls.rules import CallState, PlaceState
from nahbar.people.merging import Belonging, register
from nahbar.people.models import Client

IN_TALK = "in_talk"
PRESENT = {PlaceState.WAITING, PlaceState.ADMITTED, PlaceState.OUT}


def _open_places(client: Client) -> int:
    places = CallParticipation.objects.filter(participation__client=client, state__in=PRESENT)
    return places.exclude(call__state=CallState.ENDED).count()


def _in_talk(kept: Client, double: Client, now: dt.datetime) -> str | None:
    return IN_TALK if _open_places(kept) or _open_places(double) else None


def register_belongings() -> None:
    """For `AppConfig.ready()`. Places hang on the appointments, and move with them."""
    register(
        Belonging(
            name=_("laufende Gespräche"), count=_open_places, move=lambda double, kept, now: None, forbids=_in_talk
        )
    )
