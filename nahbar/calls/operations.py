"""Every write to calls: waiting, admitting, leaving, ending. Presence and take-overs have modules of their own.

A command to the media server follows the commit. What is lost on the way is found by the clock
(`nahbar.calls.reconcile`); rights in the room never run ahead of the database.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from nahbar.audit.rules import Action, Actor
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import Call, CallParticipation, CallPresence, TakeOver, random_name
from nahbar.calls.places import (
    audit,
    close_presence,
    command,
    command_after_commit,
    locked,
    log_move,
    log_place,
    move_call,
    move_place,
    new_room,
    put_out,
)
from nahbar.calls.queries import (
    RESUMES_WITHIN,
    current_call,
    current_place,
    held_by_tablet,
    is_barred,
    is_finished,
    is_long_gone,
    is_refused,
    last_call,
    opens_at,
    place_of,
)
from nahbar.calls.rules import (
    GIVEN_UP,
    HAS_RIGHTS,
    PLACE_TRANSITIONS,
    PROBE_MINUTES,
    CallState,
    EndReason,
    PlaceState,
    TakeOverState,
)
from nahbar.calls.takeover import ask, is_outdated, stop_asking
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.operations import client_actor
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, NotYours
from nahbar.scheduling import errors as scheduling
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import switch_mode
from nahbar.scheduling.rules import ParticipationRole
from nahbar.scheduling.seating import hold_days


@dataclass(frozen=True)
class Entry:
    """What a browser needs to connect."""

    room: str
    identity: str
    token: str
    state: PlaceState | TakeOverState


def enter_waiting_room(*, visit: Visit, now: dt.datetime) -> Entry:
    """Gives the visitor's device its place: waiting, or back in the talk it was admitted to.

    Another device of theirs, while one is in the talk, only asks to go on (`takeover.ask`). Order of the
    gates: proof (the caller's), standing, mode, consent, time. Effects: call and place are made where
    missing, the media room exists, an audit row. Raises `Refused`, or
    `sfu.MediaUnavailable` when the media server does not answer; the place then stays.
    """
    with locked(visit.appointment) as appointment:
        require_enterable(appointment=appointment, now=now)
        if consent_in_force(client=appointment.client) is None:
            raise Refused(Closed.CONSENT)
        if is_barred(visit=visit):
            raise Refused(Closed.REMOVED)
        call = _open_call(appointment=appointment, now=now)
        place = _take_place(call=call, visit=visit, now=now)
    sfu.ensure_room(name=call.room_name)
    return entry_to(room=call.room_name, place=place)


def require_enterable(*, appointment: Appointment, now: dt.datetime) -> None:
    """Raises `Refused` (ENDED, MODE, NOT_OPEN) unless there is a talk to be in now."""
    if standing_of(appointment=appointment, now=now) is not Standing.OPEN:
        raise Refused(Closed.ENDED)
    if not appointment.is_video:
        raise Refused(Closed.MODE)
    if now < opens_at(appointment=appointment):
        raise Refused(Closed.NOT_OPEN)


def _open_call(*, appointment: Appointment, now: dt.datetime) -> Call:
    call = current_call(appointment=appointment)
    if call is None:
        call = Call.objects.create(appointment=appointment, opened_at=now)
        log_move("call", call_id=call.pk, role="-", old="-", new=call.state, why="arrived")
    return call


def _take_place(*, call: Call, visit: Visit, now: dt.datetime) -> CallParticipation | TakeOver:
    place = place_of(call=call, role=ParticipationRole.CLIENT)
    if place is None:
        return _wait(call=call, visit=visit, now=now)
    if place.device_id == visit.device.pk and place.state not in {PlaceState.LEFT, PlaceState.REMOVED}:
        return place
    if place.state in HAS_RIGHTS and not is_long_gone(place=place, now=now, after=GIVEN_UP):
        # Another device, while the admitted one is in the talk or off it for a moment: a forwarded link
        # must not end it. Once that one is gone for good, the other may wait, and be admitted anew.
        return ask(place=place, visit=visit, now=now)
    if place.state in HAS_RIGHTS and is_refused(place=place, visit=visit):
        raise Refused(Closed.ELSEWHERE)
    return _wait_again(place=place, visit=visit, now=now)


def _wait(*, call: Call, visit: Visit, now: dt.datetime) -> CallParticipation:
    place = CallParticipation.objects.create(
        call=call,
        participation=visit.invitation.participation,
        device=visit.device,
        state=PlaceState.WAITING,
        waiting_since=now,
    )
    log_place(place, old="-", why="arrived")
    audit(Action.WAITING, appointment=visit.appointment, by=client_actor(visit.invitation), now=now)
    return place


def _wait_again(*, place: CallParticipation, visit: Visit, now: dt.datetime) -> CallParticipation:
    """Another device takes a waiting place, or somebody who left comes back: wait, be admitted anew."""
    move_place(
        place=place,
        to=PlaceState.WAITING,
        why="came_back" if place.device_id == visit.device.pk else "other_device",
        now=now,
        device=visit.device,
        identity=random_name(),
        waiting_since=now,
        noticed_at=None,
        deputy_noticed_at=None,
        admitted_at=None,
        connected_at=None,
        gone_at=None,
    )
    close_presence(place=place, now=now)
    place.refresh_from_db()
    audit(Action.WAITING, appointment=visit.appointment, by=client_actor(visit.invitation), now=now)
    return place


def entry_to(*, room: str, place: CallParticipation | TakeOver) -> Entry:
    """The way into the room for whoever has the place, with the rights it carries."""
    holds = isinstance(place, CallParticipation)
    state = PlaceState(place.state) if holds else TakeOverState(place.state)
    # Both have an “admitted”: only who holds the place may talk.
    rights = sfu.Rights(may_talk=holds and state in HAS_RIGHTS)
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

    Raises `Refused` (ENDED, MODE, NOT_OPEN; OTHER_DEVICE while their tablet holds picture and sound),
    `sfu.MediaUnavailable`, and `NotYours` for an appointment that a deputy has just taken over.
    """
    with locked(appointment) as fresh:
        mine = fresh.participations.filter(staff=desk.staff).first()
        if mine is None:
            raise NotYours
        require_enterable(appointment=fresh, now=now)
        call = _open_call(appointment=fresh, now=now)
        place, created = CallParticipation.objects.get_or_create(
            call=call,
            participation=mine,
            defaults={"state": PlaceState.ADMITTED, "admitted_at": now},
        )
        if held_by_tablet(place=place):
            raise Refused(Closed.OTHER_DEVICE)
        if created:
            log_place(place, old="-", why="joined")
        elif place.state != PlaceState.ADMITTED:
            move_place(place=place, to=PlaceState.ADMITTED, why="joined", now=now, gone_at=None)
    sfu.ensure_room(name=call.room_name)
    return entry_to(room=call.room_name, place=place)


def notice_waiting(*, appointment: Appointment, now: dt.datetime, by_deputy: bool = False) -> None:
    """The counsellor's page has shown who waits, or asks to go on elsewhere; only now the client is told so.

    A deputy's page tells of the deputy only.
    """
    waiting = CallParticipation.objects.filter(call__appointment=appointment, state=PlaceState.WAITING)
    if by_deputy:
        waiting.filter(deputy_noticed_at=None).update(deputy_noticed_at=now)
        return
    waiting.filter(noticed_at=None).update(noticed_at=now)
    asking = TakeOver.objects.filter(place__call__appointment=appointment, state=TakeOverState.ASKING)
    asking.filter(noticed_at=None).update(noticed_at=now)


def change_counsellor(*, appointment: Appointment, now: dt.datetime) -> None:
    """Another counsellor holds the appointment: the earlier one's device has no place in the room any more.

    Whoever waits is known to the new one, who has just acted. Raises `Refused(IN_TALK)`, scheduling's, while
    the earlier one is in the room or off it for a moment, and (NOT_PLANNED) once they have ended the talk.
    """
    with locked(appointment) as fresh:
        if is_finished(last_call(appointment=fresh)):
            raise scheduling.Refused(scheduling.Reason.NOT_PLANNED)
        place = current_place(appointment=fresh, role=ParticipationRole.COUNSELLOR)
        if place is not None:
            if _is_talking(place=place, now=now):
                raise scheduling.Refused(scheduling.Reason.IN_TALK)
            _leave_place(place=place, why="deputy", now=now)
            CallParticipation.objects.filter(pk=place.pk).update(identity=random_name())
        waiting = CallParticipation.objects.filter(call__appointment=fresh, state=PlaceState.WAITING)
        waiting.update(noticed_at=now, deputy_noticed_at=None)


def _is_talking(*, place: CallParticipation, now: dt.datetime) -> bool:
    """In the room, or in the talk and off the line for a moment."""
    if place.connected_at is not None:
        return True
    belongs = place.call.state == CallState.ACTIVE and place.state in HAS_RIGHTS
    return belongs and not is_long_gone(place=place, now=now, after=RESUMES_WITHIN)


def admit(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """Lets the waiting client in: the call becomes active, their rights are raised.

    True when the media server has done it; False when it did not answer: the admission stands and
    the clock carries it out. Admitting twice does nothing more. Raises `Refused`.
    """
    with locked(appointment) as fresh:
        place = _admit_place(desk=desk, appointment=fresh, now=now)
    return command(
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
    if is_outdated(place.device):
        raise Refused(Closed.NOBODY_WAITS)
    move_place(place=place, to=PlaceState.ADMITTED, why="admitted", now=now, admitted_at=now)
    if place.call.state == CallState.OPEN:
        move_call(call=place.call, to=CallState.ACTIVE, why="admitted", started_at=now)
        audit(Action.CALL_STARTED, appointment=appointment, by=desk.actor, now=now)
    audit(Action.ADMITTED, appointment=appointment, by=desk.actor, now=now)
    return place


def eject(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """Puts the client out, for this appointment, until a new link is sent.

    Their token would let them in again for minutes: so the talk gets another room, which only the
    counsellor learns of, and the old one is deleted. Raises `Refused` when nobody is there.
    """
    with locked(appointment) as fresh:
        place = current_place(appointment=fresh, role=ParticipationRole.CLIENT)
        if place is None or PlaceState.REMOVED not in PLACE_TRANSITIONS[PlaceState(place.state)]:
            raise Refused(Closed.NOBODY_WAITS)
        move_place(place=place, to=PlaceState.REMOVED, why="ejected", now=now, gone_at=now)
        old_room = new_room(call=place.call, now=now)
        audit(Action.EJECTED, appointment=fresh, by=desk.actor, now=now)
    return command(lambda: sfu.delete_room(name=old_room))


def leave(*, visit: Visit, now: dt.datetime) -> None:
    """The client hangs up or stops waiting. Coming back means waiting again."""
    with locked(visit.appointment) as appointment:
        place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
        if place is not None and place.device_id == visit.device.pk:
            _leave_place(place=place, why="hung_up", now=now)
        elif place is not None:
            stop_asking(place=place, visit=visit, now=now)


def leave_as_counsellor(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> None:
    """The counsellor goes without ending the talk."""
    with locked(appointment) as fresh:
        place = current_place(appointment=fresh, role=ParticipationRole.COUNSELLOR)
        if place is not None:
            _leave_place(place=place, why="went_out", now=now)


def _leave_place(*, place: CallParticipation, why: str, now: dt.datetime) -> None:
    if PlaceState.LEFT not in PLACE_TRANSITIONS[PlaceState(place.state)]:
        return
    move_place(place=place, to=PlaceState.LEFT, why=why, now=now, gone_at=now)
    close_presence(place=place, now=now)
    put_out(room=place.call.room_name, identity=place.identity)


def leave_everywhere(*, staff: StaffMember, now: dt.datetime, jobcenter: JobCenter | None = None) -> None:
    """Somebody signed out or lost their account: out of every room (of that office), at once."""
    places = CallParticipation.objects.filter(participation__staff=staff, state__in=HAS_RIGHTS)
    if jobcenter is not None:
        places = places.filter(call__appointment__jobcenter=jobcenter)
    for place in places.exclude(call__state=CallState.ENDED).select_related("call__appointment", "participation"):
        with locked(place.call.appointment):
            place.refresh_from_db(fields=["state", "identity"])
            _leave_place(place=place, why="signed_out", now=now)


def end_call(*, appointment: Appointment, reason: EndReason, by: Actor, now: dt.datetime) -> bool:
    """Ends the talk for everybody; the room is deleted once the transaction is committed.

    False when no call was open. Ending twice does nothing more.
    """
    with locked(appointment) as fresh:
        call = current_call(appointment=fresh)
        if call is None:
            return False
        for place in call.places.select_related("call", "participation").order_by("pk"):
            if PlaceState.LEFT in PLACE_TRANSITIONS[PlaceState(place.state)]:
                move_place(place=place, to=PlaceState.LEFT, why=reason, now=now, gone_at=now)
        CallPresence.objects.filter(place__call=call, left_at=None).update(left_at=now)
        move_call(call=call, to=CallState.ENDED, why=reason, ended_at=now, end_reason=reason)
        audit(Action.CALL_ENDED, appointment=fresh, by=by, now=now)
        command_after_commit(partial(sfu.delete_room, name=call.room_name))
    return True


def go_on_by_telephone(*, appointment: Appointment, by: Actor, now: dt.datetime) -> bool:
    """Makes a video appointment one by telephone, before or in the talk; the receivers end the media.

    Appointment, people and the channel's release are `switch_mode`'s. Once the talk has begun a topic's
    policy stands back: a line that fails must not end what both have started, and counsellors may enter
    “by telephone” afterwards anyway. Twice does nothing more: False. Raises `Refused` (ENDED, MODE) and
    scheduling's own (MODE_NOT_ALLOWED before the talk).
    """
    with transaction.atomic():
        # The day before the row, as whoever books or moves does.
        hold_days(jobcenter=appointment.jobcenter, times=[(appointment.starts_at, appointment.ends_at)])
        return _go_on_by_telephone(appointment, by=by, now=now)


def _go_on_by_telephone(appointment: Appointment, *, by: Actor, now: dt.datetime) -> bool:
    with locked(appointment) as fresh:
        if not fresh.is_planned or is_finished(last_call(appointment=fresh)):
            raise Refused(Closed.ENDED)
        if fresh.mode == Mode.TELEPHONE:
            return False
        if not fresh.is_video:
            raise Refused(Closed.MODE)
        call = current_call(appointment=fresh)
        begun = call is not None and call.state == CallState.ACTIVE
        return switch_mode(appointment=fresh, mode=Mode.TELEPHONE, by=by, now=now, despite_policy=begun)
