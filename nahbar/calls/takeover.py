"""Another device of the same link goes on with a talk, once the office has let it.

Until then the talk stays undisturbed on the first one: a forwarded link reaches a question at most.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from nahbar.audit.rules import Action
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import CallParticipation, TakeOver
from nahbar.calls.places import (
    audit,
    command,
    drop_request,
    locked,
    log_move,
    log_place,
    move_request,
    new_room,
    put_out,
)
from nahbar.calls.queries import asking_for, current_place, is_refused, last_request
from nahbar.calls.rules import REFUSALS_ENOUGH, REQUESTS_ENOUGH, PlaceState, TakeOverState
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.models import Device
from nahbar.invitations.operations import client_actor
from nahbar.invitations.queries import Visit
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import ParticipationRole


def ask(*, place: CallParticipation, visit: Visit, now: dt.datetime) -> TakeOver:
    """The visitor's device asks for the place of one that is in the talk; asking again is the same request.

    One device asks at a time; one with an older link makes room. Raises `Refused(ELSEWHERE)` for a further one,
    for one that was refused, and for all once the office has said no twice or was asked five times: it goes on
    by hanging up on the first. For use inside `locked`, after the gates of the waiting room.
    """
    standing = asking_for(place=place)
    if standing is not None and standing.device_id == visit.device.pk:
        return standing
    if standing is not None and is_outdated(standing.device):
        drop_request(place=place, why="new_link", now=now)
        standing = None
    if standing is not None or is_refused(place=place, visit=visit) or _has_been_asked_enough(place=place):
        raise Refused(Closed.ELSEWHERE)
    request = TakeOver.objects.create(place=place, device=visit.device, asked_at=now)
    role = place.participation.role
    log_move("takeover", call_id=place.call_id, role=role, old="-", new=TakeOverState.ASKING, why="other_device")
    audit(Action.DEVICE_ASKED, appointment=visit.appointment, by=client_actor(visit.invitation), now=now)
    return request


def is_outdated(device: Device | None) -> bool:
    """Whether the device came with a link that a newer one has replaced."""
    return device is not None and device.generation < device.invitation.generation


def _has_been_asked_enough(*, place: CallParticipation) -> bool:
    requests = TakeOver.objects.filter(place=place)
    if place.admitted_at is not None:
        requests = requests.filter(asked_at__gte=place.admitted_at)
    refused = requests.filter(state=TakeOverState.REFUSED).count()
    return refused >= REFUSALS_ENOUGH or requests.count() >= REQUESTS_ENOUGH


def admit_takeover(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """The talk goes on with the device that asks: the place moves, and the talk gets another room.

    The first device's token would let it in again for minutes, to hear and to read what is written; so it never
    learns of the new room, and the old one is deleted. Those who belong there come by themselves.
    True when the media server has done it; False when it did not answer: the clock carries it out.
    Admitting twice does nothing more. Raises `Refused` (NOBODY_ASKS, CONSENT).
    """
    with locked(appointment) as fresh:
        if consent_in_force(client=fresh.client) is None:
            raise Refused(Closed.CONSENT)
        request = _settle(appointment=fresh, to=TakeOverState.ADMITTED, now=now)
        if request is None:
            return True
        _hand_over(request=request, now=now)
        old_room = new_room(call=request.place.call, now=now)
        audit(Action.DEVICE_CHANGED, appointment=fresh, by=desk.actor, now=now)
    return command(partial(sfu.delete_room, name=old_room))


def _settle(*, appointment: Appointment, to: TakeOverState, now: dt.datetime) -> TakeOver | None:
    """Decides the request that stands; None when it was decided just so before."""
    place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
    request = last_request(place=place) if place else None
    if request is not None and request.state == to:
        return None
    if request is None or request.state != TakeOverState.ASKING:
        raise Refused(Closed.NOBODY_ASKS)
    unfit = request.connected_at is None or is_outdated(request.device)
    if to == TakeOverState.ADMITTED and unfit:
        raise Refused(Closed.NOBODY_ASKS)
    move_request(request=request, to=to, why="decided", now=now)
    return request


def _hand_over(*, request: TakeOver, now: dt.datetime) -> None:
    place, old = request.place, request.place.state
    TakeOver.objects.filter(pk=request.pk).update(replaces=place.device)
    CallParticipation.objects.filter(pk=place.pk).update(
        state=PlaceState.ADMITTED,
        device=request.device,
        identity=request.identity,
        admitted_at=now,
        connected_at=None,
        gone_at=None,
    )
    place.refresh_from_db(fields=["state", "device", "identity", "admitted_at", "connected_at", "gone_at"])
    log_place(place, old=old, why="other_device")


def refuse_takeover(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> None:
    """The device that asks leaves the room and does not ask again; refusing twice does nothing more.

    Raises `Refused(NOBODY_ASKS)`.
    """
    with locked(appointment) as fresh:
        request = _settle(appointment=fresh, to=TakeOverState.REFUSED, now=now)
        if request is not None:
            put_out(room=request.place.call.room_name, identity=request.identity)
            audit(Action.DEVICE_REFUSED, appointment=fresh, by=desk.actor, now=now)


def stop_asking(*, place: CallParticipation, visit: Visit, now: dt.datetime) -> None:
    """The visitor's device no longer asks. For use inside `locked`."""
    request = asking_for(place=place)
    if request is not None and request.device_id == visit.device.pk:
        drop_request(place=place, why="hung_up", now=now)


def give_up_asking(*, request: TakeOver, now: dt.datetime) -> None:
    """Somebody who asks without a connection no longer asks."""
    with locked(request.place.call.appointment):
        standing = asking_for(place=request.place)
        if standing is not None and standing.pk == request.pk and standing.connected_at is None:
            drop_request(place=standing.place, why="no_connection", now=now)


def note_asker_joined(*, room: str, identity: str, now: dt.datetime) -> bool:
    """Notes that the device that asks is in the room; False when nobody of that name asks there."""
    known = asker_called(room=room, identity=identity)
    if known is None:
        return False
    with locked(known.place.call.appointment):
        asking = TakeOver.objects.filter(pk=known.pk, state=TakeOverState.ASKING)
        asking.filter(connected_at=None).update(connected_at=now, gone_at=None)
        # Let in just now: the clock sees it as the place's own device.
        return asking.exists() or CallParticipation.objects.filter(identity=identity).exists()


def note_asker_left(*, room: str, identity: str, now: dt.datetime) -> None:
    """Notes that the device that asks is not in the room."""
    known = asker_called(room=room, identity=identity)
    if known is not None:
        with locked(known.place.call.appointment):
            asking = TakeOver.objects.filter(pk=known.pk, state=TakeOverState.ASKING)
            asking.update(connected_at=None, gone_at=now)


def asker_called(*, room: str, identity: str) -> TakeOver | None:
    """The request under this identity, while it stands."""
    asking = TakeOver.objects.filter(place__call__room_name=room, identity=identity, state=TakeOverState.ASKING)
    return asking.select_related("place__call__appointment").first()
