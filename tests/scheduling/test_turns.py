"""Changes of one day at the same moment take turns: nobody is ended as a deadlock, nothing half done stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from nahbar.audit.rules import SYSTEM, Actor
from nahbar.calls.operations import go_on_by_telephone
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Purpose, Route
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.meetings import cancel_meeting, move_meeting
from nahbar.scheduling.models import Appointment, ChannelBooking, Meeting, Participation
from nahbar.scheduling.operations import cancel_appointment, keep_channel, move_appointment, switch_mode
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import AppointmentState, CancelledBy
from nahbar.scheduling.series import book_series
from nahbar.scheduling.undo import undo_change
from tests.factories import at, book, desk_of, join_office, make_client, make_office, make_staff, make_wish, meet
from tests.scheduling.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NOW = at("2026-03-02 08:00")
HOUR = dt.timedelta(hours=1)
ROUNDS = 8
Work = Callable[[Appointment], object]


@pytest.fixture
def office() -> JobCenter:
    return make_office("altona", channels=4)


def booked(office: JobCenter, start: str) -> Appointment:
    client = make_client(office)
    text = current_text(language="de")
    give_consent(client=client, text=text, route=Route.TAP, by=SYSTEM, now=NOW)
    return book(client=client, staff=make_staff(office), starts_at=at(start), now=NOW)


def fresh(appointment: Appointment) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=appointment.pk)


def cancel(appointment: Appointment) -> None:
    cancel_appointment(appointment=fresh(appointment), cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=NOW)


def move(appointment: Appointment, start: str) -> None:
    move_appointment(appointment=fresh(appointment), starts_at=at(start), minutes=30, by=SYSTEM, now=NOW)


def withdraw(appointment: Appointment) -> None:
    withdraw_consent(client=appointment.client, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=NOW)


def by_telephone(appointment: Appointment) -> None:
    go_on_by_telephone(appointment=fresh(appointment), by=SYSTEM, now=NOW)


def keep(appointment: Appointment) -> None:
    keep_channel(appointment=fresh(appointment), until=appointment.ends_at + HOUR, now=NOW)


@pytest.mark.parametrize(
    ("one", "other"),
    [(withdraw, cancel), (by_telephone, keep), (cancel, partial(move, start="2026-03-04 15:00"))],
    ids=["withdrawn and cancelled", "telephone and kept", "cancelled and moved"],
)
def test_two_changes_of_one_appointment(office: JobCenter, one: Work, other: Work) -> None:
    for _round in range(ROUNDS):
        appointment = booked(office, "2026-03-03 10:00")
        at_once(partial(one, appointment), partial(other, appointment))
        settled = fresh(appointment)
        takes_channel = settled.is_planned and settled.is_video
        assert ChannelBooking.objects.filter(appointment=settled).exists() is takes_channel
        if settled.is_planned:
            cancel(settled)


def test_two_that_change_places(office: JobCenter) -> None:
    for _round in range(ROUNDS):
        first, second = booked(office, "2026-03-03 10:00"), booked(office, "2026-03-04 10:00")
        at_once(partial(move, first, "2026-03-04 12:00"), partial(move, second, "2026-03-03 12:00"))
        assert fresh(first).starts_at == at("2026-03-04 12:00")
        assert fresh(second).starts_at == at("2026-03-03 12:00")
        for appointment in (first, second):
            cancel(appointment)
    assert not Appointment.objects.filter(state=AppointmentState.PLANNED).exists()
    assert not ChannelBooking.objects.exists()


def test_a_meeting_and_an_appointment_for_the_same_time(office: JobCenter) -> None:
    asked, caller = make_staff(office), make_staff(office)
    for day in range(ROUNDS):
        start = at("2026-03-03 10:00") + day * dt.timedelta(days=1)
        call = partial(meet, caller, office, starts_at=start, colleagues=[asked], uses_channel=True, now=NOW)
        at_once(call, partial(book, client=make_client(office), staff=asked, starts_at=start, now=NOW))
        assert Participation.objects.filter(staff=asked, starts_at=start).count() == 1
        assert ChannelBooking.objects.filter(starts_at=start).count() == 1


def test_a_meeting_moved_and_cancelled_at_once(office: JobCenter) -> None:
    for _round in range(ROUNDS):
        meeting = meet(make_staff(office), office, starts_at=at("2026-03-03 10:00"), uses_channel=True, now=NOW)
        change: dict[str, Any] = {"revision": 0, "by": SYSTEM, "now": NOW}
        when: dict[str, Any] = {"starts_at": at("2026-03-04 10:00"), "minutes": 30}
        same = Meeting.objects.get(pk=meeting.pk)
        at_once(
            partial(move_meeting, meeting=meeting, **when, **change), partial(cancel_meeting, meeting=same, **change)
        )
        settled = Meeting.objects.get(pk=meeting.pk)
        assert settled.revision == 1
        assert ChannelBooking.objects.filter(meeting=settled).exists() is not settled.is_cancelled


def test_a_series_of_two_offices_for_one_counsellor(office: JobCenter) -> None:
    """They meet in the counsellor's time, not in a day: PostgreSQL ends one of them, which is tried once more."""
    elsewhere = make_office("bergedorf")
    staff = make_staff(office)
    join_office(staff, elsewhere)
    for day in range(ROUNDS):
        starts = [at("2026-03-03 10:00") + dt.timedelta(days=day + 14 * number) for number in range(3)]
        works = []
        for where in (office, elsewhere):
            wish = make_wish(client=make_client(where), staff=staff, starts_at=starts[0])
            works.append(partial(book_series, desk=desk_of(staff, where, NOW), wish=wish, starts=starts, now=NOW))
        at_once(*works)
        assert Participation.objects.filter(staff=staff, starts_at__in=starts).count() == len(starts)


def test_switched_and_cancelled_from_the_same_page(office: JobCenter) -> None:
    for _round in range(ROUNDS):
        appointment = booked(office, "2026-03-03 10:00")
        by, one, other = SYSTEM, fresh(appointment), fresh(appointment)
        at_once(
            partial(switch_mode, appointment=one, mode=Mode.TELEPHONE, by=by, now=NOW, revision=0),
            partial(
                cancel_appointment,
                appointment=other,
                cancelled_by=CancelledBy.OFFICE,
                by=by,
                now=NOW,
                revision=0,
            ),
        )
        settled = fresh(appointment)
        assert settled.revision == 1
        assert (settled.mode == Mode.TELEPHONE) is not (settled.state == AppointmentState.CANCELLED)


def test_taken_back_twice_at_once(office: JobCenter) -> None:
    by = Actor(kind="staff", id="1")
    for day in range(ROUNDS):
        start = f"2026-03-{3 + day:02} 10:00"
        appointment = booked(office, start)
        move_appointment(appointment=appointment, starts_at=at("2026-03-24 10:00"), minutes=30, by=by, now=NOW)
        works = [
            partial(undo_change, appointment=fresh(appointment), revision=1, by=by, now=NOW) for _twice in range(2)
        ]
        at_once(*works)
        settled = fresh(appointment)
        assert (settled.revision, settled.starts_at) == (2, at(start))
        assert ChannelBooking.objects.filter(appointment=appointment).count() == 1
