"""What staff do with an appointment besides moving it: switch, cancel, take back, and help with the link."""

from __future__ import annotations

import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action
from nahbar.invitations.models import Invitation
from nahbar.invitations.operations import reissue, unlock
from nahbar.invitations.queries import invitation_of, messages_of
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.operations import WrongState, retry, settle
from nahbar.people.queries import Desk, NotYours
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import cancel_appointment, switch_mode
from nahbar.scheduling.queries import access_appointment, changes_since
from nahbar.scheduling.rules import AgreedBy, CancelledBy, CancelReason, ChangeKind, notice_of
from nahbar.scheduling.seating import hold_days
from nahbar.scheduling.series import following
from nahbar.scheduling.undo import undo_change
from nahbar.web.counsellor.forms import CancelForm, number_in
from nahbar.web.counsellor.ways import back_to, say_done, to_page
from nahbar.web.counsellor.words import BY_MODE, REFUSALS
from nahbar.web.shared.desks import DeskRequest, desk_view


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def appointment_cancel(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """A page that names the effect; POST calls it off."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    if not appointment.is_planned:
        messages.info(request, REFUSALS[Reason.NOT_PLANNED])
        return to_page(appointment)
    now, form = timezone.now(), CancelForm(request.POST or None)
    if request.method != "POST":
        return _cancel_page(request, appointment, form, now=now)
    if not form.is_valid():
        return _cancel_page(request, appointment, form, now=now, status=422)
    try:
        more = _cancel(request.desk, appointment, form, now=now)
    except Refused as refusal:
        if refusal.reason is Reason.STALE:
            appointment.refresh_from_db()
            return _cancel_page(request, appointment, form, now=now, status=HTTPStatus.CONFLICT)
        messages.warning(request, REFUSALS[refusal.reason])
        return to_page(appointment)
    if more:
        words = ngettext(
            "Der Termin und %(count)s weiterer der Serie sind abgesagt.",
            "Der Termin und %(count)s weitere der Serie sind abgesagt.",
            more,
        )
        messages.success(request, words % {"count": more})
    else:
        say_done(request, _("Der Termin ist abgesagt. Zeit und Kanal sind wieder frei."), appointment)
    return to_page(appointment)


def _cancel(desk: Desk, appointment: Appointment, form: CancelForm, *, now: dt.datetime) -> int:
    """Calls it off, and where that was asked for the rest of its series; returns how many of those."""
    said: dict[str, Any] = {
        "cancelled_by": CancelledBy(form.cleaned_data["cancelled_by"]),
        "reason": CancelReason(form.cleaned_data["reason"] or CancelReason.NOT_SAID),
        "by": desk.actor,
        "now": now,
    }
    with transaction.atomic():
        later = following(desk=desk, appointment=appointment) if form.cleaned_data["following"] else []
        # All days at once and in their order, as everybody who changes several.
        times = [(one.starts_at, one.ends_at) for one in [appointment, *later]]
        hold_days(jobcenter=appointment.jobcenter, times=times)
        cancel_appointment(appointment=appointment, revision=form.cleaned_data["revision"], **said)
        for one in later:
            cancel_appointment(appointment=one, **said)
        return len(later)


def _cancel_page(
    request: DeskRequest, appointment: Appointment, form: CancelForm, *, now: dt.datetime, status: int = 200
) -> HttpResponse:
    """The form; with 409 also what somebody else has changed since it was shown."""
    shown = form.cleaned_data["revision"] if status == HTTPStatus.CONFLICT else appointment.revision
    context = {
        "appointment": appointment,
        "client": appointment.client,
        "form": form,
        "choices": CancelledBy.choices,
        "reasons": CancelReason.choices,
        "notice": notice_of(
            cancelled_at=now, starts_at=appointment.starts_at, late_hours=appointment.jobcenter.late_hours
        ),
        "following": following(desk=request.desk, appointment=appointment),
        # Then nothing is called off any more: it is written down.
        "is_over": now >= appointment.ends_at,
        "since": changes_since(appointment=appointment, revision=shown),
    }
    return render(request, "counsellor/cancel.html", context, status=status)


@require_POST
@desk_view
def appointment_mode(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Switches how people meet; time and length stay."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    wanted = request.POST.get("mode", "")
    if wanted not in Mode.values:
        return to_page(appointment)
    agreed, shown = request.POST.get("agreed", ""), number_in(request.POST.get("revision", ""))
    try:
        changed = switch_mode(
            appointment=appointment,
            mode=Mode(wanted),
            by=request.desk.actor,
            now=timezone.now(),
            agreed_by=AgreedBy(agreed) if agreed in AgreedBy.values else None,
            revision=shown,
        )
    except Refused as refusal:
        messages.warning(request, REFUSALS[refusal.reason])
    else:
        if changed:
            words = {"how": BY_MODE[Mode(wanted)]}
            say_done(request, _("Der Termin findet jetzt %(how)s statt, zur selben Zeit.") % words, appointment)
    return to_page(appointment)


@require_POST
@desk_view
def appointment_undo(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes back what the same person did with an appointment a moment ago."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    # No appointment has -1: what is no number comes from no page of ours.
    shown = number_in(request.POST.get("revision", ""))
    try:
        undone = undo_change(
            appointment=appointment, revision=-1 if shown is None else shown, by=request.desk.actor, now=timezone.now()
        )
    except Refused as refusal:
        messages.warning(request, REFUSALS[refusal.reason])
    else:
        taken_back = _("Zurückgenommen. Der Termin ist wieder, wie er war.")
        never_was = _("Zurückgenommen. Der Termin ist nicht gebucht.")
        messages.success(request, never_was if undone.kind == ChangeKind.BOOKED else taken_back)
    return back_to(request.POST.get("back", ""), appointment)


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
        return to_page(appointment)
    reissue(invitation=invitation, appointment=appointment, by=request.desk.actor, now=timezone.now())
    if appointment.client.email:
        messages.success(request, _("Ein neuer Link ist unterwegs. Der alte gilt nicht mehr."))
    else:
        messages.warning(request, _("Der alte Link gilt nicht mehr. Für den neuen fehlt eine E-Mail-Adresse."))
    return to_page(appointment)


@require_POST
@desk_view
def invitation_unlock(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Forgets wrong answers to the proof, so that the same link goes on."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    unlock(invitation=_invitation(appointment), by=request.desk.actor, now=timezone.now())
    messages.success(request, _("Freigegeben. Die Person kann Tag und Monat der Geburt noch einmal eingeben."))
    return to_page(appointment)


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
    return to_page(appointment)
