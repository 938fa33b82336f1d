"""Saying yes or no to video, and taking a yes back."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.calls.queries import current_call, is_barred
from nahbar.consent.models import ConsentText
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import consent_in_force, current_text, texts_beside
from nahbar.consent.rules import Purpose, Route
from nahbar.invitations.operations import client_actor
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.rules import Language
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.operations import switch_mode
from nahbar.web.client.appointment import after_choice, facts, go, read, show, switch, ways
from nahbar.web.client.gate import current, proven

YES = "yes"


@require_http_methods(["GET", "HEAD", "POST"])
@current
def consent(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Three answers of equal weight."""
    agreed = consent_in_force(client=visit.appointment.client) is not None
    if Mode.VIDEO.value not in ways(visit):
        return redirect("client_appointment", visit.invitation.public_id)
    if request.method != "POST" and agreed:
        return redirect(after_choice(visit))
    if request.method != "POST":
        return _ask(request, visit, now=now)
    answer = request.POST.get("answer", "")
    if answer == YES:
        return _agree(request, visit, now=now)
    if answer not in ways(visit) or answer == Mode.VIDEO:
        return _ask(request, visit, now=now, problem="choose", status=422)
    return _settle(request, visit, Mode(answer), now=now)


def _agree(request: HttpRequest, visit: Visit, *, now: dt.datetime) -> HttpResponse:
    text = _shown_text(request.POST.get("text", ""), office=visit.jobcenter)
    if text is None:
        # The text changed while somebody read: they see the new one before they agree to anything.
        return _ask(request, visit, now=now, problem="text", status=409)
    try:
        with transaction.atomic():
            give_consent(
                client=visit.appointment.client,
                text=text,
                route=Route.TAP,
                by=client_actor(visit.invitation),
                now=now,
            )
            switch(visit, Mode.VIDEO, now=now)
    except Refused as refused:
        visit.appointment.refresh_from_db()
        return show(request, visit, now=now, problem=refused.reason.value, status=409)
    return redirect(after_choice(visit))


def _settle(request: HttpRequest, visit: Visit, wished: Mode, *, now: dt.datetime) -> HttpResponse:
    try:
        switch(visit, wished, now=now)
    except Refused as refused:
        visit.appointment.refresh_from_db()
        return show(request, visit, now=now, problem=refused.reason.value, status=409)
    return redirect("client_appointment", visit.invitation.public_id)


def _shown_text(sha256: str, *, office: JobCenter) -> ConsentText | None:
    """The text with this hash, as long as it is of the version in force in the office."""
    in_force = current_text(language=Language.GERMAN, jobcenter=office)
    return texts_beside(in_force).filter(sha256=sha256).first()


def _ask(request: HttpRequest, visit: Visit, *, now: dt.datetime, problem: str = "", status: int = 200) -> HttpResponse:
    wished = get_language() or Language.GERMAN
    text = current_text(language=wished, jobcenter=visit.jobcenter)
    context = facts(visit, now=now) | {
        "text": text,
        "only_german": text.language != wished,
        "problem": problem,
        "ways": ways(visit),
    }
    return render(request, "client/consent.html", context, status=status)


@require_POST
@proven
def withdraw(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """Takes the yes back, with effect at once: the media end, the appointment keeps its time."""
    if is_barred(visit=visit):
        # Put out as somebody else: what they say is not the person's word.
        return show(request, visit, now=now, problem=Reason.IN_TALK.value, status=409)
    by = client_actor(visit.invitation)
    with transaction.atomic():
        withdraw_consent(client=visit.appointment.client, purpose=Purpose.VIDEO_COUNSELLING, by=by, now=now)
        visit.appointment.refresh_from_db()
        _leave_video(visit, wished=read(request).get("mode", ""), now=now)
    if standing_of(appointment=visit.appointment, now=now) is not Standing.OPEN:
        return go(request, reverse("client_privacy", args=[visit.invitation.public_id]))
    return go(request, after_choice(visit))


def _leave_video(visit: Visit, *, wished: str, now: dt.datetime) -> None:
    """Withdrawing switches what is to come; here a talk that runs over, and a chosen way."""
    booked = visit.appointment
    target = Mode(wished) if wished in {Mode.TELEPHONE, Mode.ON_SITE} else Mode.TELEPHONE
    runs_over = booked.is_video and current_call(appointment=booked) is not None
    if runs_over or (wished == target and now < booked.ends_at):
        by = client_actor(visit.invitation)
        switch_mode(appointment=booked, mode=target, by=by, now=now, despite_policy=True)
