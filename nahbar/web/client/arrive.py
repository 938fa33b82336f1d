"""From the link to the proof. Reading never changes anything; a person's tap does."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action
from nahbar.invitations.links import hash_device_key
from nahbar.invitations.models import Device
from nahbar.invitations.operations import LinkRefused, Opened, ProofAnswer, open_link, prove
from nahbar.invitations.queries import Standing, Visit, is_locked, proof_of, standing_of
from nahbar.invitations.rules import (
    LINK_OUTLIVES_APPOINTMENT,
    WRONG_PROOFS_PER_DEVICE,
    WRONG_PROOFS_PER_LINK,
    number_end,
)
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Proof
from nahbar.people.queries import language_of
from nahbar.web.client import words
from nahbar.web.client.contact import house_of
from nahbar.web.client.gate import Shut, closed, next_step, office_behind, opened, visit_of
from nahbar.web.client.language import remember_language
from nahbar.web.shared.browsers import browser_of
from nahbar.web.shared.limits import Limit, is_exhausted

OPENING = Limit(scope="open", tries=120)
PROVING = Limit(scope="proof", tries=120)
# The year is for whoever types the whole date; nobody compares it.
APART = re.compile(r"[\W_]*(\d{1,2})[\W_]+(\d{1,2})([\W_]+(\d{2}|\d{4}))?[\W_]*", re.ASCII)
TOGETHER = re.compile(r"(\d{2})(\d{2})(\d{2}|\d{4})?", re.ASCII)
LEAP_YEAR = 2000


@require_safe
def landing(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Office and phone number; the script puts the secret into the form and a tap sends it."""
    office = office_behind(public_id)
    visit = visit_of(request, public_id)
    context = {
        "house": house_of(office),
        "public_id": public_id,
        "in_app": browser_of(request.headers.get("User-Agent", "")).in_app,
        "known_here": visit is not None,
        "keeps_secret": True,
    }
    return render(request, "client/landing.html", context, status=200 if office else 404)


@require_POST
def open_(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Exchanges the link for this browser's cookie."""
    now = timezone.now()
    office = office_behind(public_id)
    if is_exhausted(limit=OPENING, request=request, now=now):
        return closed(request, Shut.TOO_OFTEN, office=office)
    secret = request.POST.get("secret", "").strip()
    if not secret:
        return closed(request, Shut.CUT_OFF, office=office)
    key = request.COOKIES.get(settings.NAHBAR_DEVICE_COOKIE, "")
    try:
        exchanged = open_link(public_id=public_id, secret=secret, device_key=key, now=now)
    except LinkRefused as refused:
        _note_refusal(public_id=public_id, office=office, reason=refused.reason.value, now=now)
        return closed(request, Shut(refused.reason.value), office=office)
    return _let_in(request, public_id, exchanged, now=now)


def _note_refusal(*, public_id: uuid.UUID, office: JobCenter | None, reason: str, now: dt.datetime) -> None:
    record(
        action=Action.DENIED,
        by=ANONYMOUS,
        office=office.slug if office else "",
        about=About("invitation", str(public_id)),
        detail={"reason": reason},
        now=now,
    )


def _let_in(request: HttpRequest, public_id: uuid.UUID, exchanged: Opened, *, now: dt.datetime) -> HttpResponse:
    request.COOKIES[settings.NAHBAR_DEVICE_COOKIE] = exchanged.device_key
    visit = visit_of(request, public_id)
    assert visit is not None  # it was made just now
    response = redirect(next_step(visit, now=now))
    response.set_cookie(
        settings.NAHBAR_DEVICE_COOKIE,
        exchanged.device_key,
        max_age=_needed_until(exchanged.device_key) - now,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path="/",
    )
    remember_language(request, response, wished=language_of(visit.appointment.client))
    return response


def _needed_until(device_key: str) -> dt.datetime:
    """A browser has one cookie for all its invitations: it lives as long as the last of them."""
    devices = Device.objects.filter(key_hash=hash_device_key(device_key))
    last: dt.datetime = devices.aggregate(end=Max("invitation__participation__appointment__ends_at"))["end"]
    return last + LINK_OUTLIVES_APPOINTMENT + dt.timedelta(days=1)


@require_http_methods(["GET", "HEAD", "POST"])
@opened
def proof(request: HttpRequest, visit: Visit, now: dt.datetime) -> HttpResponse:
    """What the office asks for. Before it nothing but office, phone and time is shown."""
    if visit.is_proven:
        return redirect(next_step(visit, now=now))
    standing = standing_of(appointment=visit.appointment, now=now)
    if standing is not Standing.OPEN:
        return closed(request, Shut(standing.value), office=visit.jobcenter)
    if request.method != "POST":
        locked = is_locked(invitation=visit.invitation, device=visit.device)
        return _ask(request, visit, now=now, answer=ProofAnswer.LOCKED if locked else None)
    if is_exhausted(limit=PROVING, request=request, now=now):
        return closed(request, Shut.TOO_OFTEN, office=visit.jobcenter)
    digits = tidy(request.POST.get("digits", ""), wanted=proof_of(visit.appointment.client))
    answer = prove(device=visit.device, digits=digits, now=now) if digits else ProofAnswer.EMPTY
    if answer is ProofAnswer.PROVEN:
        return redirect(next_step(visit, now=now))
    return _ask(request, visit, now=now, answer=answer)


def tidy(typed: str, *, wanted: Proof) -> str:
    """The four digits or characters that were meant; empty for what cannot be right.

    That is no try: whoever mistypes loses nothing, whoever guesses gains nothing.
    """
    return number_end(typed) if wanted is Proof.NUMBER else _day_and_month(typed)


def _day_and_month(typed: str) -> str:
    """Four digits from "1704", "17.4.", "1. 4. 1990" or "01/04/90"."""
    found = APART.fullmatch(typed) or TOGETHER.fullmatch("".join(typed.split()))
    if found is None:
        return ""
    day, month = int(found[1]), int(found[2])
    try:
        dt.date(LEAP_YEAR, month, day)
    except ValueError:
        return ""
    return f"{day:02}{month:02}"


PROOF_STATUS = {ProofAnswer.WRONG: 422, ProofAnswer.EMPTY: 422, ProofAnswer.LOCKED: 403}


def _ask(request: HttpRequest, visit: Visit, *, now: dt.datetime, answer: ProofAnswer | None) -> HttpResponse:
    visit.device.refresh_from_db()
    visit.invitation.refresh_from_db()
    left = min(
        WRONG_PROOFS_PER_DEVICE - visit.device.wrong_proofs,
        WRONG_PROOFS_PER_LINK - visit.invitation.wrong_proofs,
    )
    context = {
        "house": house_of(visit.jobcenter),
        "public_id": visit.invitation.public_id,
        "when": words.when(visit.appointment.starts_at, now=now),
        "answer": answer.value if answer else "",
        "asks": proof_of(visit.appointment.client).value,
        "tries_left": words.tries_left(left),
    }
    return render(request, "client/proof.html", context, status=PROOF_STATUS[answer] if answer else 200)
