"""The same talk again and again: which of its days are free, and booking those that were chosen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from nahbar.audit.rules import Actor
from nahbar.people.queries import Desk
from nahbar.scheduling.free_times import Conflict, FreeTimes, Need
from nahbar.scheduling.hours import WorkTime, work_time
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import Wish, book_appointment, cancel_appointment
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import BERLIN, AppointmentState, CancelledBy, CancelReason, day_bounds
from nahbar.scheduling.seating import hold_days

WEEKS_APART = (1, 2, 4)
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

    The same `wish.key` again returns what is there. Raises `Refused`; the page then shows the series anew.
    """
    length = dt.timedelta(minutes=wish.minutes)
    with transaction.atomic():
        hold_days(jobcenter=desk.jobcenter, times=[(start, start + length) for start in starts])
        booked = [
            book_appointment(desk=desk, wish=replace(wish, starts_at=start, key=_key(wish, number)), now=now)
            for number, start in enumerate(sorted(starts))
        ]
        Appointment.objects.filter(pk__in=[one.pk for one in booked]).update(series=wish.key)
    return booked


def _key(wish: Wish, number: int) -> uuid.UUID:
    return uuid.uuid5(wish.key, str(number))


def following(appointment: Appointment) -> list[Appointment]:
    """What is still planned of the appointment's series after it, earliest first; nothing where there is none."""
    if appointment.series is None:
        return []
    later = Appointment.objects.filter(
        jobcenter=appointment.jobcenter,
        series=appointment.series,
        starts_at__gt=appointment.starts_at,
        state=AppointmentState.PLANNED,
    )
    return list(with_people(later))


def cancel_following(
    *, appointment: Appointment, cancelled_by: CancelledBy, reason: CancelReason, by: Actor, now: dt.datetime
) -> int:
    """Calls off what is still planned of the series after `appointment`, all or none; returns how many.

    Raises `Refused` as `operations.cancel_appointment`.
    """
    later = following(appointment)
    with transaction.atomic():
        # All days first, in their order: others that change several wait for them in the same one.
        times = [(one.starts_at, one.ends_at) for one in later]
        hold_days(jobcenter=appointment.jobcenter, times=times)
        for one in later:
            cancel_appointment(appointment=one, cancelled_by=cancelled_by, reason=reason, by=by, now=now)
    return len(later)
