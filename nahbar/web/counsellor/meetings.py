"""Meetings and guided practice: book them, see them, and, for whoever called them, move or cancel them."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.meetings import (
    MeetingWish,
    access_meeting,
    access_own_meeting,
    book_meeting,
    cancel_meeting,
    move_meeting,
)
from nahbar.scheduling.models import Meeting
from nahbar.scheduling.rules import MeetingKind
from nahbar.web.counsellor.forms import CancelMeetingForm, MeetingForm, MoveForm, length_choices
from nahbar.web.counsellor.words import COLLEAGUES, FIELDS, OVERTAKEN, REFUSALS
from nahbar.web.shared.desks import DeskRequest, counsellor_view

PREFILLED = ("day", "start")


@require_http_methods(["GET", "HEAD", "POST"])
@counsellor_view
def meeting_new(request: DeskRequest) -> HttpResponse:
    """The empty form, its day and start from the address; POST books."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        asked = {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}
        initial = {"key": uuid.uuid4(), "kind": MeetingKind.MEETING, "minutes": 60, **asked}
        return _new_page(request, MeetingForm(desk=desk, now=now, initial=initial))
    form = MeetingForm(request.POST, desk=desk, now=now)
    if not form.is_valid():
        return _new_page(request, form, status=422)
    try:
        meeting = book_meeting(desk=desk, wish=_wish(form), now=now)
    except Refused as refusal:
        form.add_error(FIELDS.get(refusal.reason), _words(refusal))
        if refusal.reason is Reason.STALE:
            form.data = _with_another_key(request.POST)
        return _new_page(request, form, status=409)
    messages.success(request, _("Gebucht. Alle Beteiligten sehen es in ihrem Tag."))
    return _to_page(meeting)


def _wish(form: MeetingForm) -> MeetingWish:
    known = form.cleaned_data
    return MeetingWish(
        kind=MeetingKind(known["kind"]),
        title=known["title"],
        starts_at=form.starts_at,
        minutes=known["minutes"],
        colleagues=list(known["colleagues"]),
        uses_channel=known["uses_channel"],
        key=known["key"],
    )


def _words(refusal: Refused) -> str:
    """What stands in the way, with the colleague's name where it is their time."""
    if refusal.colleague is not None:
        return str(COLLEAGUES[refusal.reason]) % {"name": refusal.colleague.full_name}
    if refusal.reason is Reason.STALE:
        return _("Mit diesem Formular ist schon etwas gebucht. Stimmt alles? Dann legen Sie es noch einmal an.")
    return str(REFUSALS[refusal.reason])


def _with_another_key(sent: QueryDict) -> QueryDict:
    """The form has booked before and now says something else: from here on it is another form."""
    data = sent.copy()
    data["key"] = str(uuid.uuid4())
    return data


def _new_page(request: DeskRequest, form: MeetingForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "kinds": MeetingKind.choices,
        "lengths": length_choices(request.desk.jobcenter),
        "today": form.today,
    }
    return render(request, "counsellor/meeting_new.html", context, status=status)


def _to_page(meeting: Meeting) -> HttpResponse:
    return redirect("meeting_page", office=meeting.jobcenter.slug, public_id=meeting.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@counsellor_view
def meeting_page(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """One meeting the desk may see; a POST gives it another time, for whoever called it."""
    now = timezone.now()
    if request.method != "POST":
        meeting = access_meeting(desk=request.desk, public_id=public_id)
        return _page(request, meeting, MoveForm(now=now, initial=_as_it_is(meeting)), now=now)
    meeting = access_own_meeting(desk=request.desk, public_id=public_id)
    form = MoveForm(request.POST, now=now)
    if not form.is_valid():
        return _page(request, meeting, form, now=now, status=422)
    try:
        move_meeting(
            meeting=meeting,
            starts_at=form.starts_at,
            minutes=form.cleaned_data["minutes"],
            revision=form.cleaned_data["revision"],
            by=request.desk.actor,
            now=now,
        )
    except Refused as refusal:
        if refusal.reason in OVERTAKEN:
            return _overtaken(request, meeting, refusal.reason)
        form.add_error(FIELDS.get(refusal.reason), _words(refusal))
        return _page(request, meeting, form, now=now, status=409)
    messages.success(request, _("Verschoben. Alle Beteiligten sehen die neue Zeit in ihrem Tag."))
    return _to_page(meeting)


def _overtaken(request: DeskRequest, meeting: Meeting, reason: Reason) -> HttpResponse:
    """What the form was about is not so any more: the page as it is now."""
    messages.warning(request, OVERTAKEN[reason])
    return _to_page(meeting)


def _as_it_is(meeting: Meeting) -> dict[str, object]:
    local = meeting.local_start
    when = {"day": local.date(), "start": f"{local:%H:%M}", "minutes": meeting.minutes}
    return {**when, "revision": meeting.revision}


def _page(
    request: DeskRequest, meeting: Meeting, form: MoveForm, *, now: dt.datetime, status: int = 200
) -> HttpResponse:
    is_open = not meeting.is_cancelled and meeting.ends_at > now
    context = {
        "meeting": meeting,
        "form": form,
        "lengths": length_choices(meeting.jobcenter, meeting.minutes),
        "is_over": not meeting.is_cancelled and not is_open,
        "may_change": is_open and meeting.organiser == request.desk.staff,
        "today": form.today,
    }
    return render(request, "counsellor/meeting.html", context, status=status)


@require_POST
@counsellor_view
def meeting_cancel(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Calls it off, for whoever called it."""
    meeting = access_own_meeting(desk=request.desk, public_id=public_id)
    form = CancelMeetingForm(request.POST)
    if not form.is_valid():
        return _overtaken(request, meeting, Reason.STALE)
    revision = form.cleaned_data["revision"]
    try:
        cancel_meeting(meeting=meeting, revision=revision, by=request.desk.actor, now=timezone.now())
    except Refused as refusal:
        return _overtaken(request, meeting, refusal.reason)
    messages.success(request, _("Abgesagt. Zeit und Kanal sind wieder frei."))
    return _to_page(meeting)
