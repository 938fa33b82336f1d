"""What staff do with an appointment: move, switch, cancel, close, and help with the link."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.calls.presence import contact_minutes
from nahbar.invitations.models import Invitation
from nahbar.invitations.operations import reissue, unlock
from nahbar.invitations.queries import invitation_of, messages_of
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.operations import WrongState, retry, settle
from nahbar.people.queries import NotYours
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import (
    cancel_appointment,
    mark_held,
    mark_not_held,
    move_appointment,
    switch_mode,
)
from nahbar.scheduling.queries import Need, access_appointment
from nahbar.scheduling.rules import AgreedBy, CancelledBy, NotHeldReason
from nahbar.scheduling.seating import hold_days
from nahbar.web.counsellor.forms import CancelForm, MoveForm, length_choices
from nahbar.web.counsellor.slots import ELSEWHEN, Offers, Wished, first_shown, free_days, offers_for, with_slot
from nahbar.web.counsellor.words import BY_MODE, FIELDS, REFUSALS
from nahbar.web.shared.desks import DeskRequest, desk_view

HELD, HELD_BY_TELEPHONE = "held", "held_by_telephone"


def _to_page(appointment: Appointment) -> HttpResponse:
    return redirect("appointment_page", office=appointment.jobcenter.slug, public_id=appointment.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def appointment_move(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Another time; says beforehand what the person will get."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    now = timezone.now()
    if not appointment.is_planned:
        messages.info(request, REFUSALS[Reason.NOT_PLANNED])
        return _to_page(appointment)
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
    return {name: query.get(name, value) for name, value in asked.items()} | {"revision": appointment.revision}


def _free(appointment: Appointment, asked: Mapping[str, object], *, now: dt.datetime) -> dict[str, object]:
    """What is free about the day and for the length that were asked for; complaints are not its business."""
    form = MoveForm(asked, now=now)
    form.is_valid()
    known = form.cleaned_data
    minutes = known.get("minutes") or appointment.minutes
    people = (appointment.client, appointment.counsellor)
    need = Need(*people, Mode(appointment.mode), minutes, appointment)
    day = known.get("day") or form.today
    return {
        "days": free_days(need=need, first=first_shown(day, today=form.today), now=now),
        "chosen_day": day,
        "starts_at": form.starts_at if known.get("start") and known.get("day") else None,
        "base": urlencode({"minutes": minutes}),
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
            if wanted in appointment.topic.modes and switch_mode(
                appointment=appointment, mode=Mode(wanted), by=request.desk.actor, now=now
            ):
                revision += 1
            move_appointment(
                appointment=appointment,
                starts_at=form.starts_at,
                minutes=minutes,
                by=request.desk.actor,
                now=now,
                revision=revision,
            )
    except Refused as refusal:
        appointment.refresh_from_db()
        return _move_refused(request, appointment, form, mode=mode, reason=refusal.reason, now=now)
    messages.success(request, _("Der Termin ist verschoben. Die neue Zeit ist unterwegs."))
    return _to_page(appointment)


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
    context = {
        "appointment": appointment,
        "client": appointment.client,
        "form": form,
        "lengths": length_choices(appointment.jobcenter, appointment.minutes),
        "offers": offers,
        "refusal": REFUSALS[offers.reason] if offers else None,
        "today": form.today,
        **(free or {}),
    }
    return render(request, "counsellor/move.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def appointment_cancel(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """A page that names the effect; POST calls it off."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    if not appointment.is_planned:
        messages.info(request, REFUSALS[Reason.NOT_PLANNED])
        return _to_page(appointment)
    form = CancelForm(request.POST or None)
    context = {
        "appointment": appointment,
        "client": appointment.client,
        "form": form,
        "choices": CancelledBy.choices,
    }
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "counsellor/cancel.html", context, status=status)
    by_whom = CancelledBy(form.cleaned_data["cancelled_by"])
    try:
        cancel_appointment(
            appointment=appointment,
            cancelled_by=by_whom,
            by=request.desk.actor,
            now=timezone.now(),
            revision=form.cleaned_data["revision"],
        )
    except Refused as refusal:
        messages.warning(request, REFUSALS[refusal.reason])
    else:
        messages.success(request, _("Der Termin ist abgesagt. Zeit und Kanal sind wieder frei."))
    return _to_page(appointment)


@require_POST
@desk_view
def appointment_mode(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Switches how people meet; time and length stay."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    wanted = request.POST.get("mode", "")
    if wanted not in Mode.values:
        return _to_page(appointment)
    agreed = request.POST.get("agreed", "")
    try:
        changed = switch_mode(
            appointment=appointment,
            mode=Mode(wanted),
            by=request.desk.actor,
            now=timezone.now(),
            agreed_by=AgreedBy(agreed) if agreed in AgreedBy.values else None,
        )
    except Refused as refusal:
        messages.warning(request, REFUSALS[refusal.reason])
    else:
        if changed:
            words = {"how": BY_MODE[Mode(wanted)]}
            messages.success(request, _("Der Termin findet jetzt %(how)s statt, zur selben Zeit.") % words)
    return _to_page(appointment)


@require_POST
@desk_view
def appointment_outcome(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Held, or why not; `result` is one of held, held_by_telephone and the reasons."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    try:
        _close(request, appointment, result=request.POST.get("result", ""), now=timezone.now())
    except Refused as refusal:
        messages.warning(request, REFUSALS[refusal.reason])
    if request.POST.get("from") == "day":
        return redirect("staff_day", office=appointment.jobcenter.slug)
    return _to_page(appointment)


def _close(request: DeskRequest, appointment: Appointment, *, result: str, now: dt.datetime) -> None:
    by, name = request.desk.actor, {"name": appointment.client.full_name}
    if result == HELD:
        _hold(appointment, by=by, now=now)
        messages.success(request, _("%(name)s: als stattgefunden eingetragen.") % name)
    elif result == HELD_BY_TELEPHONE:
        with transaction.atomic():
            switch_mode(appointment=appointment, mode=Mode.TELEPHONE, by=by, now=now, despite_policy=True)
            mark_held(
                appointment=appointment, by=by, now=now, minutes=contact_minutes(appointment=appointment, now=now)
            )
        messages.success(request, _("%(name)s: als Telefongespräch eingetragen.") % name)
    elif result in NotHeldReason.values:
        mark_not_held(appointment=appointment, reason=NotHeldReason(result), by=by, now=now)
        messages.success(request, _("%(name)s: als nicht stattgefunden eingetragen.") % name)


def _hold(appointment: Appointment, *, by: Actor, now: dt.datetime) -> None:
    minutes = contact_minutes(appointment=appointment, now=now)
    mark_held(appointment=appointment, by=by, now=now, minutes=minutes)


def _invitation(appointment: Appointment) -> Invitation:
    invitation = invitation_of(appointment=appointment)
    if invitation is None:
        raise NotYours
    return invitation


@require_POST
@desk_view
def invitation_reissue(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new link by mail; the old one stops working at once."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    invitation = _invitation(appointment)
    if not appointment.is_planned:
        messages.info(request, REFUSALS[Reason.NOT_PLANNED])
        return _to_page(appointment)
    reissue(invitation=invitation, appointment=appointment, by=request.desk.actor, now=timezone.now())
    if appointment.client.email:
        messages.success(request, _("Ein neuer Link ist unterwegs. Der alte gilt nicht mehr."))
    else:
        messages.warning(request, _("Der alte Link gilt nicht mehr. Für den neuen fehlt eine E-Mail-Adresse."))
    return _to_page(appointment)


@require_POST
@desk_view
def invitation_unlock(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Forgets wrong answers to the proof, so that the same link goes on."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    unlock(invitation=_invitation(appointment), by=request.desk.actor, now=timezone.now())
    messages.success(request, _("Freigegeben. Die Person kann Tag und Monat der Geburt noch einmal eingeben."))
    return _to_page(appointment)


@require_POST
@desk_view
def message_decide(request: DeskRequest, public_id: uuid.UUID, message: uuid.UUID) -> HttpResponse:
    """A mail that failed, or nobody knows whether it arrived: send it again, or note that it did."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    mail = messages_of(_invitation(appointment)).filter(public_id=message).first()
    if mail is None:
        raise NotYours
    again = request.POST.get("decision") != "arrived"
    now = timezone.now()
    try:
        with transaction.atomic():
            (retry if again else settle)(message=mail, now=now)
            record(
                action=Action.MESSAGE_RETRIED if again else Action.MESSAGE_SETTLED,
                by=request.desk.actor,
                office=request.desk.jobcenter.slug,
                about=About("message", str(mail.public_id)),
                now=now,
            )
    except WrongState:
        messages.info(request, _("Der Versand hat sich inzwischen geändert. Bitte sehen Sie noch einmal nach."))
    else:
        sent = _("Die Nachricht wird noch einmal versendet.")
        messages.success(request, sent if again else _("Gemerkt: Die Nachricht ist angekommen."))
    return _to_page(appointment)
