"""“Personen”: finding somebody, their record, and the reason that opens another team's."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from nahbar.consent.queries import consent_in_force, is_withdrawn
from nahbar.people.merging import doubles_of
from nahbar.people.models import Client
from nahbar.people.queries import (
    Desk,
    NotYours,
    access_client,
    access_door,
    clients_of,
    looks_at,
    looks_for_lead,
    needs_reason,
)
from nahbar.people.records import note_door, open_with_reason
from nahbar.people.rules import LookReason
from nahbar.people.search import asks_elsewhere, find_elsewhere, search_clients
from nahbar.scheduling.models import CallTask
from nahbar.scheduling.queries import access_appointment, appointments_with
from nahbar.scheduling.rules import CallTaskState
from nahbar.web.counsellor.contacts import ledger_beside
from nahbar.web.shared.desks import DeskRequest, case_view
from nahbar.web.shared.limits import Limit, is_exhausted
from nahbar.web.shared.phones import dialled

AT_ONCE = 50
MOST_FOUND = 20
MOST_PAST = 20
# Searching begins while one types, so a number takes several; trying out birth dates takes thousands.
ELSEWHERE = Limit("search-elsewhere", tries=120, per_account=True)


@require_safe
@case_view
def person_list(request: DeskRequest) -> HttpResponse:
    """Everybody of the desk's teams, page by page; with `q` those who fit. A fragment for the search box."""
    context = _people(request, text=request.GET.get("q", "").strip())
    template = "counsellor/_people.html" if request.htmx else "counsellor/people.html"
    return render(request, template, context)


def _people(request: DeskRequest, *, text: str) -> dict[str, Any]:
    desk = request.desk
    if text:
        found = search_clients(desk=desk, text=text, most=MOST_FOUND)
        too_often = asks_elsewhere(text) and is_exhausted(limit=ELSEWHERE, request=request, now=desk.at)
        elsewhere = [] if too_often else find_elsewhere(desk=desk, text=text)
        return {"q": text, "found": found, "elsewhere": elsewhere, "too_often": too_often, "most": MOST_FOUND}
    everybody = clients_of(desk).select_related("team").order_by("last_name", "first_name", "pk")
    return {"q": "", "found": Paginator(everybody, AT_ONCE).get_page(request.GET.get("seite"))}


@require_safe
@case_view
def person_page(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """The record; of another team's client the way to the reason that opens it."""
    desk = request.desk
    try:
        client = access_client(desk=desk, public_id=public_id)
    except NotYours:
        access_door(desk=desk, public_id=public_id)
        return redirect("person_reason", office=desk.jobcenter.slug, public_id=public_id)
    consent = consent_in_force(client=client)
    context = {
        "client": client,
        "by_reason": needs_reason(desk=desk, client=client),
        "dialled": dialled(client.phone_display),
        "guardian_dialled": dialled(client.guardian_phone),
        "consent": consent,
        "consent_withdrawn": consent is None and is_withdrawn(client=client),
        "looks": list(looks_at(client)[:MOST_PAST]),
        "doubles": doubles_of(desk=desk, client=client),
        **_appointments(client),
        **ledger_beside(desk=desk, client=client),
    }
    return render(request, "counsellor/person.html", context)


def _appointments(client: Client) -> dict[str, Any]:
    now, theirs = timezone.now(), appointments_with(client=client)
    open_tasks = CallTask.objects.filter(client=client, state=CallTaskState.OPEN).select_related("topic")
    return {
        "coming": list(theirs.filter(ends_at__gt=now).reverse()),
        "past": list(theirs.filter(ends_at__lte=now)[:MOST_PAST]),
        "call_tasks": list(open_tasks),
    }


class ReasonForm(forms.Form):
    """Why the record is opened; a note only where the list does not say it."""

    reason = forms.ChoiceField(
        choices=LookReason, error_messages=dict.fromkeys(("required", "invalid_choice"), _("Bitte wählen Sie, warum."))
    )
    note = forms.CharField(
        max_length=120,
        required=False,
        error_messages={"max_length": _("Bitte fassen Sie sich kurz: höchstens 120 Zeichen.")},
    )

    def clean(self) -> dict[str, Any]:
        """“Another reason” says which."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == LookReason.OTHER and not cleaned.get("note"):
            self.add_error("note", _("Bitte schreiben Sie kurz, welcher Grund."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@case_view
def person_reason(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Asks why somebody of another team is looked up; POST opens the record for the rest of the day.

    That the question was shown is audited: it tells who somebody is.
    """
    desk = request.desk
    client = access_door(desk=desk, public_id=public_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason, note = LookReason(form.cleaned_data["reason"]), form.cleaned_data["note"]
        open_with_reason(desk=desk, client=client, reason=reason, note=note, now=timezone.now())
        return redirect(_onward(desk, client, request.POST.get("termin", "")))
    note_door(desk=desk, client=client, now=timezone.now())
    context = {
        "client": client,
        "form": form,
        "reasons": LookReason.choices,
        "appointment": request.POST.get("termin", "") or request.GET.get("termin", ""),
    }
    return render(request, "counsellor/reason.html", context, status=422 if form.is_bound else 200)


def _onward(desk: Desk, client: Client, appointment: str) -> str:
    """The appointment one came from, if it is this person's; else the record."""
    slug = desk.jobcenter.slug
    try:
        wanted = access_appointment(desk=desk, public_id=uuid.UUID(appointment))
    except (ValueError, NotYours):
        return reverse("person_page", args=[slug, client.public_id])
    if wanted.client != client:
        return reverse("person_page", args=[slug, client.public_id])
    return reverse("appointment_page", args=[slug, wanted.public_id])


@require_safe
@case_view
def person_looks(request: DeskRequest) -> HttpResponse:
    """Who looked at the clients of the teams one leads; NotYours for who leads none."""
    if not request.desk.leads:
        raise NotYours
    looks = Paginator(looks_for_lead(request.desk), AT_ONCE).get_page(request.GET.get("seite"))
    return render(request, "counsellor/looks.html", {"looks": looks})
