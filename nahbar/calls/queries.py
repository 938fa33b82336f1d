"""Who waits, and where a call stands."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from nahbar.calls.models import Call, CallParticipation, TakeOver
from nahbar.calls.rules import CALLS_AT_ONCE, HAS_RIGHTS, CallState, EndReason, PlaceState, TakeOverState
from nahbar.invitations.queries import Visit
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, NotYours
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import appointments_of, deputised_appointments
from nahbar.scheduling.rules import AppointmentState, ParticipationRole

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


def is_in_talk(*, visit: Visit) -> bool:
    """Whether this very device is admitted to the talk that goes on: a reload is only a pause."""
    place = place_of_visit(visit=visit)
    if place is None or place.device_id != visit.device.pk:
        return False
    return place.state in HAS_RIGHTS and place.call.state == CallState.ACTIVE


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
    """Whether another device of the same link is admitted and connected: this one must not disturb it."""
    place = place_of_visit(visit=visit)
    return place is not None and place.state == PlaceState.ADMITTED and place.device_id != visit.device.pk


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
        (place, deputyship.absent)
        for deputyship in desk.deputyships
        for place in long.filter(call__appointment__participations__staff=deputyship.absent)
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
        .select_related("call__appointment", "participation__client", "device")
        .order_by("waiting_since")
    )


def asking_of(*, desk: Desk) -> QuerySet[TakeOver]:
    """Clients in talks of the desk's staff member who ask to go on with another device, longest first."""
    asking = TakeOver.objects.filter(
        state=TakeOverState.ASKING,
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
