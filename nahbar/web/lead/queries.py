"""What the overview reads across rooms: a team's day with names, the office's as times and counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from nahbar.calls.models import CallParticipation
from nahbar.calls.rules import CallState, PlaceState
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import appointments_of
from nahbar.scheduling.rules import AppointmentState, ParticipationRole, day_bounds


@dataclass(frozen=True)
class Time:
    """A video appointment of the office without who and what about."""

    starts_at: dt.datetime
    ends_at: dt.datetime


def team_day(*, desk: Desk, day: dt.date) -> list[Appointment]:
    """Today's appointments of the desk's teams, whoever holds them."""
    start, end = day_bounds(day)
    return list(
        appointments_of(desk)
        .filter(team_id__in=desk.team_ids, starts_at__gte=start, starts_at__lt=end)
        .exclude(state=AppointmentState.CANCELLED)
        .order_by("starts_at")
    )


def video_times(*, jobcenter: JobCenter, day: dt.date) -> list[Time]:
    """When the office talks by video on a day."""
    start, end = day_bounds(day)
    rows = Appointment.objects.filter(
        jobcenter=jobcenter, mode=Mode.VIDEO, starts_at__gte=start, starts_at__lt=end
    ).exclude(state=AppointmentState.CANCELLED)
    return [Time(*row) for row in rows.order_by("starts_at").values_list("starts_at", "ends_at")]


def waiting_count(*, jobcenter: JobCenter) -> int:
    """How many people are in the office's waiting rooms now."""
    waiting = CallParticipation.objects.filter(
        state=PlaceState.WAITING,
        participation__role=ParticipationRole.CLIENT,
        call__appointment__jobcenter=jobcenter,
        call__appointment__state=AppointmentState.PLANNED,
    )
    return waiting.exclude(call__state=CallState.ENDED).count()
