"""What this room itself keeps about a person: the record, and a hold on its erasure."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nahbar.audit.rules import About
from nahbar.people.models import Client, LegalHold
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, plain
from nahbar.people.rules import Hindrance

WITH_FILE = _("so lange wie die Akte")

_RECORD = [
    chosen("salutation", _("Anrede")),
    plain("first_name", _("Vorname")),
    plain("last_name", _("Nachname")),
    plain("number", _("Kundennummer")),
    plain("birth_date", _("Geburtsdatum")),
    plain("email", _("E-Mail")),
    plain("phone_display", _("Telefon")),
    chosen("language", _("Sprache")),
    plain("what_helps", _("Was hilft")),
    Column("office", _("Jobcenter"), lambda client: client.jobcenter.name),
    Column("team", _("Team"), lambda client: client.team.name),
    plain("created_at", _("Akte angelegt")),
    Column("id", _("Kennung"), lambda client: client.public_id),
]
_HOLD = [
    chosen("reason", _("Grund")),
    plain("last_day", _("gilt bis")),
    plain("set_at", _("gesetzt am")),
]


def _erase_record(who: Who) -> Erased:
    return Erased(client=Client.objects.filter(pk__in=who).delete()[0])


def _erase_hold(who: Who) -> Erased:
    return Erased(hold=LegalHold.objects.filter(client__in=who).delete()[0])


def _hold_hinders(who: Who, now: dt.datetime) -> set[Hindrance]:
    holding = LegalHold.objects.filter(client__in=who, last_day__gte=timezone.localdate(now))
    return {Hindrance.HOLD} if holding.exists() else set()


RECORD = Keeper(
    name="record",
    title=_("Angaben zur Person"),
    until=WITH_FILE,
    models=frozenset({"people.Client"}),
    export=lambda client: Table(_RECORD, [client]),
    erase=_erase_record,
    about=lambda client: {About("client", str(client.public_id))},
)
HOLD = Keeper(
    name="hold",
    title=_("Löschsperre"),
    until=_("bis sie aufgehoben ist"),
    models=frozenset({"people.LegalHold"}),
    export=lambda client: Table(_HOLD, list(LegalHold.objects.filter(client=client))),
    erase=_erase_hold,
    hinders=_hold_hinders,
)
