"""“Explain first”: what to say on the phone, and what came of it, by one tap."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.rules import Mode
from nahbar.people.queries import NotYours
from nahbar.scheduling.call_tasks import book_for_task, call_again, close_without, times_to_call_again, wish_of
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import CallTask
from nahbar.scheduling.queries import access_call_task
from nahbar.scheduling.rules import BERLIN, CallTaskState
from nahbar.web.counsellor.booking import booked_words
from nahbar.web.counsellor.words import REFUSALS
from nahbar.web.shared.desks import DeskRequest, desk_view

NO_TALK = "no_talk"
OFFERED = (Mode.VIDEO, Mode.TELEPHONE, Mode.ON_SITE)
ABOUT_AN_HOUR = dt.timedelta(minutes=70)
THIS_WEEK = 7


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def call_task(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """The number and the words; each outcome is one tap."""
    task, now = access_call_task(desk=request.desk, public_id=public_id), timezone.now()
    if request.method == "POST":
        return _settle(request, task, now=now)
    offers_video = request.desk.staff.offers_video
    is_open = task.state == CallTaskState.OPEN
    times = times_to_call_again(task=task, now=now) if is_open else []
    context = {
        "task": task,
        "is_open": is_open,
        "may_book": request.desk.counsels,
        "modes": [mode for mode in task.topic.modes if mode in OFFERED and (mode != Mode.VIDEO or offers_video)],
        "offers_video": offers_video,
        "times": [(time.isoformat(), again_words(time, now=now)) for time in times],
        "again": again_words(task.call_again_at, now=now) if task.call_again_at else "",
    }
    return render(request, "counsellor/call_task.html", context)


def again_words(moment: dt.datetime, *, now: dt.datetime) -> str:
    """From when to call again: day and hour in words, as short as they can be told apart."""
    local = moment.astimezone(BERLIN)
    time = {"time": f"{local.hour}:{local.minute:02}" if local.minute else f"{local.hour}"}
    days = (local.date() - now.astimezone(BERLIN).date()).days
    if days == 0 and dt.timedelta() < moment - now <= ABOUT_AN_HOUR:
        return _("in einer Stunde, %(time)s Uhr") % time
    if days == 0:
        return _("heute, %(time)s Uhr") % time
    if days == 1:
        return _("morgen, %(time)s Uhr") % time
    day = {"day": date_format(local, "l" if 0 < days < THIS_WEEK else "l, j. F")}
    return _("%(day)s, %(time)s Uhr") % {**day, **time}


def _settle(request: DeskRequest, task: CallTask, *, now: dt.datetime) -> HttpResponse:
    outcome = request.POST.get("outcome", "")
    if outcome == NO_TALK:
        return _close_without(request, task, now=now)
    if request.POST.get("again"):
        return _call_again(request, task, now=now)
    if not request.desk.counsels:
        raise NotYours
    if outcome in task.topic.modes:
        return _book(request, task, mode=Mode(outcome), now=now)
    return _to_task(request, task)


def _close_without(request: DeskRequest, task: CallTask, *, now: dt.datetime) -> HttpResponse:
    if not close_without(task=task, now=now):
        return _told(request, task)
    messages.success(request, _("Gemerkt: Die Person möchte jetzt keinen Termin."))
    return redirect("office_home", office=request.desk.jobcenter.slug)


def _call_again(request: DeskRequest, task: CallTask, *, now: dt.datetime) -> HttpResponse:
    try:
        at = dt.datetime.fromisoformat(request.POST["again"]).astimezone(dt.UTC)
        noted = call_again(task=task, at=at, attempts=int(request.POST.get("attempts", "")), now=now)
    except (ValueError, OverflowError):
        return _to_task(request, task)
    except Refused:
        messages.warning(request, _("Diese Zeit ist schon vorbei. Bitte wählen Sie eine andere."))
        return _to_task(request, task)
    if not noted:
        return _told(request, task)
    words = {"when": again_words(at, now=now)}
    messages.success(request, _("Gemerkt: noch einmal anrufen ab %(when)s.") % words)
    return redirect("office_home", office=request.desk.jobcenter.slug)


def _told(request: DeskRequest, task: CallTask) -> HttpResponse:
    """Somebody was quicker; the page then shows what came of it."""
    if task.state == CallTaskState.OPEN:
        messages.info(request, _("Inzwischen wurde schon ein Versuch notiert. So ist es jetzt:"))
    else:
        messages.info(request, REFUSALS[Reason.CALL_DONE])
    return _to_task(request, task)


def _to_task(request: DeskRequest, task: CallTask) -> HttpResponse:
    return redirect("call_task", office=request.desk.jobcenter.slug, public_id=task.public_id)


def _book(request: DeskRequest, task: CallTask, *, mode: Mode, now: dt.datetime) -> HttpResponse:
    """Books the wished time in the mode the person chose; the form where that cannot be."""
    wish = wish_of(task=task, desk=request.desk, mode=mode)
    try:
        appointment = book_for_task(desk=request.desk, task=task, wish=wish, now=now)
    except Refused as refusal:
        if refusal.reason is Reason.CALL_DONE:
            return _told(request, task)
        messages.warning(request, REFUSALS[refusal.reason])
        return redirect(_prefilled(task, mode))
    messages.success(request, booked_words(appointment))
    return redirect("appointment_page", office=request.desk.jobcenter.slug, public_id=appointment.public_id)


def _prefilled(task: CallTask, mode: Mode) -> str:
    local = task.wanted_at.astimezone(BERLIN)
    values = {"client": task.client.public_id, "task": task.public_id, "topic": task.topic_id, "mode": mode.value}
    values |= {"day": f"{local:%Y-%m-%d}", "start": f"{local:%H:%M}", "minutes": task.minutes}
    if mode == Mode.VIDEO:
        values["agreed"] = "phone"
    return f"{reverse('appointment_new', args=[task.jobcenter.slug])}?{urlencode(values)}"
