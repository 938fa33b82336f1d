"""The staff's own survey, once a month: a card on the day page, and the way to have it gone."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from nahbar.people.queries import Desk
from nahbar.surveys.queries import ticket_for_desk
from nahbar.surveys.rules import local_day
from nahbar.web.shared.desks import DeskRequest, desk_view

# In this browser only: the server must not know who did not want to answer.
COOKIE = "nahbar-survey-{office}"
MONTH = dt.timedelta(days=31)


def survey_ticket(request: HttpRequest, *, desk: Desk, now: dt.datetime) -> str:
    """The ticket for the card; empty where there is none, or nobody wants to see it this month."""
    if request.COOKIES.get(COOKIE.format(office=desk.jobcenter.pk)) == _month(now):
        return ""
    return ticket_for_desk(desk=desk, now=now)


@require_POST
@desk_view
def survey_skip(request: DeskRequest) -> HttpResponse:
    """No card in this browser and office until the next month."""
    response = redirect("staff_day", request.desk.jobcenter.slug)
    response.set_cookie(
        COOKIE.format(office=request.desk.jobcenter.pk),
        _month(timezone.now()),
        max_age=MONTH,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path=f"/b/{request.desk.jobcenter.slug}/",
    )
    return response


def _month(now: dt.datetime) -> str:
    return f"{local_day(now):%Y-%m}"
