"""When a counsellor can be booked: working hours, else the office's, without holidays and absences."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import holidays
from django.db import transaction

from nahbar.jobcenters.models import JobCenter, LocalHoliday, OpeningHours
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Absence, WorkingHours
from nahbar.scheduling.rules import BERLIN, Times, day_bounds

Hours = Mapping[int, Sequence[tuple[dt.time, dt.time]]]
# Where an office has set nothing.
USUAL: Hours = {weekday: [(dt.time(8), dt.time(17))] for weekday in range(5)}


@dataclass(frozen=True)
class WorkTime:
    """What holds for one counsellor in one office over some days."""

    hours: Hours
    holidays: Mapping[dt.date, str]
    absences: Sequence[Times]

    def windows(self, day: dt.date) -> Iterator[Times]:
        """The times of a day as the clock in the office shows them, without a zone; none on holidays."""
        if day not in self.holidays:
            for begins, ends in self.hours.get(day.weekday(), ()):
                yield dt.datetime.combine(day, begins), dt.datetime.combine(day, ends)

    def open_times(self, day: dt.date) -> Iterator[Times]:
        """The moments from when to when, absences left out."""
        for begins, ends in self.windows(day):
            start, end = begins.replace(tzinfo=BERLIN), ends.replace(tzinfo=BERLIN)
            for gone, back in sorted(self.absences):
                if gone < end and back > start:
                    if gone > start:
                        yield start, gone
                    start = back
            if start < end:
                yield start, end


def work_time(*, staff: StaffMember, jobcenter: JobCenter, first: dt.date, last: dt.date) -> WorkTime:
    """Working hours, holidays and absences from the first day to the last; four queries, however many days."""
    return work_times(staff=[staff], jobcenter=jobcenter, first=first, last=last)[staff.pk]


def work_times(
    *, staff: Sequence[StaffMember], jobcenter: JobCenter, first: dt.date, last: dt.date
) -> dict[int, WorkTime]:
    """The same of several people by their keys; four queries, however many they are."""
    hours = _hours_of(staff=staff, jobcenter=jobcenter)
    closed = holidays_of(jobcenter=jobcenter, first=first, last=last)
    gone: dict[int, list[Times]] = defaultdict(list)
    for key, starts_at, ends_at in _absences(staff=staff, first=first, last=last):
        gone[key].append((starts_at, ends_at))
    return {one.pk: WorkTime(hours=hours[one.pk], holidays=closed, absences=gone[one.pk]) for one in staff}


def _by_weekday(rows: Iterable[tuple[int, dt.time, dt.time]]) -> Hours:
    found: dict[int, list[tuple[dt.time, dt.time]]] = defaultdict(list)
    for weekday, begins, ends in rows:
        found[weekday].append((begins, ends))
    return dict(found)


def holidays_of(*, jobcenter: JobCenter, first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """The public holidays of the office's Land and its own closed days, with their names."""
    public = {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in public_holidays(jobcenter.land, year).items()
        if first <= day <= last
    }
    local = LocalHoliday.objects.filter(jobcenter=jobcenter, day__gte=first, day__lte=last)
    return public | dict(local.values_list("day", "name"))


@lru_cache(maxsize=128)
def public_holidays(land: str, year: int) -> Mapping[dt.date, str]:
    """Those of the whole country, and of the Land where one is named."""
    return dict(holidays.country_holidays("DE", subdiv=land or None, years=year, language="de"))


def _absences(
    *, staff: Sequence[StaffMember], first: dt.date, last: dt.date
) -> Iterable[tuple[int, dt.datetime, dt.datetime]]:
    begins, ends = day_bounds(first)[0], day_bounds(last)[1]
    found = Absence.objects.filter(staff__in=staff, starts_at__lt=ends, ends_at__gt=begins)
    return found.values_list("staff_id", "starts_at", "ends_at")


def is_absent(*, staff: StaffMember, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    """Whether some of that time lies in an absence."""
    return Absence.objects.filter(staff=staff, starts_at__lt=ends_at, ends_at__gt=starts_at).exists()


def first_absent(*, people: Sequence[StaffMember], starts_at: dt.datetime, ends_at: dt.datetime) -> StaffMember | None:
    """The first of several who is absent in some of that time."""
    gone = Absence.objects.filter(staff__in=people, starts_at__lt=ends_at, ends_at__gt=starts_at)
    absent = set(gone.values_list("staff_id", flat=True))
    return next((one for one in people if one.pk in absent), None)


def own_hours(*, staff: StaffMember, jobcenter: JobCenter) -> Hours:
    """What the counsellor has set; without anything what holds instead."""
    return _hours_of(staff=[staff], jobcenter=jobcenter)[staff.pk]


def office_hours(jobcenter: JobCenter) -> Hours:
    """When an office is open; the usual hours where it has set none."""
    opens = OpeningHours.objects.filter(jobcenter=jobcenter).values_list("weekday", "begins", "ends")
    return _by_weekday(opens) or USUAL


def _hours_of(*, staff: Sequence[StaffMember], jobcenter: JobCenter) -> dict[int, Hours]:
    own: dict[int, list[tuple[int, dt.time, dt.time]]] = defaultdict(list)
    rows = WorkingHours.objects.filter(staff__in=staff, jobcenter=jobcenter)
    for key, weekday, begins, ends in rows.values_list("staff_id", "weekday", "begins", "ends"):
        own[key].append((weekday, begins, ends))
    office = office_hours(jobcenter)
    return {one.pk: _by_weekday(own[one.pk]) or office for one in staff}


def coming_absences(*, staff: StaffMember, now: dt.datetime) -> list[Absence]:
    """Those that are not over, earliest first."""
    return list(Absence.objects.filter(staff=staff, ends_at__gt=now))


@transaction.atomic
def set_hours(*, desk: Desk, hours: Hours) -> None:
    """Replaces the desk's working hours; none at all means that the office's hold again.

    Appointments that are booked stay; only what is proposed changes.
    """
    WorkingHours.objects.filter(staff=desk.staff, jobcenter=desk.jobcenter).delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(staff=desk.staff, jobcenter=desk.jobcenter, weekday=weekday, begins=begins, ends=ends)
        for weekday, spans in hours.items()
        for begins, ends in spans
    )


def enter_absence(*, desk: Desk, starts_at: dt.datetime, ends_at: dt.datetime) -> Absence:
    """Nobody can book the desk's staff member then. What is booked stays until somebody moves it (`to_be_moved`)."""
    return Absence.objects.create(staff=desk.staff, starts_at=starts_at, ends_at=ends_at)


def drop_absence(*, desk: Desk, public_id: uuid.UUID) -> bool:
    """The time can be booked again; False when there was no such absence of theirs."""
    dropped, _rows = Absence.objects.filter(staff=desk.staff, public_id=public_id).delete()
    return dropped > 0
