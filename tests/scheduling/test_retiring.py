"""What has a future is not retired, and nothing is booked on what is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.models import Membership, StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.call_tasks import close_without, make_call_task
from nahbar.scheduling.errors import HasFuture, Reason, Refused
from nahbar.scheduling.models import Appointment, CallTask, ChannelBooking, Topic, VideoChannel
from nahbar.scheduling.operations import (
    Wish,
    book_appointment,
    cancel_appointment,
    keep_channel,
    move_appointment,
    switch_mode,
    take_over,
)
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.queries import topics_of, with_people
from nahbar.scheduling.retiring import retire_channel, retire_counsellor, retire_topic
from nahbar.scheduling.rules import AppointmentState, CancelledBy
from tests.conftest import Cast
from tests.factories import at, book, desk_of, join_office, make_client, make_office, make_staff, make_wish, topic_of
from tests.scheduling.together import at_once

NOW = at("2026-03-02 08:00")
HOUR = dt.timedelta(hours=1)
ROUNDS = 8


@pytest.fixture
def office(db: None) -> JobCenter:
    """An office with three channels and nothing booked."""
    return make_office("altona", channels=3)


def booked(office: JobCenter, start: str, staff: StaffMember | None = None, **changes: object) -> Appointment:
    staff = staff or make_staff(office)
    return book(client=make_client(office), staff=staff, starts_at=at(start), now=NOW, **changes)


def channel(office: JobCenter, number: int) -> VideoChannel:
    return office.channels.get(number=number)


def fresh(appointment: Appointment) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=appointment.pk)


def on_retired(now: dt.datetime = NOW) -> list[ChannelBooking]:
    return list(ChannelBooking.objects.filter(channel__is_active=False, starts_at__gt=now))


def reason_of(work: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refusal:
        work()
    return refusal.value.reason


# --- a channel ------------------------------------------------------------------------------------


def test_a_channel_goes_and_its_bookings_sit_elsewhere(office: JobCenter) -> None:
    days = [booked(office, f"2026-03-{day:02} {hour:02}:00") for day in (3, 4, 20) for hour in (9, 9, 13)]
    gone = channel(office, 1)
    assert ChannelBooking.objects.filter(channel=gone).count() == 6
    assert retire_channel(channel=gone, by=SYSTEM, now=NOW)
    assert ChannelBooking.objects.count() == len(days)
    assert on_retired() == []
    # What can be booked now is what the other two hold.
    assert reason_of(lambda: booked(office, "2026-03-03 09:00")) is Reason.NO_CHANNEL
    assert AuditEntry.objects.filter(action=Action.CHANNEL_RETIRED).count() == 1
    assert not retire_channel(channel=gone, by=SYSTEM, now=NOW)
    assert AuditEntry.objects.filter(action=Action.CHANNEL_RETIRED).count() == 1


def test_others_change_seats_where_that_makes_room(office: JobCenter) -> None:
    # Either of the other two is taken at some moment of the long one, but not both at any.
    long = booked(office, "2026-03-03 09:15", minutes=90)
    early, late = booked(office, "2026-03-03 09:00"), booked(office, "2026-03-03 10:30")
    for number, appointment in enumerate((long, early, late), start=1):
        ChannelBooking.objects.filter(appointment=appointment).update(channel=channel(office, number))
    assert retire_channel(channel=channel(office, 1), by=SYSTEM, now=NOW)
    assert on_retired() == []
    seats = dict(ChannelBooking.objects.values_list("appointment_id", "channel_id"))
    assert seats[early.pk] == seats[late.pk] != seats[long.pk]


def test_what_finds_no_other_channel_is_listed_and_nothing_changed(office: JobCenter) -> None:
    fits = booked(office, "2026-03-03 09:00")
    crowd = [booked(office, "2026-03-04 09:00") for _channel in range(3)]
    seats = set(ChannelBooking.objects.values_list("pk", "appointment_id", "channel_id"))
    for number in (1, 2, 3):
        with pytest.raises(HasFuture) as refusal:
            retire_channel(channel=channel(office, number), by=SYSTEM, now=NOW)
        assert len(refusal.value.appointments) == 1
        assert refusal.value.appointments[0] in crowd
        assert refusal.value.appointments[0].client.full_name
        assert fits not in refusal.value.appointments
    assert set(ChannelBooking.objects.values_list("pk", "appointment_id", "channel_id")) == seats
    assert VideoChannel.objects.filter(is_active=True).count() == 3
    assert not AuditEntry.objects.filter(action=Action.CHANNEL_RETIRED).exists()
    # Moved or by telephone instead: then it goes.
    switch_mode(appointment=fresh(crowd[0]), mode=Mode.TELEPHONE, by=SYSTEM, now=NOW)
    assert retire_channel(channel=channel(office, 2), by=SYSTEM, now=NOW)


def test_a_talk_that_has_begun_keeps_its_channel_to_the_end(office: JobCenter) -> None:
    talk = booked(office, "2026-03-03 09:00")
    gone = ChannelBooking.objects.get(appointment=talk).channel
    during = at("2026-03-03 09:10")
    assert retire_channel(channel=gone, by=SYSTEM, now=during)
    assert ChannelBooking.objects.get(appointment=talk).channel == gone
    assert keep_channel(appointment=fresh(talk), until=talk.ends_at + HOUR, now=during)
    assert ChannelBooking.objects.get(appointment=talk).channel == gone
    assert on_retired(during) == []


def test_the_last_channel_goes_only_when_nothing_needs_it(office: JobCenter) -> None:
    VideoChannel.objects.exclude(number=1).delete()
    appointment = booked(office, "2026-03-03 09:00")
    with pytest.raises(HasFuture):
        retire_channel(channel=channel(office, 1), by=SYSTEM, now=NOW)
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=NOW)
    assert retire_channel(channel=channel(office, 1), by=SYSTEM, now=NOW)
    assert reason_of(lambda: booked(office, "2026-03-03 09:00")) is Reason.NO_CHANNEL


# --- a topic --------------------------------------------------------------------------------------


def test_a_topic_without_a_future_goes_and_names_the_past(office: JobCenter) -> None:
    topic, past = topic_of(office), booked(office, "2026-03-02 09:00")
    mark_held(appointment=past, by=SYSTEM, now=at("2026-03-02 10:00"))
    assert retire_topic(topic=topic, by=SYSTEM, now=at("2026-03-02 10:00"))
    assert not retire_topic(topic=topic, by=SYSTEM, now=at("2026-03-02 10:00"))
    assert topic not in topics_of(office)
    assert fresh(past).topic.name == "Berufliche Ziele"
    assert reason_of(lambda: booked(office, "2026-03-05 09:00")) is Reason.TOPIC_RETIRED
    wish = make_wish(client=make_client(office), staff=make_staff(office), starts_at=at("2026-03-05 09:00"))
    desk = desk_of(wish.counsellor, office)
    assert reason_of(lambda: make_call_task(desk=desk, wish=wish, now=NOW)) is Reason.TOPIC_RETIRED
    assert AuditEntry.objects.filter(action=Action.TOPIC_RETIRED).count() == 1


def test_a_topic_with_a_future_is_refused_with_the_list(office: JobCenter) -> None:
    topic, appointment = topic_of(office), booked(office, "2026-03-05 09:00")
    task = make_call_task(desk=desk_of(appointment.counsellor, office), wish=wish_like(appointment), now=NOW)
    with pytest.raises(HasFuture) as refusal:
        retire_topic(topic=topic, by=SYSTEM, now=NOW)
    assert (refusal.value.appointments, refusal.value.call_tasks) == ([appointment], [task])
    assert topic in topics_of(office)


def test_planned_ones_may_keep_the_topic(office: JobCenter) -> None:
    topic, appointment = topic_of(office), booked(office, "2026-03-05 09:00")
    assert retire_topic(topic=topic, by=SYSTEM, now=NOW, kept_by_planned=True)
    move_appointment(appointment=appointment, starts_at=at("2026-03-06 09:00"), minutes=30, by=SYSTEM, now=NOW)
    assert switch_mode(appointment=appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=NOW)
    assert fresh(appointment).topic == topic
    assert topic not in topics_of(office)


# --- a counsellor ---------------------------------------------------------------------------------


def wish_like(appointment: Appointment) -> Wish:
    return make_wish(client=appointment.client, staff=appointment.counsellor, starts_at=at("2026-03-10 09:00"))


def counsels(staff: StaffMember) -> bool:
    return Membership.objects.filter(staff=staff, role=Role.COUNSELLOR).exists()


def test_a_counsellor_with_a_future_is_refused_with_the_list(office: JobCenter) -> None:
    staff = make_staff(office)
    over, coming = booked(office, "2026-03-02 09:00", staff), booked(office, "2026-03-05 09:00", staff)
    elsewhere = make_office("bergedorf")
    join_office(staff, elsewhere)
    booked(elsewhere, "2026-03-05 13:00", staff)
    task = make_call_task(desk=desk_of(staff, office), wish=wish_like(coming), now=NOW)
    now = at("2026-03-02 12:00")
    retire = partial(retire_counsellor, staff=staff, jobcenter=office, by=SYSTEM, now=now)
    with pytest.raises(HasFuture) as refusal:
        retire()
    assert (refusal.value.appointments, refusal.value.call_tasks) == ([coming], [task])
    cancel_appointment(appointment=coming, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=now)
    with pytest.raises(HasFuture):
        retire()
    close_without(task=task, now=now)
    assert retire()
    assert not retire()
    # There they go on; and what waits for its outcome here is the team's.
    assert list(staff.memberships.values_list("jobcenter__slug", flat=True)) == ["bergedorf"]
    assert fresh(over).counsellor == staff
    entry = AuditEntry.objects.get(action=Action.ROLE_ENDED)
    assert (entry.object_id, entry.detail) == (str(staff.public_id), {"role": "counsellor"})


def test_a_talk_that_takes_longer_is_a_future(office: JobCenter) -> None:
    talk = booked(office, "2026-03-02 09:00")
    during = at("2026-03-02 09:40")
    keep_channel(appointment=talk, until=at("2026-03-02 10:00"), now=at("2026-03-02 09:29"))
    with pytest.raises(HasFuture):
        retire_counsellor(staff=talk.counsellor, jobcenter=office, by=SYSTEM, now=during)


def test_nothing_becomes_theirs_afterwards(cast: Cast, now: dt.datetime) -> None:
    past = book(client=cast.person, staff=cast.teammate, starts_at=at("2026-03-02 09:00"), now=NOW)
    desk = desk_of(cast.teammate, cast.office)
    join_office(cast.teammate, cast.office, Role.TEAM_LEAD)
    assert retire_counsellor(staff=cast.teammate, jobcenter=cast.office, by=SYSTEM, now=now)
    wish = make_wish(client=cast.person, staff=cast.teammate, starts_at=at("2026-03-05 09:00"))
    start = at("2026-03-05 09:00")
    works: list[Callable[[], object]] = [
        lambda: book(client=cast.person, staff=cast.teammate, starts_at=start, now=now),
        lambda: make_call_task(desk=desk, wish=wish, now=now),
        lambda: take_over(desk=desk, appointment=cast.appointment, now=now),
        lambda: move_appointment(appointment=past, starts_at=start, minutes=30, by=SYSTEM, now=now),
    ]
    for work in works:
        assert reason_of(work) is Reason.NOT_COUNSELLING
    assert desk_of(cast.teammate, cast.office).roles == {Role.TEAM_LEAD}


# --- at the same moment ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nobody_books_or_moves_onto_a_channel_that_goes() -> None:
    office = make_office("altona", channels=0)
    for number in range(100, 103):
        VideoChannel.objects.create(jobcenter=office, number=number)
    for number in range(ROUNDS):
        # The least number: whoever books would take it.
        gone = VideoChannel.objects.create(jobcenter=office, number=number)
        known = booked(office, "2026-03-04 13:00")
        at_once(
            partial(retire_channel, channel=gone, by=SYSTEM, now=NOW),
            partial(move, known, "2026-03-05 09:00"),
            *(partial(booked, office, "2026-03-05 09:00", make_staff(office)) for _two in range(2)),
        )
        assert not VideoChannel.objects.get(pk=gone.pk).is_active
        assert on_retired() == []
        planned = list(with_people(Appointment.objects.filter(state=AppointmentState.PLANNED)))
        assert len(planned) == 3
        assert ChannelBooking.objects.filter(appointment__in=planned).count() == 3
        for appointment in planned:
            cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=NOW)


def move(appointment: Appointment, start: str) -> None:
    move_appointment(appointment=fresh(appointment), starts_at=at(start), minutes=30, by=SYSTEM, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nobody_books_a_topic_that_goes() -> None:
    office = make_office("altona", channels=4)
    for number in range(ROUNDS):
        topic = Topic.objects.create(jobcenter=office, name=f"Thema {number}")
        client, staff = make_client(office), make_staff(office)
        desk = desk_of(staff, office)
        wish = make_wish(client=client, staff=staff, starts_at=at("2026-03-10 09:00"), topic=topic)
        at_once(
            partial(retire_topic, topic=topic, by=SYSTEM, now=NOW),
            partial(booked, office, "2026-03-05 09:00", staff, topic=topic),
            partial(make_call_task, desk=desk, wish=wish, now=NOW),
        )
        topic.refresh_from_db()
        future = [*Appointment.objects.filter(topic=topic), *CallTask.objects.filter(topic=topic)]
        assert topic.is_active or not future


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["books", "takes over", "has to call"])
def test_nothing_becomes_theirs_while_a_counsellor_goes(way: str) -> None:
    office = make_office("altona", channels=4)
    for number in range(ROUNDS):
        staff = make_staff(office)
        other = booked(office, f"2026-03-{3 + number:02} 11:00")
        desk = desk_of(staff, office)
        wish = make_wish(client=make_client(office), staff=staff, starts_at=at("2026-03-10 09:00"))

        def takes_over(desk: Desk = desk, other: Appointment = other) -> None:
            take_over(desk=desk, appointment=fresh(other), now=NOW)

        works: dict[str, Callable[[], object]] = {
            "books": partial(book_appointment, desk=desk, wish=wish, now=NOW),
            "takes over": takes_over,
            "has to call": partial(make_call_task, desk=desk, wish=wish, now=NOW),
        }
        at_once(works[way], partial(retire_counsellor, staff=staff, jobcenter=office, by=SYSTEM, now=NOW))
        theirs = [*Appointment.objects.filter(participations__staff=staff), *CallTask.objects.filter(for_staff=staff)]
        assert counsels(staff) is bool(theirs)
