"""What guide and team lead have, each seeing only what is theirs."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.queries import Desk
from nahbar.scheduling.rules import BERLIN
from nahbar.web.lead.queries import Time, team_day, video_times, waiting_count
from nahbar.web.shared.desks import DeskRequest, desk_view, home_of


@require_safe
@desk_view
def office_overview(request: DeskRequest) -> HttpResponse:
    """One section for each role; everybody else has another page to begin with."""
    desk = request.desk
    if not desk.overviews:
        return redirect(home_of(desk))
    now = timezone.now()
    today = now.astimezone(BERLIN).date()
    context = {
        "now": now,
        "today": today,
        "team": _team(desk, today) if Role.TEAM_LEAD in desk.roles else None,
        "guide": _guide(desk.jobcenter, today, now) if Role.GUIDE in desk.roles else None,
    }
    return render(request, "lead/overview.html", context)


def _team(desk: Desk, today: dt.date) -> dict[str, object]:
    return {"appointments": team_day(desk=desk, day=today)}


def _guide(jobcenter: JobCenter, today: dt.date, now: dt.datetime) -> dict[str, object]:
    times = video_times(jobcenter=jobcenter, day=today)
    return {"rows": [(time, _tense(time, now)) for time in times], "waiting": waiting_count(jobcenter=jobcenter)}


def _tense(time: Time, now: dt.datetime) -> str:
    if time.ends_at <= now:
        return "past"
    return "now" if time.starts_at <= now else "later"
