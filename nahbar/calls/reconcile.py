"""What a lost command or a lost webhook left, mended by the clock every five seconds.

The database says who may be in which room with which rights; the media server is asked who is, and
told what differs.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from nahbar.audit.rules import SYSTEM
from nahbar.calls import sfu
from nahbar.calls.models import Call, CallParticipation, TakeOver
from nahbar.calls.operations import end_call, leave_everywhere
from nahbar.calls.presence import check_joined, give_up_waiting, note_left
from nahbar.calls.rules import (
    FORGOTTEN_AFTER,
    HAS_RIGHTS,
    PAIRED,
    SWEEP_ENDED,
    WAITING_WITHOUT_CONNECTION,
    CallState,
    EndReason,
    PlaceState,
    TakeOverState,
)
from nahbar.calls.second_device import drop_orphans
from nahbar.calls.takeover import give_up_asking

logger = logging.getLogger(__name__)


def reconcile(now: dt.datetime) -> None:
    """Brings every room into line with the database.

    What the media server does not answer now is asked again in the next run; one room that fails
    keeps no other waiting.
    """
    running = list(Call.objects.exclude(state=CallState.ENDED).select_related("appointment__jobcenter"))
    ended = list(Call.objects.filter(state=CallState.ENDED, ended_at__gt=now - SWEEP_ENDED))
    try:
        names = {call.room_name for call in [*running, *ended]}
        former = {call.former_room_name for call in [*running, *ended] if call.former_room_name}
        rooms = sfu.existing(names=names | former)
    except sfu.MediaUnavailable as error:
        logger.warning("the media server does not answer: %s", error)
        return
    for call in running:
        _attempt(_mend, call=call, exists=call.room_name in rooms, now=now)
    for call in ended:
        if call.room_name in rooms:
            _attempt(sfu.delete_room, name=call.room_name)
    for name in former & rooms:
        _attempt(sfu.delete_room, name=name)


def _attempt(work: Callable[..., None], **arguments: Any) -> None:
    try:
        work(**arguments)
    except sfu.MediaUnavailable as error:
        logger.warning("a room could not be mended: %s", error)


def _mend(*, call: Call, exists: bool, now: dt.datetime) -> None:
    if not exists:
        # The media server was restarted: people come back only into a room that exists.
        sfu.ensure_room(name=call.room_name)
    present = sfu.present(room=call.room_name)
    known = _known(call)
    _mend_staff(call=call, now=now)
    for person in present:
        _mend_person(call=call, person=person, known=known.get(person.identity), now=now)
    here = {person.identity for person in present}
    for identity, one in known.items():
        if identity not in here:
            _mend_absent(room=call.room_name, one=one, now=now)
    if not here and now > max(call.appointment.ends_at, call.opened_at) + FORGOTTEN_AFTER:
        end_call(appointment=call.appointment, reason=EndReason.FORGOTTEN, by=SYSTEM, now=now)


def _known(call: Call) -> dict[str, CallParticipation | TakeOver]:
    """Who may be in the room, by the name the media server has for them."""
    places = call.places.select_related("call__appointment")
    requests = TakeOver.objects.filter(place__call=call, state=TakeOverState.ASKING)
    everybody: list[CallParticipation | TakeOver] = [*places, *requests.select_related("place__call__appointment")]
    return {one.identity: one for one in everybody}


def _mend_staff(*, call: Call, now: dt.datetime) -> None:
    """Whoever lost their account has no place in a talk, and a tablet none without its counsellor's session."""
    for place in call.places.filter(second_devices__state__in=PAIRED).select_related("call__appointment"):
        drop_orphans(place=place, now=now)
    lost = call.places.filter(state__in=HAS_RIGHTS, participation__staff__is_active=False)
    for place in lost.select_related("participation__staff"):
        staff = place.participation.staff
        assert staff is not None  # the filter asks for staff
        leave_everywhere(staff=staff, now=now)


def _mend_person(
    *, call: Call, person: sfu.Present, known: CallParticipation | TakeOver | None, now: dt.datetime
) -> None:
    check_joined(room=call.room_name, identity=person.identity, now=now)
    if known is None:
        return
    known.refresh_from_db()
    decided = isinstance(known, TakeOver) and known.state == TakeOverState.ADMITTED
    if decided or known.identity != person.identity:
        # The place has changed hands since the room was asked who is in it.
        return
    may_talk = known.state in HAS_RIGHTS and isinstance(known, CallParticipation)
    if may_talk != person.may_talk and known.state not in {PlaceState.LEFT, PlaceState.REMOVED}:
        sfu.set_rights(room=call.room_name, identity=person.identity, rights=sfu.Rights(may_talk=may_talk))


def _mend_absent(*, room: str, one: CallParticipation | TakeOver, now: dt.datetime) -> None:
    if one.connected_at is not None:
        note_left(room=room, identity=one.identity, now=now)
        return
    since = one.asked_at if isinstance(one, TakeOver) else one.waiting_since
    last_seen = one.gone_at or since
    if last_seen is None or now - last_seen <= WAITING_WITHOUT_CONNECTION:
        return
    if isinstance(one, TakeOver):
        give_up_asking(request=one, now=now)
    elif one.state == PlaceState.WAITING:
        give_up_waiting(place=one, now=now)
