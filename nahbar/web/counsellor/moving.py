"""Moving an appointment: what is free, what it does to others, and what to do where it cannot be."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.free_times import Need
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import move_appointment, switch_mode
from nahbar.scheduling.queries import access_appointment, changes_since
from nahbar.scheduling.seating import hold_days
from nahbar.scheduling.series import preview
from nahbar.web.counsellor.forms import MoveForm, length_choices, number_in
from nahbar.web.counsellor.slots import (
    ELSEWHEN,
    Offers,
    Wished,
    first_shown,
    free_days,
    offers_for,
    suggestions,
    with_slot,
)
from nahbar.web.counsellor.ways import CALENDARS, back_to, say_done, to_page
from nahbar.web.counsellor.words import FIELDS, REFUSALS
from nahbar.web.shared.desks import DeskRequest, desk_view


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def appointment_move(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Another time; says beforehand what the person will get."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    now = timezone.now()
    if not appointment.is_planned:
        messages.info(request, REFUSALS[Reason.NOT_PLANNED])
        return to_page(appointment)
    if request.method != "POST":
        asked = _asked(appointment, request.GET)
        free = _free(appointment, asked, now=now)
        if request.htmx:
            return render(request, "counsellor/_free.html", free)
        return _move_page(request, appointment, MoveForm(now=now, initial=asked), free=free)
    form = MoveForm(with_slot(request.POST), now=now)
    if not form.is_valid():
        return _move_page(request, appointment, form, free=_free(appointment, request.POST, now=now), status=422)
    return _move(request, appointment, form, now=now)


def _asked(appointment: Appointment, query: QueryDict) -> dict[str, object]:
    """When it is now, unless the address says otherwise."""
    local = appointment.local_start
    asked = {"day": f"{local:%Y-%m-%d}", "start": f"{local:%H:%M}", "minutes": str(appointment.minutes)}
    more = {"revision": appointment.revision, "back": query.get("back", "")}
    return {name: query.get(name, value) for name, value in asked.items()} | more


def _free(appointment: Appointment, asked: Mapping[str, object], *, now: dt.datetime) -> dict[str, object]:
    """What is free about the day and for the length that were asked for; complaints are not its business."""
    form = MoveForm(asked, now=now)
    form.is_valid()
    known = form.cleaned_data
    minutes = known.get("minutes") or appointment.minutes
    people = (appointment.client, appointment.counsellor)
    need = Need(*people, Mode(appointment.mode), minutes, appointment)
    days = free_days(need=need, first=first_shown(known.get("day") or form.today, today=form.today), now=now)
    _own, later = preview(need=need, starts_at=appointment.starts_at, weeks=1, count=2, now=now)
    day, back = known.get("day") or form.today, asked.get("back")
    return {
        "days": days,
        "suggestions": suggestions(need=need, days=days, later=later, now=now),
        "chosen_day": day,
        "starts_at": form.starts_at if known.get("start") and known.get("day") else None,
        "base": urlencode({"minutes": minutes} | ({"back": back} if back in CALENDARS else {})),
    }


def _move(request: DeskRequest, appointment: Appointment, form: MoveForm, *, now: dt.datetime) -> HttpResponse:
    mode, minutes = Mode(appointment.mode), form.cleaned_data["minutes"]
    wanted = request.POST.get("slot", "").partition(" ")[0]
    revision, length = form.cleaned_data["revision"], dt.timedelta(minutes=minutes)
    try:
        with transaction.atomic():
            # Both days at once and in their order: switching holds the old one, moving the new one, too.
            times = [(appointment.starts_at, appointment.ends_at), (form.starts_at, form.starts_at + length)]
            hold_days(jobcenter=appointment.jobcenter, times=times)
            switched = wanted in appointment.topic.modes and switch_mode(
                appointment=appointment, mode=Mode(wanted), by=request.desk.actor, now=now
            )
            move_appointment(
                appointment=appointment,
                starts_at=form.starts_at,
                minutes=minutes,
                by=request.desk.actor,
                now=now,
                revision=revision + switched,
            )
    except Refused as refusal:
        appointment.refresh_from_db()
        return _move_refused(request, appointment, form, mode=mode, reason=refusal.reason, now=now)
    done = _("Der Termin ist verschoben. Die neue Zeit geht per E-Mail hinaus.")
    if not appointment.client.email:
        done = _("Der Termin ist verschoben. Bitte sagen Sie die neue Zeit selbst an: Eine E-Mail-Adresse fehlt.")
    # Two changes at once are not taken back by one button.
    if switched:
        messages.success(request, done)
    else:
        say_done(request, done, appointment)
    return back_to(request.POST.get("back", ""), appointment)


def _move_refused(
    request: DeskRequest,
    appointment: Appointment,
    form: MoveForm,
    *,
    mode: Mode,
    reason: Reason,
    now: dt.datetime,
) -> HttpResponse:
    offers, free = None, None
    if reason in ELSEWHEN:
        minutes = form.cleaned_data["minutes"]
        people = (appointment.client, appointment.counsellor)
        wished = Wished(*people, appointment.topic, mode, form.starts_at, minutes, moving=appointment)
        offers = offers_for(wished=wished, reason=reason, now=now)
    elif reason is Reason.STALE and form.cleaned_data["revision"] < appointment.revision:
        # The page says what was changed.
        free = _free(appointment, request.POST, now=now)
    else:
        field = FIELDS.get(reason)
        form.add_error(field if field in form.fields else None, str(REFUSALS[reason]))
        free = _free(appointment, request.POST, now=now)
    return _move_page(request, appointment, form, offers=offers, free=free, status=409)


def _move_page(
    request: DeskRequest,
    appointment: Appointment,
    form: MoveForm,
    *,
    offers: Offers | None = None,
    free: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    back, shown = asked.get("back", ""), number_in(form["revision"].value())
    is_over = form.starts_shown is not None and form.starts_shown < timezone.now()
    context = {
        "appointment": appointment,
        "client": appointment.client,
        "back": back if back in CALENDARS else "",
        # Carried there in a calendar: Enter is all that is missing.
        "by_drop": request.method == "GET" and back in CALENDARS and "start" in request.GET and not is_over,
        "is_over": is_over,
        # What somebody else did since this page was first shown; whoever still wants to, decides knowing it.
        "since": changes_since(appointment=appointment, revision=shown) if shown is not None else [],
        "form": form,
        "lengths": length_choices(appointment.jobcenter, appointment.minutes),
        "offers": offers,
        "refusal": REFUSALS[offers.reason] if offers else None,
        "today": form.today,
        **(free or {}),
    }
    return render(request, "counsellor/move.html", context, status=status)
