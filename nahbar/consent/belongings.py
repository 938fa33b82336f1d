"""What this room keeps about a client, for the merging of two records."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from nahbar.consent.models import Consent
from nahbar.consent.operations import move_state
from nahbar.consent.rules import ConsentState
from nahbar.people.merging import Belonging, register
from nahbar.people.models import Client


def _count(client: Client) -> int:
    return Consent.objects.filter(client=client).count()


def _move(double: Client, kept: Client, now: dt.datetime) -> None:
    """What the person said last holds, whichever record it was said to: a later withdrawal ends an earlier yes."""
    said = Consent.objects.filter(client__in=[double, kept]).order_by("purpose", "-id")
    latest: dict[str, Consent] = {}
    for consent in said:
        last = latest.setdefault(consent.purpose, consent)
        if consent.state == ConsentState.GIVEN and consent is not last:
            move_state(consent=consent, to=_instead(last), now=now)
    Consent.objects.filter(client=double).update(client=kept)


def _instead(last: Consent) -> ConsentState:
    return ConsentState.WITHDRAWN if last.state == ConsentState.WITHDRAWN else ConsentState.SUPERSEDED


def register_belongings() -> None:
    """For `AppConfig.ready()`."""
    register(Belonging(name=_("Einverständnisse"), count=_count, move=_move, forbids=lambda kept, double, now: None))
