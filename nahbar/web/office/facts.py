"""“Büro”: who the office is and how people reach it."""

from __future__ import annotations

import datetime as dt
from copy import copy

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.operations import change_office
from nahbar.scheduling.hours import public_holidays
from nahbar.scheduling.offered import on_days, on_site_of, to_come
from nahbar.scheduling.rules import BERLIN
from nahbar.web.office.effect_words import new_address, old_number, on_closed_days
from nahbar.web.office.forms import FactsForm
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view
from nahbar.web.shared.phones import dialled

ADDRESS = {"street", "postcode", "city"}


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_facts(request: DeskRequest) -> HttpResponse:
    """The page; a POST saves it."""
    office, now = request.desk.jobcenter, timezone.now()
    if request.method != "POST":
        return _page(request, FactsForm(instance=copy(office)))
    form = FactsForm(request.POST, instance=copy(office))
    if not form.is_valid():
        return _page(request, form, 422)
    values = form.cleaned_data | {"phone": dialled(form.cleaned_data["phone_display"])}
    saving = Saving(
        title=_("Büro ändern"),
        effects=_effects(office, form, now),
        save=lambda: change_office(
            jobcenter=office, values=values, revision=revision_of(request), by=request.desk.actor, now=now
        ),
        done=_("Die Angaben zum Büro sind gespeichert."),
        page="office_facts",
    )
    return carry_out(request, form, saving, again=lambda again, status: _page(request, again, status))


def _page(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/facts.html", {"form": form, "setup_page": True}, status=status)


def _effects(office: JobCenter, form: FactsForm, now: dt.datetime) -> list[str]:
    changed = set(form.changed_data)
    found = []
    if "phone_display" in changed:
        found.append(old_number(to_come(jobcenter=office, now=now).count()))
    if changed & ADDRESS:
        here = office.teams.filter(site=None)
        found.append(new_address(on_site_of(teams=here, jobcenter=office, now=now)))
    if "land" in changed:
        found.append(on_closed_days(_on_new_holidays(office, form.cleaned_data["land"], now)))
    return [effect for effect in found if effect]


def _on_new_holidays(office: JobCenter, land: str, now: dt.datetime) -> int:
    """How many appointments are to come on days that only the new Land keeps."""
    this_year = now.astimezone(BERLIN).year
    new = {
        day
        for year in (this_year, this_year + 1)
        for day in set(public_holidays(land, year)) - set(public_holidays(office.land, year))
    }
    return on_days(jobcenter=office, days=new, now=now)
