"""The last page, and the privacy notice, which may be read with a link or without."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.audit.rules import AUDIT_PERIOD
from nahbar.calls.models import Call
from nahbar.calls.presence import talk_minutes
from nahbar.calls.queries import is_finished, last_call, place_of
from nahbar.calls.rules import CallState, EndReason, PlaceState
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.jobcenters.rules import LegalPage
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import AppointmentState, ParticipationRole
from nahbar.surveys.queries import ticket_for_client
from nahbar.web.client import words
from nahbar.web.client.appointment import facts
from nahbar.web.client.contact import house_of
from nahbar.web.client.gate import Shut, closed, office_behind, proven, visit_of
from nahbar.web.client.legal import offices_with, only_office, text_context

# The talk did not end, the appointment is another one now: its page says which.
CHANGED = frozenset({EndReason.MOVED, EndReason.MODE_CHANGED, EndReason.CONSENT_WITHDRAWN})


@require_safe
@proven
def end(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Who, how long, what comes next; and the way back for somebody who hung up too soon."""
    standing = standing_of(appointment=visit.appointment, now=now)
    call = last_call(appointment=visit.appointment)
    if standing is Standing.CANCELLED:
        return closed(request, Shut.CANCELLED, office=visit.jobcenter)
    if call is None:
        if standing is Standing.OVER:
            return closed(request, Shut.OVER, office=visit.jobcenter)
        return redirect("client_appointment", visit.invitation.public_id)
    if standing is Standing.OPEN and call.state == CallState.ENDED and call.end_reason in CHANGED:
        return redirect("client_appointment", visit.invitation.public_id)
    following = _next_appointment(visit, now=now)
    kind = _kind(call, standing)
    context = facts(visit, now=now) | {
        "kind": kind,
        "ticket": ticket_for_client(appointment=visit.appointment, now=now) if kind == "done" else "",
        "talked": _talked(visit, call, now=now),
        "next_when": words.when(following.starts_at, now=now) if following else "",
    }
    response = render(request, "client/end.html", context)
    # The survey that is asked for here must not learn from where: this address names the link.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _kind(call: Call, standing: Standing) -> str:
    """How it ended for this person: `removed`, `left` (the way back is open) or `done`."""
    place = place_of(call=call, role=ParticipationRole.CLIENT)
    if place is not None and place.state == PlaceState.REMOVED:
        return "removed"
    return "done" if standing is Standing.OVER or is_finished(call) else "left"


def _talked(visit: Visit, call: Call, *, now: dt.datetime) -> str:
    length = talk_minutes(appointment=visit.appointment, now=now)
    if length is None and call.state == CallState.ACTIVE and call.started_at:
        length = -int(-(now - call.started_at).total_seconds() // 60)
    return words.minutes(max(length, 1)) if length is not None else ""


def _next_appointment(visit: Visit, *, now: dt.datetime) -> Appointment | None:
    return (
        Appointment.objects.filter(
            participations__client=visit.appointment.client, state=AppointmentState.PLANNED, starts_at__gt=now
        )
        .exclude(pk=visit.appointment.pk)
        .order_by("starts_at")
        .first()
    )


@require_safe
def privacy(request: HttpRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    """What is stored, how long, and whose right is what; the same for everybody who asks."""
    office = office_behind(public_id) if public_id else only_office()
    visit = visit_of(request, public_id) if public_id else None
    proven_visit = visit if visit and visit.is_proven else None
    context = {
        "house": house_of(office),
        "public_id": public_id,
        "is_installation": office is None,
        "audit_years": AUDIT_PERIOD.days // 365,
        "offices": [] if office else offices_with(LegalPage.PRIVACY),
        "may_withdraw": _may_withdraw(proven_visit, now=timezone.now()),
        "came_by_link": proven_visit is not None,
    }
    if office is not None:
        context |= text_context(office, LegalPage.PRIVACY)
    return render(request, "client/legal_privacy.html", context)


def _may_withdraw(visit: Visit | None, *, now: dt.datetime) -> bool:
    if visit is None or standing_of(appointment=visit.appointment, now=now) is not Standing.OPEN:
        return False
    return consent_in_force(client=visit.appointment.client) is not None
