"""Booking, moving, switching, cancelling and closing appointments."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Purpose, Route
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, ChannelBooking, Contact, Participation
from nahbar.scheduling.operations import Wish, book_appointment, cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.rules import (
    AgreedBy,
    AppointmentState,
    CancelledBy,
    ChangeKind,
    NotHeldReason,
    local_time_exists,
)
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_staff, make_wish

pytestmark = pytest.mark.django_db


def wish_of(cast: Cast, start: str, **changes: object) -> Wish:
    return make_wish(client=cast.person, staff=cast.owner, starts_at=at(start), **changes)


def refusal(work: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.reason


def test_booking_takes_people_and_a_channel_for_the_time_plus_buffer(cast: Cast, now: dt.datetime) -> None:
    appointment = book_appointment(desk=cast.desk, wish=wish_of(cast, "2026-03-04 10:00"), now=now)
    booking = ChannelBooking.objects.get(appointment=appointment)
    assert booking.starts_at == at("2026-03-04 10:00")
    assert booking.ends_at == at("2026-03-04 10:40")
    assert {p.role for p in appointment.participations.all()} == {"client", "counsellor"}
    assert [change.kind for change in appointment.changes.all()] == [ChangeKind.BOOKED]
    booked = AuditEntry.objects.get(action=Action.APPOINTMENT_BOOKED, object_id=str(appointment.public_id))
    assert booked.actor_id == str(cast.owner.public_id)


def test_booking_by_telephone_takes_no_channel(cast: Cast, now: dt.datetime) -> None:
    wish = wish_of(cast, "2026-03-04 10:00", mode=Mode.TELEPHONE, agreed_by=None)
    appointment = book_appointment(desk=cast.desk, wish=wish, now=now)
    assert not ChannelBooking.objects.filter(appointment=appointment).exists()


def test_booking_twice_with_the_same_form_books_once(cast: Cast, now: dt.datetime) -> None:
    wish = wish_of(cast, "2026-03-04 10:00")
    before = Appointment.objects.count()
    first = book_appointment(desk=cast.desk, wish=wish, now=now)
    assert book_appointment(desk=cast.desk, wish=wish, now=now) == first
    assert Appointment.objects.count() == before + 1


@pytest.mark.parametrize(
    ("start", "changes", "reason"),
    [
        ("2026-03-03 09:29", {}, Reason.IN_PAST),
        ("2026-03-04 10:00", {"minutes": 14 * 60}, Reason.LENGTH),
        ("2026-03-04 10:00", {"minutes": 0}, Reason.LENGTH),
        ("2026-03-04 10:00", {"agreed_by": None}, Reason.NOT_AGREED),
    ],
)
def test_booking_is_refused(
    cast: Cast, now: dt.datetime, start: str, changes: dict[str, object], reason: Reason
) -> None:
    before = Appointment.objects.count()
    wish = wish_of(cast, start, **changes)
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=wish, now=now)) == reason
    assert Appointment.objects.count() == before


def test_booking_a_mode_the_topic_does_not_allow_is_refused(cast: Cast, now: dt.datetime) -> None:
    topic = cast.office.topics.get(name="Unterlagen vorlegen")
    wish = wish_of(cast, "2026-03-04 10:00", topic=topic)
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=wish, now=now)) == Reason.MODE_NOT_ALLOWED


def test_counsellor_in_two_places_is_refused_by_the_database(cast: Cast, now: dt.datetime) -> None:
    someone = make_client(cast.office)
    wish = dataclasses.replace(wish_of(cast, "2026-03-03 10:15"), client=someone)
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=wish, now=now)) == Reason.COUNSELLOR_BUSY


def test_client_in_two_places_is_refused_by_the_database(cast: Cast, now: dt.datetime) -> None:
    wish = dataclasses.replace(wish_of(cast, "2026-03-03 10:15"), counsellor=cast.teammate)
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=wish, now=now)) == Reason.CLIENT_BUSY


def test_appointments_may_touch(cast: Cast, now: dt.datetime) -> None:
    wish = wish_of(cast, "2026-03-03 10:30", mode=Mode.TELEPHONE, agreed_by=None)
    assert book_appointment(desk=cast.desk, wish=wish, now=now).state == AppointmentState.PLANNED


def test_video_is_refused_only_when_all_channels_are_taken(cast: Cast, now: dt.datetime) -> None:
    start = "2026-03-05 10:00"
    for _ in range(2):
        staff, client = make_staff(cast.office), make_client(cast.office)
        book(client=client, staff=staff, starts_at=at(start), now=now)
    wish = wish_of(cast, start)
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=wish, now=now)) == Reason.NO_CHANNEL
    late = wish_of(cast, "2026-03-05 10:40")
    assert book_appointment(desk=cast.desk, wish=late, now=now).is_video


def test_future_bookings_are_seated_anew_rather_than_refusing(cast: Cast, now: dt.datetime) -> None:
    """Two channels: A on 1 until 9:40, B on 2 until 10:40, C on 1 from 10:40.

    D from 9:40 to 11:00 only fits when C moves to the channel that B leaves.
    """

    def seat(start: str, minutes: int, number: int) -> Appointment:
        appointment = book(
            client=make_client(cast.office),
            staff=make_staff(cast.office),
            starts_at=at(start),
            now=now,
            mode=Mode.TELEPHONE,
            minutes=minutes,
        )
        Appointment.objects.filter(pk=appointment.pk).update(mode=Mode.VIDEO)
        ChannelBooking.objects.create(
            appointment=appointment,
            channel=cast.office.channels.get(number=number),
            starts_at=at(start),
            ends_at=at(start) + dt.timedelta(minutes=minutes + 10),
        )
        return appointment

    seat("2026-03-05 09:00", 30, 1)
    seat("2026-03-05 09:00", 90, 2)
    moved = seat("2026-03-05 10:40", 30, 1)
    wish = wish_of(cast, "2026-03-05 09:40", minutes=80)
    appointment = book_appointment(desk=cast.desk, wish=wish, now=now)
    numbers = dict(ChannelBooking.objects.values_list("appointment_id", "channel__number"))
    assert (numbers[appointment.pk], numbers[moved.pk]) == (1, 2)


def test_moving_keeps_people_and_takes_a_channel_at_the_new_time(cast: Cast, now: dt.datetime) -> None:
    appointment = cast.appointment
    move_appointment(appointment=appointment, starts_at=at("2026-03-06 14:00"), minutes=45, by=cast.desk.actor, now=now)
    booking = ChannelBooking.objects.get(appointment=appointment)
    assert (booking.starts_at, booking.ends_at) == (at("2026-03-06 14:00"), at("2026-03-06 14:55"))
    times = set(Participation.objects.filter(appointment=appointment).values_list("starts_at", "ends_at"))
    assert times == {(at("2026-03-06 14:00"), at("2026-03-06 14:45"))}
    assert appointment.revision == 1


def test_moving_onto_a_taken_time_changes_nothing(cast: Cast, now: dt.datetime) -> None:
    other = book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-06 14:00"), now=now)
    appointment = cast.appointment
    move: dict[str, Any] = {"appointment": appointment, "starts_at": other.starts_at, "minutes": 30}
    assert refusal(lambda: move_appointment(**move, by=cast.desk.actor, now=now)) == Reason.COUNSELLOR_BUSY
    fresh = Appointment.objects.get(pk=appointment.pk)
    assert (fresh.starts_at, fresh.revision) == (at("2026-03-03 10:00"), 0)
    assert ChannelBooking.objects.get(appointment=fresh).starts_at == fresh.starts_at


def test_cancelling_what_was_moved_meanwhile_is_refused_and_leaves_its_channel(cast: Cast, now: dt.datetime) -> None:
    stale = Appointment.objects.get(pk=cast.appointment.pk)
    by = cast.desk.actor
    move_appointment(appointment=cast.appointment, starts_at=at("2026-03-06 14:00"), minutes=30, by=by, now=now)
    refused = refusal(lambda: cancel_appointment(appointment=stale, cancelled_by=CancelledBy.OFFICE, by=by, now=now))
    assert refused == Reason.STALE
    assert Appointment.objects.get(pk=stale.pk).is_planned
    assert ChannelBooking.objects.filter(appointment=stale).exists()


def test_acting_on_a_stale_page_is_refused(cast: Cast, now: dt.datetime) -> None:
    move: dict[str, Any] = {
        "starts_at": at("2026-03-06 14:00"),
        "minutes": 30,
        "by": cast.desk.actor,
        "now": now,
        "revision": 0,
    }
    move_appointment(appointment=cast.appointment, **move)
    again = Appointment.objects.get(pk=cast.appointment.pk)
    assert refusal(lambda: move_appointment(appointment=again, **move)) == Reason.STALE


def test_switching_to_the_telephone_frees_the_channel_and_back_takes_one(cast: Cast, now: dt.datetime) -> None:
    appointment = cast.appointment
    assert switch_mode(appointment=appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=now)
    assert not ChannelBooking.objects.filter(appointment=appointment).exists()
    assert appointment.starts_at == at("2026-03-03 10:00")
    assert switch_mode(appointment=appointment, mode=Mode.VIDEO, by=SYSTEM, now=now)
    assert ChannelBooking.objects.filter(appointment=appointment).count() == 1
    assert not switch_mode(appointment=appointment, mode=Mode.VIDEO, by=SYSTEM, now=now)


def test_switching_back_to_video_is_refused_while_no_channel_is_free(cast: Cast, now: dt.datetime) -> None:
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=now)
    for _ in range(2):
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=at("2026-03-03 10:00"), now=now)
    back: dict[str, Any] = {"appointment": cast.appointment, "mode": Mode.VIDEO, "by": SYSTEM, "now": now}
    assert refusal(lambda: switch_mode(**back)) == Reason.NO_CHANNEL
    assert Appointment.objects.get(pk=cast.appointment.pk).mode == Mode.TELEPHONE


def test_cancelling_frees_everybody(cast: Cast, now: dt.datetime) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.CLIENT, by=cast.desk.actor, now=now)
    wish = wish_of(cast, "2026-03-03 10:00")
    assert book_appointment(desk=cast.desk, wish=wish, now=now).state == AppointmentState.PLANNED
    assert (
        refusal(
            lambda: cancel_appointment(
                appointment=cast.appointment, cancelled_by=CancelledBy.CLIENT, by=cast.desk.actor, now=now
            )
        )
        == Reason.NOT_PLANNED
    )


def test_a_held_talk_counts_one_contact_however_often_it_is_confirmed(cast: Cast) -> None:
    later = at("2026-03-03 10:30")
    stale = Appointment.objects.get(pk=cast.appointment.pk)
    contact = mark_held(appointment=cast.appointment, by=cast.desk.actor, now=later, minutes=27)
    assert (contact.kind, contact.minutes) == ("video", 27)
    assert refusal(lambda: mark_held(appointment=stale, by=cast.desk.actor, now=later)) == Reason.NOT_PLANNED
    assert Contact.objects.filter(appointment=cast.appointment).count() == 1


def test_an_outcome_before_the_start_is_refused(cast: Cast, now: dt.datetime) -> None:
    outcome: dict[str, Any] = {"appointment": cast.appointment, "by": cast.desk.actor, "now": now}
    assert refusal(lambda: mark_held(**outcome)) == Reason.NOT_BEGUN
    not_held = {**outcome, "reason": NotHeldReason.TECHNICAL}
    assert refusal(lambda: mark_not_held(**not_held)) == Reason.NOT_BEGUN


def test_technical_failure_is_an_outcome_of_its_own_and_no_contact(cast: Cast) -> None:
    mark_not_held(
        appointment=cast.appointment,
        reason=NotHeldReason.TECHNICAL,
        by=cast.desk.actor,
        now=at("2026-03-03 10:30"),
    )
    assert cast.appointment.not_held_reason == "technical"
    assert not Contact.objects.exists()


def test_after_a_withdrawal_video_is_refused_and_planned_video_becomes_telephone(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de")
    give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    withdraw_consent(client=cast.person, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=now)
    assert Appointment.objects.get(pk=cast.appointment.pk).mode == Mode.TELEPHONE
    assert not ChannelBooking.objects.filter(appointment=cast.appointment).exists()
    wish = wish_of(cast, "2026-03-04 10:00")
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=wish, now=now)) == Reason.CONSENT_WITHDRAWN


def test_a_withdrawal_works_even_where_the_topic_allows_only_video(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de")
    give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    topic = cast.appointment.topic
    topic.allows_telephone = topic.allows_on_site = topic.allows_outreach_visit = False
    topic.save()
    assert withdraw_consent(client=cast.person, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=now)
    assert Appointment.objects.get(pk=cast.appointment.pk).mode == Mode.TELEPHONE


def test_two_forms_with_one_key_at_another_office_are_two_appointments(cast: Cast, now: dt.datetime) -> None:
    key = uuid.uuid4()
    mine = book_appointment(desk=cast.desk, wish=wish_of(cast, "2026-03-04 10:00", key=key), now=now)
    other = book(client=cast.foreign_person, staff=cast.stranger, starts_at=at("2026-03-04 10:00"), now=now, key=key)
    assert mine != other


@pytest.mark.parametrize(
    ("day", "time", "exists"),
    [
        ("2026-03-29", "02:30", False),
        ("2026-03-29", "03:00", True),
        ("2026-10-25", "02:30", True),
        ("2026-03-03", "10:00", True),
    ],
)
def test_the_hour_the_clocks_skip_does_not_exist(day: str, time: str, *, exists: bool) -> None:
    assert local_time_exists(dt.date.fromisoformat(day), dt.time.fromisoformat(time)) is exists


def test_the_same_form_with_other_content_is_refused(cast: Cast, now: dt.datetime) -> None:
    wish = wish_of(cast, "2026-03-04 10:00")
    book_appointment(desk=cast.desk, wish=wish, now=now)
    changed = dataclasses.replace(wish, client=make_client(cast.office))
    assert refusal(lambda: book_appointment(desk=cast.desk, wish=changed, now=now)) == Reason.STALE


def test_an_outcome_frees_people_and_channel(cast: Cast) -> None:
    later = at("2026-03-03 10:05")
    mark_not_held(appointment=cast.appointment, reason=NotHeldReason.NOT_REACHED, by=cast.desk.actor, now=later)
    wish = wish_of(cast, "2026-03-03 10:05", mode=Mode.TELEPHONE, agreed_by=None)
    assert book_appointment(desk=cast.desk, wish=wish, now=later).is_planned
    assert not ChannelBooking.objects.filter(appointment=cast.appointment).exists()


def test_a_held_talk_gives_its_channel_back_at_once(cast: Cast) -> None:
    later = at("2026-03-03 10:20")
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=later)
    assert ChannelBooking.objects.get(appointment=cast.appointment).ends_at == later


def test_staff_switch_to_video_only_when_it_was_agreed(cast: Cast, now: dt.datetime) -> None:
    wish = wish_of(cast, "2026-03-04 10:00", mode=Mode.TELEPHONE, agreed_by=None)
    appointment = book_appointment(desk=cast.desk, wish=wish, now=now)
    switch: dict[str, Any] = {"appointment": appointment, "mode": Mode.VIDEO, "by": cast.desk.actor, "now": now}
    assert refusal(partial(switch_mode, **switch)) == Reason.NOT_AGREED
    assert switch_mode(**switch, agreed_by=AgreedBy.PHONE)
    assert appointment.agreed_by == AgreedBy.PHONE
