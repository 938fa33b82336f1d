"""The appointment: who, what about, when, how long, how much data; and the choice of three equal ways."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from nahbar.calls.queries import is_barred, is_finished, is_in_talk_elsewhere, last_call, opens_at, switched_call
from nahbar.consent.queries import consent_in_force, is_withdrawn
from nahbar.invitations.mails import calendar_entry
from nahbar.invitations.operations import client_actor
from nahbar.invitations.queries import Visit
from nahbar.jobcenters.places import place_of
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.people.rules import Salutation
from nahbar.scheduling.calendars import Method, calendar
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.operations import switch_mode
from nahbar.web.client import words
from nahbar.web.client.contact import house_of
from nahbar.web.client.gate import current

CHOICES = (Mode.VIDEO, Mode.TELEPHONE, Mode.ON_SITE)
NUMBER_HINT = 4


@require_safe
@current
def appointment(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Everything about it, with nothing chosen beforehand."""
    return show(request, visit, now=now)


@require_safe
@current
def calendar_file(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """The appointment for one's own calendar, for those who get no mail or did not take it from there."""
    entry = calendar_entry(invitation=visit.invitation, appointment=visit.appointment)
    text = calendar([entry], method=Method.PUBLISH, now=now)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return answer


@require_POST
@current
def mode(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """The person's choice. It takes effect at once; no reason is asked or kept."""
    wished = read(request).get("mode", "")
    if wished == Mode.VIDEO and wished not in ways(visit):
        # The page stood open while that changed.
        return show(request, visit, now=now, problem=Reason.VIDEO_NOT_OFFERED.value, status=409)
    if wished not in ways(visit):
        return show(request, visit, now=now, problem="choose", status=422)
    if is_barred(visit=visit):
        return show(request, visit, now=now, problem="in_talk", status=409)
    try:
        switch(visit, Mode(wished), now=now)
    except Refused as refused:
        if refused.reason is Reason.CONSENT_WITHDRAWN:
            return go(request, reverse("client_consent", args=[visit.invitation.public_id]))
        visit.appointment.refresh_from_db()
        return show(request, visit, now=now, problem=refused.reason.value, status=409)
    return go(request, after_choice(visit))


def switch(visit: Visit, wished: Mode, *, now: dt.datetime) -> None:
    """Switches in the person's name.

    Raises `Refused`: IN_TALK for a device that was put out or is not the one in the talk, NOT_PLANNED once the
    counsellor has ended it, and scheduling's own. What stays as it is concerns nobody: so another device comes
    as far as the question whether it may take over.
    """
    if wished == visit.appointment.mode:
        return
    if is_barred(visit=visit) or is_in_talk_elsewhere(visit=visit):
        raise Refused(Reason.IN_TALK)
    if is_finished(last_call(appointment=visit.appointment)):
        raise Refused(Reason.NOT_PLANNED)
    switch_mode(appointment=visit.appointment, mode=wished, by=client_actor(visit.invitation), now=now)


def after_choice(visit: Visit) -> str:
    """Video goes on to consent or the talk; telephone and on site are settled on the appointment's page."""
    public_id = visit.invitation.public_id
    if not visit.appointment.is_video:
        return reverse("client_appointment", args=[public_id])
    agreed = consent_in_force(client=visit.appointment.client) is not None
    return reverse("client_call" if agreed else "client_consent", args=[public_id])


def ways(visit: Visit) -> list[str]:
    """The ways to choose from, always in the same order."""
    possible = visit.appointment.modes
    return [way.value for way in CHOICES if way in possible]


def _other_ways(visit: Visit, *, problem: str) -> list[str]:
    """Before anything is chosen all of them; then those beside the present one that can be had."""
    if visit.appointment.is_video:
        return ways(visit)
    gone = {visit.appointment.mode, Mode.VIDEO if problem == Reason.NO_CHANNEL else ""}
    return [way for way in ways(visit) if way not in gone]


def show(request: HttpRequest, visit: Visit, *, now: dt.datetime, problem: str = "", status: int = 200) -> HttpResponse:
    """The page itself, or for the call document its address."""
    if problem and wants_json(request):
        return JsonResponse({"reason": problem}, status=status)
    switched = switched_call(appointment=visit.appointment, now=now)
    # In the talk both were there: so it is true that somebody calls now.
    now_by_telephone = switched is not None and switched.started_at is not None
    reachable = bool(visit.appointment.client.phone_display)
    context = facts(visit, now=now) | {
        "problem": problem,
        "ways": _other_ways(visit, problem=problem),
        "calls_now": now_by_telephone and reachable,
        "must_call": now_by_telephone and not reachable,
        "has_begun": now >= visit.appointment.starts_at,
    }
    return render(request, "client/appointment.html", context, status=status)


def facts(visit: Visit, *, now: dt.datetime) -> dict[str, Any]:
    """What pages after the proof may say about an appointment."""
    booked = visit.appointment
    client, counsellor = booked.client, booked.counsellor
    agreed = consent_in_force(client=client) is not None
    return {
        "house": house_of(booked.jobcenter),
        "place": place_of(team=booked.team, jobcenter=booked.jobcenter),
        "public_id": visit.invitation.public_id,
        "appointment": booked,
        "client": client,
        "counsellor": counsellor,
        "is_woman": counsellor.salutation == Salutation.FRAU,
        "is_man": counsellor.salutation == Salutation.HERR,
        "when": words.when(booked.starts_at, now=now),
        "clock": words.clock(booked.starts_at),
        "megabytes": words.megabytes(booked.minutes),
        "number_ends": number_ends(client),
        "agreed": agreed,
        "withdrawn": not agreed and is_withdrawn(client=client),
        "opens_when": words.when(opens_at(appointment=booked), now=now),
    }


def number_ends(client: Client) -> str:
    """As much of the person's number as tells them which one is meant; empty where none is known."""
    return client.phone_display.replace(" ", "")[-NUMBER_HINT:]


def wants_json(request: HttpRequest) -> bool:
    """Whether the call document asks, not a form."""
    return request.headers.get("Accept", "").startswith("application/json")


def go(request: HttpRequest, address: str) -> HttpResponse:
    """On to the next page, in the way the asker understands."""
    return JsonResponse({"next": address}) if wants_json(request) else redirect(address)


def read(request: HttpRequest) -> dict[str, str]:
    """What was sent, as a form or as JSON; only texts, everything else is dropped."""
    if request.content_type != "application/json":
        return {key: str(value) for key, value in request.POST.items()}
    try:
        sent = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    pairs = sent.items() if isinstance(sent, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}
