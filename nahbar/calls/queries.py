"""Who waits, and where a call stands."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from hmac import compare_digest

from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet

from nahbar.calls.models import Call, CallParticipation, SecondDevice, TakeOver
from nahbar.calls.rules import (
    CALLS_AT_ONCE,
    HAS_RIGHTS,
    PAIRED,
    CallState,
    EndReason,
    PlaceState,
    SecondDeviceState,
    TakeOverState,
)
from nahbar.invitations.links import hash_device_key
from nahbar.invitations.queries import Visit
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, NotYours
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import appointments_of, deputised_appointments
from nahbar.scheduling.rules import AppointmentState, ParticipationRole

# So long after its line went a device comes back into the talk without a tap.
RESUMES_WITHIN = dt.timedelta(minutes=2)
POLL_SOON = 2
POLL_LATER = 30


def opens_at(*, appointment: Appointment) -> dt.datetime:
    """From when on the waiting room is open."""
    return appointment.starts_at - dt.timedelta(minutes=appointment.jobcenter.waiting_room_opens_minutes)


def current_call(*, appointment: Appointment) -> Call | None:
    """The call that is open or active."""
    return Call.objects.filter(appointment=appointment).exclude(state=CallState.ENDED).first()


def last_call(*, appointment: Appointment) -> Call | None:
    """The latest call, ended or not."""
    return Call.objects.filter(appointment=appointment).order_by("-pk").first()


def switched_call(*, appointment: Appointment, now: dt.datetime) -> Call | None:
    """The call that has just gone on by telephone; None when it was no call, or long ago."""
    if appointment.mode != Mode.TELEPHONE or not appointment.is_planned:
        return None
    call = last_call(appointment=appointment)
    if call is None or call.end_reason != EndReason.MODE_CHANGED or call.ended_at is None:
        return None
    return call if now - call.ended_at < CALLS_AT_ONCE else None


def place_of(*, call: Call, role: ParticipationRole) -> CallParticipation | None:
    """The place of the participant with `role`."""
    places = CallParticipation.objects.filter(call=call, participation__role=role)
    return places.select_related("call", "participation").first()


def current_place(*, appointment: Appointment, role: ParticipationRole) -> CallParticipation | None:
    """The place of the participant with `role` in the call that is open or active."""
    call = current_call(appointment=appointment)
    return place_of(call=call, role=role) if call else None


def place_of_visit(*, visit: Visit) -> CallParticipation | None:
    """The visitor's place in the latest call, whichever device has it."""
    call = last_call(appointment=visit.appointment)
    return place_of(call=call, role=ParticipationRole.CLIENT) if call else None


def is_barred(*, visit: Visit) -> bool:
    """Whether somebody was put out who came with this link, in any call of the appointment.

    A new link (a higher generation) opens the way again, on any device but the one that was put out.
    """
    return CallParticipation.objects.filter(
        participation=visit.invitation.participation,
        state=PlaceState.REMOVED,
        device__generation__gte=visit.device.generation,
    ).exists()


def is_in_talk(*, visit: Visit, now: dt.datetime) -> bool:
    """Whether this very device was in the talk a moment ago: a reload is only a pause.

    Later a tap is asked for: whoever opens the page then may be somebody else at the same device.
    """
    place = place_of_visit(visit=visit)
    if place is None or place.device_id != visit.device.pk:
        return False
    lasts = place.state in HAS_RIGHTS and place.call.state == CallState.ACTIVE
    return lasts and not is_long_gone(place=place, now=now, after=RESUMES_WITHIN)


def is_long_gone(*, place: CallParticipation, now: dt.datetime, after: dt.timedelta) -> bool:
    """Whether the media server has not had the device for `after`."""
    return place.connected_at is None and place.gone_at is not None and now - place.gone_at >= after


def is_finished(call: Call | None) -> bool:
    """Whether the counsellor ended the talk; what a move or another mode ended can begin again."""
    return call is not None and call.state == CallState.ENDED and call.end_reason == EndReason.FINISHED


def asking_for(*, place: CallParticipation) -> TakeOver | None:
    """The other device that asks for the place now."""
    asking = TakeOver.objects.filter(place=place, state=TakeOverState.ASKING)
    return asking.select_related("place__call", "place__participation").first()


def last_request(*, place: CallParticipation) -> TakeOver | None:
    """The latest request for the place, whatever became of it."""
    return TakeOver.objects.filter(place=place).select_related("place__call", "place__participation").last()


def is_refused(*, place: CallParticipation, visit: Visit) -> bool:
    """Whether the office has refused this device since the one that has the place was let in."""
    refused = TakeOver.objects.filter(place=place, device=visit.device, state=TakeOverState.REFUSED)
    return refused.filter(settled_at__gte=place.admitted_at).exists() if place.admitted_at else False


def was_replaced(*, place: CallParticipation, visit: Visit) -> bool:
    """Whether the talk went on from this device to the one that has the place now."""
    moved = TakeOver.objects.filter(place=place, replaces=visit.device, state=TakeOverState.ADMITTED)
    return moved.filter(settled_at=place.admitted_at).exists()


def is_in_talk_elsewhere(*, visit: Visit) -> bool:
    """Whether another device of the same link is admitted, its line gone or not: this one must not disturb it."""
    place = place_of_visit(visit=visit)
    return place is not None and place.state in HAS_RIGHTS and place.device_id != visit.device.pk


def find_second_device(*, public_id: str) -> SecondDevice | None:
    """The tablet, or the code for one, with this open half; whatever became of it."""
    known = SecondDevice.objects.filter(public_id=public_id)
    return known.select_related("place__call__appointment__jobcenter", "place__participation__staff").first()


def standing_devices(*, place: CallParticipation) -> QuerySet[SecondDevice]:
    """The tablet that belongs to the place now, and the code that stands for one."""
    standing = SecondDevice.objects.filter(place=place).exclude(state=SecondDeviceState.DROPPED)
    return standing.select_related("place__call__appointment__jobcenter", "place__participation__staff")


def paired_device(*, place: CallParticipation) -> SecondDevice | None:
    """The tablet that belongs to the place now."""
    return standing_devices(place=place).filter(state__in=PAIRED).first()


def tablet_in(*, call: Call) -> SecondDevice | None:
    """The counsellor's tablet in the call."""
    return SecondDevice.objects.filter(place__call=call, state__in=PAIRED).first()


def held_by_tablet(*, place: CallParticipation) -> bool:
    """Whether picture and sound of the place are the tablet's now."""
    return SecondDevice.objects.filter(place=place, state=SecondDeviceState.HOLDING).exists()


def access_second_device(*, public_id: str, key: str, now: dt.datetime) -> SecondDevice | None:
    """The tablet with this cookie while it belongs to a talk, its counsellor and the session that offered it."""
    device = find_second_device(public_id=public_id)
    if device is None or device.state not in PAIRED or not key:
        return None
    if not compare_digest(device.key_hash, hash_device_key(key)):
        return None
    staff = device.place.participation.staff
    return device if staff and staff.is_active and session_stands(device=device, now=now) else None


def session_stands(*, device: SecondDevice, now: dt.datetime) -> bool:
    """Whether the counsellor is still signed in where they offered the code."""
    return Session.objects.filter(session_key=device.session_key, expire_date__gt=now).exists()


def access_own_appointment(*, desk: Desk, public_id: uuid.UUID) -> Appointment:
    """An appointment the desk's staff member holds themselves; raises `NotYours` for any other.

    Joining and admitting are for the counsellor of the appointment; colleagues of the team see the
    appointment, not the talk.
    """
    appointment = appointments_of(desk).filter(public_id=public_id, participations__staff=desk.staff).first()
    if appointment is None:
        raise NotYours
    return appointment


def waiting_for(*, desk: Desk) -> QuerySet[CallParticipation]:
    """Clients who wait for the desk's staff member now, longest first."""
    return _waiting(desk).filter(call__appointment__participations__staff=desk.staff)


def waiting_for_absent(*, desk: Desk, now: dt.datetime) -> list[tuple[CallParticipation, StaffMember]]:
    """Clients who have waited long enough for a colleague that the deputy is told, with that colleague.

    One query for each colleague the desk's staff member stands in for.
    """
    since = now - dt.timedelta(minutes=desk.jobcenter.deputy_after_minutes)
    theirs = deputised_appointments(desk).order_by().values("pk")
    long = _waiting(desk).filter(waiting_since__lte=since, call__appointment__in=theirs)
    return [
        (place, absent)
        for absent in {deputyship.absent: None for deputyship in desk.deputyships}
        for place in long.filter(call__appointment__participations__staff=absent)
    ]


def _waiting(desk: Desk) -> QuerySet[CallParticipation]:
    return (
        CallParticipation.objects.filter(
            state=PlaceState.WAITING,
            participation__role=ParticipationRole.CLIENT,
            call__appointment__jobcenter=desk.jobcenter,
            call__appointment__state=AppointmentState.PLANNED,
        )
        .exclude(call__state=CallState.ENDED)
        .exclude(device__generation__lt=F("device__invitation__generation"))
        .select_related("call__appointment", "participation__client", "device")
        .order_by("waiting_since")
    )


def asking_of(*, desk: Desk) -> QuerySet[TakeOver]:
    """Clients in talks of the desk's staff member who ask to go on with another device, longest first.

    Only those whose device is connected, and came with the link that is in force.
    """
    asking = TakeOver.objects.filter(
        state=TakeOverState.ASKING,
        connected_at__isnull=False,
        device__generation=F("device__invitation__generation"),
        place__call__appointment__jobcenter=desk.jobcenter,
        place__call__appointment__participations__staff=desk.staff,
    )
    return asking.select_related("place__call__appointment", "place__participation__client").order_by("asked_at")


def ask_again(*, desk: Desk, waiting: Iterable[object], now: dt.datetime) -> int:
    """In how many seconds a staff page should ask again who waits; a deputy's as if the colleague's were theirs."""
    if any(True for _ in waiting):
        return POLL_SOON
    opening = now + dt.timedelta(minutes=desk.jobcenter.waiting_room_opens_minutes, seconds=POLL_LATER)
    soon = (
        Appointment.objects.filter(
            jobcenter=desk.jobcenter,
            participations__staff__in=[desk.staff, *(deputyship.absent for deputyship in desk.deputyships)],
            state=AppointmentState.PLANNED,
            mode=Mode.VIDEO,
            starts_at__lte=opening,
            ends_at__gt=now - dt.timedelta(hours=1),
        )
        .order_by()
        .exists()
    )
    return POLL_SOON if soon else POLL_LATER
