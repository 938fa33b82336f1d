"""The door of every staff page: signed in, and at work in the office the address names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, NotYours, access_desk, offices_of

View = Callable[..., HttpResponseBase]

SAFE = ("GET", "HEAD")
# In the session: the provider of the single sign-on answers for the second factor.
SIGNED_ON_ELSEWHERE = "signed_on_elsewhere"


class DeskRequest(HttpRequest):
    """A request that passed the door."""

    htmx: HtmxDetails
    desk: Desk


def desk_view(view: View) -> View:
    """Sets `request.desk`, or asks to sign in; NotYours, a 404, for an office one does not work in.

    Who needs a second factor and has none is led to set one up, and sees no page before.
    """

    @wraps(view)
    def door(request: DeskRequest, *, office: str, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, StaffMember):
            return _ask(request, "account_login", reason="signed_out", status=401)
        request.desk = access_desk(staff=request.user, office=office, now=timezone.now())
        if lacks_factor(request, request.desk):
            return _ask(request, "mfa_index", reason="second_factor", status=403)
        return view(request, **kwargs)

    return door


def lacks_factor(request: HttpRequest, desk: Desk) -> bool:
    """Whether whoever sits at the desk must set up a second factor before they see anything."""
    return desk.lacks_factor and not request.session.get(SIGNED_ON_ELSEWHERE)


def counsellor_view(view: View) -> View:
    """As `desk_view`, for pages of those who hold talks; NotYours for everybody else."""
    return _guarded(view, lambda request: request.desk.counsels)


def case_view(view: View) -> View:
    """As `desk_view`, for pages about clients; NotYours for guides and administrators, who see no person."""
    return _guarded(view, lambda request: request.desk.sees_cases)


def figures_view(view: View) -> View:
    """As `desk_view`, for the office's figures; NotYours for everybody but team leads and controlling."""
    return _guarded(view, lambda request: request.desk.sees_figures)


def administrator_view(view: View) -> View:
    """As `desk_view`, for pages that set up the office; NotYours for everybody but its administrators.

    A closed office is only read.
    """
    return _guarded(
        view,
        lambda request: request.desk.administers and (request.desk.jobcenter.is_active or request.method in SAFE),
    )


def _guarded(view: View, admits: Callable[[DeskRequest], bool]) -> View:
    @desk_view
    @wraps(view)
    def door(request: DeskRequest, **kwargs: Any) -> HttpResponseBase:
        if not admits(request):
            raise NotYours
        return view(request, **kwargs)

    return door


def _ask(request: DeskRequest, page: str, *, reason: str, status: int) -> HttpResponseBase:
    """To another page first: a person goes there, a script is told why."""
    if request.htmx:
        return HttpResponseClientRedirect(reverse(page))
    if "application/json" in {request.headers.get("Accept"), request.content_type}:
        return JsonResponse({"reason": reason}, status=status)
    if page != "account_login":
        return redirect(page)
    return redirect_to_login(request.path if request.method == "GET" else "/")


def home_of(desk: Desk) -> str:
    """Where somebody's work begins."""
    first = (
        ("staff_day", desk.counsels),
        ("office_overview", desk.overviews),
        ("office_figures", desk.sees_figures),
    )
    page = next((page for page, is_theirs in first if is_theirs), "office_setup")
    return reverse(page, args=[desk.jobcenter.slug])


def other_offices(desk: Desk) -> list[JobCenter]:
    """The other offices in which the desk's staff member works."""
    return [office for office in offices_of(desk.staff) if office != desk.jobcenter]
