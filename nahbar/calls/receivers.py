"""What calls do when appointments or consents change; inside the change's transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.dispatch import receiver

from nahbar.audit.rules import Actor
from nahbar.calls.models import Call
from nahbar.calls.operations import change_counsellor, end_call, leave_everywhere
from nahbar.calls.queries import current_call
from nahbar.calls.rules import CallState, EndReason
from nahbar.consent.events import consent_withdrawn
from nahbar.invitations.operations import correct
from nahbar.jobcenters.models import JobCenter
from nahbar.people.events import access_ended, sessions_ended
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling import events
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, AppointmentChange
from nahbar.scheduling.rules import ChangeKind


@receiver(events.appointment_moved, dispatch_uid="calls.moved")
def end_on_move(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """Nobody moves a talk that is going on; somebody who waits is told the new time."""
    _refuse_in_talk(appointment)
    end_call(appointment=appointment, reason=EndReason.MOVED, by=by, now=now)


@receiver(events.appointment_cancelled, dispatch_uid="calls.cancelled")
def end_on_cancel(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """Nobody cancels a talk that is going on."""
    _refuse_in_talk(appointment)
    end_call(appointment=appointment, reason=EndReason.CANCELLED, by=by, now=now)


@receiver(events.appointment_mode_changed, dispatch_uid="calls.mode_changed")
def end_on_mode(*, appointment: Appointment, old_mode: str, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """Away from video, also in the middle of a talk: the media end at once, the appointment goes on.

    Not by colleagues, while the two are talking.
    """
    if old_mode == "video" and by.kind == "staff" and by.id != str(appointment.counsellor.public_id):
        _refuse_in_talk(appointment)
    if old_mode == "video":
        end_call(appointment=appointment, reason=EndReason.MODE_CHANGED, by=by, now=now)


# What ends a waiting room that opened on a change which is taken back.
ENDS = {
    ChangeKind.BOOKED: EndReason.CANCELLED,
    ChangeKind.MOVED: EndReason.MOVED,
    ChangeKind.MODE_CHANGED: EndReason.MODE_CHANGED,
}


@receiver(events.appointment_undone, dispatch_uid="calls.undone")
def end_on_undo(
    *, appointment: Appointment, undone: AppointmentChange, by: Actor, now: dt.datetime, **_kwargs: Any
) -> None:
    """Nobody takes back what a talk is already going on about; somebody who waits is told."""
    reason = ENDS.get(ChangeKind(undone.kind))
    if reason is not None:
        _refuse_in_talk(appointment)
        end_call(appointment=appointment, reason=reason, by=by, now=now)
    if Call.objects.filter(appointment=appointment, ended_at__gte=undone.at).exists():
        # Who waited, now or when the change was made, has read on the screen what no mail has said yet.
        correct(appointment=appointment, undone=undone, now=now)


@receiver(events.appointment_taken_over, dispatch_uid="calls.taken_over")
def hand_over(*, appointment: Appointment, now: dt.datetime, **_kwargs: Any) -> None:
    """The deputy takes the place of a colleague who is not there."""
    change_counsellor(appointment=appointment, now=now)


@receiver(consent_withdrawn, dispatch_uid="calls.consent_withdrawn")
def end_on_withdrawal(*, client: Client, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """Without consent no media, at once; also in a talk that runs over its time."""
    for call in Call.objects.filter(appointment__participations__client=client).exclude(state=CallState.ENDED):
        end_call(appointment=call.appointment, reason=EndReason.CONSENT_WITHDRAWN, by=by, now=now)


@receiver(events.appointment_closed, dispatch_uid="calls.closed")
def end_on_outcome(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """With an outcome the talk is over."""
    end_call(appointment=appointment, reason=EndReason.FINISHED, by=by, now=now)


def _refuse_in_talk(appointment: Appointment) -> None:
    call = current_call(appointment=appointment)
    if call is None or call.state != CallState.ACTIVE:
        return
    if call.places.filter(connected_at__isnull=False).exists():
        raise Refused(Reason.IN_TALK)


@receiver(sessions_ended, dispatch_uid="calls.sessions_ended")
def leave_with_the_sessions(*, staff: StaffMember, now: dt.datetime, **_kwargs: Any) -> None:
    """Whoever lost a session may have a talk open there: they are in none any more."""
    leave_everywhere(staff=staff, now=now)


@receiver(access_ended, dispatch_uid="calls.access_ended")
def leave_with_the_access(*, staff: StaffMember, jobcenter: JobCenter, now: dt.datetime, **_kwargs: Any) -> None:
    """Whoever lost their access to an office is in none of its talks any more."""
    leave_everywhere(staff=staff, jobcenter=jobcenter, now=now)
