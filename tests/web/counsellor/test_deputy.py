"""Standing in for a colleague: what a deputy's pages show, and taking over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.calls.models import CallParticipation
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Deputyship
from nahbar.scheduling.models import Appointment
from tests.conftest import Cast
from tests.factories import as_staff, at, book, join_office
from tests.web.counsellor.pages import count_queries, open_waiting_room
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def deputy(cast: Cast, client: Browser, now: dt.datetime, settings: Any) -> Browser:
    """The browser of the colleague of team 2, who stands in for the owner today."""
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    today = now.date()
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=today, last_day=today
    )
    return as_staff(client, cast.colleague)


@pytest.fixture
def waits(cast: Cast, deputy: Browser, now: dt.datetime, frozen: Traveller) -> CallParticipation:
    """The owner's client has waited for four minutes."""
    place = open_waiting_room(cast.invitation, now)
    frozen.move_to(now + dt.timedelta(minutes=4))
    return place


def address(cast: Cast, name: str) -> str:
    return reverse(name, args=["altona", cast.appointment.public_id])


def waiting(browser: Browser) -> Any:
    return browser.get(reverse("waiting_poll", args=["altona"])).json()["waiting"]


def page(browser: Browser, cast: Cast, name: str = "appointment_page") -> str:
    return said(browser.get(address(cast, name), follow=True))


@pytest.mark.usefixtures("waits")
def test_deputy_is_told_in_whose_place(cast: Cast, deputy: Browser) -> None:
    (one,) = waiting(deputy)
    assert (one["name"], one["deputyFor"], one["admitUrl"], one["takeUrl"]) == (
        "Elif Kaya",
        "Frau Petersen",
        "",
        address(cast, "appointment_take_over"),
    )
    (own,) = waiting(as_staff(Browser(), cast.owner))
    assert (own["deputyFor"], own["admitUrl"]) == ("", address(cast, "staff_call") + "?einlassen=1")
    for other in (cast.teammate, cast.team_lead, cast.guide):
        assert waiting(as_staff(Browser(), other)) == []
    day = said(deputy.get(reverse("staff_day", args=["altona"])))
    assert "Elif Kaya wartet, in Vertretung für Frau Petersen" in day
    assert f'action="{address(cast, "appointment_take_over")}"' in day


def test_deputy_is_not_told_before_the_time_is_up(cast: Cast, deputy: Browser, now: dt.datetime) -> None:
    open_waiting_room(cast.invitation, now)
    assert waiting(deputy) == []


def test_deputys_page_tells_the_client_of_the_deputy_only(
    cast: Cast, deputy: Browser, waits: CallParticipation
) -> None:
    assert deputy.post(address(cast, "staff_seen")).json() == {"ok": True}
    waits.refresh_from_db()
    assert (waits.noticed_at, waits.deputy_noticed_at is not None) == (None, True)
    teammate = as_staff(Browser(), cast.teammate)
    assert teammate.post(address(cast, "staff_seen")).status_code == 404


@pytest.mark.usefixtures("waits")
def test_taking_over_leads_straight_to_letting_in(cast: Cast, deputy: Browser) -> None:
    assert deputy.get(address(cast, "staff_call")).status_code == 404
    assert "Übernehmen und einlassen" in page(deputy, cast)
    for _twice in range(2):
        answer = deputy.post(address(cast, "appointment_take_over"))
        assert answer.headers["Location"] == address(cast, "staff_call") + "?einlassen=1"
    assert deputy.get(address(cast, "staff_call")).status_code == 200
    assert as_staff(Browser(), cast.owner).get(address(cast, "staff_call")).status_code == 404
    assert "In Vertretung übernommen" in page(deputy, cast)


def test_taking_over_before_anybody_waits_leads_to_the_appointment(cast: Cast, deputy: Browser) -> None:
    assert "Sie sehen diesen Termin in Vertretung für Frau Petersen." in page(deputy, cast)
    answer = deputy.post(address(cast, "appointment_take_over"))
    assert answer.headers["Location"] == address(cast, "appointment_page")
    assert "Sie führen das Gespräch jetzt selbst." in page(deputy, cast)


def test_busy_deputy_reads_what_is_in_the_way(cast: Cast, deputy: Browser, now: dt.datetime) -> None:
    start = at("2026-03-03 10:15")
    book(client=cast.other_person, staff=cast.colleague, starts_at=start, now=now, mode=Mode.TELEPHONE)
    deputy.post(address(cast, "appointment_take_over"))
    assert "Sie haben von 10:15 bis 10:45 Uhr selbst einen Termin, mit Amir Rahimi." in page(deputy, cast)
    assert Appointment.objects.get(pk=cast.appointment.pk).counsellor == cast.owner


def test_what_another_office_has_in_the_way_stays_there(cast: Cast, deputy: Browser, now: dt.datetime) -> None:
    join_office(cast.colleague, cast.other_office)
    start = at("2026-03-03 10:15")
    book(client=cast.foreign_person, staff=cast.colleague, starts_at=start, now=now, mode=Mode.TELEPHONE)
    deputy.post(address(cast, "appointment_take_over"))
    said = page(deputy, cast)
    assert "Sie haben von 10:15 bis 10:45 Uhr selbst einen Termin, in einem anderen Jobcenter." in said
    assert "Petrenko" not in said


def test_after_the_last_day_a_reason_is_asked_for_again(cast: Cast, deputy: Browser, frozen: Traveller) -> None:
    frozen.move_to(at("2026-03-04 08:00"))
    deputy = as_staff(Browser(), cast.colleague)
    shown = deputy.get(address(cast, "appointment_page"))
    door = reverse("person_reason", args=["altona", cast.person.public_id])
    assert (shown.status_code, shown["Location"].split("?")[0]) == (302, door)
    assert deputy.post(address(cast, "appointment_take_over")).status_code == 404


def test_queries_do_not_grow_with_who_waits(cast: Cast, deputy: Browser, now: dt.datetime, frozen: Traveller) -> None:
    counts = []
    for start in ("2026-03-03 12:00", "2026-03-03 13:00", "2026-03-03 14:00"):
        person = book(client=cast.other_person, staff=cast.owner, starts_at=at(start), now=now)
        open_waiting_room(person, now)
        frozen.move_to(now + dt.timedelta(minutes=5))
        counts.append(count_queries(deputy, reverse("waiting_poll", args=["altona"])))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 8
