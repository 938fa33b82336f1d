"""Who is in the room, and for how long: what webhooks and the clock say, checked against the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from nahbar.calls import sfu
from nahbar.calls.models import CallParticipation, CallPresence, WebhookEvent
from nahbar.calls.places import close_presence, command, locked, move_place
from nahbar.calls.rules import FORGOTTEN_AFTER, CallState, PlaceState, shared_times
from nahbar.calls.takeover import asker_called, note_asker_joined, note_asker_left
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import ParticipationRole, Times

MINUTE = dt.timedelta(minutes=1)


def talk_minutes(*, appointment: Appointment, now: dt.datetime) -> int | None:
    """How long client and counsellor were in the talk together, rounded up; None when they never were."""
    places = CallParticipation.objects.filter(call__appointment=appointment).order_by("pk")
    asked = places.select_related("call", "participation").prefetch_related("presences")
    return minutes_of(times_together(asked, until=seen_until(appointment=appointment, now=now)))


def times_together(places: Iterable[CallParticipation], *, until: dt.datetime) -> list[Times]:
    """When client and counsellor were both in a call of theirs, in order; only from admission on.

    Counted from both devices' presence; whoever is still there counts until `until`.
    """
    places = list(places)
    found: list[Times] = []
    for client in places:
        begun = client.call.started_at
        if begun is None or client.participation.role != ParticipationRole.CLIENT:
            continue
        for office in places:
            if office.call_id == client.call_id and office.participation.role == ParticipationRole.COUNSELLOR:
                shared = shared_times(times_there(client, until=until), times_there(office, until=until))
                found += [(max(begins, begun), ends) for begins, ends in shared if ends > begun]
    return sorted(found)


def times_there(place: CallParticipation, *, until: dt.datetime) -> list[Times]:
    """When the device of one place was there."""
    return [(one.joined_at, one.left_at or max(one.joined_at, until)) for one in place.presences.all()]


def minutes_of(times: Iterable[Times]) -> int | None:
    """Their sum, rounded up; None where there are none."""
    lasted = sum((ends - begins for begins, ends in times), dt.timedelta())
    return -int(-lasted // MINUTE) if lasted else None


def seen_until(*, appointment: Appointment, now: dt.datetime) -> dt.datetime:
    """Until when somebody counts as there of whom nobody has said that they left: a dead media server says nothing."""
    return min(now, appointment.ends_at + FORGOTTEN_AFTER)


def contact_minutes(*, appointment: Appointment, now: dt.datetime) -> int | None:
    """The length to enter; None where only the plan is known."""
    return counted_minutes(appointment, talk_minutes(appointment=appointment, now=now))


def counted_minutes(appointment: Appointment, by_video: int | None) -> int | None:
    """What counts of a talk that was so long by video.

    What went on by telephone is nowhere measured: it counts as planned, or as long as the video alone was.
    """
    if by_video is None or appointment.is_video:
        return by_video
    return max(by_video, appointment.minutes)


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
    if known is not None and _note_joined(known=known, identity=identity, now=now):
        return
    if not note_asker_joined(room=room, identity=identity, now=now):
        command(lambda: sfu.remove(room=room, identity=identity))


def _place_called(*, room: str, identity: str) -> CallParticipation | None:
    places = CallParticipation.objects.select_related("call__appointment", "participation")
    return places.filter(call__room_name=room, identity=identity).first()


def _note_joined(*, known: CallParticipation, identity: str, now: dt.datetime) -> bool:
    """Notes the presence; False when the device has no place in this call any more."""
    with locked(known.call.appointment):
        place = _place_now(known, identity=identity)
        if place is None or place.call.state == CallState.ENDED:
            return False
        if place.state in {PlaceState.REMOVED, PlaceState.LEFT}:
            return False
        if place.state == PlaceState.OUT:
            move_place(place=place, to=PlaceState.ADMITTED, why="connected", now=now, gone_at=None)
        CallParticipation.objects.filter(pk=place.pk, connected_at=None).update(connected_at=now, gone_at=None)
        if not CallPresence.objects.filter(place=place, left_at=None).exists():
            CallPresence.objects.create(place=place, joined_at=now)
    return True


def _place_now(known: CallParticipation, *, identity: str) -> CallParticipation | None:
    places = CallParticipation.objects.select_related("call", "participation")
    return places.filter(pk=known.pk, identity=identity).first()


def note_left(*, room: str, identity: str, now: dt.datetime) -> None:
    """Somebody is no longer in the room; an admitted one is only out, not gone."""
    known = _place_called(room=room, identity=identity)
    if known is None and asker_called(room=room, identity=identity) is None:
        return
    present = sfu_present(room=room)
    if present is None or identity in present:
        # A late notice: the device is back, or the media server cannot be asked; the clock will see.
        return
    if known is None:
        note_asker_left(room=room, identity=identity, now=now)
    else:
        _note_left(known=known, identity=identity, now=now)


def _note_left(*, known: CallParticipation, identity: str, now: dt.datetime) -> None:
    with locked(known.call.appointment):
        place = _place_now(known, identity=identity)
        if place is None:
            return
        CallParticipation.objects.filter(pk=place.pk).update(connected_at=None, gone_at=now)
        if place.state == PlaceState.ADMITTED:
            move_place(place=place, to=PlaceState.OUT, why="disconnected", now=now, gone_at=now)
        close_presence(place=place, now=now)


def sfu_present(*, room: str) -> set[str] | None:
    """Identities in the room, empty when there is no room; None when the media server does not answer."""
    try:
        return {person.identity for person in sfu.present(room=room)}
    except sfu.MediaUnavailable:
        return None


def give_up_waiting(*, place: CallParticipation, now: dt.datetime) -> None:
    """Somebody who waits without a connection is no longer shown as waiting."""
    with locked(place.call.appointment):
        fresh = _place_now(place, identity=place.identity)
        if fresh is not None and fresh.state == PlaceState.WAITING and fresh.connected_at is None:
            move_place(place=fresh, to=PlaceState.LEFT, why="no_connection", now=now, gone_at=now)
