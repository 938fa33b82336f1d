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
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nahbar.calls.errors import Closed, Refused
from nahbar.calls.operations import Entry, enter_waiting_room, go_on_by_telephone, leave, probe_connection
from nahbar.calls.queries import is_barred, is_finished, is_in_talk, is_in_talk_elsewhere, last_call, opens_at
from nahbar.calls.rules import HAS_RIGHTS, TakeOverState
from nahbar.calls.sfu import MediaUnavailable
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.links import link_of
from nahbar.invitations.operations import client_actor, remember_check
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.invitations.rules import Check, CheckResult
from nahbar.scheduling import errors as scheduling
from nahbar.web.client.appointment import facts, read
from nahbar.web.client.gate import current, is_prepared, machine
from nahbar.web.client.state import client_state, counterpart
from nahbar.web.shared.browsers import Browser, browser_of
from nahbar.web.shared.call_texts import for_beside, for_client
from nahbar.web.shared.connecting import connection
from nahbar.web.shared.limits import Limit, is_exhausted

# Thirty reconnects in a minute are a poor line; this is somebody's script.
ARRIVING = Limit(scope="arrive", tries=400)
PROBING = Limit(scope="probe", tries=60)
# The first paint needs a fraction of the document: the script fetches the rest while the person reads,
# and what stands beside the talk when the talk has begun.
PARTS = {"rest": "client/call_rest.html", "text": "shared/beside.html"}
ENDPOINTS = {
    "check": "client_call_check",
    "probe": "client_call_probe",
    "arrive": "client_call_arrive",
    "state": "client_call_state",
    "telephone": "client_call_telephone",
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
    whom = counterpart(visit)["whom"]
    context = {"config": _config(request, visit, now=now), "beside": for_beside(whom=whom)}
    page = PARTS.get(request.GET.get("teil", ""), "client/call.html")
    return render(request, page, facts(visit, now=now) | context)


def _config(request: HttpRequest, visit: Visit, *, now: dt.datetime) -> dict[str, Any]:
    booked, office = visit.appointment, visit.jobcenter
    browser = browser_of(request.headers.get("User-Agent", ""))
    named: dict[str, str | bool] = {"family": browser.family, "os": browser.os, "inApp": browser.in_app}
    checks, prepared = visit.device.checks, is_prepared(visit, now=now)
    resume = is_in_talk(visit=visit, now=now)
    return {
        "role": "client",
        "urls": _urls(visit, browser),
        "csrf": get_token(request),
        "phone": {"display": office.phone_display, "tel": f"tel:{office.phone}"},
        "office": office.name,
        "counterpart": counterpart(visit),
        "startsAt": booked.starts_at.isoformat(),
        "endsAt": booked.ends_at.isoformat(),
        "opensAt": opens_at(appointment=booked).isoformat(),
        "prepared": prepared,
        "resume": resume,
        "asksForNet": browser.is_phone and not (browser.in_app or prepared or resume),
        "remembered": checks,
        # Until somebody says that they are in a Wi-Fi, every megabyte on a phone costs them.
        "saver": browser.is_phone or request.headers.get("Save-Data") == "on",
        "browser": named,
        "debug": settings.NAHBAR_DEBUG_CALLS,
        "texts": for_client(named, whom=counterpart(visit)["whom"]),
    }


def _urls(visit: Visit, browser: Browser) -> dict[str, str]:
    invitation = visit.invitation
    urls = {key: reverse(name, args=[invitation.public_id]) for key, name in ENDPOINTS.items()}
    if browser.in_app:
        # The only way out of an app's window is the whole link, to copy into a real browser.
        urls["link"] = link_of(public_id=invitation.public_id, generation=invitation.generation)
    return urls


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
    return JsonResponse(connection(entry, now=now))


@require_POST
@machine
def arrive(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Takes a place in the waiting room, or back in the talk."""
    if is_finished(last_call(appointment=visit.appointment)):
        return _refuse(visit, Closed.ENDED)
    if is_exhausted(limit=ARRIVING, request=request, now=now):
        return JsonResponse({"reason": "too_often"}, status=429)
    try:
        entry = enter_waiting_room(visit=visit, now=now)
    except Refused as refused:
        return _refuse(visit, refused.reason)
    except MediaUnavailable:
        return JsonResponse({"reason": "media"}, status=503)
    told = {"identity": entry.identity, "state": _standing(entry), "counterpart": counterpart(visit)}
    return JsonResponse(connection(entry, now=now) | told)


def _standing(entry: Entry) -> str:
    """As the script knows it: in the talk, asking to go on with it on this device, or waiting."""
    if entry.state == TakeOverState.ASKING:
        return "asking"
    return "admitted" if entry.state in HAS_RIGHTS else "waiting"


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
def telephone(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """The talk goes on by telephone; the appointment's page says who calls whom."""
    if standing_of(appointment=visit.appointment, now=now) is not Standing.OPEN:
        return _refuse(visit, Closed.ENDED)
    if is_barred(visit=visit):
        return _refuse(visit, Closed.REMOVED)
    if is_in_talk_elsewhere(visit=visit):
        return _refuse(visit, Closed.ELSEWHERE)
    try:
        go_on_by_telephone(appointment=visit.appointment, by=client_actor(visit.invitation), now=now)
    except Refused as refused:
        return _refuse(visit, refused.reason)
    except scheduling.Refused as refused:
        text = _("Am Telefon geht das bei diesem Thema nicht. Bitte rufen Sie uns an.")
        return JsonResponse({"reason": refused.reason.value, "text": text}, status=409)
    return JsonResponse({"next": _page("client_appointment", visit)})


@require_POST
@machine
def hang_up(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Leaves the talk or the waiting room; coming back means waiting again."""
    leave(visit=visit, now=now)
    return JsonResponse({"next": _page("client_end", visit)})
