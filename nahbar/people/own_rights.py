"""What this room itself keeps about a person: the record, what leads to it, who looked, a hold on its erasure."""

from __future__ import annotations

import datetime as dt
import re

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nahbar.audit.rules import About
from nahbar.jobcenters.models import BarrierReport
from nahbar.people.models import Client, ClientLook, FormerNumber, LegalHold, SearchKey, StaffMember
from nahbar.people.queries import merged_into
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, plain
from nahbar.people.rules import Hindrance, KeyKind

WITH_FILE = _("so lange wie die Akte")
# In a free text something shorter is a house number as well.
SHORTEST_MARK = 5

_RECORD = [
    chosen("salutation", _("Anrede")),
    plain("first_name", _("Vorname")),
    plain("last_name", _("Nachname")),
    plain("number", _("Kundennummer")),
    plain("birth_date", _("Geburtsdatum")),
    plain("email", _("E-Mail")),
    plain("phone_display", _("Telefon")),
    chosen("language", _("Sprache")),
    chosen("preferred_mode", _("Am liebsten")),
    plain("what_helps", _("Was hilft")),
    Column("place", _("Wohnort, für Kilometer"), lambda client: client.place.name if client.place else ""),
    plain("guardian_name", _("Betreuung: Name")),
    plain("guardian_phone", _("Betreuung: Telefon")),
    plain("guardian_email", _("Betreuung: E-Mail")),
    plain("notes", _("Notizen")),
    Column("notes_by", _("Notizen von"), lambda client: _name(client.notes_by)),
    plain("notes_at", _("Notizen vom")),
    Column("office", _("Jobcenter"), lambda client: client.jobcenter.name),
    Column("team", _("Team"), lambda client: client.team.name),
    plain("created_at", _("Akte angelegt")),
    Column("changed_by", _("Zuletzt geändert von"), lambda client: _name(client.changed_by)),
    plain("changed_at", _("Zuletzt geändert am")),
    plain("revision", _("So oft geändert")),
    Column("id", _("Kennung"), lambda client: client.public_id),
]
_HOLD = [
    chosen("reason", _("Grund")),
    plain("last_day", _("gilt bis")),
    plain("set_at", _("gesetzt am")),
]
_FORMER_NUMBER = [plain("number", _("Kundennummer"))]
KINDS: dict[str, Promise] = {
    KeyKind.NAME: _("Name"),
    KeyKind.SOUND: _("Klang des Namens"),
    KeyKind.NUMBER: _("Kundennummer"),
}
_SEARCH_KEY = [
    Column("kind", _("Art"), lambda row: row.kind, lambda row: KINDS[row.kind]),
    plain("key", _("Suchwort")),
]
_LOOK = [
    plain("at", _("Wann")),
    Column("by", _("Wer"), lambda look: look.staff.full_name),
    chosen("reason", _("Grund")),
    plain("note", _("In eigenen Worten")),
    plain("until", _("offen bis")),
]


def _name(staff: StaffMember | None) -> str:
    return staff.full_name if staff else ""


def _erase_record(who: Who) -> Erased:
    return Erased(client=Client.objects.filter(pk__in=who).delete()[0])


def _erase_former_numbers(who: Who) -> Erased:
    return Erased(former_numbers=FormerNumber.objects.filter(client__in=who).delete()[0])


def _erase_search_keys(who: Who) -> Erased:
    return Erased(search_keys=SearchKey.objects.filter(client__in=who).delete()[0])


def _erase_looks(who: Who) -> Erased:
    return Erased(looks=ClientLook.objects.filter(client__in=who).delete()[0])


def _marks(client: Client) -> list[re.Pattern[str]]:
    """What nobody shares with them, whole: their own address, their numbers. Names and telephones are others', too."""
    numbers = {client.number, *(one.number for one in client.former_numbers.all())}
    marks = [(one, r"(?<![\w-]){}(?![\w-])") for one in numbers]
    marks.append((client.email, r"(?<![\w.+-]){}(?![\w-]|\.\w)"))
    return [
        re.compile(around.format(re.escape(mark)), re.IGNORECASE)
        for mark, around in marks
        if len(mark) >= SHORTEST_MARK
    ]


def _says(marks: list[re.Pattern[str]], *texts: str) -> bool:
    return any(mark.search(text) for mark in marks for text in texts)


def _reports(who: Who) -> QuerySet[BarrierReport]:
    """Reports to the people's offices that say whose they are. There are few at any time: they stay for 14 days."""
    clients = list(Client.objects.filter(pk__in=who).prefetch_related("former_numbers"))
    reports = list(BarrierReport.objects.filter(jobcenter__in={client.jobcenter_id for client in clients}))
    theirs: set[int] = set()
    for client in clients if reports else []:
        marks, office = _marks(client), client.jobcenter_id
        theirs |= {one.pk for one in reports if one.jobcenter_id == office and _says(marks, one.body, one.answer_to)}
    return BarrierReport.objects.filter(pk__in=theirs)


def _export_reports(client: Client) -> Table:
    """The address only where it is theirs: a report may be somebody else's, who names them."""
    marks = _marks(client)

    def answer_to(report: BarrierReport) -> str:
        return report.answer_to if _says(marks, report.answer_to) else ""

    columns = [
        plain("made_at", _("Wann")),
        plain("body", _("Was gemeldet wurde")),
        Column("answer_to", _("Antwort an"), answer_to),
    ]
    return Table(columns, list(_reports([client.pk]).order_by("made_at")))


def _erase_reports(who: Who) -> Erased:
    return Erased(barrier_reports=_reports(who).delete()[0])


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
    about=lambda client: {About("client", one) for one in merged_into(client) | {str(client.public_id)}},
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
FORMER_NUMBERS = Keeper(
    name="former_numbers",
    title=_("Frühere Kundennummern"),
    until=WITH_FILE,
    models=frozenset({"people.FormerNumber"}),
    export=lambda client: Table(_FORMER_NUMBER, list(client.former_numbers.order_by("number"))),
    erase=_erase_former_numbers,
)
SEARCH_KEYS = Keeper(
    name="search_keys",
    title=_("Suchwörter, unter denen die Akte gefunden wird"),
    until=WITH_FILE,
    models=frozenset({"people.SearchKey"}),
    export=lambda client: Table(_SEARCH_KEY, list(client.search_keys.order_by("kind", "key"))),
    erase=_erase_search_keys,
)
LOOKS = Keeper(
    name="looks",
    title=_("Wer die Akte mit Begründung geöffnet hat"),
    until=_("drei Jahre"),
    models=frozenset({"people.ClientLook"}),
    export=lambda client: Table(_LOOK, list(client.looks.select_related("staff").order_by("at", "pk"))),
    erase=_erase_looks,
)
REPORTS = Keeper(
    name="barrier_reports",
    title=_("Meldungen von Barrieren mit Kundennummer oder E-Mail der Person"),
    until=_("14 Tage"),
    models=frozenset({"jobcenters.BarrierReport"}),
    export=_export_reports,
    erase=_erase_reports,
)
