"""Taking the last change back: everything is as it was, and only who had heard of it hears again."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action, Actor
from nahbar.calls.models import Call
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Purpose, Route
from nahbar.invitations.models import Device, Invitation
from nahbar.invitations.queries import messages_of
from nahbar.invitations.rules import Template
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.people.models import Membership
from nahbar.scheduling.call_tasks import book_for_task, make_call_task
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.models import Appointment, ChannelBooking, Topic
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import (
    AgreedBy,
    AppointmentState,
    CallTaskState,
    CancelledBy,
    CancelReason,
    NotHeldReason,
    Notice,
    mails_wait_until,
    notice_of,
)
from nahbar.scheduling.undo import undo_change
from tests.conftest import Cast
from tests.factories import at, book, invitation_for, make_client, make_staff, make_wish

SOON = dt.timedelta(seconds=20)
THURSDAY = at("2026-03-05 14:00")


def fresh(appointment: Appointment) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=appointment.pk)


def undo(appointment: Appointment, *, by: Actor, now: dt.datetime) -> None:
    """As the button beside the last message does."""
    found = fresh(appointment)
    undo_change(appointment=found, revision=found.revision, by=by, now=now)


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
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    after = vars(fresh(thursday))
    moved_on = {"revision", "sequence"}
    same = {name for name in before if not name.startswith("_")} - moved_on
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert all(after[name] == before[name] + 2 for name in moved_on)
    assert (taken(thursday), people(thursday)) == (channel, who)
    assert AuditEntry.objects.filter(action=Action.UNDONE).count() == 1


@pytest.mark.parametrize("kind", ["held", "not_held"])
def test_an_outcome_is_for_good(cast: Cast, thursday: Appointment, kind: str) -> None:
    after = THURSDAY + dt.timedelta(hours=2)
    change(thursday, kind, cast.desk.actor, after)
    with pytest.raises(Refused) as refusal:
        undo(thursday, by=cast.desk.actor, now=after + SOON)
    assert refusal.value.reason is Reason.NOT_UNDOABLE


def test_a_booking_is_taken_back_as_a_mistake(cast: Cast, now: dt.datetime) -> None:
    appointment = book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now)
    undo(appointment, by=cast.desk.actor, now=now + SOON)
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
    undo(thursday, by=cast.desk.actor, now=now + SOON)
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
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    assert messages_of(invitation_for(thursday)).get(state=State.QUEUED).template == template


def test_two_moves_and_one_taken_back_tells_where_it_is_now(
    cast: Cast, thursday: Appointment, now: dt.datetime
) -> None:
    """The first move's mail still waited when the second came: nobody has heard of either."""
    change(thursday, "move", cast.desk.actor, now)
    move_appointment(
        appointment=thursday, starts_at=THURSDAY + dt.timedelta(hours=2), minutes=30, by=cast.desk.actor, now=now
    )
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    current = messages_of(invitation_for(thursday)).first()
    assert current is not None
    assert (current.template, current.about_id.split(":")[1]) == (Template.MOVED, "3")


def test_somebody_else_took_the_time_meanwhile(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    change(thursday, "move", cast.desk.actor, now)
    book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now)
    with pytest.raises(Refused) as refusal:
        undo(thursday, by=cast.desk.actor, now=now + SOON)
    assert refusal.value.reason is Reason.COUNSELLOR_BUSY
    assert fresh(thursday).starts_at == THURSDAY + dt.timedelta(hours=1)
    assert len(taken(thursday)) == 1


def test_all_channels_were_taken_meanwhile(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    change(thursday, "cancel", cast.desk.actor, now)
    for _channel in range(2):
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=THURSDAY, now=now)
    with pytest.raises(Refused) as refusal:
        undo(thursday, by=cast.desk.actor, now=now + SOON)
    assert refusal.value.reason is Reason.NO_CHANNEL
    assert fresh(thursday).state == AppointmentState.CANCELLED


def refused(appointment: Appointment, revision: int, by: Actor, now: dt.datetime) -> Reason:
    with pytest.raises(Refused) as refusal:
        undo_change(appointment=fresh(appointment), revision=revision, by=by, now=now)
    return refusal.value.reason


def test_only_ones_own_only_the_last_and_only_for_a_minute(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    me, other = cast.desk.actor, Actor(kind="staff", id=str(uuid.uuid4()))
    change(thursday, "move", me, now)
    assert refused(thursday, 1, other, now + SOON) is Reason.NOT_UNDOABLE
    assert refused(thursday, 1, me, now + dt.timedelta(seconds=60)) is Reason.TOO_LATE
    # The button of an older page.
    assert refused(thursday, 0, me, now + SOON) is Reason.STALE
    undo(thursday, by=me, now=now + SOON)
    assert refused(thursday, 1, me, now + SOON) is Reason.STALE
    assert refused(thursday, 2, me, now + SOON) is Reason.NOT_UNDOABLE


@pytest.mark.parametrize("kind", ["mode", "cancel"])
def test_video_does_not_come_back_without_consent(cast: Cast, now: dt.datetime, kind: str) -> None:
    appointment = book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now)
    client = appointment.client
    give_consent(client=client, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)
    change(appointment, kind, cast.desk.actor, now)
    withdraw_consent(client=client, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=now)
    revision = fresh(appointment).revision
    assert refused(appointment, revision, cast.desk.actor, now + SOON) is Reason.CONSENT_WITHDRAWN
    assert taken(appointment) == []


def test_nor_into_an_absence_nor_with_who_counsels_no_more(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    me = cast.desk.actor
    change(thursday, "cancel", me, now)
    enter_absence(desk=cast.desk, starts_at=THURSDAY, ends_at=THURSDAY + dt.timedelta(hours=1))
    assert refused(thursday, 1, me, now + SOON) is Reason.COUNSELLOR_ABSENT
    Membership.objects.filter(staff=cast.owner).delete()
    assert refused(thursday, 1, me, now + SOON) is Reason.NOT_COUNSELLING


def test_nor_with_a_topic_that_is_not_offered_any_more(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    change(thursday, "cancel", cast.desk.actor, now)
    Topic.objects.filter(pk=thursday.topic_id).update(is_active=False)
    assert refused(thursday, 1, cast.desk.actor, now + SOON) is Reason.TOPIC_RETIRED


def test_what_was_agreed_for_a_switch_to_video_goes_with_it(cast: Cast, now: dt.datetime) -> None:
    values = {"mode": Mode.TELEPHONE, "agreed_by": None}
    appointment = book(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY, now=now, **values)
    later = now + dt.timedelta(minutes=1)
    switch_mode(appointment=appointment, mode=Mode.VIDEO, by=cast.desk.actor, now=later, agreed_by=AgreedBy.PHONE)
    undo(appointment, by=cast.desk.actor, now=later + SOON)
    found = fresh(appointment)
    assert (found.mode, found.agreed_by, found.agreed_at) == (Mode.TELEPHONE, "", None)


def test_a_call_is_to_be_made_again_when_its_booking_is_taken_back(cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY)
    task = make_call_task(desk=cast.desk, wish=wish, now=now)
    appointment = book_for_task(desk=cast.desk, task=task, wish=wish, now=now)
    undo(appointment, by=cast.desk.actor, now=now + SOON)
    task.refresh_from_db()
    assert (task.state, task.appointment, task.done_at) == (CallTaskState.OPEN, None, None)


def test_moved_and_taken_back_twice_says_nothing(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    for round_number in range(2):
        later = now + round_number * SOON
        change(thursday, "move", cast.desk.actor, later)
        undo(thursday, by=cast.desk.actor, now=later + dt.timedelta(seconds=5))
        thursday = fresh(thursday)
    about = messages_of(invitation_for(thursday)).filter(state=State.QUEUED)
    assert not [row for row in about if row.about_id.split(":")[1] == str(thursday.revision)]


def test_what_the_outbox_has_forgotten_was_told(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    invitation = invitation_for(thursday)
    messages_of(invitation).delete()
    Invitation.objects.filter(pk=invitation.pk).update(issued_at=now - dt.timedelta(days=60))
    change(thursday, "move", cast.desk.actor, now)
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    assert [row.about_id.split(":")[1] for row in messages_of(invitation)] == ["1"]


def test_who_was_there_meanwhile_is_told_at_once(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    change(thursday, "cancel", cast.desk.actor, now)
    invitation = invitation_for(thursday)
    Device.objects.create(
        invitation=invitation, key_hash="a", generation=1, opened_at=now + SOON / 2, seen_at=now + SOON / 2
    )
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    latest = messages_of(invitation).first()
    assert latest is not None
    assert (latest.template, latest.about_id.split(":")[1]) == (Template.INVITATION, "2")
    assert latest.not_before is None


def test_who_waited_when_it_was_cancelled_is_told_once(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    Call.objects.create(appointment=thursday, opened_at=now)
    change(thursday, "cancel", cast.desk.actor, now)
    assert Call.objects.get(appointment=thursday).ended_at is not None
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    waiting = messages_of(invitation_for(thursday)).filter(state=State.QUEUED)
    assert [row.about_id.split(":")[1] for row in waiting] == ["2", "1"]


def test_whoever_waits_for_a_moved_talk_is_told(cast: Cast, now: dt.datetime) -> None:
    move_appointment(
        appointment=cast.appointment, starts_at=now + dt.timedelta(minutes=5), minutes=30, by=cast.desk.actor, now=now
    )
    Call.objects.create(appointment=cast.appointment, opened_at=now)
    undo(cast.appointment, by=cast.desk.actor, now=now + SOON)
    assert Call.objects.get(appointment=cast.appointment).end_reason == "moved"


def test_the_counsellors_calendar_follows(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    cast.owner.gets_calendar_mails = True
    cast.owner.save()
    change(thursday, "cancel", cast.desk.actor, now)
    undo(thursday, by=cast.desk.actor, now=now + SOON)
    latest = OutboxMessage.objects.filter(template="staff_calendar").latest("pk")
    assert latest.about_id.split(":")[1] == str(fresh(thursday).sequence)


def test_a_calendar_that_heard_nothing_hears_nothing(cast: Cast, thursday: Appointment, now: dt.datetime) -> None:
    cast.owner.gets_calendar_mails = True
    cast.owner.save()
    appointment = book(
        client=make_client(cast.office), staff=cast.owner, starts_at=THURSDAY + dt.timedelta(hours=3), now=now
    )
    undo(appointment, by=cast.desk.actor, now=now + SOON)
    assert OutboxMessage.objects.filter(template="staff_calendar").count() == 1


def test_a_booking_taken_back_is_no_late_cancellation(cast: Cast, now: dt.datetime) -> None:
    soon = book(client=make_client(cast.office), staff=cast.owner, starts_at=now + dt.timedelta(hours=3), now=now)
    undo(soon, by=cast.desk.actor, now=now + SOON)
    assert fresh(soon).notice is None


def test_notice_is_a_rule_of_hours() -> None:
    start, hour = THURSDAY, dt.timedelta(hours=1)
    told = [
        notice_of(cancelled_at=start - ahead, starts_at=start, late_hours=24) for ahead in (24 * hour, hour, 0 * hour)
    ]
    assert told == [Notice.IN_TIME, Notice.LATE, Notice.AFTERWARDS]


def test_news_never_waits_too_long(now: dt.datetime) -> None:
    far, near = now + dt.timedelta(hours=1), now + dt.timedelta(minutes=4)
    assert mails_wait_until(by_kind="staff", soonest=far, now=now) == now + dt.timedelta(seconds=60)
    assert mails_wait_until(by_kind="staff", soonest=near, now=now) is None
    assert mails_wait_until(by_kind="client", soonest=far, now=now) is None
