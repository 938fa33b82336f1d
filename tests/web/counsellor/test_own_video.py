"""“Video für mich”: one switch, and what it hides elsewhere."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Deputyship, StaffMember
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import switch_mode
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_office, make_staff, make_wish, topic_of
from tests.web.counsellor.pages import count_queries
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def address(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.office.slug, *more])


def switch(desk: Browser, cast: Cast, video: str) -> str:
    answer = desk.post(address(cast, "own_video"), {"video": video}, follow=True)
    assert answer.redirect_chain == [(address(cast, "own_video"), 302)]
    return said(answer)


def test_switched_off_and_on_with_plain_words(desk: Browser, cast: Cast) -> None:
    assert "Video ist an" in said(desk.get(address(cast, "own_video")))
    page = switch(desk, cast, "off")
    assert "Video ist jetzt ausgeschaltet." in page
    assert "nicht per Video" in page
    assert not StaffMember.objects.get(pk=cast.owner.pk).offers_video
    # An old page does what it says, and no more.
    assert "Video ist jetzt" not in switch(desk, cast, "off")
    assert "Video ist jetzt" not in switch(desk, cast, "vielleicht")
    assert "Video ist jetzt eingeschaltet." in switch(desk, cast, "on")


def test_switched_off_lists_what_is_booked_with_ways_and_changes_nothing(desk: Browser, cast: Cast) -> None:
    assert "Elif Kaya" not in said(desk.get(address(cast, "own_video")))
    page = switch(desk, cast, "off")
    assert "Diese Termine sind per Video gebucht" in page
    assert "Elif Kaya" in page
    assert "Amir Rahimi" not in page
    for way in ("appointment_move", "appointment_page"):
        assert address(cast, way, cast.appointment.public_id) in page
    assert Appointment.objects.get(pk=cast.appointment.pk).is_video


def test_price_does_not_grow_with_the_list(db: None, now: dt.datetime) -> None:
    counts = []
    for slug, people in (("eins", 1), ("drei", 3)):
        office = make_office(slug)
        staff = make_staff(office)
        for number in range(people):
            book(client=make_client(office), staff=staff, starts_at=at(f"2026-03-05 {10 + number}:00"), now=now)
        StaffMember.objects.filter(pk=staff.pk).update(offers_video=False)
        counts.append(count_queries(as_staff(Browser(), staff), reverse("own_video", args=[slug])))
    assert counts[0] == counts[1]


def test_three_pages_are_one_place_in_the_menu(desk: Browser, cast: Cast) -> None:
    for name, words in (("staff_times", "Zeiten"), ("staff_calendar", "Kalender"), ("own_video", "Video")):
        page = said(desk.get(address(cast, name)))
        assert f'href="{address(cast, "staff_times")}" aria-current="page"' in page
        assert f'href="{address(cast, name)}" aria-current="page">{words}</a>' in page
        assert page.count('aria-current="page"') == 2
        assert "<span>Für mich</span>" in page
    assert 'aria-current="page">Zeiten</a>' in said(desk.post(address(cast, "absence_new")))


@pytest.mark.parametrize("role", ["guide", "team_lead", "administrator"])
def test_only_for_who_holds_talks(cast: Cast, role: str) -> None:
    assert as_staff(Browser(), getattr(cast, role)).get(address(cast, "own_video")).status_code == 404


# --- where video is not offered -------------------------------------------------------------------


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    values = {"client": cast.person.public_id, "topic": topic_of(cast.office).pk, "mode": "video"}
    values |= {"day": "2026-03-05", "start": "09:30", "minutes": "30", "agreed": "phone", "key": uuid.uuid4()}
    return {**values, **changes}


def test_booking_hides_video_and_says_how_to_switch_it_on(desk: Browser, cast: Cast) -> None:
    new, asked = address(cast, "appointment_new"), {"client": str(cast.person.public_id), "mode": "video"}
    page = desk.get(new, asked).content.decode()
    assert 'value="video" data-length="30" checked' in page
    assert "Wie vereinbart?" in page
    assert address(cast, "own_video") not in page.partition("<main")[2]
    switch(desk, cast, "off")
    page = desk.get(new, asked).content.decode()
    assert 'value="video"' not in page
    assert "Wie vereinbart?" not in page
    assert 'value="telephone" data-length' in page
    assert address(cast, "own_video") in page.partition("<main")[2]
    assert "Zeiten frei" not in page


@pytest.mark.parametrize("agreed", ["phone", "explain"])
def test_a_form_from_before_is_refused_with_the_words(desk: Browser, cast: Cast, agreed: str) -> None:
    switch(desk, cast, "off")
    answer = desk.post(address(cast, "appointment_new"), typed(cast, agreed=agreed))
    assert answer.status_code == 409
    assert "Diese Fachkraft bietet kein Video an." in said(answer)
    assert not Appointment.objects.filter(starts_at=at("2026-03-05 09:30")).exists()


def test_appointment_offers_no_video(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=cast.desk.actor, now=now)
    page = address(cast, "appointment_page", cast.appointment.public_id)
    assert 'name="mode" value="video"' in said(desk.get(page))
    switch(desk, cast, "off")
    assert 'name="mode" value="video"' not in said(desk.get(page))
    desk.post(address(cast, "appointment_mode", cast.appointment.public_id), {"mode": "video"})
    assert "Diese Fachkraft bietet kein Video an." in said(desk.get(page))


def test_call_task_offers_no_video(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 09:30"), agreed_by=None)
    task = make_call_task(desk=cast.desk, wish=wish, now=now)
    page = address(cast, "call_task", task.public_id)
    assert 'value="video"' in said(desk.get(page))
    switch(desk, cast, "off")
    shown = said(desk.get(page))
    assert 'value="video"' not in shown
    assert 'value="telephone"' in shown
    form = said(desk.get(desk.post(page, {"outcome": "video"}).headers["Location"]))
    assert "Diese Fachkraft bietet kein Video an." in form
    assert 'value="video"' not in form


def test_a_deputy_without_video_is_told_what_to_do(cast: Cast, now: dt.datetime) -> None:
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=now.date(), last_day=now.date()
    )
    StaffMember.objects.filter(pk=cast.colleague.pk).update(offers_video=False)
    browser = as_staff(Browser(), cast.colleague)
    answer = browser.post(address(cast, "appointment_take_over", cast.appointment.public_id), follow=True)
    assert "Sie bieten kein Video an. Wechseln Sie zuerst die Art." in said(answer)
