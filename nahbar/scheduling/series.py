"""The same talk again and again: which of its days are free, and booking those that were chosen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from nahbar.people.queries import Desk
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.free_times import Conflict, FreeTimes, Need
from nahbar.scheduling.hours import WorkTime, work_time
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import Wish, book_appointment
from nahbar.scheduling.queries import appointments_of
from nahbar.scheduling.rules import BERLIN, AppointmentState, day_bounds
from nahbar.scheduling.seating import hold_days
from nahbar.scheduling.turns import unless_deadlocked

MOST = 12


@dataclass(frozen=True)
class Occurrence:
    """One day of a series; `instead` is the free time nearest to the wished one on a day with a conflict."""

    starts_at: dt.datetime
    conflict: Conflict | None = None
    holiday: str = ""
    instead: dt.datetime | None = None


def starts_of(*, starts_at: dt.datetime, weeks: int, count: int) -> list[dt.datetime]:
    """The same time of the clock every so many weeks, whether it is summer or winter."""
    local = starts_at.astimezone(BERLIN)
    # Times of the clock are moved, not moments; what the clock skips in spring is an hour later.
    return [(local + dt.timedelta(weeks=weeks * number)).astimezone(dt.UTC) for number in range(count)]


def preview(*, need: Need, starts_at: dt.datetime, weeks: int, count: int, now: dt.datetime) -> list[Occurrence]:
    """Every day of the series with what stands in its way; a constant number of queries."""
    starts = starts_of(starts_at=starts_at, weeks=weeks, count=count)
    days = [start.astimezone(BERLIN).date() for start in starts]
    works = work_time(staff=need.counsellor, jobcenter=need.client.jobcenter, first=days[0], last=days[-1])
    free = FreeTimes(need=need, stretches=[day_bounds(day) for day in days], works=works, now=now)
    return [_look_at(start, free=free, works=works, now=now) for start in starts]


def _look_at(start: dt.datetime, *, free: FreeTimes, works: WorkTime, now: dt.datetime) -> Occurrence:
    day, conflict = start.astimezone(BERLIN).date(), _conflict(start, free=free, works=works, now=now)
    if conflict is None:
        return Occurrence(start)
    nearest = min(free.between(*day_bounds(day)), key=lambda one: abs(one - start), default=None)
    return Occurrence(start, conflict, holiday=works.holidays.get(day, ""), instead=nearest)


def _conflict(start: dt.datetime, *, free: FreeTimes, works: WorkTime, now: dt.datetime) -> Conflict | None:
    local = start.astimezone(BERLIN)
    if start < now:
        return Conflict.PAST
    if local.date() in works.holidays:
        return Conflict.HOLIDAY
    return free.conflict_at(start)


def book_series(*, desk: Desk, wish: Wish, starts: Sequence[dt.datetime], now: dt.datetime) -> list[Appointment]:
    """Books `wish` at each of the starts, all or none, and ties them together by `Appointment.series`.

    The same `wish.key` with the same starts again returns what is there. Raises `Refused`, STALE when that form
    has booked something else; nothing is then stored.
    """
    return unless_deadlocked(lambda: _book_once(desk=desk, wish=wish, starts=starts, now=now))


@transaction.atomic
def _book_once(*, desk: Desk, wish: Wish, starts: Sequence[dt.datetime], now: dt.datetime) -> list[Appointment]:
    length = dt.timedelta(minutes=wish.minutes)
    hold_days(jobcenter=desk.jobcenter, times=[(start, start + length) for start in starts])
    there = booked_as_series(desk=desk, key=wish.key)
    if there and {one.starts_at for one in there} != set(starts):
        raise Refused(Reason.STALE)
    booked = [
        book_appointment(desk=desk, wish=replace(wish, starts_at=start, key=_key(wish, number)), now=now)
        for number, start in enumerate(sorted(starts))
    ]
    Appointment.objects.filter(pk__in=[one.pk for one in booked]).update(series=wish.key)
    return booked


def booked_as_series(*, desk: Desk, key: uuid.UUID) -> list[Appointment]:
    """What a form has booked as a series, in order of time."""
    return list(Appointment.objects.filter(jobcenter=desk.jobcenter, series=key).order_by("starts_at"))


def _key(wish: Wish, number: int) -> uuid.UUID:
    return uuid.uuid5(wish.key, str(number))


def following(*, desk: Desk, appointment: Appointment) -> list[Appointment]:
    """What is still planned of the appointment's series after it and the desk may see, earliest first."""
    if appointment.series is None:
        return []
    later = appointments_of(desk).filter(series=appointment.series, starts_at__gt=appointment.starts_at)
    return list(later.filter(state=AppointmentState.PLANNED))
