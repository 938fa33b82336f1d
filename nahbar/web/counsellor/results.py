"""What came of talks: what presence proposes, one tap that enters it, and the way to correct it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.audit.rules import Actor
from nahbar.calls.presence import contact_minutes
from nahbar.calls.proposals import Proposal, proposals_for, waiting_for_outcome
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.operations import switch_mode
from nahbar.scheduling.outcomes import Correction, correct_outcome, mark_held, mark_not_held, modes_it_had
from nahbar.scheduling.queries import access_appointment, changes_since
from nahbar.scheduling.rules import AppointmentState, NotHeldReason, reason_in_words
from nahbar.web.counsellor.contacts import say_by_hand
from nahbar.web.counsellor.forms import CorrectionForm, number_in
from nahbar.web.counsellor.ways import say_outcome, to_page
from nahbar.web.counsellor.words import REFUSALS
from nahbar.web.shared.desks import DeskRequest, counsellor_view, desk_view

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise  # exists for type checkers only

HELD, HELD_BY_TELEPHONE = "held", "held_by_telephone"
MOST = 50
# Beside the proposal; what is rarer is one tap further.
NEAR = 2


@dataclass(frozen=True)
class Result:
    """One that can be entered, as a button shows it."""

    value: str
    text: str | Promise
    icon: str


_TELEPHONE = Result(HELD_BY_TELEPHONE, gettext_lazy("Lief am Telefon"), "phone_in_talk")
_HELD = Result(HELD, gettext_lazy("Stattgefunden"), "check")
_TECHNICAL = Result(NotHeldReason.TECHNICAL.value, gettext_lazy("Technik gestört"), "wifi_off")
_OFFICE = Result(NotHeldReason.OFFICE.value, gettext_lazy("Lag am Jobcenter"), "apartment")
_UNKNOWN = Result(NotHeldReason.UNKNOWN.value, gettext_lazy("Weiß nicht"), "help")


@dataclass(frozen=True)
class Asked:
    """An appointment that waits for its outcome, with what one tap enters."""

    appointment: Appointment
    proposal: Proposal | None = None

    @property
    def result(self) -> str:
        """What the first button sends; empty where nothing was seen: then nothing is put in anybody's mouth."""
        if self._saw_nothing:
            return ""
        return self.proposal.reason.value if self.proposal and self.proposal.reason else HELD

    @property
    def text(self) -> str:
        """The proposal, or the question where there is none."""
        if self.proposal is None:
            return _("Hat der Termin stattgefunden?")
        if self._saw_nothing:
            return _("Was wurde daraus?")
        if self.proposal.reason is not None:
            return _("Vorschlag: %(what)s") % {"what": self.proposal.reason.label}
        minutes = self.proposal.minutes or self.appointment.minutes
        words = ngettext("Vorschlag: stattgefunden, %(n)s Minute", "Vorschlag: stattgefunden, %(n)s Minuten", minutes)
        return words % {"n": minutes}

    @property
    def near(self) -> list[Result]:
        """The likeliest others."""
        return self._others[: self._many_near]

    @property
    def further(self) -> list[Result]:
        """All others."""
        return self._others[self._many_near :]

    @property
    def _saw_nothing(self) -> bool:
        return self.proposal is not None and self.proposal.saw_nothing

    @property
    def _many_near(self) -> int:
        return NEAR if self.result else NEAR + 1

    @property
    def _others(self) -> list[Result]:
        nobody = reason_in_words(NotHeldReason.NOT_REACHED, Mode(self.appointment.mode))
        not_reached = Result(NotHeldReason.NOT_REACHED.value, capfirst(nobody), "person_off")
        if self._saw_nothing:
            return [_TELEPHONE, not_reached, _TECHNICAL, _OFFICE, _HELD, _UNKNOWN]
        by_video = [_TELEPHONE, _TECHNICAL] if self.appointment.is_video else []
        every = [_HELD, *by_video, not_reached, _OFFICE, _UNKNOWN]
        return [one for one in every if one.value != self.result]


def asked(appointments: Iterable[Appointment], *, now: dt.datetime) -> list[Asked]:
    """Each with its proposal, in a constant number of queries."""
    appointments = list(appointments)
    proposals = proposals_for(appointments, now=now)
    return [Asked(one, proposals.get(one.pk)) for one in appointments]


@require_safe
@counsellor_view
def staff_results(request: DeskRequest) -> HttpResponse:
    """All own appointments that are over and have no outcome, oldest first."""
    now = timezone.now()
    waiting = waiting_for_outcome(desk=request.desk, now=now)
    shown = asked(waiting[:MOST], now=now)
    more = waiting.count() - MOST if len(shown) == MOST else 0
    return render(request, "counsellor/results.html", {"shown": shown, "more": more, "count": len(shown) + more})


@require_POST
@desk_view
def appointment_outcome(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Held, or why not; `result` is one of held, held_by_telephone and the reasons."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    result, revision = request.POST.get("result", ""), number_in(request.POST.get("revision", ""))
    try:
        words = _enter(appointment, result, revision=revision, by=request.desk.actor, now=timezone.now())
    except Refused as refusal:
        # The same button pressed twice has done what it says.
        if refusal.reason is not Reason.NOT_PLANNED or not _says(appointment, result):
            messages.warning(request, REFUSALS[refusal.reason])
    else:
        if words:
            say_outcome(request, words % {"name": appointment.client.full_name}, appointment)
        if result in {HELD, HELD_BY_TELEPHONE}:
            say_by_hand(request, appointment)
    return _back(request.POST.get("from", ""), appointment)


def _back(came_from: str, appointment: Appointment) -> HttpResponse:
    lists = {"day": "staff_day", "results": "staff_results"}
    if came_from in lists:
        return redirect(lists[came_from], office=appointment.jobcenter.slug)
    return to_page(appointment)


def _enter(appointment: Appointment, result: str, *, revision: int | None, by: Actor, now: dt.datetime) -> str:
    """Enters it and says so; nothing for what no button of ours sends."""
    if result == HELD:
        minutes = contact_minutes(appointment=appointment, now=now)
        mark_held(appointment=appointment, by=by, now=now, minutes=minutes, revision=revision)
        return _("%(name)s: als stattgefunden eingetragen.")
    if result == HELD_BY_TELEPHONE:
        _hold_by_telephone(appointment, revision=revision, by=by, now=now)
        return _("%(name)s: als Telefongespräch eingetragen.")
    if result not in NotHeldReason.values:
        return ""
    reason = NotHeldReason(result)
    mark_not_held(appointment=appointment, reason=reason, by=by, now=now, revision=revision)
    if reason is NotHeldReason.TECHNICAL:
        return _("%(name)s: als Störung der Technik eingetragen.")
    return _("%(name)s: als nicht stattgefunden eingetragen.")


@transaction.atomic
def _hold_by_telephone(appointment: Appointment, *, revision: int | None, by: Actor, now: dt.datetime) -> None:
    mode = Mode.TELEPHONE
    if switch_mode(appointment=appointment, mode=mode, by=by, now=now, despite_policy=True, revision=revision):
        revision = appointment.revision
    minutes = contact_minutes(appointment=appointment, now=now)
    mark_held(appointment=appointment, by=by, now=now, minutes=minutes, revision=revision)


def _says(appointment: Appointment, result: str) -> bool:
    """Whether the outcome that stands is what the button meant."""
    if result == HELD_BY_TELEPHONE and appointment.mode != Mode.TELEPHONE:
        return False
    if result in {HELD, HELD_BY_TELEPHONE}:
        return appointment.state == AppointmentState.HELD
    return appointment.state == AppointmentState.NOT_HELD and appointment.not_held_reason == result


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def appointment_correct(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Another outcome than was entered; both stay in the history."""
    appointment = access_appointment(desk=request.desk, public_id=public_id)
    if appointment.state not in {AppointmentState.HELD, AppointmentState.NOT_HELD}:
        messages.info(request, REFUSALS[Reason.NO_OUTCOME])
        return to_page(appointment)
    now, modes, was = timezone.now(), modes_it_had(appointment), Mode(appointment.mode)
    if request.method != "POST":
        form = CorrectionForm(initial=_entered(appointment, now=now), modes=modes, was=was)
        return _correct_page(request, appointment, form)
    form = CorrectionForm(request.POST, modes=modes, was=was)
    if not form.is_valid():
        return _correct_page(request, appointment, form, status=422)
    revision = form.cleaned_data["revision"]
    try:
        changed = correct_outcome(
            appointment=appointment, correction=_correction(form), revision=revision, by=request.desk.actor, now=now
        )
    except Refused as refusal:
        if refusal.reason is Reason.STALE:
            return _correct_page(request, appointment, form, status=HTTPStatus.CONFLICT)
        messages.warning(request, REFUSALS[refusal.reason])
    else:
        words = _("Das Ergebnis ist berichtigt.") if changed else _("Das steht schon so da.")
        (messages.success if changed else messages.info)(request, words)
        if changed and appointment.state == AppointmentState.HELD:
            say_by_hand(request, appointment)
    return to_page(appointment)


def _entered(appointment: Appointment, *, now: dt.datetime) -> dict[str, object]:
    counted = Contact.objects.filter(appointment=appointment).values_list("minutes", flat=True).first()
    minutes = counted or contact_minutes(appointment=appointment, now=now) or appointment.minutes
    return {
        "result": appointment.not_held_reason or HELD,
        "mode": appointment.mode,
        "minutes": minutes,
        "revision": appointment.revision,
    }


def _correction(form: CorrectionForm) -> Correction:
    said = form.cleaned_data
    if said["result"] == HELD:
        return Correction(mode=Mode(said["mode"]), minutes=said["minutes"])
    return Correction(mode=Mode(said["mode"]), reason=NotHeldReason(said["result"]))


def _correct_page(
    request: DeskRequest, appointment: Appointment, form: CorrectionForm, *, status: int = 200
) -> HttpResponse:
    """The form; with 409 also what somebody else has changed since it was shown."""
    shown = form.cleaned_data["revision"] if status == HTTPStatus.CONFLICT else appointment.revision
    context = {
        "appointment": appointment,
        "client": appointment.client,
        "form": form,
        "since": changes_since(appointment=appointment, revision=shown),
    }
    return render(request, "counsellor/correct.html", context, status=status)
