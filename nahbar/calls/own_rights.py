"""A person's talks and who was there when, for their rights."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nahbar.calls.models import Call, CallParticipation, CallPresence
from nahbar.calls.rules import CallState
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, plain
from nahbar.people.rules import Hindrance

THREE_MONTHS = _("höchstens drei Monate")
_CALL = [
    plain("opened_at", _("Jemand kam")),
    plain("started_at", _("Gespräch begonnen")),
    plain("ended_at", _("Ende")),
    chosen("end_reason", _("Warum beendet")),
]
_PLACE = [
    chosen("state", _("Stand")),
    plain("waiting_since", _("wartet seit")),
    plain("noticed_at", _("Fachkraft weiß Bescheid seit")),
    plain("admitted_at", _("eingelassen")),
    plain("gone_at", _("weg seit")),
]
_PRESENCE = [
    plain("joined_at", _("da von")),
    plain("left_at", _("bis")),
    Column("with", _("wer"), lambda presence: presence.place.participation.get_role_display()),
]


def _calls(who: Who) -> QuerySet[Call]:
    return Call.objects.filter(appointment__participations__client__in=who).order_by("opened_at")


def _places(who: Who) -> QuerySet[CallParticipation]:
    return CallParticipation.objects.filter(participation__client__in=who).order_by("pk")


def _presences(who: Who) -> QuerySet[CallPresence]:
    of_theirs = CallPresence.objects.filter(place__call__appointment__participations__client__in=who)
    return of_theirs.select_related("place__participation").order_by("joined_at")


def _hinders(who: Who, now: dt.datetime) -> set[Hindrance]:
    del now
    running = set(_calls(who).exclude(state=CallState.ENDED).values_list("state", flat=True))
    words = {CallState.ACTIVE: Hindrance.IN_TALK, CallState.OPEN: Hindrance.WAITING}
    return {words[CallState(state)] for state in running}


def _erase(who: Who) -> Erased:
    mine = Call.objects.filter(pk__in=list(_calls(who).values_list("pk", flat=True)))
    many = mine.count()
    mine.delete()
    return Erased(calls=many)


CALLS = Keeper(
    name="calls",
    title=_("Gespräche per Video"),
    until=THREE_MONTHS,
    models=frozenset(f"calls.{name}" for name in ("Call", "TakeOver", "SecondDevice")),
    export=lambda client: Table(_CALL, list(_calls([client.pk]))),
    erase=_erase,
    hinders=_hinders,
)
PLACES = Keeper(
    name="places",
    title=_("Warten und Einlass"),
    until=THREE_MONTHS,
    models=frozenset({"calls.CallParticipation"}),
    export=lambda client: Table(_PLACE, list(_places([client.pk]))),
    erase=lambda who: Erased(places=_places(who).delete()[1].get("calls.CallParticipation", 0)),
)
PRESENCES = Keeper(
    name="presences",
    title=_("Wer wann im Gespräch war"),
    until=THREE_MONTHS,
    models=frozenset({"calls.CallPresence"}),
    export=lambda client: Table(_PRESENCE, list(_presences([client.pk]))),
    erase=lambda who: Erased(presences=_presences(who).delete()[0]),
)
