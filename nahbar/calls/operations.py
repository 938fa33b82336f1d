"""Every write to calls: waiting, admitting, leaving, ending, presence.

A command to the media server follows the commit. What is lost on the way is found by the clock
(`nahbar.calls.reconcile`); rights in the room never run ahead of the database.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action, Actor
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import Call, CallParticipation, CallPresence, WebhookEvent, random_name
from nahbar.calls.queries import current_call, current_place, opens_at, place_of
from nahbar.calls.rules import (
    CALL_TRANSITIONS,
    HAS_RIGHTS,
    KEEP_PRESENCE,
    PLACE_TRANSITIONS,
    PROBE_MINUTES,
    CallState,
    EndReason,
    PlaceState,
)
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.operations import client_actor
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import AppointmentState, ParticipationRole

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What a browser needs to connect."""

    room: str
    identity: str
    token: str
    state: PlaceState


def enter_waiting_room(*, visit: Visit, now: dt.datetime) -> Entry:
    """Gives the visitor's device its place: waiting, or back in the talk it was admitted to.

    Order of the gates: proof (the caller's), mode, standing, consent, time. Effects: call and place
    are made where missing, the media room exists, an audit row. Raises `Refused`, or
    `sfu.MediaUnavailable` when the media server does not answer; the place then stays.
    """
    _require_enterable(visit=visit, now=now)
    with transaction.atomic():
        call = _open_call(appointment=visit.appointment, now=now)
        place = _take_place(call=call, visit=visit, now=now)
    sfu.ensure_room(name=call.room_name)
    return _entry(place=place)


def _require_enterable(*, visit: Visit, now: dt.datetime) -> None:
    appointment = visit.appointment
    if standing_of(appointment=appointment, now=now) is not Standing.OPEN:
        raise Refused(Closed.ENDED)
    if not appointment.is_video:
        raise Refused(Closed.MODE)
    if consent_in_force(client=appointment.client) is None:
        raise Refused(Closed.CONSENT)
    if now < opens_at(appointment=appointment):
        raise Refused(Closed.NOT_OPEN)


def _open_call(*, appointment: Appointment, now: dt.datetime) -> Call:
    """The call that is open, or a new one; two at the same moment get the same."""
    Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk, state=AppointmentState.PLANNED)
    call = current_call(appointment=appointment)
    if call is not None:
        return call
    try:
        with transaction.atomic():
            return Call.objects.create(appointment=appointment, opened_at=now)
    except IntegrityError:
        return Call.objects.exclude(state=CallState.ENDED).get(appointment=appointment)


def _take_place(*, call: Call, visit: Visit, now: dt.datetime) -> CallParticipation:
    place = place_of(call=call, role=ParticipationRole.CLIENT)
    if place is None:
        place = CallParticipation.objects.create(
            call=call,
            participation=visit.invitation.participation,
            device=visit.device,
            state=PlaceState.WAITING,
            waiting_since=now,
        )
        _audit_place(Action.WAITING, place=place, by=client_actor(visit.invitation), now=now)
        return place
    if place.state == PlaceState.REMOVED:
        raise Refused(Closed.REMOVED)
    if place.device_id == visit.device.pk and place.state != PlaceState.LEFT:
        return place
    if place.state == PlaceState.ADMITTED:
        # Another device, while the admitted one is in the talk: a forwarded link must not end it.
        # Once that one is gone (OUT), the other may wait, and be admitted anew.
        raise Refused(Closed.ELSEWHERE)
    return _wait_again(place=place, visit=visit, now=now)


def _wait_again(*, place: CallParticipation, visit: Visit, now: dt.datetime) -> CallParticipation:
    """Another device takes a waiting place, or somebody who left comes back: wait, be admitted anew."""
    CallParticipation.objects.filter(pk=place.pk, state=place.state).update(
        state=PlaceState.WAITING,
        device=visit.device,
        identity=random_name(),
        waiting_since=now,
        noticed_at=None,
        admitted_at=None,
        connected_at=None,
        gone_at=None,
    )
    _close_presence(place=place, now=now)
    place.refresh_from_db()
    _audit_place(Action.WAITING, place=place, by=client_actor(visit.invitation), now=now)
    return place


def _entry(*, place: CallParticipation) -> Entry:
    state = PlaceState(place.state)
    rights = sfu.Rights(may_talk=state in HAS_RIGHTS)
    room = place.call.room_name
    return Entry(
        room=room,
        identity=place.identity,
        token=sfu.token(room=room, identity=place.identity, rights=rights),
        state=state,
    )


def probe_connection() -> Entry:
    """A room for one device alone, without rights, to try the connection before the waiting room opens."""
    room, identity = f"probe-{random_name()}", random_name()
    sfu.ensure_probe_room(name=room)
    key = sfu.token(room=room, identity=identity, rights=sfu.Rights(may_talk=False), minutes=PROBE_MINUTES)
    return Entry(room=room, identity=identity, token=key, state=PlaceState.WAITING)


def join_as_counsellor(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> Entry:
    """The counsellor's way into the room, with rights; opens the call when nobody has yet.

    Raises `Refused`, `sfu.MediaUnavailable`. Skipped: whether it is their appointment; the caller
    passed `queries.access_own_appointment`.
    """
    if appointment.state != AppointmentState.PLANNED:
        raise Refused(Closed.ENDED)
    if not appointment.is_video:
        raise Refused(Closed.MODE)
    with transaction.atomic():
        call = _open_call(appointment=appointment, now=now)
        participation = appointment.participations.get(staff=desk.staff)
        place, _created = CallParticipation.objects.get_or_create(
            call=call, participation=participation, defaults={"state": PlaceState.ADMITTED, "admitted_at": now}
        )
        if place.state != PlaceState.ADMITTED:
            CallParticipation.objects.filter(pk=place.pk).update(state=PlaceState.ADMITTED, gone_at=None)
            place.refresh_from_db()
    sfu.ensure_room(name=call.room_name)
    return _entry(place=place)


def notice_waiting(*, appointment: Appointment, now: dt.datetime) -> None:
    """The counsellor's page has shown that the client waits; only now the client is told so."""
    CallParticipation.objects.filter(call__appointment=appointment, state=PlaceState.WAITING, noticed_at=None).update(
        noticed_at=now
    )


def admit(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """Lets the waiting client in: the call becomes active, their rights are raised.

    True when the media server has done it; False when it did not answer: the admission stands and
    the clock carries it out. Admitting twice does nothing more. Raises `Refused`.
    """
    with transaction.atomic():
        place = _admit_place(desk=desk, appointment=appointment, now=now)
    return _command(
        lambda: sfu.set_rights(room=place.call.room_name, identity=place.identity, rights=sfu.Rights(may_talk=True))
    )


def _admit_place(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> CallParticipation:
    place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
    if place is None or place.state == PlaceState.LEFT:
        raise Refused(Closed.NOBODY_WAITS)
    if consent_in_force(client=appointment.client) is None:
        raise Refused(Closed.CONSENT)
    if place.state in HAS_RIGHTS:
        return place
    if not _move_place(place=place, to=PlaceState.ADMITTED, admitted_at=now):
        raise Refused(Closed.NOBODY_WAITS)
    call = place.call
    if Call.objects.filter(pk=call.pk, state=CallState.OPEN).update(state=CallState.ACTIVE, started_at=now):
        _audit_call(Action.CALL_STARTED, call=call, by=desk.actor, now=now)
    _audit_place(Action.ADMITTED, place=place, by=desk.actor, now=now)
    return place


def eject(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """Puts the client out for the rest of this call. Raises `Refused` when nobody is there."""
    place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
    if place is None or PlaceState.REMOVED not in PLACE_TRANSITIONS[PlaceState(place.state)]:
        raise Refused(Closed.NOBODY_WAITS)
    with transaction.atomic():
        _move_place(place=place, to=PlaceState.REMOVED, gone_at=now)
        _close_presence(place=place, now=now)
        _audit_place(Action.EJECTED, place=place, by=desk.actor, now=now)
    return _command(lambda: sfu.remove(room=place.call.room_name, identity=place.identity))


def leave(*, visit: Visit, now: dt.datetime) -> None:
    """The client hangs up or stops waiting. Coming back means waiting again."""
    place = current_place(appointment=visit.appointment, role=ParticipationRole.CLIENT)
    if place is None or place.device_id != visit.device.pk:
        return
    _leave_place(place=place, now=now)


def leave_as_counsellor(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> None:
    """The counsellor goes without ending the talk."""
    place = current_place(appointment=appointment, role=ParticipationRole.COUNSELLOR)
    if place is not None:
        _leave_place(place=place, now=now)


def _leave_place(*, place: CallParticipation, now: dt.datetime) -> None:
    if PlaceState.LEFT not in PLACE_TRANSITIONS[PlaceState(place.state)]:
        return
    with transaction.atomic():
        _move_place(place=place, to=PlaceState.LEFT, gone_at=now)
        _close_presence(place=place, now=now)
    _command(lambda: sfu.remove(room=place.call.room_name, identity=place.identity))


def end_call(*, appointment: Appointment, reason: EndReason, by: Actor, now: dt.datetime) -> bool:
    """Ends the talk for everybody; the room is deleted once the transaction is committed.

    False when no call was open. Ending twice does nothing more.
    """
    call = current_call(appointment=appointment)
    if call is None or CallState.ENDED not in CALL_TRANSITIONS[CallState(call.state)]:
        return False
    with transaction.atomic():
        if not Call.objects.filter(pk=call.pk, state=call.state).update(
            state=CallState.ENDED, ended_at=now, end_reason=reason
        ):
            return False
        CallParticipation.objects.filter(call=call).exclude(state=PlaceState.REMOVED).update(
            state=PlaceState.LEFT, gone_at=now
        )
        CallPresence.objects.filter(place__call=call, left_at=None).update(left_at=now)
        _audit_call(Action.CALL_ENDED, call=call, by=by, now=now)
        transaction.on_commit(partial(_command, partial(sfu.delete_room, name=call.room_name)))
    return True


def talk_minutes(*, appointment: Appointment) -> int | None:
    """How long both were in the talk, rounded up; None when there was none."""
    calls = Call.objects.filter(appointment=appointment, started_at__isnull=False, ended_at__isnull=False)
    seconds = sum(
        (call.ended_at - call.started_at).total_seconds() for call in calls if call.ended_at and call.started_at
    )
    return -int(-seconds // 60) if seconds else None


def take_webhook(*, notice: sfu.Notice, now: dt.datetime) -> bool:
    """Acts on a verified webhook once; False when it was taken before.

    A webhook is a hint: what it says is checked against the database, out of order or late as it is.
    """
    try:
        with transaction.atomic():
            WebhookEvent.objects.create(event_id=notice.id, received_at=now)
    except IntegrityError:
        return False
    if notice.kind == "participant_joined":
        check_joined(room=notice.room, identity=notice.identity, now=now)
    elif notice.kind in {"participant_left", "participant_connection_aborted"}:
        note_left(room=notice.room, identity=notice.identity, now=now)
    return True


def check_joined(*, room: str, identity: str, now: dt.datetime) -> None:
    """Somebody is in the room: those who belong there are noted as present, all others put out."""
    place = CallParticipation.objects.filter(call__room_name=room, identity=identity).select_related("call").first()
    if place is None:
        if not room.startswith("probe-"):
            _command(lambda: sfu.remove(room=room, identity=identity))
        return
    state = PlaceState(place.state)
    if place.call.state == CallState.ENDED or state in {PlaceState.REMOVED, PlaceState.LEFT}:
        _command(lambda: sfu.remove(room=room, identity=identity))
        return
    with transaction.atomic():
        if state == PlaceState.OUT:
            _move_place(place=place, to=PlaceState.ADMITTED, gone_at=None)
        CallParticipation.objects.filter(pk=place.pk, connected_at=None).update(connected_at=now, gone_at=None)
        if not CallPresence.objects.filter(place=place, left_at=None).exists():
            CallPresence.objects.create(place=place, joined_at=now)


def note_left(*, room: str, identity: str, now: dt.datetime) -> None:
    """Somebody is no longer in the room; an admitted one is only out, not gone."""
    place = CallParticipation.objects.filter(call__room_name=room, identity=identity).select_related("call").first()
    if place is None:
        return
    present = sfu_present(room=room)
    if present is None or identity in present:
        # A late notice: the device is back, or the media server cannot be asked; the clock will see.
        return
    with transaction.atomic():
        CallParticipation.objects.filter(pk=place.pk).update(connected_at=None, gone_at=now)
        if place.state == PlaceState.ADMITTED:
            _move_place(place=place, to=PlaceState.OUT, gone_at=now)
        _close_presence(place=place, now=now)


def sfu_present(*, room: str) -> set[str] | None:
    """Identities in the room, empty when there is no room; None when the media server does not answer."""
    try:
        return {person.identity for person in sfu.present(room=room)}
    except sfu.MediaUnavailable:
        return None


def give_up_waiting(*, place: CallParticipation, now: dt.datetime) -> None:
    """Somebody who waits without a connection is no longer shown as waiting."""
    _move_place(place=place, to=PlaceState.LEFT, gone_at=now)


@transaction.atomic
def forget(*, now: dt.datetime) -> int:
    """Deletes calls with their places and presences three months after their end; returns how many calls.

    Appointments and contacts stay: they are the person's file. The run is audited.
    """
    old = Call.objects.filter(state=CallState.ENDED, ended_at__lt=now - KEEP_PRESENCE)
    count = old.count()
    if count:
        old.delete()
        record(
            action=Action.DELETED,
            by=SYSTEM,
            office="",
            about=About("call", "expired"),
            detail={"count": count},
            now=now,
        )
    return count


def _move_place(*, place: CallParticipation, to: PlaceState, **fields: dt.datetime | None) -> bool:
    """Compare-and-set of one place; ValueError for a transition the rules do not know."""
    old = PlaceState(place.state)
    if to not in PLACE_TRANSITIONS[old]:
        raise ValueError(f"a place does not go from {old} to {to}")
    changed = CallParticipation.objects.filter(pk=place.pk, state=old).update(state=to, **fields)
    if changed:
        place.state = to
    return changed == 1


def _close_presence(*, place: CallParticipation, now: dt.datetime) -> None:
    CallPresence.objects.filter(place=place, left_at=None).update(left_at=now)


def _command(send: Callable[[], None]) -> bool:
    """Sends one command to the media server; False, and a log line, when it does not answer."""
    try:
        send()
    except sfu.MediaUnavailable as error:
        logger.warning("media command failed: %s", error)
        return False
    return True


def _audit_call(action: Action, *, call: Call, by: Actor, now: dt.datetime) -> None:
    appointment = call.appointment
    record(
        action=action,
        by=by,
        office=appointment.jobcenter.slug,
        about=About("appointment", str(appointment.public_id)),
        now=now,
    )


def _audit_place(action: Action, *, place: CallParticipation, by: Actor, now: dt.datetime) -> None:
    _audit_call(action, call=place.call, by=by, now=now)
