"""“Zeiten”: when the office is open and closed, how long things take, and how long before and after."""

from __future__ import annotations

import datetime as dt
from copy import copy
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

from nahbar.jobcenters.models import JobCenter, LocalHoliday
from nahbar.jobcenters.operations import add_holiday, change_office, remove_holiday, set_opening_hours
from nahbar.people.doors import deputyships_of
from nahbar.scheduling.hours import USUAL, office_hours, public_holidays
from nahbar.scheduling.offered import (
    appointments_on,
    coming_channel_bookings,
    newly_outside,
    notices_between,
    on_days,
    video_to_come,
)
from nahbar.scheduling.rules import BERLIN
from nahbar.web.office import effect_words as effects
from nahbar.web.office.forms import Dressed, day_field
from nahbar.web.office.in_the_way import appointment_words
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view
from nahbar.web.shared.hours_form import HoursForm

YEARS_AHEAD = 3


class SpansForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """How long a talk takes in each mode, and what comes before and after it."""

    class Meta:
        model = JobCenter
        fields = (
            "video_minutes",
            "telephone_minutes",
            "on_site_minutes",
            "outreach_visit_minutes",
            "buffer_minutes",
            "waiting_room_opens_minutes",
            "deputy_after_minutes",
            "late_hours",
        )
        labels = {  # noqa: RUF012  Django reads it once
            "video_minutes": gettext_lazy("Video dauert, Minuten"),
            "telephone_minutes": gettext_lazy("Telefon dauert, Minuten"),
            "on_site_minutes": gettext_lazy("Vor Ort dauert, Minuten"),
            "outreach_visit_minutes": gettext_lazy("Außentermin dauert, Minuten"),
            "buffer_minutes": gettext_lazy("Puffer nach Video, Minuten"),
            "waiting_room_opens_minutes": gettext_lazy("Warteraum öffnet, Minuten vorher"),
            "deputy_after_minutes": gettext_lazy("Vertretung erfährt es, nach Minuten"),
            "late_hours": gettext_lazy("Absage ist kurzfristig, Stunden vorher"),
        }
        help_texts = {  # noqa: RUF012
            "buffer_minutes": gettext_lazy("So lange bleibt der Kanal danach frei."),
            "deputy_after_minutes": gettext_lazy("So lange wartet jemand, bevor die Vertretung Bescheid weiß."),
            "late_hours": gettext_lazy("Weniger als so lange vor dem Termin."),
        }

    @property
    def lengths(self) -> list[forms.BoundField]:
        """How long a talk takes."""
        return [self[name] for name in self.Meta.fields[:4]]

    @property
    def others(self) -> list[forms.BoundField]:
        """What comes before and after."""
        return [self[name] for name in self.Meta.fields[4:]]


class HolidayForm(Dressed, forms.Form):
    """A day on which the office is closed."""

    day = day_field(label=gettext_lazy("Tag"))
    # The name of the field in which a day that is taken is told, too.
    name = forms.CharField(
        label=gettext_lazy("Anlass"), max_length=80, help_text=gettext_lazy("Zum Beispiel: Personalversammlung")
    )

    def __init__(self, data: Any = None, *, office: JobCenter, today: dt.date) -> None:
        super().__init__(data)
        self._office, self._today = office, today

    def clean_day(self) -> dt.date:
        """To come, not in many years, and not closed already."""
        day: dt.date = self.cleaned_data["day"]
        if day < self._today:
            raise forms.ValidationError(_("Dieser Tag ist schon vorbei."))
        if day.year > self._today.year + YEARS_AHEAD:
            raise forms.ValidationError(_("Bitte prüfen Sie das Jahr."))
        if LocalHoliday.objects.filter(jobcenter=self._office, day=day).exists():
            raise forms.ValidationError(_("An diesem Tag ist schon geschlossen."))
        return day


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_hours_page(request: DeskRequest) -> HttpResponse:
    """The page; a POST keeps the opening hours."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _page(request)
    form = HoursForm(request.POST, hours={})
    if not form.is_valid():
        return _page(request, hours=form, status=422)
    before, after = office_hours(desk.jobcenter), form.hours or USUAL
    told = effects.outside_hours(newly_outside(jobcenter=desk.jobcenter, before=before, after=after, now=now))
    saving = Saving(
        title=_("Öffnungszeiten ändern"),
        effects=[told] if told else [],
        save=lambda: set_opening_hours(
            jobcenter=desk.jobcenter, hours=form.hours, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Die Öffnungszeiten sind gespeichert. Gebuchte Termine bleiben."),
        page="office_hours",
    )
    return carry_out(request, form, saving, again=lambda _form, status: _page(request, hours=form, status=status))


@require_POST
@administrator_view
def office_spans(request: DeskRequest) -> HttpResponse:
    """Keeps lengths, buffer and what is told when."""
    desk, now = request.desk, timezone.now()
    form = SpansForm(request.POST, instance=copy(desk.jobcenter))
    if not form.is_valid():
        return _page(request, spans=form, status=422)
    saving = Saving(
        title=_("Zeiten ändern"),
        effects=_effects(request, form, now),
        save=lambda: change_office(
            jobcenter=desk.jobcenter, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Die Zeiten sind gespeichert."),
        page="office_hours",
    )
    return carry_out(request, form, saving, again=lambda _form, status: _page(request, spans=form, status=status))


def _effects(request: DeskRequest, form: SpansForm, now: dt.datetime) -> list[str]:
    desk, office, new = request.desk, request.desk.jobcenter, form.cleaned_data
    changed = set(form.changed_data)
    found = []
    if "buffer_minutes" in changed:
        found.append(effects.old_buffer(coming_channel_bookings(jobcenter=office, now=now)))
    if "waiting_room_opens_minutes" in changed:
        count = video_to_come(jobcenter=office, now=now)
        found.append(effects.waiting_room(count, minutes=new["waiting_room_opens_minutes"]))
    if "deputy_after_minutes" in changed:
        today = now.astimezone(BERLIN).date()
        count = deputyships_of(desk=desk, day=today).filter(first_day__lte=today).count()
        found.append(effects.deputies(count, minutes=new["deputy_after_minutes"]))
    if "late_hours" in changed:
        low, high = sorted((office.late_hours, new["late_hours"]))
        found.append(effects.other_notice(notices_between(jobcenter=office, low=low, high=high)))
    return [effect for effect in found if effect]


@require_POST
@administrator_view
def office_holiday_new(request: DeskRequest) -> HttpResponse:
    """Closes the office on a day; what is booked then is listed first."""
    desk, now = request.desk, timezone.now()
    office, today = desk.jobcenter, now.astimezone(BERLIN).date()
    form = HolidayForm(request.POST, office=office, today=today)
    if not form.is_valid():
        return _page(request, holiday=form, status=422)
    day = form.cleaned_data["day"]
    told = effects.on_closed_days(on_days(jobcenter=office, days=[day], now=now))
    saving = Saving(
        title=_("Schließtag eintragen"),
        effects=[told] if told else [],
        listed=[appointment_words(one) for one in appointments_on(jobcenter=office, day=day, now=now)],
        save=lambda: add_holiday(
            jobcenter=office,
            day=day,
            name=form.cleaned_data["name"],
            revision=revision_of(request),
            by=desk.actor,
            now=now,
        ),
        done=_("Am %(day)s ist geschlossen.") % {"day": date_format(day, "j. F Y")},
        page="office_hours",
    )
    return carry_out(request, form, saving, again=lambda _form, status: _page(request, holiday=form, status=status))


@require_POST
@administrator_view
def office_holiday_remove(request: DeskRequest) -> HttpResponse:
    """Opens the office on a day again."""
    desk = request.desk
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        return redirect("office_hours", desk.jobcenter.slug)
    if remove_holiday(jobcenter=desk.jobcenter, day=day, by=desk.actor, now=timezone.now()):
        messages.success(request, _("An diesem Tag ist wieder geöffnet."))
    return redirect("office_hours", desk.jobcenter.slug)


def _page(
    request: DeskRequest,
    *,
    hours: HoursForm | None = None,
    spans: SpansForm | None = None,
    holiday: HolidayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    office, today = request.desk.jobcenter, timezone.now().astimezone(BERLIN).date()
    year = _year(request.GET.get("jahr", ""), today=today)
    context = {
        "hours": hours or HoursForm(hours=office_hours(office)),
        "spans": spans or SpansForm(instance=copy(office)),
        "holiday": holiday or HolidayForm(office=office, today=today),
        "closed": office.local_holidays.filter(day__gte=today),
        "year": year,
        "other_year": today.year + 1 if year == today.year else today.year,
        "public": sorted(public_holidays(office.land, year).items()),
        "today": today,
        "setup_page": True,
    }
    return render(request, "office/hours.html", context, status=status)


def _year(text: str, *, today: dt.date) -> int:
    """The next year where the address asks for it, else this one."""
    return today.year + 1 if text == str(today.year + 1) else today.year
