"""The root: everybody to where their work begins."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.onboarding.first_run import is_needed as first_run_is_needed
from nahbar.people.models import StaffMember
from nahbar.people.queries import access_desk, offices_of
from nahbar.web.shared.desks import DeskRequest, desk_view, home_of


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """To the first office; a page of its own for an account that no office has taken on."""
    if not isinstance(request.user, StaffMember):
        return redirect("first_run") if first_run_is_needed() else redirect_to_login("/")
    office = offices_of(request.user).first()
    if office is None:
        return render(request, "shared/no_office.html")
    return redirect(home_of(access_desk(staff=request.user, office=office.slug, now=timezone.now())))


@require_safe
@desk_view
def office_home(request: DeskRequest) -> HttpResponse:
    """To the day of a counsellor, to the overview of everybody else."""
    return redirect(home_of(request.desk))
