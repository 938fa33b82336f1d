"""Taking the last change back: everything is as it was, and only who had heard of it hears again."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action, Actor
from nahbar.calls.models import Call
from nahbar.invitations.queries import messages_of
from nahbar.invitations.rules import Template
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, ChannelBooking, Contact
from nahbar.scheduling.operations import (
    cancel_appointment,
    mark_held,
    mark_not_held,
    move_appointment,
    switch_mode,
)
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import (
    AppointmentState,
    CancelledBy,
    CancelReason,
    NotHeldReason,
    Notice,
    mails_wait_until,
    notice_of,
)
from nahbar.scheduling.undo import undo_change, undoable
from tests.conftest import Cast
from tests.factories import at, book, invitation_for, make_client, make_staff

SOON = dt.timedelta(seconds=20)
THURSDAY = at("2026-03-05 14:00")


def fresh(appointment: Appointment) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=appointment.pk)


def taken(appointment: Appointment) -> list[tuple[dt.datetime, dt.datetime]]:
    rows = ChannelBooking.objects.filter(appointment=appointment)
    return list(rows.values_list("starts_at", "ends_at"))


def people(appointment: Appointment) -> set[tuple[dt.datetime, dt.datetime, bool]]:
    return set(appointment.participations.values_list("starts_at", "ends_at", "is_active"))


@pytest.fixture
def thursday(cast: Cast, now: dt.datetime) -> Appointment:
    """A video appointment far enough away that mails about it wait for the minute."""
    appointment = book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now)
    messages_of(invitation_for(appointment)).update(state=State.SENT)
    return fresh(appointment)


def change(appointment: Appointment, kind: str, by: Actor, now: dt.datetime) -> None:
    """Makes one change of that kind."""
    if kind == "move":
        move_appointment(
            appointment=appointment, starts_at=THURSDAY + dt.timedelta(hours=1), minutes=45, by=by, now=now
        )
    elif kind == "mode":
        switch_mode(appointment=appointment, mode=Mode.TELEPHONE, by=by, now=now)
    elif kind == "cancel":
        cancel_appointment(
            appointment=appointment, cancelled_by=CancelledBy.CLIENT, reason=CancelReason.OTHER_TIME, by=by, now=now
        )
    elif kind == "held":
        mark_held(appointment=appointment, by=by, now=now)
    else:
        mark_not_held(appointment=appointment, reason=NotHeldReason.NOT_REACHED, by=by, now=now)


@pytest.mark.parametrize("kind", ["move", "mode", "cancel"])
def test_everything_is_as_it_was(cast: Cast, thursday: Appointment, now: dt.datetime, kind: str) -> None:
    before, channel, who = vars(fresh(thursday)), taken(thursday), people(thursday)
    change(thursday, kind, cast.desk.actor, now)
    undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    after = vars(fresh(thursday))
    moved_on = {"revision", "sequence"}
    same = {name for name in before if not name.startswith("_")} - moved_on
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert all(after[name] == before[name] + 2 for name in moved_on)
    assert (taken(thursday), people(thursday)) == (channel, who)
    assert AuditEntry.objects.filter(action=Action.UNDONE).count() == 1


@pytest.mark.parametrize("kind", ["held", "not_held"])
def test_an_outcome_is_taken_back_with_its_contact(cast: Cast, thursday: Appointment, kind: str) -> None:
    after = THURSDAY + dt.timedelta(hours=2)
    change(thursday, kind, cast.desk.actor, after)
    undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=after + SOON)
    found = fresh(thursday)
    assert (found.state, found.not_held_reason) == (AppointmentState.PLANNED, "")
    assert not Contact.objects.filter(appointment=thursday).exists()


def test_a_booking_is_taken_back_as_a_mistake(cast: Cast, now: dt.datetime) -> None:
    appointment = book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now)
    undo_change(appointment=fresh(appointment), by=cast.desk.actor, now=now + SOON)
    found = fresh(appointment)
    assert (found.state, found.cancel_reason) == (AppointmentState.CANCELLED, CancelReason.MISTAKE)
    assert taken(appointment) == []
    # Nobody had heard of it: the invitation still waited, and nobody hears of a cancellation.
    assert [row.template for row in messages_of(invitation_for(appointment))] == [Template.INVITATION]


@pytest.mark.parametrize("kind", ["move", "mode", "cancel"])
def test_who_has_not_heard_hears_nothing(cast: Cast, thursday: Appointment, now: dt.datetime, kind: str) -> None:
    change(thursday, kind, cast.desk.actor, now)
    waiting = messages_of(invitation_for(thursday)).get(state=State.QUEUED)
    assert waiting.not_before == now + dt.timedelta(seconds=60)
    undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    assert messages_of(invitation_for(thursday)).filter(state=State.QUEUED).get() == waiting


@pytest.mark.parametrize(
    ("kind", "template"),
    [("move", Template.MOVED), ("mode", Template.MODE_CHANGED), ("cancel", Template.INVITATION)],
)
def test_who_has_heard_is_told_again(
    cast: Cast, thursday: Appointment, now: dt.datetime, kind: str, template: Template
) -> None:
    change(thursday, kind, cast.desk.actor, now)
    messages_of(invitation_for(thursday)).filter(state=State.QUEUED).update(state=State.SENT)
    undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    assert messages_of(invitation_for(thursday)).get(state=State.QUEUED).template == template


def test_two_moves_and_one_taken_back_tells_where_it_is_now(
    cast: Cast, thursday: Appointment, now: dt.datetime
) -> None:
    """The first move's mail still waited when the second came: nobody has heard of either."""
    change(thursday, "move", cast.desk.actor, now)
    move_appointment(
        appointment=thursday, starts_at=THURSDAY + dt.timedelta(hours=2), minutes=30, by=cast.desk.actor, now=now
    )
    undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    current = messages_of(invitation_for(thursday)).first()
    assert current is not None
    assert (current.template, current.about_id.split(":")[1]) == (Template.MOVED, "3")


def test_somebody_else_took_the_time_meanwhile(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    change(thursday, "move", cast.desk.actor, now)
    book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now)
    with pytest.raises(Refused) as refusal:
        undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    assert refusal.value.reason is Reason.COUNSELLOR_BUSY
    assert fresh(thursday).starts_at == THURSDAY + dt.timedelta(hours=1)
    assert len(taken(thursday)) == 1


def test_all_channels_were_taken_meanwhile(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    change(thursday, "cancel", cast.desk.actor, now)
    for _channel in range(2):
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=THURSDAY, now=now)
    with pytest.raises(Refused) as refusal:
        undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    assert refusal.value.reason is Reason.NO_CHANNEL
    assert fresh(thursday).state == AppointmentState.CANCELLED


def test_only_ones_own_only_the_last_and_only_for_a_minute(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    me, other = cast.desk.actor, Actor(kind="staff", id=str(uuid.uuid4()))
    change(thursday, "move", me, now)
    found = fresh(thursday)
    assert undoable(appointment=found, by=me, now=now + SOON) is not None
    assert undoable(appointment=found, by=other, now=now + SOON) is None
    assert undoable(appointment=found, by=me, now=now + dt.timedelta(seconds=60)) is None
    undo_change(appointment=found, by=me, now=now + SOON)
    with pytest.raises(Refused) as refusal:
        undo_change(appointment=fresh(thursday), by=me, now=now + SOON)
    assert refusal.value.reason is Reason.TOO_LATE


def test_whoever_waits_for_a_moved_talk_is_told(cast: Cast, now: dt.datetime) -> None:
    move_appointment(
        appointment=cast.appointment, starts_at=now + dt.timedelta(minutes=5), minutes=30, by=cast.desk.actor, now=now
    )
    Call.objects.create(appointment=cast.appointment, opened_at=now)
    undo_change(appointment=fresh(cast.appointment), by=cast.desk.actor, now=now + SOON)
    assert Call.objects.get(appointment=cast.appointment).end_reason == "moved"


def test_the_counsellors_calendar_follows(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    cast.owner.gets_calendar_mails = True
    cast.owner.save()
    change(thursday, "cancel", cast.desk.actor, now)
    undo_change(appointment=fresh(thursday), by=cast.desk.actor, now=now + SOON)
    latest = OutboxMessage.objects.filter(template="staff_calendar").latest("pk")
    assert latest.about_id.split(":")[1] == str(fresh(thursday).sequence)


def test_notice_is_a_rule_of_hours() -> None:
    start, hour = THURSDAY, dt.timedelta(hours=1)
    told = [
        notice_of(cancelled_at=start - ahead, starts_at=start, late_hours=24) for ahead in (24 * hour, hour, 0 * hour)
    ]
    assert told == [Notice.IN_TIME, Notice.LATE, Notice.AFTERWARDS]


def test_news_never_waits_too_long(now: dt.datetime) -> None:
    far, near = now + dt.timedelta(hours=1), now + dt.timedelta(minutes=4)
    assert mails_wait_until(by_kind="staff", starts_at=far, now=now) == now + dt.timedelta(seconds=60)
    assert mails_wait_until(by_kind="staff", starts_at=near, now=now) is None
    assert mails_wait_until(by_kind="client", starts_at=far, now=now) is None
