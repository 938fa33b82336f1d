"""Error pages: what happened, what to do, and a number to call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.people.models import StaffMember
from nahbar.people.queries import NotYours

LONGEST_SLUG = 40


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, and 403 too: missing and forbidden answer alike; who was refused is audited."""
    user = getattr(request, "user", None)
    if isinstance(exception, NotYours) and isinstance(user, StaffMember):
        _note_denial(request, user)
    return render(request, "shared/missing.html", status=404)


def _note_denial(request: HttpRequest, user: StaffMember) -> None:
    match = request.resolver_match
    kwargs = match.kwargs if match else {}
    office = str(kwargs.get("office", ""))
    record(
        action=Action.DENIED,
        by=Actor("staff", str(user.public_id)),
        office=office if len(office) <= LONGEST_SLUG else "",
        about=About("page", (match and match.url_name) or ""),
        detail={"id": str(kwargs.get("public_id", "")), "method": request.method},
        now=timezone.now(),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """500; the template must not need anything that may be broken."""
    return render(request, "shared/broken.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long or cookies are off: what to do, nothing technical."""
    return render(request, "shared/csrf.html", status=403)
