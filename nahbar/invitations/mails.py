"""What the invitation mails say.

They name office, time, mode, phone and, where the office allows, the counsellor; never the topic.

The outbox holds a reference `<invitation>:<revision>:<generation>`; everything else is looked up when
the worker sends, so that nobody gets what a later change has overtaken.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nahbar.invitations.links import link_of
from nahbar.invitations.models import Invitation
from nahbar.invitations.queries import find_invitation
from nahbar.invitations.rules import InvitationState, Reference, Template, useful_until
from nahbar.jobcenters.places import Address, place_of
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.mail import CalendarPart, RenderedMail
from nahbar.people.queries import language_of
from nahbar.scheduling.calendars import Entry, Method, calendar, entry_for_client
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import BERLIN, AppointmentState


def _look_up(reference: Reference) -> tuple[Invitation, Appointment] | None:
    invitation = find_invitation(public_id=uuid.UUID(reference.public_id))
    if invitation is None:
        return None
    return invitation, with_people(Appointment.objects.all()).get(participations=invitation.participation_id)


def still_wanted(template: Template, about_id: str, now: dt.datetime) -> bool:
    """Whether the mail still says something true and useful."""
    reference = Reference.parse(about_id)
    found = _look_up(reference)
    if found is None:
        return False
    invitation, appointment = found
    if appointment.revision != reference.revision or invitation.generation != reference.generation:
        return False
    if not appointment.client.email:
        return False
    if now >= useful_until(template, starts_at=appointment.starts_at, ends_at=appointment.ends_at):
        return False
    if template == Template.CANCELLED:
        return appointment.state == AppointmentState.CANCELLED
    return appointment.state == AppointmentState.PLANNED and invitation.state == InvitationState.ISSUED


def render(template: Template, about_id: str) -> RenderedMail:
    """The mail in the client's language. Raises LookupError when the invitation is gone."""
    found = _look_up(Reference.parse(about_id))
    if found is None:
        raise LookupError("the invitation is gone")
    invitation, appointment = found
    client = appointment.client
    language = language_of(client)
    with translation.override(language), timezone.override(BERLIN):
        context = {
            "template": template,
            "appointment": appointment,
            "client": client,
            "office": appointment.jobcenter,
            "place": _place(appointment),
            "offers_video": Mode.VIDEO in appointment.modes,
            "counsellor": appointment.counsellor if appointment.jobcenter.names_counsellor_in_messages else None,
            "link": link_of(public_id=invitation.public_id, generation=invitation.generation),
        }
        return RenderedMail(
            to=client.email,
            subject=_subject(template, appointment),
            calendar=_calendar(template, invitation, appointment),
            text=render_to_string("invitations/mail.txt", context),
            html=render_to_string("invitations/mail.html", context),
            headers={"Content-Language": language.split("-")[0]},
        )


def _place(appointment: Appointment) -> Address | None:
    """Where to come to; None where nobody has to, or nobody knows."""
    place = place_of(team=appointment.team, jobcenter=appointment.jobcenter)
    return place if appointment.mode == Mode.ON_SITE and place.is_known else None


def _calendar(template: Template, invitation: Invitation, appointment: Appointment) -> CalendarPart:
    method = Method.CANCEL if template == Template.CANCELLED else Method.REQUEST
    entry = calendar_entry(invitation=invitation, appointment=appointment, attendee=appointment.client.email)
    return CalendarPart(method.value, calendar([entry], method=method, now=timezone.now()))


def calendar_entry(*, invitation: Invitation, appointment: Appointment, attendee: str = "") -> Entry:
    """The client's calendar entry, with the way in and the number to call instead."""
    link = link_of(public_id=invitation.public_id, generation=invitation.generation)
    phone = {"phone": appointment.jobcenter.phone_display}
    text = _("Ihr Link: %(link)s") % {"link": link} + "\n" + _("Fragen? %(phone)s") % phone
    return entry_for_client(appointment=appointment, text=text, attendee=attendee)


def _subject(template: Template, appointment: Appointment) -> str:
    words = {
        Template.INVITATION: _("Ihr Termin am %(day)s um %(time)s Uhr"),
        Template.MOVED: _("Neue Zeit: Ihr Termin am %(day)s um %(time)s Uhr"),
        Template.MODE_CHANGED: _("Geändert: Ihr Termin am %(day)s um %(time)s Uhr"),
        Template.CANCELLED: _("Abgesagt: Ihr Termin am %(day)s um %(time)s Uhr"),
        Template.REISSUED: _("Neuer Link für Ihren Termin am %(day)s um %(time)s Uhr"),
    }
    start = appointment.local_start
    day = f"{start.day}.{start.month}."
    return words[template] % {"day": day, "time": f"{start:%H:%M}"}
