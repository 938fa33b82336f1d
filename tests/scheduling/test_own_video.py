"""Video only with those who offer it; what is booked stays as it is."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.invitations.operations import client_actor
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.people.operations import offer_video
from nahbar.scheduling.call_tasks import book_for_task, make_call_task, wish_of
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.free_times import Need, next_free_times
from nahbar.scheduling.models import Appointment, CallTask, ChannelBooking
from nahbar.scheduling.operations import move_appointment, switch_mode, take_over
from nahbar.scheduling.queries import coming_video, with_people
from nahbar.scheduling.rules import AgreedBy
from tests.conftest import Cast
from tests.factories import at, book, desk_of, make_wish


@pytest.fixture
def off(cast: Cast, now: dt.datetime) -> None:
    """The owner has switched video off; `cast.owner` as a page has read it still says otherwise."""
    offer_video(desk=desk_of(StaffMember.objects.get(pk=cast.owner.pk), cast.office), offers=False, now=now)


def fresh(appointment: Appointment) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=appointment.pk)


@pytest.mark.usefixtures("off")
def test_video_is_not_booked_and_all_else_is(cast: Cast, now: dt.datetime) -> None:
    start = at("2026-03-05 10:00")
    with pytest.raises(Refused) as refusal:
        book(client=cast.person, staff=cast.owner, starts_at=start, now=now)
    assert refusal.value.reason is Reason.VIDEO_NOT_OFFERED
    book(client=cast.person, staff=cast.owner, starts_at=start, now=now, mode=Mode.TELEPHONE, agreed_by=None)
    later = at("2026-03-05 11:00")
    assert book(client=cast.person, staff=cast.teammate, starts_at=later, now=now).is_video


@pytest.mark.usefixtures("off")
def test_nothing_is_explained_on_the_phone_that_cannot_be(cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 10:00"), agreed_by=None)
    with pytest.raises(Refused) as refusal:
        make_call_task(desk=cast.desk, wish=wish, now=now)
    assert refusal.value.reason is Reason.VIDEO_NOT_OFFERED
    assert not CallTask.objects.exists()


def test_a_call_task_from_before_books_by_telephone_only(cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 10:00"), agreed_by=None)
    task = make_call_task(desk=cast.desk, wish=wish, now=now)
    offer_video(desk=cast.desk, offers=False, now=now)
    with pytest.raises(Refused) as refusal:
        book_for_task(desk=cast.desk, task=task, wish=wish_of(task=task, desk=cast.desk, mode=Mode.VIDEO), now=now)
    assert refusal.value.reason is Reason.VIDEO_NOT_OFFERED
    telephone = wish_of(task=task, desk=cast.desk, mode=Mode.TELEPHONE)
    assert book_for_task(desk=cast.desk, task=task, wish=telephone, now=now).mode == Mode.TELEPHONE


@pytest.mark.parametrize("by", ["staff", "client"])
@pytest.mark.usefixtures("off")
def test_nobody_switches_to_video(cast: Cast, now: dt.datetime, by: str) -> None:
    actor = client_actor(cast.invitation) if by == "client" else cast.desk.actor
    assert switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=actor, now=now)
    appointment = fresh(cast.appointment)
    assert Mode.VIDEO not in appointment.modes
    with pytest.raises(Refused) as refusal:
        switch_mode(appointment=appointment, mode=Mode.VIDEO, by=actor, now=now, agreed_by=AgreedBy.PHONE)
    assert refusal.value.reason is Reason.VIDEO_NOT_OFFERED
    assert not ChannelBooking.objects.filter(appointment=appointment).exists()


@pytest.mark.usefixtures("off")
def test_what_is_booked_stays_and_moves_as_video(cast: Cast, now: dt.datetime) -> None:
    appointment = fresh(cast.appointment)
    assert appointment.is_video
    assert Mode.VIDEO in appointment.modes
    move_appointment(appointment=appointment, starts_at=at("2026-03-05 10:00"), minutes=30, by=SYSTEM, now=now)
    assert fresh(cast.appointment).channel_booking.starts_at == at("2026-03-05 10:00")


@pytest.mark.usefixtures("off")
def test_no_time_is_free_for_video_but_for_what_is_video_already(cast: Cast, now: dt.datetime) -> None:
    appointment = fresh(cast.appointment)
    counsellor = appointment.counsellor

    def free(mode: Mode, moving: Appointment | None = None) -> bool:
        need = Need(cast.person, counsellor, mode, 30, moving)
        return bool(next_free_times(need=need, after=now, now=now))

    assert not free(Mode.VIDEO)
    assert free(Mode.TELEPHONE)
    assert free(Mode.VIDEO, appointment)


def test_a_deputy_takes_over_by_video_only_if_they_offer_it(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.teammate, cast.office)
    offer_video(desk=desk, offers=False, now=now)
    with pytest.raises(Refused) as refusal:
        take_over(desk=desk, appointment=cast.appointment, now=now)
    assert refusal.value.reason is Reason.VIDEO_NOT_OFFERED
    assert fresh(cast.appointment).counsellor == cast.owner
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=desk.actor, now=now)
    assert take_over(desk=desk, appointment=fresh(cast.appointment), now=now)


def test_coming_video_is_what_they_hold_here_and_still_comes(cast: Cast, now: dt.datetime) -> None:
    later = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 10:00"), now=now)
    told = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-06 10:00"), now=now)
    switch_mode(appointment=told, mode=Mode.TELEPHONE, by=SYSTEM, now=now)
    book(client=cast.person, staff=cast.teammate, starts_at=at("2026-03-09 10:00"), now=now)
    assert coming_video(desk=cast.desk, now=now) == [cast.appointment, later]
    assert coming_video(desk=cast.desk, now=cast.appointment.ends_at) == [later]
