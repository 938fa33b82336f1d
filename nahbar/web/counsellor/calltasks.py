"""“Explain first”: what to say on the phone, and what came of it."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.rules import Mode
from nahbar.people.queries import NotYours
from nahbar.scheduling.errors import Refused
from nahbar.scheduling.models import CallTask
from nahbar.scheduling.operations import Wish, book_appointment, finish_call_task
from nahbar.scheduling.queries import access_call_task
from nahbar.scheduling.rules import BERLIN, CallTaskState
from nahbar.web.counsellor.booking import booked_words
from nahbar.web.counsellor.words import REFUSALS
from nahbar.web.shared.desks import DeskRequest, desk_view

NOT_REACHED = "not_reached"


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def call_task(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """The number and the words; each outcome is one tap."""
    task = access_call_task(desk=request.desk, public_id=public_id)
    if request.method == "POST":
        return _settle(request, task, outcome=request.POST.get("outcome", ""), now=timezone.now())
    context = {"task": task, "is_open": task.state == CallTaskState.OPEN, "may_book": request.desk.counsels}
    return render(request, "counsellor/call_task.html", context)


def _settle(request: DeskRequest, task: CallTask, *, outcome: str, now: dt.datetime) -> HttpResponse:
    if outcome == NOT_REACHED:
        messages.info(request, _("Der Anruf bleibt auf Ihrer Liste."))
        return redirect("office_home", office=request.desk.jobcenter.slug)
    if not request.desk.counsels:
        raise NotYours
    if outcome == Mode.VIDEO:
        return redirect(_prefilled(task, Mode.VIDEO))
    if outcome in task.topic.modes:
        return _book_instead(request, task, mode=Mode(outcome), now=now)
    return redirect("call_task", office=request.desk.jobcenter.slug, public_id=task.public_id)


def _prefilled(task: CallTask, mode: Mode) -> str:
    local = task.wanted_at.astimezone(BERLIN)
    values = {"client": task.client.public_id, "task": task.public_id, "topic": task.topic_id, "mode": mode.value}
    values |= {"day": f"{local:%Y-%m-%d}", "start": f"{local:%H:%M}", "minutes": task.minutes}
    if mode == Mode.VIDEO:
        values["agreed"] = "phone"
    return f"{reverse('appointment_new', args=[task.jobcenter.slug])}?{urlencode(values)}"


def _book_instead(request: DeskRequest, task: CallTask, *, mode: Mode, now: dt.datetime) -> HttpResponse:
    """Books the wished time in the mode the person would rather have; the form where that cannot be."""
    wish = Wish(
        client=task.client,
        counsellor=request.desk.staff,
        topic=task.topic,
        mode=mode,
        starts_at=task.wanted_at,
        minutes=task.minutes,
        agreed_by=None,
        key=task.booking_key,
    )
    try:
        appointment = book_appointment(desk=request.desk, wish=wish, now=now)
    except Refused as refusal:
        messages.warning(request, REFUSALS[refusal.reason])
        return redirect(_prefilled(task, mode))
    finish_call_task(task=task, now=now)
    messages.success(request, booked_words(appointment))
    return redirect("appointment_page", office=request.desk.jobcenter.slug, public_id=appointment.public_id)
