"""A talk's facts as plain text, to be copied into specialist software. Never notes, never reasons about a person."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.rules import AppointmentState


def facts_as_text(appointment: Appointment, *, minutes: int | None) -> str:
    """One line for each fact; `minutes` is how long they really talked, where that is known."""
    lines = [
        (_("Termin"), _when(appointment)),
        *_lasted(appointment, minutes=minutes),
        (_("Art"), appointment.get_mode_display()),
        (_("Thema"), appointment.topic.name),
        (_("Ergebnis"), _outcome(appointment)),
        (_("Person"), f"{appointment.client.full_name}, {appointment.client.number}"),
        (_("Fachkraft"), appointment.counsellor.full_name),
    ]
    return "\n".join(f"{name}: {value}" for name, value in lines)


def _lasted(appointment: Appointment, *, minutes: int | None) -> list[tuple[str, str]]:
    """Nothing of a talk that was not held: the planned length would read as if it had been."""
    if appointment.state in {AppointmentState.NOT_HELD, AppointmentState.CANCELLED}:
        return []
    counted = Contact.objects.filter(appointment=appointment).values_list("minutes", flat=True).first()
    lasted = counted or minutes or appointment.minutes
    return [(_("Dauer"), ngettext("%(n)s Minute", "%(n)s Minuten", lasted) % {"n": lasted})]


def _when(appointment: Appointment) -> str:
    start, end = appointment.local_start, appointment.local_end
    words = {"day": date_format(start, "d.m.Y"), "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    return _("%(day)s, %(start)s bis %(end)s Uhr") % words


def _outcome(appointment: Appointment) -> str:
    """Held, cancelled or not held and what that lay in; nothing about the person."""
    state = AppointmentState(appointment.state)
    if state is AppointmentState.NOT_HELD:
        return f"{state.label}, {appointment.why_not_held}"
    return str(state.label)
