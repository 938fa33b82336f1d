"""What every write to a call is made of: the lock, one move by compare-and-set, its log and audit, one command.

Each move of a call, a place or a request leaves one log line after the commit: ids of rows, states and a
code, never a person.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action, Actor
from nahbar.calls import sfu
from nahbar.calls.models import Call, CallParticipation, CallPresence, SecondDevice, TakeOver, random_name
from nahbar.calls.queries import asking_for, standing_devices
from nahbar.calls.rules import (
    CALL_TRANSITIONS,
    HAS_RIGHTS,
    PLACE_TRANSITIONS,
    SECOND_DEVICE_TRANSITIONS,
    TAKEOVER_TRANSITIONS,
    CallState,
    PlaceState,
    SecondDeviceState,
    TakeOverState,
)
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import with_people

logger = logging.getLogger("nahbar.calls")


@contextmanager
def locked(appointment: Appointment) -> Iterator[Appointment]:
    """A transaction that holds the appointment's row, and the appointment as it is now.

    Every write to a call goes through here: what is read inside stays true until the commit. SQLite's
    immediate transactions are that lock already.
    """
    with transaction.atomic():
        Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
        yield with_people(Appointment.objects.all()).get(pk=appointment.pk)


State = TypeVar("State", bound=str)


def _move(row: Model, *, table: Mapping[State, frozenset[State]], to: State, what: str, **fields: Any) -> str | None:
    """Compare-and-set of `row.state`: the old state, None when somebody was quicker, ValueError for no transition."""
    old = type(to)(row.state)  # type: ignore[attr-defined]
    if to not in table[old]:
        raise ValueError(f"{what} does not go from {old} to {to}")
    if not type(row)._default_manager.filter(pk=row.pk, state=old).update(state=to, **fields):
        return None
    row.state = to  # type: ignore[attr-defined]
    return old


def move_call(*, call: Call, to: CallState, why: str, **fields: Any) -> bool:
    """Compare-and-set of one call; False when somebody was quicker, ValueError for no transition."""
    old = _move(call, table=CALL_TRANSITIONS, to=to, what="a call", **fields)
    if old is not None:
        log_move("call", call_id=call.pk, role="-", old=old, new=to, why=why)
    return old is not None


def move_place(*, place: CallParticipation, to: PlaceState, why: str, now: dt.datetime, **fields: Any) -> bool:
    """Compare-and-set of one place; False when somebody was quicker, ValueError for no transition.

    Where nobody is in the talk any more, nobody can ask to go on with it, and no tablet stands beside it.
    """
    old = _move(place, table=PLACE_TRANSITIONS, to=to, what="a place", **fields)
    if old is not None:
        log_place(place, old=old, why=why)
        if to not in HAS_RIGHTS:
            drop_request(place=place, why=why, now=now)
            drop_second_devices(place=place, why=why, by=SYSTEM, now=now)
    return old is not None


def move_request(*, request: TakeOver, to: TakeOverState, why: str, now: dt.datetime) -> bool:
    """Compare-and-set of one request to go on with another device; as `move_place`."""
    old = _move(request, table=TAKEOVER_TRANSITIONS, to=to, what="a request", settled_at=now)
    if old is not None:
        place = request.place
        log_move("takeover", call_id=place.call_id, role=place.participation.role, old=old, new=to, why=why)
    return old is not None


def drop_request(*, place: CallParticipation, why: str, now: dt.datetime) -> None:
    """Whoever asks for the place asks no longer, and leaves the room."""
    request = asking_for(place=place)
    if request is not None and move_request(request=request, to=TakeOverState.DROPPED, why=why, now=now):
        put_out(room=place.call.room_name, identity=request.identity)


def new_room(*, call: Call, now: dt.datetime) -> str:
    """Gives the talk another room, of which only those who belong there learn; returns the old one's name.

    Nobody is in it yet: presences end. For use inside `locked`; the caller deletes the old room after the commit,
    the clock where that was lost.
    """
    old = call.room_name
    CallPresence.objects.filter(place__call=call, left_at=None).update(left_at=now)
    call.room_name = random_name()
    Call.objects.filter(pk=call.pk).update(room_name=call.room_name, former_room_name=old)
    return old


def move_second_device(*, device: SecondDevice, to: SecondDeviceState, why: str, **fields: Any) -> bool:
    """Compare-and-set of the counsellor's tablet; as `move_place`."""
    old = _move(device, table=SECOND_DEVICE_TRANSITIONS, to=to, what="a second device", **fields)
    if old is not None:
        place = device.place
        log_move("tablet", call_id=place.call_id, role=place.participation.role, old=old, new=to, why=why)
    return old is not None


def drop_second_devices(*, place: CallParticipation, why: str, by: Actor, now: dt.datetime) -> None:
    """No tablet belongs to the place any more, and no code opens the way for one."""
    for device in standing_devices(place=place):
        drop_second_device(device=device, why=why, by=by, now=now)


def drop_second_device(*, device: SecondDevice, why: str, by: Actor, now: dt.datetime) -> None:
    """One of them; picture and sound, should it hold them, are nobody's then.

    Its token would let it in again for moments: so the talk gets another room, as after an ejection.
    """
    held = device.state == SecondDeviceState.HOLDING
    dropped = SecondDeviceState.DROPPED
    if not move_second_device(device=device, to=dropped, why=why, session_key="", dropped_at=now):
        return
    if held:
        renew_identity(place=device.place, now=now)
        command_after_commit(partial(sfu.delete_room, name=new_room(call=device.place.call, now=now)))
    if device.paired_at is not None:
        audit(Action.SECOND_DEVICE_LEFT, appointment=device.place.call.appointment, by=by, now=now)


def renew_identity(*, place: CallParticipation, now: dt.datetime) -> None:
    """Another device has the place now: the earlier one is put out, and its token is worth nothing any more."""
    put_out(room=place.call.room_name, identity=place.identity)
    close_presence(place=place, now=now)
    place.identity = random_name()
    CallParticipation.objects.filter(pk=place.pk).update(identity=place.identity, connected_at=None)


def put_out(*, room: str, identity: str) -> None:
    """Out of the room, once the transaction is committed."""
    command_after_commit(partial(sfu.remove, room=room, identity=identity))


def close_presence(*, place: CallParticipation, now: dt.datetime) -> None:
    """The device that held the place is no longer in the room."""
    CallPresence.objects.filter(place=place, left_at=None).update(left_at=now)


def log_place(place: CallParticipation, *, old: str, why: str) -> None:
    """The line for a place that is now in `place.state`; `old` is "-" for a new one."""
    role = place.participation.role
    log_move("place", call_id=place.call_id, role=role, old=old, new=place.state, why=why)


def log_move(what: str, *, call_id: int, role: str, old: str, new: str, why: str) -> None:
    """One line once the move is committed; what rolls back was never said."""
    # Plain values: an enumeration's member would be written with its class.
    line = partial(
        logger.info, "%s call=%d role=%s from=%s to=%s why=%s", what, call_id, *map(str, (role, old, new, why))
    )
    transaction.on_commit(line)


def command(send: Callable[[], None]) -> bool:
    """Sends one command to the media server; False, and a log line, when it does not answer."""
    try:
        send()
    except sfu.MediaUnavailable as error:
        logger.warning("media command failed: %s", error)
        return False
    return True


def command_after_commit(send: Callable[[], None]) -> None:
    """The same once the transaction is committed; what is lost the clock finds."""
    transaction.on_commit(partial(command, send))


def audit(action: Action, *, appointment: Appointment, by: Actor, now: dt.datetime) -> None:
    """One audit row about the talk of an appointment."""
    record(
        action=action,
        by=by,
        office=appointment.jobcenter.slug,
        about=About("appointment", str(appointment.public_id)),
        now=now,
    )
