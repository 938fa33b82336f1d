"""“Protokoll”: who did what in this office, to be read, filtered and taken along."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from nahbar.audit.models import AuditEntry
from nahbar.audit.operations import record
from nahbar.audit.queries import Wanted, entries_of
from nahbar.audit.rules import ACTOR_KINDS, About, Action
from nahbar.people.action_words import DONE, done_in_words
from nahbar.people.doors import require_administrator
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.rules import BERLIN, day_bounds
from nahbar.web.office.forms import Dressed, day_field
from nahbar.web.office.log_words import (
    detail_in_words,
    kind_in_words,
    names_of,
    staff_among,
    who_in_words,
)
from nahbar.web.shared.desks import DeskRequest, administrator_view, desk_view
from nahbar.web.shared.spreadsheets import DELIMITER, MARK, harmless

PAGE = 50
CHUNK = 1000


class LogForm(Dressed, forms.Form):
    """Which rows; every field may stay empty."""

    first = day_field(label=gettext_lazy("Von"), required=False)
    last = day_field(label=gettext_lazy("Bis"), required=False)
    action = forms.ChoiceField(label=gettext_lazy("Was"), required=False)
    actor = forms.ChoiceField(label=gettext_lazy("Wer"), required=False)
    thing = forms.CharField(
        label=gettext_lazy("Kennung"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("Sie steht in der Adresse einer Seite."),
    )

    def __init__(self, data: Any = None, *, desk: Desk) -> None:
        super().__init__(data)
        actions = sorted(((action.value, str(words)) for action, words in DONE.items()), key=lambda one: one[1])
        choices: dict[str, list[tuple[str, str]]] = {
            "action": [("", _("alles")), *actions],
            "actor": [("", _("alle")), *_actors(desk)],
        }
        for name, offered in choices.items():
            field: Any = self.fields[name]
            field.choices = offered

    @property
    def wanted(self) -> Wanted:
        """The rows asked for; only after `is_valid`."""
        given = self.cleaned_data
        kind, _colon, actor = given["actor"].partition(":")
        return Wanted(
            begins=day_bounds(given["first"])[0] if given["first"] else None,
            ends=day_bounds(given["last"])[1] if given["last"] else None,
            action=given["action"],
            actor_kind=kind,
            actor_id=actor,
            object_id=given["thing"].strip(),
        )


def _actors(desk: Desk) -> list[tuple[str, str]]:
    """The office's people, and kinds of others; who left is found by day or kind."""
    staff = StaffMember.objects.filter(memberships__jobcenter=desk.jobcenter).distinct()
    people = [(f"staff:{one.public_id}", f"{one.last_name}, {one.first_name}") for one in staff]
    kinds = {"staff": _("alle Beschäftigten"), "client": _("Klientinnen und Klienten")}
    kinds |= {"system": _("Nahbar selbst"), "anonymous": _("nicht angemeldet")}
    return [*((kind, kinds[kind]) for kind in ACTOR_KINDS), *people]


@dataclass(frozen=True)
class Row:
    """One line, as people read it."""

    at: dt.datetime
    what: str
    who: str
    kind: str
    thing: str
    detail: str


def _rows(entries: Iterable[AuditEntry], names: dict[str, str]) -> Iterator[Row]:
    for one in entries:
        yield Row(
            at=one.at.astimezone(BERLIN),
            what=done_in_words(one.action),
            who=who_in_words(one, names),
            kind=kind_in_words(one.object_kind),
            thing=one.object_id,
            detail=detail_in_words(one),
        )


@require_safe
@administrator_view
def office_log(request: DeskRequest) -> HttpResponse:
    """A page of rows, newest first; `?vor=` goes on behind the last one of the page before."""
    desk = request.desk
    form = LogForm(request.GET or {}, desk=desk)
    if not form.is_valid():
        return render(request, "office/log.html", {"form": form, "setup_page": True}, status=422)
    found = entries_of(office=desk.jobcenter.slug, wanted=form.wanted)
    before = _before(request.GET.get("vor", ""))
    if before is not None:
        found = found.filter(at__lte=before[0]).exclude(at=before[0], pk__gte=before[1])
    entries = list(found[: PAGE + 1])
    shown = entries[:PAGE]
    context = {
        "form": form,
        "rows": list(_rows(shown, names_of(staff_among(shown)))),
        "older": _older(request, shown[-1]) if len(entries) > PAGE else "",
        "newest": before is None,
        "asked": [(name, value) for name, value in request.GET.items() if name in form.fields],
        "setup_page": True,
    }
    return render(request, "office/log.html", context)


def _older(request: DeskRequest, last: AuditEntry) -> str:
    asked = {name: value for name, value in request.GET.items() if name != "vor" and value}
    return urlencode(asked | {"vor": f"{last.at.astimezone(dt.UTC).isoformat()}~{last.pk}"})


def _before(text: str) -> tuple[dt.datetime, int] | None:
    """Moment and key of the last row of the page before; none where the address says nothing we wrote."""
    moment, _tilde, key = text.partition("~")
    try:
        at = dt.datetime.fromisoformat(moment)
        return (at, int(key)) if at.tzinfo and 0 < int(key) < 2**62 else None
    except ValueError:
        return None


@require_POST
@desk_view
def office_log_file(request: DeskRequest) -> HttpResponse | StreamingHttpResponse:
    """The same rows, all of them, for a spreadsheet; of a closed office, too. Taking them along is a row itself."""
    desk, now = request.desk, timezone.now()
    require_administrator(desk)
    form = LogForm(request.POST, desk=desk)
    if not form.is_valid():
        return render(request, "office/log.html", {"form": form, "setup_page": True}, status=422)
    found = entries_of(office=desk.jobcenter.slug, wanted=form.wanted)
    exported = record(
        action=Action.EXPORTED,
        by=desk.actor,
        office=desk.jobcenter.slug,
        about=About("audit", desk.jobcenter.slug),
        detail={"count": found.count()},
        now=now,
    )
    # Not the row about itself, nor what comes while it is read.
    found = found.filter(pk__lt=exported.pk)
    by_staff = found.filter(actor_kind="staff").order_by().values_list("actor_id", flat=True).distinct()
    lines = _lines(found.iterator(chunk_size=CHUNK), names_of(by_staff))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="protokoll-{now.astimezone(BERLIN):%Y-%m-%d}.csv"'
    return answer


class _Echo:
    """What `csv.writer` writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(entries: Iterator[AuditEntry], names: dict[str, str]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=DELIMITER)
    yield MARK + writer.writerow(_cells("Zeit", "Was", "Wer", "Art", "Kennung", "Einzelheiten"))
    for row in _rows(entries, names):
        yield writer.writerow(_cells(f"{row.at:%Y-%m-%d %H:%M:%S}", row.what, row.who, row.kind, row.thing, row.detail))


def _cells(*values: str) -> list[str]:
    """No cell is a formula."""
    return [harmless(value) for value in values]
