"""“Zahlen”: what came of it, for team leads and controlling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action
from nahbar.web.lead.asking import Asked, ask, report_of, why_hidden
from nahbar.web.lead.exports import CSV, XLSX, as_csv, as_xlsx
from nahbar.web.lead.periods import in_words, one_month, quarter_of, year_of
from nahbar.web.shared.desks import DeskRequest, figures_view

TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@require_safe
@figures_view
def office_figures(request: DeskRequest) -> HttpResponse:
    """The figures of the months and the team that the address names."""
    return _page(request, request.GET)


@require_POST
@figures_view
def office_figures_file(request: DeskRequest) -> HttpResponse:
    """What that page shows, for a spreadsheet; what the page could not show as asked is no file. Audited."""
    desk, now = request.desk, timezone.now()
    with translation.override("de"):
        asked = ask(jobcenter=desk.jobcenter, query=request.POST, today=timezone.localdate(now))
        report = report_of(jobcenter=desk.jobcenter, asked=asked)
        form = XLSX if request.POST.get("form") == XLSX else CSV
        if asked.problems or not report.sections:
            return _page(request, request.POST)
        content = as_xlsx(report) if form == XLSX else as_csv(report)
    record(
        action=Action.EXPORTED,
        by=desk.actor,
        office=desk.jobcenter.slug,
        about=About("figures", desk.jobcenter.slug),
        detail={"form": form, **_codes(asked)},
        now=now,
    )
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{_file_name(asked)}.{form}"'
    return answer


def _codes(asked: Asked) -> dict[str, str | int]:
    """What was taken along, for the audit log and the file's name: no name of anybody or anything."""
    first, last = f"{asked.period.first:%Y-%m}", f"{asked.period.last:%Y-%m}"
    period = asked.period.code or f"{first}-{last}"
    return {"period": period} | ({"team": asked.team.team_id} if asked.team else {})


def _file_name(asked: Asked) -> str:
    """A folder of downloads is seen by others."""
    return "-".join(("zahlen", *(str(value).lower() for value in _codes(asked).values())))


def _page(request: DeskRequest, query: Mapping[str, str]) -> HttpResponse:
    desk = request.desk
    asked = ask(jobcenter=desk.jobcenter, query=query, today=timezone.localdate())
    context = {
        "report": report_of(jobcenter=desk.jobcenter, asked=asked),
        "problems": asked.problems,
        "teams": asked.teams,
        "hidden_teams": [(team, why_hidden(team)) for team in asked.teams if team.is_hidden],
        "chosen_team": asked.team.team_id if asked.team else None,
        "asked": list(asked.query_for(asked.period).items()),
        "has_figures": bool(asked.months),
        "ends": _ends(asked, query),
        "lengths": _lengths(asked),
        **_neighbours(asked),
    }
    return render(request, "lead/figures.html", context, status=422 if asked.problems else 200)


def _neighbours(asked: Asked) -> dict[str, str]:
    """Addresses of the same length of time before and after, as far as there are figures."""
    period = asked.period
    has_before = bool(asked.months) and period.before.last >= asked.months[0]
    has_after = period.next.first <= asked.latest
    return {
        "here": urlencode(asked.query_for(period)),
        "earlier": urlencode(asked.query_for(period.before)) if has_before else "",
        "later": urlencode(asked.query_for(period.next)) if has_after else "",
    }


def _lengths(asked: Asked) -> list[tuple[str, str, bool]]:
    """The month, the quarter and the year in which what is shown ends."""
    last = asked.shown.last
    periods = ((_("Monat"), one_month(last)), (_("Quartal"), quarter_of(last)), (_("Jahr"), year_of(last)))
    return [(word, urlencode(asked.query_for(one)), one == asked.period) for word, one in periods]


def _ends(asked: Asked, query: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Two lists of months to choose from; chosen is what was typed, else what is shown."""
    shown = asked.shown
    months = sorted({*asked.months, asked.latest, shown.first, shown.last}, reverse=True)
    offered = [(f"{month:%Y-%m}", in_words(month)) for month in months]
    ends = (("von", _("Von"), shown.first), ("bis", _("Bis"), shown.last))
    return [(name, label, _marked(offered, query.get(name, ""), month)) for name, label, month in ends]


def _marked(offered: list[tuple[str, str]], typed: str, month: dt.date) -> list[tuple[str, str, bool]]:
    chosen = typed if any(code == typed for code, _title in offered) else f"{month:%Y-%m}"
    return [(code, title, code == chosen) for code, title in offered]
