"""Working hours, holidays and absences, and free times that keep to all of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nahbar.jobcenters.models import LocalHoliday, OpeningHours
from nahbar.jobcenters.rules import Land, Mode
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.free_times import Need, next_free_times
from nahbar.scheduling.hours import enter_absence, holidays_of, public_holidays, set_hours, work_time
from nahbar.scheduling.meetings import cancel_meeting
from nahbar.scheduling.models import Absence, Appointment, Meeting, Participation, WorkingHours
from nahbar.scheduling.operations import book_appointment, cancel_appointment, move_appointment
from nahbar.scheduling.queries import to_be_moved
from nahbar.scheduling.rules import BERLIN, AppointmentState, CancelledBy, overlap
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_wish, meet

MORNING = (dt.time(8, 30), dt.time(12))
AFTERNOON = (dt.time(13), dt.time(15, 30))


def free(cast: Cast, after: str, now: dt.datetime, *, mode: Mode = Mode.TELEPHONE, most: int = 4) -> list[str]:
    need = Need(client=cast.person, counsellor=cast.owner, mode=mode, minutes=30)
    found = next_free_times(need=need, after=at(after), now=now, most=most)
    return [f"{start.astimezone(BERLIN):%m-%d %H:%M}" for start in found]


# --- what holds ----------------------------------------------------------------------------------


def test_own_hours_come_before_the_offices_and_these_before_the_usual(cast: Cast, now: dt.datetime) -> None:
    assert free(cast, "2026-03-09 00:00", now, most=1) == ["03-09 08:00"]
    OpeningHours.objects.create(jobcenter=cast.office, weekday=0, begins=dt.time(9), ends=dt.time(12))
    assert free(cast, "2026-03-09 00:00", now, most=1) == ["03-09 09:00"]
    set_hours(desk=cast.desk, hours={0: [MORNING, AFTERNOON]})
    assert free(cast, "2026-03-09 11:15", now) == ["03-09 11:15", "03-09 11:30", "03-09 13:00", "03-09 13:15"]
    # The other weekdays are free days now.
    assert free(cast, "2026-03-10 00:00", now, most=1) == ["03-16 08:30"]
    set_hours(desk=cast.desk, hours={})
    assert not WorkingHours.objects.exists()
    assert free(cast, "2026-03-09 00:00", now, most=1) == ["03-09 09:00"]


def test_public_and_local_holidays_are_free_of_appointments(cast: Cast, now: dt.datetime) -> None:
    # Good Friday and Easter Monday 2026, and a day of the office's own between.
    LocalHoliday.objects.create(jobcenter=cast.office, day=dt.date(2026, 4, 7), name="Betriebsausflug")
    assert free(cast, "2026-04-02 16:30", now, most=2) == ["04-02 16:30", "04-08 08:00"]


def test_a_land_has_holidays_of_its_own(cast: Cast) -> None:
    reformation = dt.date(2026, 10, 31)
    for land, is_holiday in ((Land.HH, True), (Land.BY, False), ("", False)):
        cast.office.land = land
        found = holidays_of(jobcenter=cast.office, first=reformation, last=reformation)
        assert (reformation in found) is is_holiday


@pytest.mark.parametrize("land", list(Land))
def test_every_land_is_known_and_has_the_nine_of_the_country(land: Land) -> None:
    assert set(public_holidays("", 2026).values()) <= set(public_holidays(land, 2026).values())
    assert len(public_holidays("", 2026)) == 9


def test_absences_are_left_out_to_the_minute(cast: Cast, now: dt.datetime) -> None:
    enter_absence(desk=cast.desk, starts_at=at("2026-03-09 09:00"), ends_at=at("2026-03-10 10:15"))
    assert free(cast, "2026-03-09 08:15", now) == ["03-09 08:15", "03-09 08:30", "03-10 10:15", "03-10 10:30"]


@pytest.mark.parametrize(("day", "first"), [("2026-03-27", "03-30 08:00"), ("2026-10-23", "10-26 08:00")])
def test_the_day_begins_at_eight_before_and_after_a_clock_change(
    cast: Cast, now: dt.datetime, day: str, first: str
) -> None:
    assert free(cast, f"{day} 16:45", now, most=1) == [first]


def test_hours_cost_the_same_number_of_queries_for_a_day_and_for_a_year(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    first = dt.date(2026, 3, 2)
    for days in (1, 365):
        with django_assert_num_queries(4):
            last = first + dt.timedelta(days=days)
            work_time(staff=cast.owner, jobcenter=cast.office, first=first, last=last)


# --- absences ------------------------------------------------------------------------------------


def test_nobody_is_booked_or_moved_into_an_absence(cast: Cast, now: dt.datetime) -> None:
    enter_absence(desk=cast.desk, starts_at=at("2026-03-09 12:00"), ends_at=at("2026-03-09 14:00"))
    wish = make_wish(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-09 13:45"))
    with pytest.raises(Refused) as refused:
        book_appointment(desk=cast.desk, wish=wish, now=now)
    assert refused.value.reason is Reason.COUNSELLOR_ABSENT
    move = partial(move_appointment, appointment=cast.appointment, minutes=30, by=cast.desk.actor, now=now)
    with pytest.raises(Refused) as refused:
        move(starts_at=at("2026-03-09 11:45"))
    assert refused.value.reason is Reason.COUNSELLOR_ABSENT
    # Up to its beginning and from its end on is free.
    move(starts_at=at("2026-03-09 14:00"))


def test_what_lies_in_an_absence_is_listed_until_it_is_moved(cast: Cast, now: dt.datetime) -> None:
    later = book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-09 10:00"), now=now)
    book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-10 10:00"), now=now)
    enter_absence(desk=cast.desk, starts_at=at("2026-03-09 00:00"), ends_at=at("2026-03-10 00:00"))
    assert to_be_moved(desk=cast.desk, now=now) == [later]
    # A colleague's absence is none of one's own.
    Absence.objects.create(staff=cast.teammate, starts_at=at("2026-03-10 00:00"), ends_at=at("2026-03-11 00:00"))
    assert to_be_moved(desk=cast.desk, now=now) == [later]
    move_appointment(appointment=later, starts_at=at("2026-03-11 10:00"), minutes=30, by=cast.desk.actor, now=now)
    assert to_be_moved(desk=cast.desk, now=now) == []


# --- properties ----------------------------------------------------------------------------------

QUARTER = dt.timedelta(minutes=15)
MONDAY = dt.datetime(2026, 3, 9, 8, tzinfo=BERLIN)
weekdays = st.integers(min_value=0, max_value=4)
moments = st.builds(
    lambda weekday, quarter: (MONDAY + dt.timedelta(days=weekday) + QUARTER * quarter).astimezone(dt.UTC),
    weekdays,
    st.integers(min_value=0, max_value=35),
)


@dataclass(frozen=True)
class Week:
    """What stands in the way in some week, and what is looked for."""

    hours: dict[int, tuple[int, int]]
    absences: list[tuple[dt.datetime, int]]
    taken: list[dt.datetime]
    meetings: list[tuple[dt.datetime, bool]]
    mode: Mode
    minutes: int


weeks = st.builds(
    Week,
    hours=st.dictionaries(weekdays, st.tuples(st.integers(7, 11), st.integers(12, 18)), min_size=1),
    absences=st.lists(st.tuples(moments, st.integers(1, 12)), max_size=3),
    taken=st.lists(moments, max_size=6),
    meetings=st.lists(st.tuples(moments, st.booleans()), max_size=6),
    mode=st.sampled_from([Mode.VIDEO, Mode.TELEPHONE, Mode.ON_SITE]),
    minutes=st.sampled_from([15, 30, 45, 60]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(week=weeks)
def test_free_times_overlap_nothing_and_every_one_can_be_booked(cast: Cast, now: dt.datetime, week: Week) -> None:
    _set_up(cast, week, now)
    need = Need(client=cast.person, counsellor=cast.owner, mode=week.mode, minutes=week.minutes)
    found = next_free_times(need=need, after=MONDAY.astimezone(dt.UTC), now=now, most=500, within=dt.timedelta(days=5))

    length = dt.timedelta(minutes=week.minutes)
    absences = list(Absence.objects.values_list("starts_at", "ends_at"))
    held = list(Participation.objects.filter(is_active=True, staff=cast.owner).values_list("starts_at", "ends_at"))
    for start in found:
        begins, ends = start.astimezone(BERLIN), (start + length).astimezone(BERLIN)
        opens, closes = week.hours[begins.weekday()]
        assert dt.time(opens) <= begins.time()
        assert ends.time() <= dt.time(closes)
        assert not [busy for busy in absences + held if overlap(start, start + length, *busy)]
    for start in found[:: max(1, len(found) // 4)]:
        wish = make_wish(client=cast.person, staff=cast.owner, starts_at=start, mode=week.mode, minutes=week.minutes)
        cancel(book_appointment(desk=cast.desk, wish=wish, now=now), cast, now)


def _set_up(cast: Cast, week: Week, now: dt.datetime) -> None:
    """Everything of the example before is taken back: they share one transaction."""
    for appointment in Appointment.objects.filter(state=AppointmentState.PLANNED, starts_at__gte=MONDAY):
        cancel(appointment, cast, now)
    for meeting in Meeting.objects.filter(is_cancelled=False):
        cancel_meeting(meeting=meeting, revision=meeting.revision, by=cast.desk.actor, now=now)
    Absence.objects.all().delete()
    spans = {day: [(dt.time(opens), dt.time(closes))] for day, (opens, closes) in week.hours.items()}
    set_hours(desk=cast.desk, hours=spans)
    for start in week.taken:
        wish = make_wish(client=make_client(cast.office), staff=cast.owner, starts_at=start)
        with contextlib.suppress(Refused):
            book_appointment(desk=cast.desk, wish=wish, now=now)
    # The owner is asked by a colleague, calls one, and the channels are taken by others.
    people = itertools.cycle([[cast.teammate, cast.owner], [cast.owner], [cast.teammate], [cast.colleague]])
    for (start, uses_channel), (caller, *colleagues) in zip(week.meetings, people, strict=False):
        with contextlib.suppress(Refused):
            meet(caller, cast.office, starts_at=start, colleagues=colleagues, uses_channel=uses_channel, now=now)
    for start, quarters in week.absences:
        enter_absence(desk=cast.desk, starts_at=start, ends_at=start + QUARTER * quarters)


def cancel(appointment: Appointment, cast: Cast, now: dt.datetime) -> None:
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=now)
