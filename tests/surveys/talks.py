"""Talks as they are left behind, without a media server."""

from __future__ import annotations

import datetime as dt

from nahbar.calls.models import Call, CallParticipation, CallPresence
from nahbar.calls.rules import CallState, EndReason, PlaceState
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import ParticipationRole


def talk(
    appointment: Appointment, *, reason: EndReason = EndReason.FINISHED, client_leaves: int = 0, ended: bool = True
) -> Call:
    """Both were in a talk of twenty minutes from its planned start on; the client went so many minutes earlier."""
    start, end = appointment.starts_at, appointment.starts_at + dt.timedelta(minutes=20)
    call = Call.objects.create(
        appointment=appointment,
        state=CallState.ENDED if ended else CallState.ACTIVE,
        opened_at=start,
        started_at=start,
        ended_at=end if ended else None,
        end_reason=reason if ended else "",
    )
    for role, early in ((ParticipationRole.COUNSELLOR, 0), (ParticipationRole.CLIENT, client_leaves)):
        place = CallParticipation.objects.create(
            call=call, participation=appointment.participations.get(role=role), state=PlaceState.LEFT, admitted_at=start
        )
        left_at = end - dt.timedelta(minutes=early) if ended or early else None
        CallPresence.objects.create(place=place, joined_at=start, left_at=left_at)
    return call
