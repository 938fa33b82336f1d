"""“Explain first”: one tap settles it once, whoever taps and however old the page is."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.scheduling.call_tasks import (
    book_for_task,
    call_again,
    close_without,
    make_call_task,
    times_to_call_again,
    wish_of,
)
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.hours import enter_absence, set_hours
from nahbar.scheduling.models import Appointment, CallTask
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.queries import open_call_tasks
from nahbar.scheduling.rules import AgreedBy, CallTaskState, CancelledBy
from tests.conftest import Cast
from tests.factories import at, desk_of, make_client, make_office, make_staff, make_wish
from tests.scheduling.together import at_once

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def task(cast: Cast, now: dt.datetime) -> CallTask:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 10:00"), agreed_by=None)
    return make_call_task(desk=cast.desk, wish=wish, now=now)


def tap(cast: Cast, task: CallTask, mode: Mode, now: dt.datetime, staff: StaffMember | None = None) -> Appointment:
    desk = desk_of(staff or cast.owner, cast.office)
    fresh = CallTask.objects.get(pk=task.pk)
    return book_for_task(desk=desk, task=fresh, wish=wish_of(task=fresh, desk=desk, mode=mode), now=now)


def test_the_same_form_makes_one(cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 10:00"), agreed_by=None)
    assert make_call_task(desk=cast.desk, wish=wish, now=now) == make_call_task(desk=cast.desk, wish=wish, now=now)
    assert CallTask.objects.count() == 1


def test_agreed_to_video_books_it_by_phone_with_who_tapped(cast: Cast, task: CallTask, now: dt.datetime) -> None:
    booked = tap(cast, task, Mode.VIDEO, now, cast.teammate)
    assert (booked.mode, booked.starts_at, booked.minutes) == (Mode.VIDEO, task.wanted_at, task.minutes)
    assert (booked.agreed_by, booked.agreed_with, booked.agreed_at) == (AgreedBy.PHONE, cast.teammate, now)
    assert booked.counsellor == cast.teammate
    task.refresh_from_db()
    assert (task.state, task.appointment, task.done_at) == (CallTaskState.DONE, booked, now)


def test_the_same_tap_twice_books_once_and_another_is_told(cast: Cast, task: CallTask, now: dt.datetime) -> None:
    first = tap(cast, task, Mode.TELEPHONE, now)
    assert first.agreed_by == ""
    assert tap(cast, task, Mode.TELEPHONE, now) == first
    for other in (Mode.VIDEO, Mode.ON_SITE):
        with pytest.raises(Refused) as refusal:
            tap(cast, task, other, now)
        assert refusal.value.reason is Reason.CALL_DONE
    assert Appointment.objects.filter(starts_at=task.wanted_at).count() == 1


def test_what_cannot_be_leaves_the_task_open(cast: Cast, task: CallTask, now: dt.datetime) -> None:
    enter_absence(desk=cast.desk, starts_at=task.wanted_at, ends_at=task.wanted_at + HOUR)
    with pytest.raises(Refused) as refusal:
        tap(cast, task, Mode.VIDEO, now)
    assert refusal.value.reason is Reason.COUNSELLOR_ABSENT
    task.refresh_from_db()
    assert (task.state, task.appointment) == (CallTaskState.OPEN, None)


def test_a_form_from_a_task_that_was_closed_books_nothing(cast: Cast, task: CallTask, now: dt.datetime) -> None:
    stale = CallTask.objects.get(pk=task.pk)
    assert close_without(task=task, now=now)
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-06 10:00"))
    with pytest.raises(Refused) as refusal:
        book_for_task(desk=cast.desk, task=stale, wish=wish, now=now)
    assert refusal.value.reason is Reason.CALL_DONE
    assert not Appointment.objects.filter(starts_at=wish.starts_at).exists()


def test_a_cancelled_appointment_is_not_booked_again_from_an_old_page(
    cast: Cast, task: CallTask, now: dt.datetime
) -> None:
    booked = tap(cast, task, Mode.VIDEO, now)
    cancel_appointment(appointment=booked, cancelled_by=CancelledBy.CLIENT, by=cast.desk.actor, now=now)
    with pytest.raises(Refused) as refusal:
        tap(cast, task, Mode.VIDEO, now)
    assert refusal.value.reason is Reason.CALL_DONE


def test_no_talk_wanted_closes_it_once_and_books_nothing(cast: Cast, task: CallTask, now: dt.datetime) -> None:
    assert close_without(task=task, now=now)
    assert not close_without(task=CallTask.objects.get(pk=task.pk), now=now + HOUR)
    task.refresh_from_db()
    assert (task.state, task.appointment, task.done_at) == (CallTaskState.NO_TALK, None, now)
    assert not Appointment.objects.filter(starts_at=task.wanted_at).exists()
    assert list(open_call_tasks(cast.desk)) == []


def test_not_reached_counts_once_for_each_page(task: CallTask, now: dt.datetime) -> None:
    later = now + HOUR
    assert call_again(task=task, at=later, attempts=0, now=now)
    # The same tap again is no second attempt.
    assert call_again(task=task, at=later, attempts=0, now=now)
    assert (task.attempts, task.call_again_at) == (1, later)
    # A colleague's page still said “never tried”: they learn what is known now.
    assert not call_again(task=task, at=later + HOUR, attempts=0, now=now)
    assert (task.attempts, task.call_again_at) == (1, later)
    assert call_again(task=task, at=later + HOUR, attempts=1, now=now)
    assert (task.attempts, task.call_again_at) == (2, later + HOUR)


def test_not_reached_is_refused_for_what_is_over_closed_or_far(task: CallTask, now: dt.datetime) -> None:
    with pytest.raises(Refused) as refusal:
        call_again(task=task, at=now, attempts=0, now=now)
    assert refusal.value.reason is Reason.IN_PAST
    with pytest.raises(ValueError, match="that late"):
        call_again(task=task, at=now + dt.timedelta(days=50), attempts=0, now=now)
    close_without(task=task, now=now)
    assert not call_again(task=task, at=now + HOUR, attempts=0, now=now)
    assert task.attempts == 0


def test_due_ones_come_first(cast: Cast, task: CallTask, now: dt.datetime) -> None:
    def another(start: str, again: dt.datetime | None) -> CallTask:
        wish = make_wish(client=make_client(cast.office), staff=cast.owner, starts_at=at(start), agreed_by=None)
        made = make_call_task(desk=cast.desk, wish=wish, now=now)
        CallTask.objects.filter(pk=made.pk).update(call_again_at=again, attempts=1 if again else 0)
        return made

    quiet, due = another("2026-03-04 09:00", now + HOUR), another("2026-03-09 09:00", now - HOUR)
    never = another("2026-03-04 12:00", None)
    assert list(open_call_tasks(cast.desk)) == [never, task, due, quiet]


@pytest.mark.parametrize(
    ("clock", "wanted", "times"),
    [
        # Tuesday: in an hour, this afternoon, tomorrow at nine.
        ("2026-03-03 09:30", "2026-03-05 10:00", ["03-03 10:30", "03-03 15:00", "03-04 09:00"]),
        ("2026-03-03 09:33", "2026-03-05 10:00", ["03-03 10:35", "03-03 15:00", "03-04 09:00"]),
        # Nearly the same time is offered once, and nothing in the last minutes of the day.
        ("2026-03-03 13:45", "2026-03-05 10:00", ["03-03 14:45", "03-04 09:00"]),
        ("2026-03-03 15:50", "2026-03-05 10:00", ["03-04 09:00"]),
        # Before the hours, after them, and before the weekend.
        ("2026-03-03 05:00", "2026-03-05 10:00", ["03-03 08:00", "03-03 15:00", "03-04 09:00"]),
        ("2026-03-03 20:00", "2026-03-05 10:00", ["03-04 09:00"]),
        ("2026-03-06 16:00", "2026-03-12 10:00", ["03-09 09:00"]),
        # Good Friday and Easter Monday.
        ("2026-04-02 16:30", "2026-04-20 10:00", ["04-07 09:00"]),
        # Only before the wished time, unless there is nothing before it.
        ("2026-03-03 09:30", "2026-03-03 14:00", ["03-03 10:30"]),
        ("2026-03-03 09:30", "2026-03-03 10:00", ["03-03 10:30", "03-03 15:00", "03-04 09:00"]),
    ],
)
def test_times_to_call_again(task: CallTask, clock: str, wanted: str, times: list[str]) -> None:
    task.wanted_at = at(wanted)
    assert times_to_call_again(task=task, now=at(clock)) == [at(f"2026-{time}") for time in times]


def test_times_to_call_again_keep_to_the_own_hours_and_absences(cast: Cast, task: CallTask) -> None:
    now = at("2026-03-03 09:30")
    set_hours(
        desk=cast.desk,
        hours={1: [(dt.time(8), dt.time(10)), (dt.time(13), dt.time(14))], 3: [(dt.time(13), dt.time(16))]},
    )
    task.wanted_at = at("2026-04-01 10:00")
    assert times_to_call_again(task=task, now=now) == [at("2026-03-03 13:00"), at("2026-03-05 13:00")]
    enter_absence(desk=cast.desk, starts_at=at("2026-03-03 10:00"), ends_at=at("2026-03-10 08:30"))
    assert times_to_call_again(task=task, now=now) == [at("2026-03-10 09:00")]
    set_hours(desk=cast.desk, hours={weekday: [(dt.time(6), dt.time(8))] for weekday in range(5)})
    assert times_to_call_again(task=task, now=now) == [at("2026-03-11 06:00")]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("modes", [(Mode.VIDEO, Mode.VIDEO), (Mode.VIDEO, Mode.TELEPHONE)], ids=str)
def test_two_at_the_same_moment_book_once(modes: tuple[Mode, Mode]) -> None:
    now = at("2026-03-02 08:00")
    office: JobCenter = make_office("altona")
    for number in range(8):
        client, staff = make_client(office), [make_staff(office) for _two in modes]
        starts_at = at("2026-03-03 08:00") + number * HOUR
        wish = make_wish(client=client, staff=staff[0], starts_at=starts_at, agreed_by=None)
        task = make_call_task(desk=desk_of(staff[0], office), wish=wish, now=now)

        def tapped(who: StaffMember, mode: Mode, task: CallTask = task) -> Appointment:
            desk, fresh = desk_of(who, office), CallTask.objects.get(pk=task.pk)
            return book_for_task(desk=desk, task=fresh, wish=wish_of(task=fresh, desk=desk, mode=mode), now=now)

        at_once(*(partial(tapped, who, mode) for who, mode in zip(staff, modes, strict=True)))
        booked = Appointment.objects.get(starts_at=starts_at)
        task.refresh_from_db()
        assert (task.state, task.appointment) == (CallTaskState.DONE, booked)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_booked_and_not_wanted_at_the_same_moment() -> None:
    now = at("2026-03-02 08:00")
    office = make_office("altona")
    staff = make_staff(office)
    desk = desk_of(staff, office)
    for number in range(8):
        starts_at = at("2026-03-03 08:00") + number * HOUR
        wish = make_wish(client=make_client(office), staff=staff, starts_at=starts_at, agreed_by=None)
        task = make_call_task(desk=desk, wish=wish, now=now)

        def book(task: CallTask = task) -> None:
            fresh = CallTask.objects.get(pk=task.pk)
            book_for_task(desk=desk, task=fresh, wish=wish_of(task=fresh, desk=desk, mode=Mode.VIDEO), now=now)

        def close(task: CallTask = task) -> None:
            close_without(task=CallTask.objects.get(pk=task.pk), now=now)

        at_once(book, close)
        task.refresh_from_db()
        booked = Appointment.objects.filter(starts_at=starts_at).first()
        assert task.appointment == booked
        assert task.state == (CallTaskState.DONE if booked else CallTaskState.NO_TALK)
