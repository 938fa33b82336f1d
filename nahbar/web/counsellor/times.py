"""“Meine Zeiten”: working hours, absences, and what lies in an absence and must be moved."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.people.queries import NotYours
from nahbar.scheduling.hours import coming_absences, drop_absence, enter_absence, own_hours, set_hours
from nahbar.scheduling.meetings import meetings_in_absence
from nahbar.scheduling.queries import to_be_moved
from nahbar.scheduling.rules import BERLIN
from nahbar.web.shared.desks import DeskRequest, counsellor_view
from nahbar.web.shared.hours_form import CLOCK, NO_TIME, HoursForm

LONGEST = dt.timedelta(days=400)
YEARS = 5
NO_DAY = {"invalid": gettext_lazy("Bitte geben Sie den Tag als Datum an.")}


def _clock() -> forms.TimeField:
    return forms.TimeField(required=False, input_formats=CLOCK, error_messages=NO_TIME)


class AbsenceForm(forms.Form):
    """Whole days; with times from one moment to another."""

    first_day = forms.DateField(
        error_messages=NO_DAY | {"required": gettext_lazy("Bitte geben Sie den ersten Tag an.")}
    )
    first_time = _clock()
    last_day = forms.DateField(required=False, error_messages=NO_DAY)
    last_time = _clock()

    def __init__(self, data: Any = None, *, now: dt.datetime) -> None:
        super().__init__(data)
        self._now = now

    def clean(self) -> dict[str, Any]:
        """Ends after it begins, is not over, and is no slip of the finger."""
        for name in ("first_day", "last_day"):
            day = self.cleaned_data.get(name)
            if day and abs(day.year - self._now.year) > YEARS:
                self.add_error(name, _("Bitte prüfen Sie das Jahr."))
        if self.errors:
            return self.cleaned_data
        if self.ends_at <= self.starts_at:
            self.add_error("last_day", _("Das Ende muss nach dem Beginn liegen."))
        elif self.ends_at <= self._now:
            self.add_error("first_day", _("Diese Zeit ist schon vorbei."))
        elif self.ends_at - self.starts_at > LONGEST:
            self.add_error("last_day", _("So lange? Bitte prüfen Sie das Jahr."))
        return self.cleaned_data

    @property
    def starts_at(self) -> dt.datetime:
        """The first moment; midnight where no time was given."""
        return _moment(self.cleaned_data["first_day"], self.cleaned_data.get("first_time") or dt.time())

    @property
    def ends_at(self) -> dt.datetime:
        """The moment after the last; the end of the day where no time was given."""
        last = self.cleaned_data.get("last_day") or self.cleaned_data["first_day"]
        time = self.cleaned_data.get("last_time")
        return _moment(last, time) if time else _moment(last + dt.timedelta(days=1), dt.time())


def absence_words(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """An absence as pages name it: by the day where it takes whole days."""
    begins, ends = starts_at.astimezone(BERLIN), ends_at.astimezone(BERLIN)
    midnight = dt.time()
    if begins.time() != midnight or ends.time() != midnight:
        form = "D, j. F, H:i"
        words = {"begins": date_format(begins, form), "ends": date_format(ends, form)}
        return _("%(begins)s bis %(ends)s Uhr") % words
    last = ends.date() - dt.timedelta(days=1)
    if last == begins.date():
        return _("%(day)s, ganztags") % {"day": date_format(last, "D, j. F")}
    words = {"first": date_format(begins.date(), "D, j. F"), "last": date_format(last, "D, j. F")}
    return _("%(first)s bis %(last)s") % words


def _moment(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, tzinfo=BERLIN).astimezone(dt.UTC)


@require_http_methods(["GET", "HEAD", "POST"])
@counsellor_view
def staff_times(request: DeskRequest) -> HttpResponse:
    """The page; a POST keeps the working hours."""
    desk = request.desk
    if request.method != "POST":
        return _page(request)
    form = HoursForm(request.POST, hours={})
    if not form.is_valid():
        return _page(request, hours=form, status=422)
    set_hours(desk=desk, hours=form.hours)
    messages.success(request, _("Ihre Arbeitszeit ist gespeichert. Gebuchte Termine bleiben."))
    return redirect("staff_times", desk.jobcenter.slug)


@require_POST
@counsellor_view
def absence_new(request: DeskRequest) -> HttpResponse:
    """Enters an absence; the page then lists what has to be moved."""
    desk = request.desk
    form = AbsenceForm(request.POST, now=timezone.now())
    if not form.is_valid():
        return _page(request, absence=form, status=422)
    enter_absence(desk=desk, starts_at=form.starts_at, ends_at=form.ends_at)
    messages.success(request, _("Die Abwesenheit ist eingetragen."))
    return redirect("staff_times", desk.jobcenter.slug)


@require_POST
@counsellor_view
def absence_drop(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes an absence out again."""
    desk = request.desk
    if not drop_absence(desk=desk, public_id=public_id):
        raise NotYours
    messages.success(request, _("Die Abwesenheit ist gelöscht. Die Zeit kann wieder gebucht werden."))
    return redirect("staff_times", desk.jobcenter.slug)


def _page(
    request: DeskRequest,
    *,
    hours: HoursForm | None = None,
    absence: AbsenceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    desk, now = request.desk, timezone.now()
    known = own_hours(staff=desk.staff, jobcenter=desk.jobcenter)
    context = {
        "hours": hours or HoursForm(hours=known),
        "absence": absence or AbsenceForm(now=now),
        "absences": [
            {"public_id": one.public_id, "words": absence_words(one.starts_at, one.ends_at)}
            for one in coming_absences(staff=desk.staff, now=now)
        ],
        "to_move": to_be_moved(desk=desk, now=now),
        "meetings_away": meetings_in_absence(desk=desk, now=now),
        "today": now.astimezone(BERLIN).date(),
    }
    return render(request, "counsellor/times.html", context, status=status)
