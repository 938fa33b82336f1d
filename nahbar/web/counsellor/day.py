"""The day of a counsellor: what comes, who waits, what is still to be done."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.calls.proposals import waiting_for_outcome
from nahbar.invitations.queries import prepared
from nahbar.people.queries import Desk
from nahbar.scheduling.hours import work_time
from nahbar.scheduling.queries import called_off, channels_now, coming, open_call_tasks
from nahbar.scheduling.rules import BERLIN, day_bounds
from nahbar.scheduling.weeks import held_between
from nahbar.web.counsellor.agenda import lay_out
from nahbar.web.counsellor.results import asked
from nahbar.web.counsellor.survey import survey_ticket
from nahbar.web.counsellor.times import absence_words
from nahbar.web.counsellor.waiting import waiting_list
from nahbar.web.shared.desks import DeskRequest, desk_view, home_of

# The latest; all of them have a page of their own.
MOST_OUTCOMES = 5
FAR = dt.timedelta(days=366 * 3)


@require_safe
@desk_view
def staff_day(request: DeskRequest) -> HttpResponse:
    """One day, `?tag=YYYY-MM-DD`, today without; whoever holds no appointments has an overview instead."""
    if not request.desk.counsels:
        return redirect(home_of(request.desk))
    now = timezone.now()
    day = chosen_day(request.GET.get("tag", ""), today=now.astimezone(BERLIN).date())
    context = _context(request.desk, day=day, now=now)
    context["survey_ticket"] = survey_ticket(request, desk=request.desk, now=now)
    response = render(request, "counsellor/day.html", context)
    if context["survey_ticket"]:
        # The survey that is asked for here must not learn from where: this address names the office.
        response["Referrer-Policy"] = "strict-origin"
    return response


def chosen_day(text: str, *, today: dt.date) -> dt.date:
    """The day an address names; today where it names none, or one nobody plans for."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) < FAR else today


def _context(desk: Desk, *, day: dt.date, now: dt.datetime) -> dict[str, object]:
    today = now.astimezone(BERLIN).date()
    held = held_between(desk=desk, staff=[desk.staff], first=day, last=day)[desk.staff.pk, day]
    waiting = waiting_list(desk=desk, now=now)
    channels = channels_now(jobcenter=desk.jobcenter, now=now)
    names = {one.appointment for one in waiting}
    open_outcomes = waiting_for_outcome(desk=desk, now=now)
    works = work_time(staff=desk.staff, jobcenter=desk.jobcenter, first=day, last=day)
    return {
        "now": now,
        "day": day,
        "is_today": day == today,
        "is_past_day": day < today,
        "previous": day - dt.timedelta(days=1),
        "following": day + dt.timedelta(days=1),
        "holiday": works.holidays.get(day, ""),
        "absences": [absence_words(*span) for span in works.absences],
        "rows": lay_out(
            held=held,
            waiting=names,
            prepared=prepared(held.appointments),
            open_times=works.open_times(day),
            now=now,
            is_today=day == today,
        ),
        "count": len(held.appointments) + len(held.meetings),
        "video_count": sum(one.is_video for one in held.appointments) + sum(one.uses_channel for one in held.meetings),
        "called_off": called_off(desk=desk, day=day),
        "coming": coming(desk=desk, after=max(day_bounds(day)[1], now), most=3),
        "waiting": waiting,
        "open_outcomes": asked(open_outcomes.reverse()[:MOST_OUTCOMES], now=now),
        "call_tasks": list(open_call_tasks(desk)),
        "channels": channels,
        "free_channels": sum(channel.taken_until is None for channel in channels),
    }
