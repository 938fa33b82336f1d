"""Where a counsellor goes on after something was done, and how it is taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from nahbar.scheduling.models import Appointment

# The calendars one comes from and goes back to; `back` in an address or a form names one.
CALENDARS = {"day": "staff_day", "week": "staff_week", "team": "staff_team_day", "times": "staff_times"}


def to_page(appointment: Appointment) -> HttpResponse:
    """The appointment's own page."""
    return redirect("appointment_page", office=appointment.jobcenter.slug, public_id=appointment.public_id)


def back_to(name: str, appointment: Appointment) -> HttpResponse:
    """The calendar with that name on the appointment's day, the appointment in focus; else its own page."""
    if name not in CALENDARS:
        return to_page(appointment)
    address = reverse(CALENDARS[name], args=[appointment.jobcenter.slug])
    return redirect(f"{address}?tag={appointment.local_start:%Y-%m-%d}#termin-{appointment.public_id}")


def say_done(request: HttpRequest, text: str, appointment: Appointment) -> None:
    """What was done with an appointment, with a way to take it back beside it (`shared/_messages.html`)."""
    messages.success(request, text, extra_tags=f"undo {appointment.public_id} {appointment.revision}")


def say_outcome(request: HttpRequest, text: str, appointment: Appointment) -> None:
    """What was entered about an appointment, with the ways to correct it and to book the next one beside it."""
    about = (appointment.public_id, appointment.client.public_id, appointment.topic_id)
    messages.success(request, text, extra_tags="outcome {} {} {}".format(*about))
