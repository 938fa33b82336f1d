"""The tablet's own pages: a code lets it in, then it may hold picture and sound of one talk, and nothing else.

Nobody signs in here. The cookie is good for this tablet's addresses only, and ends with the talk, with the
counsellor's sign-in on the PC, and with a tap there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from nahbar.calls.errors import CodeRefused, NoEntry
from nahbar.calls.models import TYPED, SecondDevice
from nahbar.calls.queries import access_second_device, opens_at
from nahbar.calls.rules import SecondDeviceState
from nahbar.calls.second_device import enter_with_tablet, give_back, note_alive, pair, take
from nahbar.people.models import StaffMember
from nahbar.web.counsellor.tablet_texts import for_tablet
from nahbar.web.counsellor.talk import answered, way_in
from nahbar.web.shared.browsers import browser_of
from nahbar.web.shared.call_texts import for_beside
from nahbar.web.shared.limits import Limit, is_exhausted

PAIRING = Limit(scope="tablet", tries=40)
STATUS = {NoEntry.UNKNOWN: 404, NoEntry.OTHER_PERSON: 403}
ENDPOINTS = ("take", "join", "state", "back")


@require_safe
def tablet_landing(request: HttpRequest, code: str) -> HttpResponse:
    """The same for every code: what a tap will do. The script puts the secret into the form."""
    return render(request, "counsellor/tablet_landing.html", {"code": code.lower()})


@require_POST
def tablet_pair(request: HttpRequest, code: str) -> HttpResponse:
    """Exchanges the code for this tablet's cookie."""
    now = timezone.now()
    if is_exhausted(limit=PAIRING, request=request, now=now):
        return _closed(request, "too_often", status=429)
    signed_in = request.user if isinstance(request.user, StaffMember) else None
    try:
        device, key = pair(
            public_id=code.lower(), secret=_tidy(request.POST.get("secret", "")), signed_in=signed_in, now=now
        )
    except CodeRefused as refused:
        return _closed(request, refused.reason.value, status=STATUS.get(refused.reason, 410))
    response = redirect(reverse("tablet_call", args=[device.public_id]) + "?holen=1")
    response.set_cookie(
        settings.NAHBAR_TABLET_COOKIE,
        key,
        path=reverse("tablet_landing", args=[device.public_id]),
        httponly=True,
        samesite="Strict",
        secure=request.is_secure(),
    )
    return response


def _tidy(typed: str) -> str:
    """What somebody typed with spaces, hyphens or capitals."""
    return "".join(letter for letter in typed.lower() if letter in TYPED)


def _closed(request: HttpRequest, kind: str, *, status: int) -> HttpResponse:
    return render(request, "counsellor/tablet_closed.html", {"kind": kind}, status=status)


def _device_of(request: HttpRequest, code: str) -> SecondDevice | None:
    """The tablet of the cookie; None also where somebody else is signed in by now."""
    key = request.COOKIES.get(settings.NAHBAR_TABLET_COOKIE, "")
    device = access_second_device(public_id=code, key=key, now=timezone.now())
    is_others = request.user.is_authenticated and device and request.user != device.place.participation.staff
    return None if is_others else device


@require_safe
def tablet_call(request: HttpRequest, code: str) -> HttpResponse:
    """The tablet's document: the picture large, and no word about the case."""
    device = _device_of(request, code)
    if device is None:
        return _closed(request, "dropped", status=404)
    whom = device.place.call.appointment.client.full_name
    context = {"config": _config(request, device), "beside": for_beside(whom=whom)}
    return render(request, "counsellor/tablet.html", context)


def _config(request: HttpRequest, device: SecondDevice) -> dict[str, Any]:
    appointment = device.place.call.appointment
    client = appointment.client
    browser = browser_of(request.headers.get("User-Agent", ""))
    named: dict[str, str | bool] = {"family": browser.family, "os": browser.os, "inApp": browser.in_app}
    return {
        "role": "tablet",
        "urls": {name: reverse(f"tablet_{name}", args=[device.public_id]) for name in ENDPOINTS},
        "csrf": get_token(request),
        "phone": {"display": "", "tel": ""},
        "office": appointment.jobcenter.name,
        "counterpart": {"name": client.full_name, "initials": client.initials},
        "startsAt": appointment.starts_at.isoformat(),
        "endsAt": appointment.ends_at.isoformat(),
        "opensAt": opens_at(appointment=appointment).isoformat(),
        "saver": True,
        "takes": device.state == SecondDeviceState.HOLDING or request.GET.get("holen") == "1",
        "browser": named,
        "debug": settings.NAHBAR_DEBUG_CALLS,
        "texts": for_tablet(named, whom=client.full_name),
    }


Answer = Callable[[SecondDevice], dict[str, Any]]


def _answers(view: Answer) -> Callable[..., HttpResponse]:
    """A JSON answer to a tablet that still belongs to the talk."""

    @wraps(view)
    def endpoint(request: HttpRequest, code: str) -> HttpResponse:
        device = _device_of(request, code)
        if device is None:
            return JsonResponse({"reason": "dropped"}, status=404)
        return answered(lambda: view(device))

    return endpoint


@require_POST
@_answers
def tablet_take(device: SecondDevice) -> dict[str, Any]:
    """Picture and sound come to the tablet, which then joins."""
    take(device=device, now=timezone.now())
    return {"ok": True}


@require_POST
@_answers
def tablet_join(device: SecondDevice) -> dict[str, Any]:
    """What the browser needs to connect, with rights."""
    return way_in(enter_with_tablet(device=device, now=timezone.now()), device.place.call.appointment)


@require_POST
@_answers
def tablet_state(device: SecondDevice) -> dict[str, Any]:
    """Says that the tablet is there, and hears who has picture and sound."""
    note_alive(device=device, now=timezone.now())
    return {"state": device.state, "connected": device.place.connected_at is not None}


@require_POST
@_answers
def tablet_back(device: SecondDevice) -> dict[str, Any]:
    """Picture and sound go back to the PC; the talk goes on."""
    give_back(device=device, now=timezone.now())
    return {"ok": True}
