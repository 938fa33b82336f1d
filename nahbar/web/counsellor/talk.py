"""The counsellor's side of a talk: the document and what its script asks for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import Call
from nahbar.calls.operations import (
    Entry,
    admit,
    eject,
    end_call,
    go_on_by_telephone,
    join_as_counsellor,
    leave_as_counsellor,
    notice_waiting,
)
from nahbar.calls.overrun import needed_from
from nahbar.calls.queries import (
    access_own_appointment,
    asking_of,
    last_call,
    opens_at,
    place_of,
    switched_call,
    tablet_in,
)
from nahbar.calls.rules import SILENT_AFTER, CallState, EndReason
from nahbar.calls.sfu import MediaUnavailable
from nahbar.calls.takeover import admit_takeover, refuse_takeover
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.queries import invitation_of, remembered_checks
from nahbar.people.queries import Desk
from nahbar.scheduling import errors as scheduling
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import access_held_or_deputised, last_contact_before
from nahbar.scheduling.rules import BERLIN, ParticipationRole
from nahbar.web.counsellor.tablet_texts import for_desk
from nahbar.web.counsellor.waiting import check_words
from nahbar.web.counsellor.words import CLOSED, MEDIA_AWAY, REFUSALS
from nahbar.web.shared.browsers import browser_of
from nahbar.web.shared.call_texts import for_beside, for_counsellor
from nahbar.web.shared.connecting import connection
from nahbar.web.shared.desks import DeskRequest, desk_view
from nahbar.web.shared.phones import dialled

ENDPOINTS = (
    *("join", "admit", "eject", "change_device", "refuse_device"),
    *("telephone", "end", "leave", "state", "seen"),
    *("tablet_code", "tablet_fetch", "tablet_drop"),
)


@require_safe
@desk_view
def staff_call(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """The call document; back to the appointment where there is no talk to hold."""
    appointment = access_own_appointment(desk=request.desk, public_id=public_id)
    closed = _closed(appointment)
    if closed:
        messages.info(request, CLOSED[closed])
        return redirect(_page(appointment))
    number = appointment.client.phone_display
    config = _config(request, appointment)
    context = {
        "appointment": appointment,
        "facts": _facts(appointment),
        "client_phone": {"display": number, "tel": f"tel:{dialled(number)}"} if number else None,
        "back_url": _page(appointment),
        "config": config,
        "face": _face(appointment, config["texts"]),
        "beside": for_beside(whom=appointment.client.full_name),
    }
    return render(request, "counsellor/call.html", context)


def _face(appointment: Appointment, texts: dict[str, str]) -> str:
    """What the stage says of the client until the page has asked for itself."""
    call = last_call(appointment=appointment)
    open_one = call if call and call.state != CallState.ENDED else None
    place = place_of(call=open_one, role=ParticipationRole.CLIENT) if open_one else None
    text = texts[f"client_{place.state if place else 'absent'}"]
    return text.replace("{name}", appointment.client.full_name)


def _facts(appointment: Appointment) -> dict[str, Any]:
    """What stands beside the picture."""
    start, end = f"{appointment.local_start:%H:%M}", f"{appointment.local_end:%H:%M}"
    helps = [appointment.client.what_helps] if appointment.client.what_helps else []
    last = last_contact_before(appointment=appointment)
    if last is not None:
        words = {"day": date_format(last.local_start, "j. F"), "topic": last.topic.name}
        helps.append(_("Letztes Gespräch am %(day)s: %(topic)s") % words)
    return {
        "topic": appointment.topic.name,
        "time": _("%(start)s bis %(end)s Uhr") % {"start": start, "end": end},
        "ends": end,
        "helps": helps,
        "prepared": _prepared(appointment),
    }


def _prepared(appointment: Appointment) -> list[str]:
    invitation = invitation_of(appointment=appointment)
    checks = remembered_checks(invitation=invitation) if invitation else {}
    said = check_words(checks)
    return said if consent_in_force(client=appointment.client) else said[1:]


def _closed(appointment: Appointment) -> Closed | None:
    if not appointment.is_planned:
        return Closed.ENDED
    return None if appointment.is_video else Closed.MODE


def _closed_words(appointment: Appointment, closed: Closed) -> str:
    if switched_call(appointment=appointment, now=timezone.now()):
        return _("Das Gespräch geht am Telefon weiter.")
    return str(CLOSED[closed])


def _overrun(appointment: Appointment, call: Call | None) -> dict[str, str] | None:
    now = timezone.now()
    needed = needed_from(appointment=appointment, call=call, now=now)
    if needed is None:
        return None
    before = _("Ab %(time)s Uhr wird der Videokanal gebraucht. Das Gespräch geht weiter, auf Wunsch am Telefon.")
    after = _("Seit %(time)s Uhr wird der Videokanal gebraucht. Das Gespräch geht weiter, auf Wunsch am Telefon.")
    time = {"time": f"{needed.astimezone(BERLIN):%H:%M}"}
    return {"until": needed.isoformat(), "text": (before if needed > now else after) % time}


def _tablet(call: Call) -> dict[str, Any] | None:
    """The counsellor's tablet: beside the PC, or instead of it and then perhaps silent."""
    device = tablet_in(call=call)
    if device is None or device.seen_at is None:
        return None
    return {"state": device.state, "silent": timezone.now() - device.seen_at > SILENT_AFTER}


def _page(appointment: Appointment) -> str:
    return reverse("appointment_page", args=[appointment.jobcenter.slug, appointment.public_id])


def _config(request: DeskRequest, appointment: Appointment) -> dict[str, Any]:
    path, client = [appointment.jobcenter.slug, appointment.public_id], appointment.client
    browser = browser_of(request.headers.get("User-Agent", ""))
    named: dict[str, str | bool] = {"family": browser.family, "os": browser.os, "inApp": browser.in_app}
    return {
        "role": "counsellor",
        "urls": {name: reverse(f"staff_{name}", args=path) for name in ENDPOINTS},
        "csrf": get_token(request),
        "phone": {"display": client.phone_display, "tel": dialled(client.phone_display)},
        "office": appointment.jobcenter.name,
        "counterpart": {"name": client.full_name, "initials": client.initials},
        "startsAt": appointment.starts_at.isoformat(),
        "endsAt": appointment.ends_at.isoformat(),
        "opensAt": opens_at(appointment=appointment).isoformat(),
        "remembered": {},
        # The client may well be on a phone with a prepaid card: what the desk sends, they pay for.
        "saver": True,
        "autoAdmit": _admits_at_once(request),
        "browser": named,
        "debug": settings.NAHBAR_DEBUG_CALLS,
        "texts": for_counsellor(named, whom=client.full_name) | for_desk(),
    }


def _admits_at_once(request: DeskRequest) -> bool:
    """Whether "Einlassen" was pressed on a page of ours (Fetch Metadata): an address sent by mail admits nobody.

    Browsers older than 2023 may not say so; there the talk's own button admits.
    """
    return request.GET.get("einlassen") == "1" and request.headers.get("Sec-Fetch-Site") == "same-origin"


Answer = Callable[[Desk, Appointment], dict[str, Any]]


def answers(view: Answer) -> Callable[..., Any]:
    """A JSON answer about one's own appointment; every refusal carries a `reason` and words for it."""

    @desk_view
    @wraps(view)
    def endpoint(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
        appointment = access_own_appointment(desk=request.desk, public_id=public_id)
        return answered(lambda: view(request.desk, appointment))

    return endpoint


def answered(work: Callable[[], dict[str, Any]]) -> JsonResponse:
    """What `work` returns, or its refusal with a `reason` and words for it."""
    try:
        return JsonResponse(work())
    except Refused as refusal:
        reason = refusal.reason
        return JsonResponse({"reason": reason.value, "text": str(CLOSED[reason])}, status=409)
    except scheduling.Refused as refusal:
        return JsonResponse({"reason": refusal.reason.value, "text": str(REFUSALS[refusal.reason])}, status=409)
    except MediaUnavailable:
        return JsonResponse({"reason": "media", "text": str(MEDIA_AWAY)}, status=503)


@require_POST
@answers
def staff_join(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """What the browser needs to connect, with rights."""
    return way_in(join_as_counsellor(desk=desk, appointment=appointment, now=timezone.now()), appointment)


def way_in(entry: Entry, appointment: Appointment) -> dict[str, Any]:
    """What a browser of the counsellor's gets to connect: their PC, or the tablet beside it."""
    client = appointment.client
    return connection(entry, now=timezone.now()) | {
        "identity": entry.identity,
        "state": entry.state.value,
        "counterpart": {"name": client.full_name, "initials": client.initials},
    }


@require_POST
@answers
def staff_admit(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """Lets the client in; where the media server did not answer, the clock carries it out."""
    done = admit(desk=desk, appointment=appointment, now=timezone.now())
    return {"ok": True, "state": "admitted", "problem": None if done else str(MEDIA_AWAY)}


@require_POST
@answers
def staff_eject(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """Somebody else sits there: out of this talk for good; the appointment stays."""
    done = eject(desk=desk, appointment=appointment, now=timezone.now())
    return {"ok": True, "state": "removed", "problem": None if done else str(MEDIA_AWAY)}


@require_POST
@answers
def staff_change_device(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """The same person goes on with the device that asks; the first one is put out and told."""
    done = admit_takeover(desk=desk, appointment=appointment, now=timezone.now())
    return {"ok": True, "problem": None if done else str(MEDIA_AWAY)}


@require_POST
@answers
def staff_refuse_device(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """The talk stays where it is."""
    refuse_takeover(desk=desk, appointment=appointment, now=timezone.now())
    return {"ok": True}


@require_POST
@answers
def staff_telephone(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """The talk goes on by telephone; the appointment's page names the number to call."""
    go_on_by_telephone(appointment=appointment, by=desk.actor, now=timezone.now())
    return {"next": _page(appointment)}


@require_POST
@answers
def staff_end(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """Ends the talk for both; the appointment's page then proposes the outcome."""
    end_call(appointment=appointment, reason=EndReason.FINISHED, by=desk.actor, now=timezone.now())
    return {"next": _page(appointment)}


@require_POST
@answers
def staff_leave(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """The counsellor goes without ending the talk."""
    leave_as_counsellor(desk=desk, appointment=appointment, now=timezone.now())
    return {"next": _page(appointment)}


@require_POST
@desk_view
def staff_seen(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """A page has shown that the client waits; from now on the client is told so, and whether it was a deputy's."""
    appointment = access_held_or_deputised(desk=request.desk, public_id=public_id)
    by_deputy = appointment.counsellor != request.desk.staff
    notice_waiting(appointment=appointment, now=timezone.now(), by_deputy=by_deputy)
    return JsonResponse({"ok": True})


@require_safe
@answers
def staff_state(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """Where the talk stands, whatever the media server has told the browser."""
    call = last_call(appointment=appointment)
    closed = _closed(appointment)
    if closed or (call and call.state == CallState.ENDED):
        words = _closed_words(appointment, closed) if closed else None
        ended = {
            "state": "ended",
            "client": "left",
            "clientSince": None,
            "takeover": None,
            "overrun": None,
            "tablet": None,
        }
        return ended | {"problem": words, "next": _page(appointment)}
    place = place_of(call=call, role=ParticipationRole.CLIENT) if call else None
    since = place and (place.admitted_at or place.waiting_since)
    request = asking_of(desk=desk).filter(place=place).first() if place else None
    return {
        "state": call.state if call else "open",
        "client": place.state if place else "absent",
        "clientSince": since.isoformat() if since else None,
        "takeover": {"since": request.asked_at.isoformat()} if request else None,
        "overrun": _overrun(appointment, call),
        "tablet": _tablet(call) if call else None,
        "problem": None,
        "next": None,
    }
