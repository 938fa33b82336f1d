"""Every write to calls: waiting, admitting, leaving, ending, presence.

A command to the media server follows the commit. What is lost on the way is found by the clock
(`nahbar.calls.reconcile`); rights in the room never run ahead of the database.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action, Actor
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import Call, CallParticipation, CallPresence, WebhookEvent, random_name
from nahbar.calls.queries import current_call, current_place, is_barred, opens_at, place_of
from nahbar.calls.rules import (
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
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import ParticipationRole

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What a browser needs to connect."""

    room: str
    identity: str
    token: str
    state: PlaceState


@contextmanager
def _locked(appointment: Appointment) -> Iterator[Appointment]:
    """A transaction that holds the appointment's row, and the appointment as it is now.

    Every write to a call goes through here: what is read inside stays true until the commit. SQLite's
    immediate transactions are that lock already.
    """
    with transaction.atomic():
        Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
        yield with_people(Appointment.objects.all()).get(pk=appointment.pk)


def enter_waiting_room(*, visit: Visit, now: dt.datetime) -> Entry:
    """Gives the visitor's device its place: waiting, or back in the talk it was admitted to.

    Order of the gates: proof (the caller's), standing, mode, consent, time. Effects: call and place
    are made where missing, the media room exists, an audit row. Raises `Refused`, or
    `sfu.MediaUnavailable` when the media server does not answer; the place then stays.
    """
    with _locked(visit.appointment) as appointment:
        _require_enterable(appointment=appointment, now=now)
        if consent_in_force(client=appointment.client) is None:
            raise Refused(Closed.CONSENT)
        if is_barred(visit=visit):
            raise Refused(Closed.REMOVED)
        call = _open_call(appointment=appointment, now=now)
        place = _take_place(call=call, visit=visit, now=now)
    sfu.ensure_room(name=call.room_name)
    return _entry(place=place)


def _require_enterable(*, appointment: Appointment, now: dt.datetime) -> None:
    if standing_of(appointment=appointment, now=now) is not Standing.OPEN:
        raise Refused(Closed.ENDED)
    if not appointment.is_video:
        raise Refused(Closed.MODE)
    if now < opens_at(appointment=appointment):
        raise Refused(Closed.NOT_OPEN)


def _open_call(*, appointment: Appointment, now: dt.datetime) -> Call:
    call = current_call(appointment=appointment)
    return call or Call.objects.create(appointment=appointment, opened_at=now)


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
    if place.device_id == visit.device.pk and place.state not in {PlaceState.LEFT, PlaceState.REMOVED}:
        return place
    if place.state == PlaceState.ADMITTED:
        # Another device, while the admitted one is in the talk: a forwarded link must not end it.
        # Once that one is gone (OUT), the other may wait, and be admitted anew.
        raise Refused(Closed.ELSEWHERE)
    return _wait_again(place=place, visit=visit, now=now)


def _wait_again(*, place: CallParticipation, visit: Visit, now: dt.datetime) -> CallParticipation:
    """Another device takes a waiting place, or somebody who left comes back: wait, be admitted anew."""
    CallParticipation.objects.filter(pk=place.pk).update(
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

    Raises `Refused` (ENDED, MODE, NOT_OPEN), `sfu.MediaUnavailable`. Skipped: whether it is their
    appointment; the caller passed `queries.access_own_appointment`.
    """
    with _locked(appointment) as fresh:
        _require_enterable(appointment=fresh, now=now)
        call = _open_call(appointment=fresh, now=now)
        place, _created = CallParticipation.objects.get_or_create(
            call=call,
            participation=fresh.participations.get(staff=desk.staff),
            defaults={"state": PlaceState.ADMITTED, "admitted_at": now},
        )
        if place.state != PlaceState.ADMITTED:
            _move_place(place=place, to=PlaceState.ADMITTED, gone_at=None)
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
    with _locked(appointment) as fresh:
        place = _admit_place(desk=desk, appointment=fresh, now=now)
    return _command(
        lambda: sfu.set_rights(room=place.call.room_name, identity=place.identity, rights=sfu.Rights(may_talk=True))
    )


def _admit_place(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> CallParticipation:
    place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
    if place is None or place.state == PlaceState.LEFT:
        raise Refused(Closed.NOBODY_WAITS)
    if place.state == PlaceState.REMOVED:
        raise Refused(Closed.REMOVED)
    if consent_in_force(client=appointment.client) is None:
        raise Refused(Closed.CONSENT)
    if place.state in HAS_RIGHTS:
        return place
    _move_place(place=place, to=PlaceState.ADMITTED, admitted_at=now)
    call = place.call
    if Call.objects.filter(pk=call.pk, state=CallState.OPEN).update(state=CallState.ACTIVE, started_at=now):
        _audit_call(Action.CALL_STARTED, call=call, by=desk.actor, now=now)
    _audit_place(Action.ADMITTED, place=place, by=desk.actor, now=now)
    return place


def eject(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """Puts the client out, for this appointment, until a new link is sent.

    Their token would let them in again for minutes: so the talk gets another room, which only the
    counsellor learns of, and the old one is deleted. Raises `Refused` when nobody is there.
    """
    with _locked(appointment) as fresh:
        place = current_place(appointment=fresh, role=ParticipationRole.CLIENT)
        if place is None or PlaceState.REMOVED not in PLACE_TRANSITIONS[PlaceState(place.state)]:
            raise Refused(Closed.NOBODY_WAITS)
        _move_place(place=place, to=PlaceState.REMOVED, gone_at=now)
        CallPresence.objects.filter(place__call=place.call, left_at=None).update(left_at=now)
        old_room = place.call.room_name
        Call.objects.filter(pk=place.call.pk).update(room_name=random_name())
        _audit_place(Action.EJECTED, place=place, by=desk.actor, now=now)
    return _command(lambda: sfu.delete_room(name=old_room))


def leave(*, visit: Visit, now: dt.datetime) -> None:
    """The client hangs up or stops waiting. Coming back means waiting again."""
    with _locked(visit.appointment) as appointment:
        place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
        if place is None or place.device_id != visit.device.pk:
            return
        _leave_place(place=place, now=now)


def leave_as_counsellor(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> None:
    """The counsellor goes without ending the talk."""
    with _locked(appointment) as fresh:
        place = current_place(appointment=fresh, role=ParticipationRole.COUNSELLOR)
        if place is not None:
            _leave_place(place=place, now=now)


def _leave_place(*, place: CallParticipation, now: dt.datetime) -> None:
    if PlaceState.LEFT not in PLACE_TRANSITIONS[PlaceState(place.state)]:
        return
    _move_place(place=place, to=PlaceState.LEFT, gone_at=now)
    _close_presence(place=place, now=now)
    put_out = partial(sfu.remove, room=place.call.room_name, identity=place.identity)
    transaction.on_commit(partial(_command, put_out))


def leave_everywhere(*, staff: StaffMember, now: dt.datetime) -> None:
    """Somebody signed out or lost their account: out of every room, at once."""
    places = CallParticipation.objects.filter(participation__staff=staff, state__in=HAS_RIGHTS)
    for place in places.exclude(call__state=CallState.ENDED).select_related("call__appointment"):
        with _locked(place.call.appointment):
            place.refresh_from_db()
            _leave_place(place=place, now=now)


def end_call(*, appointment: Appointment, reason: EndReason, by: Actor, now: dt.datetime) -> bool:
    """Ends the talk for everybody; the room is deleted once the transaction is committed.

    False when no call was open. Ending twice does nothing more.
    """
    with _locked(appointment) as fresh:
        call = current_call(appointment=fresh)
        if call is None:
            return False
        Call.objects.filter(pk=call.pk).update(state=CallState.ENDED, ended_at=now, end_reason=reason)
        CallParticipation.objects.filter(call=call).exclude(state=PlaceState.REMOVED).update(
            state=PlaceState.LEFT, gone_at=now
        )
        CallPresence.objects.filter(place__call=call, left_at=None).update(left_at=now)
        _audit_call(Action.CALL_ENDED, call=call, by=by, now=now)
        transaction.on_commit(partial(_command, partial(sfu.delete_room, name=call.room_name)))
    return True


def talk_minutes(*, appointment: Appointment, now: dt.datetime) -> int | None:
    """How long client and counsellor were in the talk together, rounded up; None when they never were.

    Counted from both devices' presence after admission; whoever is still there counts until `now`.
    """
    presences = CallPresence.objects.filter(
        place__call__appointment=appointment, place__call__started_at__isnull=False
    ).values_list("place__call_id", "place__participation__role", "place__call__started_at", "joined_at", "left_at")
    spans: dict[tuple[int, str], list[tuple[dt.datetime, dt.datetime]]] = {}
    for call_id, role, started_at, joined_at, left_at in presences:
        spans.setdefault((call_id, role), []).append((max(joined_at, started_at or joined_at), left_at or now))
    together = sum(
        max((min(mine[1], theirs[1]) - max(mine[0], theirs[0])).total_seconds(), 0)
        for (call_id, role), list_of_mine in spans.items()
        if role == ParticipationRole.COUNSELLOR
        for mine in list_of_mine
        for theirs in spans.get((call_id, ParticipationRole.CLIENT), [])
    )
    return -int(-together // 60) if together else None


def take_webhook(*, notice: sfu.Notice, now: dt.datetime) -> bool:
    """Acts on a verified webhook once; False when it was taken before.

    A webhook is a hint: what it says is checked against the database, out of order or late as it is.
    """
    if WebhookEvent.objects.filter(event_id=notice.id).exists():
        return False
    if notice.kind == "participant_joined":
        check_joined(room=notice.room, identity=notice.identity, now=now)
    elif notice.kind in {"participant_left", "participant_connection_aborted"}:
        note_left(room=notice.room, identity=notice.identity, now=now)
    # Only once it was acted on: what failed half-way is sent again. Acting twice changes nothing.
    WebhookEvent.objects.get_or_create(event_id=notice.id, defaults={"received_at": now})
    return True


def check_joined(*, room: str, identity: str, now: dt.datetime) -> None:
    """Somebody is in the room: those who belong there are noted as present, all others put out."""
    if room.startswith("probe-"):
        return
    known = _place_called(room=room, identity=identity)
    if known is None or not _note_joined(known=known, identity=identity, now=now):
        _command(lambda: sfu.remove(room=room, identity=identity))


def _place_called(*, room: str, identity: str) -> CallParticipation | None:
    places = CallParticipation.objects.select_related("call__appointment")
    return places.filter(call__room_name=room, identity=identity).first()


def _note_joined(*, known: CallParticipation, identity: str, now: dt.datetime) -> bool:
    """Notes the presence; False when the device has no place in this call any more."""
    with _locked(known.call.appointment):
        place = CallParticipation.objects.select_related("call").filter(pk=known.pk, identity=identity).first()
        if place is None or place.call.state == CallState.ENDED:
            return False
        if place.state in {PlaceState.REMOVED, PlaceState.LEFT}:
            return False
        if place.state == PlaceState.OUT:
            _move_place(place=place, to=PlaceState.ADMITTED, gone_at=None)
        CallParticipation.objects.filter(pk=place.pk, connected_at=None).update(connected_at=now, gone_at=None)
        if not CallPresence.objects.filter(place=place, left_at=None).exists():
            CallPresence.objects.create(place=place, joined_at=now)
    return True


def note_left(*, room: str, identity: str, now: dt.datetime) -> None:
    """Somebody is no longer in the room; an admitted one is only out, not gone."""
    known = _place_called(room=room, identity=identity)
    if known is None:
        return
    present = sfu_present(room=room)
    if present is None or identity in present:
        # A late notice: the device is back, or the media server cannot be asked; the clock will see.
        return
    with _locked(known.call.appointment):
        place = CallParticipation.objects.filter(pk=known.pk, identity=identity).first()
        if place is None:
            return
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
    with _locked(place.call.appointment):
        CallParticipation.objects.filter(pk=place.pk, state=PlaceState.WAITING, connected_at=None).update(
            state=PlaceState.LEFT, gone_at=now
        )


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
