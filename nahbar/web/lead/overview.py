"""What guide, team lead and administrator have so far, each seeing only what is theirs."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.queries import Desk
from nahbar.scheduling.queries import topics_of
from nahbar.scheduling.rules import BERLIN
from nahbar.web.lead.queries import Time, team_day, video_times, waiting_count
from nahbar.web.shared.desks import DeskRequest, desk_view


@require_safe
@desk_view
def office_overview(request: DeskRequest) -> HttpResponse:
    """One section for each role; who only counsels has their day instead."""
    desk = request.desk
    if desk.roles == {Role.COUNSELLOR}:
        return redirect("staff_day", office=desk.jobcenter.slug)
    now = timezone.now()
    today = now.astimezone(BERLIN).date()
    context = {
        "now": now,
        "today": today,
        "team": _team(desk, today) if Role.TEAM_LEAD in desk.roles else None,
        "guide": _guide(desk.jobcenter, today, now) if Role.GUIDE in desk.roles else None,
        "settings": _settings(desk.jobcenter) if Role.ADMINISTRATOR in desk.roles else None,
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


def _settings(jobcenter: JobCenter) -> dict[str, object]:
    return {
        "channels": list(jobcenter.channels.all()),
        "topics": list(topics_of(jobcenter)),
        "teams": list(jobcenter.teams.all()),
        "lengths": [(mode, jobcenter.default_minutes(mode)) for mode in Mode],
    }
