"""Appointments and meetings as calendars read them: iCalendar (RFC 5545), told as iTIP (RFC 5546).

Each is one entry for as long as it exists: the same UID, a SEQUENCE that rises with every change.
A later one replaces it, CANCEL removes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.places import place_of
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment, Meeting, Occasion
from nahbar.scheduling.rules import BERLIN

# How often a calendar should read a feed again; what happened meanwhile, the day's page knows.
REFRESH = dt.timedelta(minutes=15)


class Method(StrEnum):
    """What a calendar shall do with the entries."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What somebody takes part in, for one reader. `attendee` is their bare address; none in feeds and downloads."""

    occasion: Occasion
    summary: str
    place: str
    text: str
    attendee: str = ""
    names_office: bool = True


def entry_for_client(*, appointment: Appointment, text: str, attendee: str = "") -> Entry:
    """What a client's calendar says; never the topic. Who reads along there learns what the office allows."""
    named = appointment.jobcenter.names_office_in_calendars
    summary = f"{_way(appointment)}, {appointment.jobcenter.name}" if named else _("Termin")
    place = _address(appointment) if named and appointment.mode == Mode.ON_SITE else ""
    return Entry(
        occasion=appointment,
        summary=summary,
        place=place,
        text=text,
        attendee=attendee,
        names_office=named,
    )


def entry_for_counsellor(*, appointment: Occasion, attendee: str = "") -> Entry:
    """What a counsellor's calendar says of an appointment or a meeting; never topic or title.

    Its text is the address of the page.
    """
    if isinstance(appointment, Meeting):
        return _entry_of_meeting(appointment, attendee=attendee)
    page = reverse("appointment_page", args=[appointment.jobcenter.slug, appointment.public_id])
    named = appointment.jobcenter.names_client_in_calendars
    with_whom = f": {appointment.client.full_name}" if named else ""
    place = _address(appointment) if appointment.mode == Mode.ON_SITE else ""
    return Entry(
        occasion=appointment,
        summary=f"{_way(appointment)}{with_whom}",
        place=place,
        text=settings.NAHBAR_BASE_URL + page,
        attendee=attendee,
    )


def _entry_of_meeting(meeting: Meeting, *, attendee: str) -> Entry:
    page = reverse("meeting_page", args=[meeting.jobcenter.slug, meeting.public_id])
    summary, text = meeting.get_kind_display(), settings.NAHBAR_BASE_URL + page
    return Entry(occasion=meeting, summary=summary, place="", text=text, attendee=attendee)


def _way(appointment: Appointment) -> str:
    return {
        Mode.VIDEO: _("Videogespräch"),
        Mode.TELEPHONE: _("Telefongespräch"),
        Mode.ON_SITE: _("Gespräch vor Ort"),
        Mode.OUTREACH_VISIT: _("Außentermin"),
    }[Mode(appointment.mode)]


def _address(appointment: Appointment) -> str:
    place = place_of(team=appointment.team, jobcenter=appointment.jobcenter)
    return ", ".join(part for part in (appointment.jobcenter.name, place.line) if part)


def calendar(entries: Iterable[Entry], *, method: Method, now: dt.datetime) -> str:
    """The whole VCALENDAR with its time zone, lines ended by CRLF."""
    found = Calendar()
    found.add("prodid", "-//Nahbar//Nahbar//DE")
    found.add("version", "2.0")
    found.add("method", method.value)
    if method is Method.PUBLISH:
        # RFC 7986, and what Outlook and Google read instead.
        found.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
        found.add("x-published-ttl", REFRESH)
    found.add_component(_berlin())
    for entry in entries:
        found.add_component(_event(entry, method=method, now=now))
    return bytes(found.to_ical()).decode()


def _berlin() -> Timezone:
    """Central European time by its rule (Directive 2000/84/EC), always the same.

    Calendars keep the first zone of a name they meet: one made for the dates of one entry would be wrong for
    the next.
    """
    zone = Timezone()
    zone.add("tzid", "Europe/Berlin")
    winter, summer = dt.timedelta(hours=1), dt.timedelta(hours=2)
    for change, name, begins, before, after in (
        (TimezoneDaylight(), "CEST", "1981-03-29 02:00", winter, summer),
        (TimezoneStandard(), "CET", "1996-10-27 03:00", summer, winter),
    ):
        # As the clock before the change showed it: a time of no zone.
        first = dt.datetime.fromisoformat(begins)
        change.add("dtstart", first)
        change.add("rrule", {"freq": "yearly", "bymonth": first.month, "byday": "-1su"})
        change.add("tzname", name)
        change.add("tzoffsetfrom", before)
        change.add("tzoffsetto", after)
        zone.add_component(change)
    return zone


def _event(entry: Entry, *, method: Method, now: dt.datetime) -> Event:
    occasion = entry.occasion
    event = Event()
    event.add("uid", str(occasion.public_id))
    event.add("sequence", occasion.sequence)
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", _moment(occasion.starts_at))
    event.add("dtend", _moment(occasion.ends_at))
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    # In a calendar that others may look into, only that time is taken.
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    if entry.place:
        event.add("location", entry.place)
    if entry.text:
        event.add("description", entry.text)
    event.add("organizer", _organizer(occasion.jobcenter, named=entry.names_office))
    if entry.attendee:
        event.add("attendee", _attendee(entry.attendee))
    return event


def _moment(moment: dt.datetime) -> dt.datetime:
    """As the clock in the office shows it; in UTC in the hour that comes twice, which a clock cannot name."""
    local = moment.astimezone(BERLIN)
    return moment.astimezone(dt.UTC) if local.fold else local


def _organizer(office: JobCenter, *, named: bool) -> vCalAddress:
    """The office; where it shall not be named, the address all mails come from."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    organizer = vCalAddress(f"mailto:{(named and office.email) or sender}")
    if named:
        organizer.params["CN"] = vText(office.name)
    return organizer


def _attendee(address: str) -> vCalAddress:
    """Agreed already: nobody is asked to answer, and no answer is read."""
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    return attendee
