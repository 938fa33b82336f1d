"""The call document and what it asks: one page from the device check to the end of the talk."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from nahbar.calls.errors import Closed, Refused
from nahbar.calls.operations import Entry, enter_waiting_room, leave, probe_connection
from nahbar.calls.queries import last_call, opens_at
from nahbar.calls.rules import HAS_RIGHTS
from nahbar.calls.sfu import MediaUnavailable
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.links import link_of
from nahbar.invitations.operations import remember_check
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.invitations.rules import Check, CheckResult
from nahbar.web.client.appointment import facts, read
from nahbar.web.client.gate import current, is_prepared, machine
from nahbar.web.client.state import client_state, is_finished
from nahbar.web.shared.browsers import Browser, browser_of
from nahbar.web.shared.call_texts import for_beside, for_client
from nahbar.web.shared.limits import Limit, is_exhausted

PROBING = Limit(scope="probe", tries=60)
# The first paint needs a fraction of the document: the script fetches the rest while the person reads,
# and what stands beside the talk when the talk has begun.
PARTS = {"rest": "client/call_rest.html", "text": "shared/beside.html"}
ENDPOINTS = {
    "check": "client_call_check",
    "probe": "client_call_probe",
    "arrive": "client_call_arrive",
    "state": "client_call_state",
    "leave": "client_call_leave",
    "mode": "client_mode",
    "withdraw": "client_withdraw",
    "privacy": "client_privacy",
    "end": "client_end",
}


@require_safe
@current
def call(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Device check, waiting room and talk; whoever skipped a step goes back to it."""
    public_id = visit.invitation.public_id
    if not visit.appointment.is_video:
        return redirect("client_appointment", public_id)
    if consent_in_force(client=visit.appointment.client) is None:
        return redirect("client_consent", public_id)
    if is_finished(last_call(appointment=visit.appointment)):
        return redirect("client_end", public_id)
    context = {"config": _config(request, visit, now=now), "beside": for_beside()}
    page = PARTS.get(request.GET.get("teil", ""), "client/call.html")
    return render(request, page, facts(visit, now=now) | context)


def _config(request: HttpRequest, visit: Visit, *, now: dt.datetime) -> dict[str, Any]:
    booked, office = visit.appointment, visit.jobcenter
    browser = browser_of(request.headers.get("User-Agent", ""))
    named: dict[str, str | bool] = {"family": browser.family, "os": browser.os, "inApp": browser.in_app}
    return {
        "role": "client",
        "urls": _urls(visit, browser),
        "csrf": get_token(request),
        "phone": {"display": office.phone_display, "tel": f"tel:{office.phone}"},
        "office": office.name,
        "counterpart": _counterpart(visit),
        "startsAt": booked.starts_at.isoformat(),
        "endsAt": booked.ends_at.isoformat(),
        "opensAt": opens_at(appointment=booked).isoformat(),
        "prepared": is_prepared(visit, now=now),
        "remembered": visit.device.checks,
        "saver": browser.is_phone or request.headers.get("Save-Data") == "on",
        "browser": named,
        "debug": settings.NAHBAR_DEBUG_CALLS,
        "texts": for_client(named),
    }


def _urls(visit: Visit, browser: Browser) -> dict[str, str]:
    invitation = visit.invitation
    urls = {key: reverse(name, args=[invitation.public_id]) for key, name in ENDPOINTS.items()}
    if browser.in_app:
        # The only way out of an app's window is the whole link, to copy into a real browser.
        urls["link"] = link_of(public_id=invitation.public_id, generation=invitation.generation)
    return urls


def _counterpart(visit: Visit) -> dict[str, str]:
    counsellor = visit.appointment.counsellor
    return {"name": counsellor.formal_name, "initials": counsellor.initials}


@require_POST
@machine
def check(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Keeps how one step of the device check ended."""
    sent = read(request)
    try:
        tried, result = Check(sent.get("step", "")), CheckResult(sent.get("result", ""))
    except ValueError:
        return JsonResponse({"reason": "shape"}, status=400)
    remember_check(device=visit.device, check=tried, result=result, now=now)
    return JsonResponse({})


@require_POST
@machine
def probe(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """A room for this device alone, to try the line before the waiting room is open."""
    if standing_of(appointment=visit.appointment, now=now) is not Standing.OPEN:
        return _refuse(visit, Closed.ENDED)
    if not visit.appointment.is_video:
        return _refuse(visit, Closed.MODE)
    if is_exhausted(limit=PROBING, request=request, now=now):
        return JsonResponse({"reason": "too_often"}, status=429)
    try:
        entry = probe_connection()
    except MediaUnavailable:
        return JsonResponse({"reason": "media"}, status=503)
    return JsonResponse(_line(entry))


@require_POST
@machine
def arrive(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Takes a place in the waiting room, or back in the talk."""
    if is_finished(last_call(appointment=visit.appointment)):
        return _refuse(visit, Closed.ENDED)
    try:
        entry = enter_waiting_room(visit=visit, now=now)
    except Refused as refused:
        return _refuse(visit, refused.reason)
    except MediaUnavailable:
        return JsonResponse({"reason": "media"}, status=503)
    state = "admitted" if entry.state in HAS_RIGHTS else "waiting"
    return JsonResponse(_line(entry) | {"identity": entry.identity, "state": state, "counterpart": _counterpart(visit)})


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "url": settings.NAHBAR_LIVEKIT_URL,
        "token": entry.token,
        "iceServers": settings.NAHBAR_ICE_SERVERS,
    }


def _refuse(visit: Visit, reason: Closed) -> JsonResponse:
    opening = opens_at(appointment=visit.appointment).isoformat()
    more: dict[Closed, dict[str, Any]] = {
        Closed.NOT_OPEN: {"opensAt": opening},
        Closed.MODE: {"mode": visit.appointment.mode, "next": _page("client_appointment", visit)},
        Closed.CONSENT: {"next": _page("client_consent", visit)},
        Closed.ENDED: {"next": _page("client_end", visit)},
        Closed.REMOVED: {"next": _page("client_end", visit)},
    }
    return JsonResponse({"reason": reason.value} | more.get(reason, {}), status=409)


def _page(name: str, visit: Visit) -> str:
    public_id: uuid.UUID = visit.invitation.public_id
    return reverse(name, args=[public_id])


@require_safe
@machine
def state(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Where the person stands, in words."""
    return JsonResponse(client_state(visit, now=now))


@require_POST
@machine
def hang_up(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Leaves the talk or the waiting room; coming back means waiting again."""
    leave(visit=visit, now=now)
    return JsonResponse({"next": _page("client_end", visit)})
