"""The order of the steps: device, proof, then everything else. No later step opens an earlier one.

A missing invitation, a foreign cookie and a reissued link get the same answer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from enum import StrEnum
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from nahbar.calls.queries import opens_at
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.queries import Standing, Visit, access_visit, find_invitation, standing_of
from nahbar.invitations.rules import Check, CheckResult
from nahbar.jobcenters.models import JobCenter
from nahbar.surveys.queries import took_place
from nahbar.web.client.contact import house_of

PageView = Callable[[HttpRequest, Visit, dt.datetime], HttpResponse]
Guarded = Callable[[HttpRequest, uuid.UUID], HttpResponse]


class Shut(StrEnum):
    """Why a page does not open; each has its own words in `closed.html`."""

    CUT_OFF = "cut_off"
    UNKNOWN = "unknown"
    REISSUED = "reissued"
    CANCELLED = "cancelled"
    OVER = "over"
    NO_DEVICE = "no_device"
    TOO_OFTEN = "too_often"


STATUS = {Shut.CUT_OFF: 400, Shut.UNKNOWN: 404, Shut.NO_DEVICE: 404, Shut.TOO_OFTEN: 429}


def visit_of(request: HttpRequest, public_id: uuid.UUID) -> Visit | None:
    """The visit of the browser's cookie, if it opened this invitation."""
    key = request.COOKIES.get(settings.NAHBAR_DEVICE_COOKIE, "")
    return access_visit(public_id=public_id, device_key=key)


def office_behind(public_id: uuid.UUID) -> JobCenter | None:
    """The office of a link's open half: all that is shown before the exchange."""
    invitation = find_invitation(public_id=public_id)
    return invitation.appointment.jobcenter if invitation else None


def closed(request: HttpRequest, shut: Shut, *, office: JobCenter | None) -> HttpResponse:
    """Says why it does not go on here, and whom to call."""
    context = {"kind": shut.value, "house": house_of(office)}
    return render(request, "client/closed.html", context, status=STATUS.get(shut, 410))


def opened(view: PageView) -> Guarded:
    """For a device that exchanged the link."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
        visit = visit_of(request, public_id)
        if visit is None:
            return closed(request, Shut.NO_DEVICE, office=office_behind(public_id))
        return view(request, visit, timezone.now())

    return guarded


def proven(view: PageView) -> Guarded:
    """For a device that also showed whose invitation it is; whatever became of the appointment."""

    @opened
    @wraps(view)
    def guarded(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
        if not visit.is_proven:
            return redirect("client_proof", visit.invitation.public_id)
        return view(request, visit, now)

    return guarded


def current(view: PageView) -> Guarded:
    """For a proven device while the appointment still is to come or going on."""

    @proven
    @wraps(view)
    def guarded(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
        standing = standing_of(appointment=visit.appointment, now=now)
        if standing is not Standing.OPEN:
            return closed(request, Shut(standing.value), office=visit.jobcenter)
        return view(request, visit, now)

    return guarded


def machine(view: PageView) -> Guarded:
    """For the call document's own questions: the same gate, answered as JSON."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
        visit = visit_of(request, public_id)
        if visit is None:
            return _first("link", "client_landing", public_id, status=404)
        if not visit.is_proven:
            return _first("proof", "client_proof", public_id, status=409)
        return view(request, visit, timezone.now())

    return guarded


def _first(reason: str, page: str, public_id: uuid.UUID, *, status: int) -> JsonResponse:
    return JsonResponse({"reason": reason, "next": reverse(page, args=[public_id])}, status=status)


def next_step(visit: Visit, *, now: dt.datetime) -> str:
    """Where somebody goes who just came in: to the waiting room when all is prepared, to the end when all is over."""
    public_id = visit.invitation.public_id
    if not visit.is_proven:
        return reverse("client_proof", args=[public_id])
    if took_place(appointment=visit.appointment, now=now):
        return reverse("client_end", args=[public_id])
    if is_prepared(visit, now=now):
        return reverse("client_call", args=[public_id])
    return reverse("client_appointment", args=[public_id])


def is_prepared(visit: Visit, *, now: dt.datetime) -> bool:
    """Whether one button is left: consent given, this device tried, the waiting room open."""
    return (
        visit.appointment.is_video
        and visit.device.checks.get(Check.MICROPHONE.value) == CheckResult.OK.value
        and now >= opens_at(appointment=visit.appointment)
        and consent_in_force(client=visit.appointment.client) is not None
    )
