"""`/p/<customer number>`: the way in from specialist software, which knows nothing but the number."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.people.models import Client, StaffMember
from nahbar.people.queries import NotYours, access_desk, offices_of
from nahbar.people.search import client_numbered
from nahbar.web.shared.desks import lacks_factor
from nahbar.web.shared.limits import Limit, is_exhausted

# A case after another all day long is far less; numbers that are tried one after another are far more.
KNOCKING = Limit("person-by-number", tries=60, per_account=True)


@require_safe
def person_by_number(request: HttpRequest, number: str) -> HttpResponseBase:
    """The person in the office one works in; a choice where several offices know the number.

    Unknown, and known only to offices or roles that are not one's own, answer alike. As everywhere, who needs a second
    factor and has none sets one up first.
    """
    if not isinstance(request.user, StaffMember):
        return redirect_to_login(request.path)
    now = timezone.now()
    desks = [access_desk(staff=request.user, office=office.slug, now=now) for office in offices_of(request.user)]
    if any(lacks_factor(request, desk) for desk in desks):
        return redirect("mfa_index")
    if is_exhausted(limit=KNOCKING, request=request, now=now):
        return render(request, "429.html", status=429)
    found = [client for desk in desks if (client := client_numbered(desk=desk, number=number))]
    if not found:
        raise NotYours
    if len(found) > 1:
        return _choice(request, found)
    return redirect("person_page", office=found[0].jobcenter.slug, public_id=found[0].public_id)


def _choice(request: HttpRequest, found: list[Client]) -> HttpResponse:
    """Says the offices, not the person: which of them one means is not known yet."""
    return render(request, "counsellor/person_offices.html", {"found": found})
