"""The next free times, and what staff may see of appointments."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from nahbar.jobcenters.rules import Mode
from nahbar.people.queries import NotYours
from nahbar.scheduling.free_times import Need, is_free, next_free_times
from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.queries import access_appointment, channels_now
from nahbar.scheduling.rules import day_bounds
from tests.conftest import Cast
from tests.factories import at, book, day_of, desk_of, make_client, make_staff

pytestmark = pytest.mark.django_db


def need_of(cast: Cast, mode: Mode = Mode.VIDEO) -> Need:
    return Need(client=cast.person, counsellor=cast.owner, mode=mode, minutes=30)


def test_free_times_leave_out_what_is_taken(cast: Cast, now: dt.datetime) -> None:
    found = next_free_times(need=need_of(cast, Mode.TELEPHONE), after=at("2026-03-03 09:45"), now=now)
    assert found == [at(f"2026-03-03 {time}") for time in ("10:30", "10:45", "11:00", "11:15")]


def test_free_times_for_video_need_a_channel_and_its_buffer(cast: Cast, now: dt.datetime) -> None:
    for _ in range(2):
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=at("2026-03-04 10:00"), now=now)
    found = next_free_times(need=need_of(cast), after=at("2026-03-04 09:30"), now=now, most=2)
    assert found == [at("2026-03-04 10:45"), at("2026-03-04 11:00")]


def test_free_times_skip_the_weekend_and_the_night(cast: Cast, now: dt.datetime) -> None:
    found = next_free_times(need=need_of(cast), after=at("2026-03-06 16:45"), now=now, most=1)
    assert found == [at("2026-03-09 08:00")]


def test_free_times_take_a_constant_number_of_queries(
    cast: Cast, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for day in range(4, 7):
        book(client=cast.person, staff=cast.owner, starts_at=at(f"2026-03-0{day} 10:00"), now=now)
    need = need_of(cast)
    with django_assert_num_queries(7):
        next_free_times(need=need, after=now, now=now)


def test_a_day_has_23_or_25_hours_when_the_clocks_change() -> None:
    hours = [
        (end - start) / dt.timedelta(hours=1)
        for start, end in (day_bounds(dt.date(2026, 3, 29)), day_bounds(dt.date(2026, 10, 25)))
    ]
    assert hours == [23, 25]


def test_agenda_shows_own_appointments_only(cast: Cast) -> None:
    day = dt.date(2026, 3, 3)
    assert day_of(cast.desk, day).appointments == [cast.appointment]
    assert day_of(desk_of(cast.teammate, cast.office), day).appointments == []


@pytest.mark.parametrize("who", ["owner", "teammate", "team_lead"])
def test_the_team_sees_an_appointment(cast: Cast, who: str) -> None:
    desk = desk_of(getattr(cast, who), cast.office)
    assert access_appointment(desk=desk, public_id=cast.appointment.public_id) == cast.appointment


@pytest.mark.parametrize("who", ["colleague", "guide", "administrator"])
def test_others_of_the_office_do_not_see_an_appointment(cast: Cast, who: str) -> None:
    desk = desk_of(getattr(cast, who), cast.office)
    with pytest.raises(NotYours):
        access_appointment(desk=desk, public_id=cast.appointment.public_id)


def test_a_stranger_has_no_desk_here(cast: Cast) -> None:
    with pytest.raises(NotYours):
        desk_of(cast.stranger, cast.office)


def test_channels_now_tell_until_when_they_are_taken(cast: Cast) -> None:
    channels = channels_now(jobcenter=cast.office, now=at("2026-03-03 10:05"))
    assert [(c.number, c.taken_until) for c in channels] == [(1, at("2026-03-03 10:40")), (2, None)]


def test_a_time_that_goes_on_past_midnight_asks_both_days(cast: Cast, now: dt.datetime) -> None:
    night = at("2026-03-05 00:00")
    for _channel in range(2):
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=night, now=now)
    before = at("2026-03-04 23:45")
    assert not is_free(need=need_of(cast), starts_at=before, now=now)
    assert is_free(need=need_of(cast, Mode.TELEPHONE), starts_at=before, now=now)
    enter_absence(desk=cast.desk, starts_at=night, ends_at=night + dt.timedelta(hours=1))
    assert not is_free(need=need_of(cast, Mode.TELEPHONE), starts_at=before, now=now)
