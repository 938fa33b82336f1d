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
from nahbar.calls.models import Call, CallParticipation, WebhookEvent
from nahbar.calls.operations import check_joined, end_call, give_up_waiting, leave_everywhere, note_left
from nahbar.calls.rules import (
    FORGOTTEN_AFTER,
    HAS_RIGHTS,
    SWEEP_ENDED,
    WAITING_WITHOUT_CONNECTION,
    CallState,
    EndReason,
    PlaceState,
)

logger = logging.getLogger(__name__)
KEEP_WEBHOOKS = dt.timedelta(days=1)


def reconcile(now: dt.datetime) -> None:
    """Brings every room into line with the database.

    What the media server does not answer now is asked again in the next run; one room that fails
    keeps no other waiting.
    """
    running = list(Call.objects.exclude(state=CallState.ENDED).select_related("appointment__jobcenter"))
    ended = list(Call.objects.filter(state=CallState.ENDED, ended_at__gt=now - SWEEP_ENDED))
    try:
        rooms = sfu.existing(names=[call.room_name for call in [*running, *ended]])
    except sfu.MediaUnavailable as error:
        logger.warning("the media server does not answer: %s", error)
        return
    for call in running:
        _attempt(_mend, call=call, exists=call.room_name in rooms, now=now)
    for call in ended:
        if call.room_name in rooms:
            _attempt(sfu.delete_room, name=call.room_name)
    WebhookEvent.objects.filter(received_at__lt=now - KEEP_WEBHOOKS).delete()


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
    places = {
        place.identity: place for place in call.places.select_related("call__appointment", "participation__staff")
    }
    for place in places.values():
        staff = place.participation.staff
        if staff is not None and not staff.is_active and place.state in HAS_RIGHTS:
            leave_everywhere(staff=staff, now=now)
    for person in present:
        _mend_person(call=call, person=person, place=places.get(person.identity), now=now)
    here = {person.identity for person in present}
    for place in places.values():
        if place.identity not in here:
            _mend_absent(place=place, now=now)
    if not here and now > max(call.appointment.ends_at, call.opened_at) + FORGOTTEN_AFTER:
        end_call(appointment=call.appointment, reason=EndReason.FORGOTTEN, by=SYSTEM, now=now)


def _mend_person(*, call: Call, person: sfu.Present, place: CallParticipation | None, now: dt.datetime) -> None:
    check_joined(room=call.room_name, identity=person.identity, now=now)
    if place is None:
        return
    place.refresh_from_db()
    may_talk = place.state in HAS_RIGHTS
    if may_talk != person.may_talk and place.state not in {PlaceState.LEFT, PlaceState.REMOVED}:
        sfu.set_rights(room=call.room_name, identity=person.identity, rights=sfu.Rights(may_talk=may_talk))


def _mend_absent(*, place: CallParticipation, now: dt.datetime) -> None:
    if place.connected_at is not None:
        note_left(room=place.call.room_name, identity=place.identity, now=now)
    elif place.state == PlaceState.WAITING:
        last_seen = place.gone_at or place.waiting_since
        if last_seen is not None and now - last_seen > WAITING_WITHOUT_CONNECTION:
            give_up_waiting(place=place, now=now)
