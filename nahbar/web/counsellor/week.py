"""The week of a counsellor, and a day of their team side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.invitations.queries import prepared
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.hours import WorkTime, work_time, work_times
from nahbar.scheduling.models import Appointment, Meeting, Occasion
from nahbar.scheduling.rules import BERLIN, Times
from nahbar.scheduling.weeks import (
    ChannelUse,
    Held,
    OccasionKey,
    channel_use,
    held_between,
    team_of_colleagues,
)
from nahbar.web.counsellor.agenda import chip_of, gaps, next_step
from nahbar.web.counsellor.day import chosen_day
from nahbar.web.counsellor.grid import Block, Column, Frame, Place, blocks, frame_for, lane, off_times, strip
from nahbar.web.counsellor.waiting import waiting_list
from nahbar.web.shared.desks import DeskRequest, counsellor_view

WEEK = dt.timedelta(days=7)
WORKING_DAYS = 5


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
    works = work_time(staff=desk.staff, jobcenter=desk.jobcenter, first=monday, last=days[-1])
    found = held_between(desk=desk, staff=[desk.staff], first=monday, last=days[-1])
    held = {day: found[desk.staff.pk, day] for day in days}
    # Saturday and Sunday only where somebody works or something stands there.
    days = [day for day in days if day.weekday() < WORKING_DAYS or held[day] != Held() or any(works.windows(day))]
    frame = frame_for((day, one) for day in days for one in _shown(works, held[day], day))
    sight = Sight(desk, now, frame, held.values())
    use = channel_use(jobcenter=desk.jobcenter, first=monday, last=days[-1])
    mine = _keys(held.values())
    columns = [strip(sight.column(day, works, held[day]), frame=frame, use=use, mine=mine) for day in days]
    return {"columns": columns, "last": days[-1], **_shared(frame, use)}


def _shared(frame: Frame, use: ChannelUse) -> dict[str, object]:
    ground = "".join(lane(channel, 0, frame.minutes) for channel in range(use.lanes))
    return {"channels": use.lanes, "ground": ground, "frame": frame}


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
    team = team_of_colleagues(desk)
    works = work_times(staff=team, jobcenter=desk.jobcenter, first=day, last=day)
    found = held_between(desk=desk, staff=team, first=day, last=day)
    held = {who.pk: found[who.pk, day] for who in team}
    frame = frame_for((day, one) for who in team for one in _shown(works[who.pk], held[who.pk], day))
    sight = Sight(desk, now, frame, held.values())
    use = channel_use(jobcenter=desk.jobcenter, first=day, last=day)
    columns = [sight.column(day, works[who.pk], held[who.pk], staff=who) for who in team]
    channels = strip(Column(day, []), frame=frame, use=use, mine=_keys(held.values()))
    return {"columns": columns, "strip": channels, **_shared(frame, use)}


def _keys(held: Iterable[Held]) -> set[OccasionKey]:
    appointments = {(one.pk, None) for theirs in held for one in theirs.appointments}
    return appointments | {(None, one.pk) for theirs in held for one in theirs.meetings}


def _shown(works: WorkTime, held: Held, day: dt.date) -> Iterator[Times]:
    """What a column has to have room for."""
    yield from works.open_times(day)
    yield from held.busy
    yield from ((one.starts_at, one.ends_at) for one in [*held.appointments, *held.meetings])


class Sight:
    """Lays days out for one desk at one moment, all on one scale of hours."""

    def __init__(self, desk: Desk, now: dt.datetime, frame: Frame, held: Iterable[Held]) -> None:
        self.now, self.frame = now, frame
        self.prepared = prepared(one for theirs in held for one in theirs.appointments)
        self.own = desk.staff
        self.waiting = {one.appointment for one in waiting_list(desk=desk, now=now)}

    def column(self, day: dt.date, works: WorkTime, held: Held, *, staff: StaffMember | None = None) -> Column:
        """One day of one person; `staff` where it is not the desk's own week."""
        free = gaps(works.open_times(day), held.taken, soonest=next_step(self.now)) if staff in {None, self.own} else []
        found = [
            *self._blocks("off", off_times(works, day), day),
            *self._blocks("absent", works.absences, day),
            *self._blocks("busy", held.busy, day),
            *self._blocks("gap", free, day),
            *(self._appointment(one, day) for one in held.appointments),
            *(self._meeting(one, day) for one in held.meetings),
        ]
        found.sort(key=lambda block: (block.kind != "off", block.starts_at))
        return Column(day, found, staff=staff, holiday=works.holidays.get(day, ""), now=self._now(day))

    def _blocks(self, kind: str, times: Sequence[Times], day: dt.date) -> list[Block]:
        return blocks(kind, times, day=day, frame=self.frame)

    def _appointment(self, appointment: Appointment, day: dt.date) -> Block:
        waits = str(appointment.public_id) in self.waiting
        chip = chip_of(appointment, waits=waits, is_prepared=appointment.pk in self.prepared, now=self.now)
        may_move = appointment.is_planned and appointment.starts_at > self.now
        block = self._held("appointment", appointment, day)
        return replace(block, appointment=appointment, chip=chip, may_move=may_move)

    def _meeting(self, meeting: Meeting, day: dt.date) -> Block:
        return replace(self._held("meeting", meeting, day), meeting=meeting)

    def _held(self, kind: str, occasion: Occasion, day: dt.date) -> Block:
        (block,) = self._blocks(kind, [(occasion.starts_at, occasion.ends_at)], day)  # the frame was made to hold it
        return block

    def _now(self, day: dt.date) -> Place | None:
        return self.frame.place(day, (self.now, self.now + dt.timedelta(minutes=1)))
