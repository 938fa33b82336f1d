"""“In meinen Kalender”: the appointment as a file."""

from __future__ import annotations

import icalendar
from django.test import Client as Browser

from tests.conftest import Cast
from tests.web.client.conftest import Address


def test_the_file_says_when_and_how_and_never_why(visitor: Browser, cast: Cast, url: Address) -> None:
    answer = visitor.get(url("termin.ics"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="termin.ics"'
    text = answer.content.decode()
    (event,) = icalendar.Calendar.from_ical(text).events
    assert event.decoded("DTSTART") == cast.appointment.starts_at
    assert str(event["SUMMARY"]) == "Videogespräch, Jobcenter Altona"
    assert "ATTENDEE" not in event
    assert f"/t/{cast.invitation.public_id}#" in str(event["DESCRIPTION"])
    assert cast.appointment.topic.name not in text


def test_the_appointments_page_offers_it(visitor: Browser, url: Address) -> None:
    assert url("termin.ics") in visitor.get(url("termin")).content.decode()
