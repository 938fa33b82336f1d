"""“Standorte”: the houses in which an office sees people."""

from __future__ import annotations

import datetime as dt
from copy import copy

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.jobcenters.models import Site
from nahbar.jobcenters.operations import add_site, bring_back_site, change_site, retire_site
from nahbar.people.doors import access_site, sites_of
from nahbar.scheduling.offered import on_site_of
from nahbar.web.office.effect_words import new_address
from nahbar.web.office.forms import SiteForm
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

ADDRESS = {"street", "postcode", "city"}
ON, OFF = "on", "off"


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_sites(request: DeskRequest) -> HttpResponse:
    """The list, and the form for one more."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _list(request, SiteForm())
    form = SiteForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    saving = Saving(
        title=_("Standort anlegen"),
        save=lambda: add_site(
            jobcenter=desk.jobcenter,
            values=form.cleaned_data,
            revision=revision_of(request),
            by=desk.actor,
            now=now,
        ),
        done=_("Der Standort ist angelegt. Ordnen Sie ihm nun Teams zu."),
        page="office_sites",
    )
    return carry_out(request, form, saving, again=lambda again, status: _list(request, again, status))


def _list(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "sites": sites_of(request.desk), "setup_page": True}
    return render(request, "office/sites.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_site(request: DeskRequest, site: int) -> HttpResponse:
    """One site, to be changed."""
    found, now = access_site(desk=request.desk, site=site), timezone.now()
    if request.method != "POST":
        return _one(request, found, SiteForm(instance=copy(found)))
    form = SiteForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return _one(request, found, form, 422)
    saving = Saving(
        title=_("Standort ändern"),
        effects=_effects(found, form, now),
        save=lambda: change_site(
            site=found, values=form.cleaned_data, revision=revision_of(request), by=request.desk.actor, now=now
        ),
        done=_("Der Standort ist gespeichert."),
        page="office_sites",
    )
    return carry_out(request, form, saving, again=lambda again, status: _one(request, found, again, status))


def _one(request: DeskRequest, site: Site, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/site.html", {"form": form, "site": site, "setup_page": True}, status=status)


def _effects(site: Site, form: SiteForm, now: dt.datetime) -> list[str]:
    if not ADDRESS & set(form.changed_data):
        return []
    told = new_address(on_site_of(teams=site.teams.all(), jobcenter=site.jobcenter, now=now))
    return [told] if told else []


@require_POST
@administrator_view
def office_site_offer(request: DeskRequest, site: int) -> HttpResponse:
    """Retires a site, or brings it back: each button says what it wants."""
    desk, now = request.desk, timezone.now()
    found = access_site(desk=desk, site=site)
    if request.POST.get("wanted") == ON:
        if bring_back_site(site=found, by=desk.actor, now=now):
            messages.success(request, _("Der Standort ist wieder da."))
    elif request.POST.get("wanted") == OFF:
        if retire_site(site=found, by=desk.actor, now=now):
            messages.success(request, _("Der Standort ist stillgelegt. Alte Termine nennen ihn weiter."))
        elif found.teams.filter(is_active=True).exists():
            messages.warning(
                request, _("Dort arbeiten noch Teams. Bitte geben Sie ihnen zuerst einen anderen Standort.")
            )
    return redirect("office_sites", desk.jobcenter.slug)
