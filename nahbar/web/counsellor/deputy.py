"""A deputy takes an appointment over."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nahbar.calls.queries import current_place
from nahbar.calls.rules import PlaceState
from nahbar.people.queries import Desk
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import take_over
from nahbar.scheduling.queries import access_held_or_deputised, in_the_way
from nahbar.scheduling.rules import ParticipationRole
from nahbar.web.counsellor.words import REFUSALS
from nahbar.web.shared.desks import DeskRequest, desk_view


@require_POST
@desk_view
def appointment_take_over(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """From now on it is theirs; straight to the talk where somebody waits."""
    appointment = access_held_or_deputised(desk=request.desk, public_id=public_id)
    path = (request.desk.jobcenter.slug, appointment.public_id)
    try:
        take_over(desk=request.desk, appointment=appointment, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, _refusal_words(request.desk, appointment, refusal.reason))
        # Taken over by another deputy it may be theirs to see no more.
        quicker = refusal.reason is Reason.STALE
        return redirect("staff_day", path[0]) if quicker else redirect("appointment_page", *path)
    if _somebody_waits(appointment):
        return redirect(reverse("staff_call", args=path) + "?einlassen=1")
    messages.success(request, _("Sie führen das Gespräch jetzt selbst."))
    return redirect("appointment_page", *path)


def _somebody_waits(appointment: Appointment) -> bool:
    place = current_place(appointment=appointment, role=ParticipationRole.CLIENT)
    return place is not None and place.state == PlaceState.WAITING


def _refusal_words(desk: Desk, appointment: Appointment, reason: Reason) -> str:
    if reason is Reason.IN_TALK:
        return _("%(name)s ist schon im Gespräch.") % {"name": appointment.counsellor.formal_name}
    if reason is Reason.VIDEO_NOT_OFFERED:
        return _("Der Termin ist per Video, und Sie bieten kein Video an. Wechseln Sie zuerst die Art.")
    other = in_the_way(staff=desk.staff, appointment=appointment) if reason is Reason.COUNSELLOR_BUSY else None
    if other is None:
        return str(REFUSALS[reason])
    words = {"start": f"{other.local_start:%H:%M}", "end": f"{other.local_end:%H:%M}"}
    if other.jobcenter_id != desk.jobcenter.pk:
        # Whose it is stays in that office.
        return _("Sie haben von %(start)s bis %(end)s Uhr selbst einen Termin, in einem anderen Jobcenter.") % words
    words["name"] = other.client.full_name
    return _("Sie haben von %(start)s bis %(end)s Uhr selbst einen Termin, mit %(name)s.") % words
