"""The week of a counsellor, and a day of their team side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.hours import WorkTime, work_time, work_times
from nahbar.scheduling.meetings import meetings_between
from nahbar.scheduling.models import Appointment, Meeting
from nahbar.scheduling.rules import BERLIN, day_bounds
from nahbar.scheduling.weeks import Held, OccasionKey, Times, channel_use, colleagues, held_by, own_between
from nahbar.web.counsellor.agenda import chip_of, next_step
from nahbar.web.counsellor.day import chosen_day
from nahbar.web.counsellor.grid import Block, Column, Frame, Place, blocks, frame_for, gaps, off_times, strip
from nahbar.web.counsellor.waiting import waiting_list
from nahbar.web.shared.desks import DeskRequest, counsellor_view

WEEK = dt.timedelta(days=7)
WORKING_DAYS = 5
Timed = TypeVar("Timed", Appointment, Meeting)


@require_safe
@counsellor_view
def staff_week(request: DeskRequest) -> HttpResponse:
    """The week with the day `?tag=YYYY-MM-DD`, this one without: appointments, absences, holidays, channels."""
    now = timezone.now()
    today = now.astimezone(BERLIN).date()
    day = chosen_day(request.GET.get("tag", ""), today=today)
    monday = day - dt.timedelta(days=day.weekday())
    context = _week(request.desk, monday=monday, now=now)
    shown = {"monday": monday, "previous": monday - WEEK, "following": monday + WEEK, "today": today, "now": now}
    is_now = monday == today - dt.timedelta(days=today.weekday())
    return render(request, "counsellor/week.html", {**context, **shown, "day": day, "is_now": is_now})


def _week(desk: Desk, *, monday: dt.date, now: dt.datetime) -> dict[str, object]:
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    appointments = own_between(desk=desk, first=monday, last=days[-1])
    works = work_time(staff=desk.staff, jobcenter=desk.jobcenter, first=monday, last=days[-1])
    begins, ends = day_bounds(monday)[0], day_bounds(days[-1])[1]
    meetings = meetings_between(staff=desk.staff, jobcenter=desk.jobcenter, begins=begins, ends=ends)
    held = {day: Held(_on(day, appointments), _on(day, meetings)) for day in days}
    # Saturday and Sunday only where somebody works or something stands there.
    days = [day for day in days if day.weekday() < WORKING_DAYS or held[day] != Held() or any(works.windows(day))]
    sight = Sight(desk, now, frame_for((day, one) for day in days for one in shown_times(works, held[day], day)))
    use = channel_use(jobcenter=desk.jobcenter, first=monday, last=days[-1])
    mine = _keys(appointments, meetings)
    columns = [strip(sight.column(day, works, held[day]), frame=sight.frame, use=use, mine=mine) for day in days]
    return {
        "columns": columns,
        "last": days[-1],
        "channels": use.lanes,
        "ground": range(use.lanes),
        "frame": sight.frame,
    }


@require_safe
@counsellor_view
def staff_team_day(request: DeskRequest) -> HttpResponse:
    """One day of everybody in the desk's teams, `?tag=YYYY-MM-DD`, today without, and the channels beside them."""
    now = timezone.now()
    today = now.astimezone(BERLIN).date()
    day = chosen_day(request.GET.get("tag", ""), today=today)
    shown = {
        "day": day,
        "today": today,
        "previous": day - dt.timedelta(days=1),
        "following": day + dt.timedelta(days=1),
        "now": now,
    }
    return render(request, "counsellor/team_day.html", {**_team_day(request.desk, day=day, now=now), **shown})


def _team_day(desk: Desk, *, day: dt.date, now: dt.datetime) -> dict[str, object]:
    team = colleagues(desk)
    works = work_times(staff=team, jobcenter=desk.jobcenter, first=day, last=day)
    held = held_by(desk=desk, staff=team, day=day)
    sight = Sight(
        desk, now, frame_for((day, one) for who in team for one in shown_times(works[who.pk], held[who.pk], day))
    )
    use = channel_use(jobcenter=desk.jobcenter, first=day, last=day)
    theirs = {key for who in team for key in _keys(held[who.pk].appointments, held[who.pk].meetings)}
    columns = [sight.column(day, works[who.pk], held[who.pk], staff=who) for who in team]
    channels = strip(Column(day, []), frame=sight.frame, use=use, mine=theirs)
    return {
        "columns": columns,
        "strip": channels,
        "channels": use.lanes,
        "ground": range(use.lanes),
        "frame": sight.frame,
    }


def _on(day: dt.date, occasions: Sequence[Timed]) -> list[Timed]:
    return [one for one in occasions if one.local_start.date() == day]


def _keys(appointments: Iterable[Appointment], meetings: Iterable[Meeting]) -> set[OccasionKey]:
    return {(one.pk, None) for one in appointments} | {(None, one.pk) for one in meetings}


def shown_times(works: WorkTime, held: Held, day: dt.date) -> Iterator[Times]:
    """What a column has to have room for."""
    yield from works.open_times(day)
    yield from held.busy
    yield from ((one.starts_at, one.ends_at) for one in [*held.appointments, *held.meetings])


class Sight:
    """Lays days out for one desk at one moment, all on one scale of hours."""

    def __init__(self, desk: Desk, now: dt.datetime, frame: Frame) -> None:
        self.now, self.frame = now, frame
        self.own = desk.staff
        self.waiting = {one.appointment for one in waiting_list(desk=desk, now=now)}

    def column(self, day: dt.date, works: WorkTime, held: Held, *, staff: StaffMember | None = None) -> Column:
        """One day of one person; `staff` where it is not the desk's own week."""
        planned = [*held.meetings, *(one for one in held.appointments if one.is_planned)]
        times = [*held.busy, *((one.starts_at, one.ends_at) for one in planned)]
        free = gaps(works.open_times(day), times, soonest=next_step(self.now)) if staff in {None, self.own} else []
        found = [
            *self._blocks("off", off_times(works, day), day),
            *self._blocks("absent", works.absences, day),
            *self._blocks("busy", held.busy, day),
            *self._blocks("gap", free, day),
            *(self._block(one, day) for one in held.appointments),
            *(self._meeting(one, day) for one in held.meetings),
        ]
        found.sort(key=lambda block: (block.kind != "off", block.starts_at))
        return Column(day, found, staff=staff, holiday=works.holidays.get(day, ""), now=self._now(day))

    def _blocks(self, kind: str, times: Sequence[Times], day: dt.date) -> list[Block]:
        return blocks(kind, times, day=day, frame=self.frame)

    def _block(self, appointment: Appointment, day: dt.date) -> Block:
        times = appointment.starts_at, appointment.ends_at
        place = self.frame.place(day, times)
        assert place is not None  # the frame was made to hold it
        waits = str(appointment.public_id) in self.waiting
        chip = chip_of(appointment, waits=waits, now=self.now)
        may_move = appointment.is_planned and appointment.starts_at > self.now
        return Block("appointment", place, *times, appointment=appointment, chip=chip, may_move=may_move)

    def _meeting(self, meeting: Meeting, day: dt.date) -> Block:
        times = meeting.starts_at, meeting.ends_at
        place = self.frame.place(day, times)
        assert place is not None  # as for appointments
        return Block("meeting", place, *times, meeting=meeting)

    def _now(self, day: dt.date) -> Place | None:
        return self.frame.place(day, (self.now, self.now + dt.timedelta(minutes=1)))
