"""“Teams”: what they are called, where they work, and how one ends."""

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

from nahbar.jobcenters.models import Team
from nahbar.jobcenters.operations import add_team, bring_back_team, change_team
from nahbar.people.doors import access_team, clients_by_team, staff_by_team, teams_of
from nahbar.scheduling.offered import on_site_of
from nahbar.scheduling.teams import TeamInUse, remove_team
from nahbar.web.office.effect_words import new_address
from nahbar.web.office.forms import TeamForm
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

ON, OFF = "on", "off"


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_teams(request: DeskRequest) -> HttpResponse:
    """The list, and the form for one more."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _list(request, TeamForm(office=desk.jobcenter))
    form = TeamForm(request.POST, office=desk.jobcenter)
    if not form.is_valid():
        return _list(request, form, 422)
    saving = Saving(
        title=_("Team anlegen"),
        save=lambda: add_team(
            jobcenter=desk.jobcenter,
            values=form.cleaned_data,
            revision=revision_of(request),
            by=desk.actor,
            now=now,
        ),
        done=_("Das Team ist angelegt."),
        page="office_teams",
    )
    return carry_out(request, form, saving, again=lambda again, status: _list(request, again, status))


def _list(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    desk = request.desk
    staff, clients = staff_by_team(desk), clients_by_team(desk)
    teams = [{"team": one, "staff": staff.get(one.pk, 0), "clients": clients.get(one.pk, 0)} for one in teams_of(desk)]
    return render(request, "office/teams.html", {"form": form, "teams": teams, "setup_page": True}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_team(request: DeskRequest, team: int) -> HttpResponse:
    """One team, to be changed."""
    desk, now = request.desk, timezone.now()
    found = access_team(desk=desk, team=team)
    if request.method != "POST":
        return _one(request, found, TeamForm(instance=copy(found), office=desk.jobcenter))
    form = TeamForm(request.POST, instance=copy(found), office=desk.jobcenter)
    if not form.is_valid():
        return _one(request, found, form, 422)
    saving = Saving(
        title=_("Team ändern"),
        effects=_effects(found, form, now),
        save=lambda: change_team(
            team=found, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Das Team ist gespeichert."),
        page="office_teams",
    )
    return carry_out(request, form, saving, again=lambda again, status: _one(request, found, again, status))


def _one(request: DeskRequest, team: Team, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/team.html", {"form": form, "team": team, "setup_page": True}, status=status)


def _effects(team: Team, form: TeamForm, now: dt.datetime) -> list[str]:
    if "site" not in form.changed_data:
        return []
    told = new_address(on_site_of(teams=[team], jobcenter=team.jobcenter, now=now))
    return [told] if told else []


@require_POST
@administrator_view
def office_team_offer(request: DeskRequest, team: int) -> HttpResponse:
    """Ends a team, or brings it back; what hangs on it is listed instead."""
    desk, now = request.desk, timezone.now()
    found = access_team(desk=desk, team=team)
    if request.POST.get("wanted") == ON:
        if bring_back_team(team=found, by=desk.actor, now=now):
            messages.success(request, _("Das Team ist wieder da."))
    elif request.POST.get("wanted") == OFF:
        try:
            if remove_team(team=found, by=desk.actor, now=now):
                messages.success(request, _("Das Team ist aufgelöst."))
        except TeamInUse as used:
            context = {"team": found, "hanging": used.hanging, "setup_page": True}
            return render(request, "office/team_in_use.html", context, status=409)
    return redirect("office_teams", desk.jobcenter.slug)
