"""“Mein Kalender”, and the feed that a calendar reads."""

from __future__ import annotations

import datetime as dt
import re

import icalendar
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import StaffMember
from nahbar.scheduling.models import CalendarFeed
from nahbar.scheduling.operations import cancel_appointment, move_appointment
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.factories import as_staff, at, book, join_office, make_client

pytestmark = pytest.mark.usefixtures("frozen")
ADDRESS = re.compile(r"/kalender/[\w-]{43}\.ics")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def make(desk: Browser, cast: Cast) -> str:
    """Makes a feed by the page's button; the path that it shows."""
    made = desk.post(reverse("staff_feed", args=[cast.office.slug]), {"make": "1"}, follow=True)
    page = made.content.decode()
    found = ADDRESS.search(page)
    assert found
    return found[0]


def events(address: str) -> list[icalendar.Event]:
    """What a calendar without any session reads there."""
    answer = Browser().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    return icalendar.Calendar.from_ical(answer.content.decode()).events


def test_a_feed_shows_what_its_counsellor_holds_in_this_office(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    join_office(cast.owner, cast.other_office)
    book(client=make_client(cast.other_office), staff=cast.owner, starts_at=at("2026-03-05 10:00"), now=now)
    address = make(desk, cast)
    (event,) = events(address)
    assert str(event["UID"]) == str(cast.appointment.public_id)
    assert event.decoded("DTSTART") == cast.appointment.starts_at
    assert "Kaya" not in str(event["SUMMARY"])


def test_a_feed_follows_every_change(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    address, by = make(desk, cast), cast.desk.actor
    move_appointment(appointment=cast.appointment, starts_at=at("2026-03-30 10:00"), minutes=30, by=by, now=now)
    (event,) = events(address)
    assert (event.decoded("DTSTART"), event.sequence) == (at("2026-03-30 10:00"), 1)
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=by, now=now)
    assert events(address) == []


def test_a_new_address_ends_the_old_one_and_an_ended_one_is_gone(desk: Browser, cast: Cast) -> None:
    old, new = make(desk, cast), make(desk, cast)
    assert Browser().get(old).status_code == 404
    assert len(events(new)) == 1
    desk.post(reverse("staff_feed", args=[cast.office.slug]), {"end": "1"})
    assert Browser().get(new).status_code == 404
    actions = list(AuditEntry.objects.filter(action__startswith="calendar").values_list("action", flat=True))
    assert actions == [Action.CALENDAR_FEED_MADE, Action.CALENDAR_FEED_MADE, Action.CALENDAR_FEED_ENDED]


def test_the_key_is_not_kept_and_not_shown_again(desk: Browser, cast: Cast) -> None:
    key = make(desk, cast).removeprefix("/kalender/").removesuffix(".ics")
    assert key not in CalendarFeed.objects.get().key_hash
    assert not ADDRESS.search(desk.get(reverse("staff_calendar", args=[cast.office.slug])).content.decode())


@pytest.mark.parametrize("gone", ["inactive", "left", "another role"])
def test_a_feed_ends_with_the_account(desk: Browser, cast: Cast, gone: str) -> None:
    address = make(desk, cast)
    if gone == "inactive":
        StaffMember.objects.filter(pk=cast.owner.pk).update(is_active=False)
    elif gone == "left":
        cast.owner.memberships.all().delete()
    else:
        cast.owner.memberships.update(role=Role.TEAM_LEAD)
    assert Browser().get(address).status_code == 404


def test_guessing_finds_nothing(db: None) -> None:
    assert Browser().get(reverse("calendar_feed", args=["A" * 43])).status_code == 404


def test_a_feed_stops_the_mails_of_its_office_only(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    page = reverse("staff_calendar", args=[cast.office.slug])
    desk.post(page, {"mails": "on"})
    join_office(cast.owner, cast.other_office)
    make(desk, cast)
    cast.owner.refresh_from_db()

    def booked(office: JobCenter, start: str) -> int:
        book(client=make_client(office), staff=cast.owner, starts_at=at(start), now=now)
        return OutboxMessage.objects.filter(template="staff_calendar").count()

    assert booked(cast.office, "2026-03-05 10:00") == 0
    assert booked(cast.other_office, "2026-03-05 12:00") == 1
    desk.post(reverse("staff_feed", args=[cast.office.slug]), {"end": "1"})
    assert booked(cast.office, "2026-03-05 14:00") == 2
    desk.post(page, {})
    assert not StaffMember.objects.get(pk=cast.owner.pk).gets_calendar_mails


@pytest.mark.parametrize("role", ["guide", "administrator"])
def test_whoever_holds_no_talks_has_no_calendar(cast: Cast, role: str) -> None:
    browser = as_staff(Browser(), getattr(cast, role))
    for name, method in (("staff_calendar", "get"), ("staff_feed", "post")):
        assert getattr(browser, method)(reverse(name, args=[cast.office.slug])).status_code == 404


def test_a_feed_costs_the_same_for_one_appointment_and_for_many(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    address = make(desk, cast)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            events(address)
        return len(captured)

    one = queries()
    for hour in (11, 12, 13):
        book(client=make_client(cast.office), staff=cast.owner, starts_at=at(f"2026-03-05 {hour}:00"), now=now)
    assert queries() == one
