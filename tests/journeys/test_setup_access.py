"""The set-up's pages, people's records and one's own account: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.jobcenters.models import LocalHoliday, Place, Site
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Deputyship, StaffMember
from nahbar.scheduling.models import Appointment, Contact, ContactType
from tests.factories import make_client, make_staff
from tests.journeys.conftest import DESK
from tests.journeys.people import Contexts, sign_in
from tests.journeys.stack import Stack
from tests.journeys.test_access import NARROW, appointment, problems

__all__ = ["appointment"]
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SCREENS = pytest.mark.parametrize("screen", [DESK, NARROW], ids=["desk", "narrow"])
SETUP = (
    "",
    "buero/",
    "standorte/",
    "teams/",
    "beschaeftigte/",
    "beschaeftigte/einladen/",
    "gruppen/",
    "themen/",
    "kontaktarten/",
    "orte/",
    "orte/liste/",
    "videokanaele/",
    "zeiten/",
    "vertretungen/",
    "import/",
    "texte/",
    "texte/impressum/",
    "texte/impressum/fassungen/",
    "regeln/",
    "rechte/",
    "loeschfristen/",
    "protokoll/",
    "server/",
    "schliessen/",
)


@pytest.fixture
def administrator(appointment: Appointment) -> StaffMember:
    """Of an office in which every list has something in it."""
    office, today = appointment.jobcenter, timezone.localdate()
    Site.objects.create(jobcenter=office, name="Haus B", street="Weg 1", postcode="1", city="H", directions="x" * 100)
    Place.objects.create(jobcenter=office, name="Wedel (Holstein)", km=18)
    ContactType.objects.create(jobcenter=office, name="Gruppenangebot beim Träger")
    LocalHoliday.objects.create(jobcenter=office, day=today + dt.timedelta(days=40), name="Betriebsausflug")
    deputy = make_staff(office)
    Deputyship.objects.create(
        jobcenter=office, absent=appointment.counsellor, deputy=deputy, first_day=today, last_day=today
    )
    return make_staff(office, Role.ADMINISTRATOR)


def looked_at(page: Page, paths: dict[str, str]) -> dict[str, list[str]]:
    """What is wrong with each page."""
    found = {}
    for name, path in paths.items():
        page.goto(path)
        expect(page.locator("h1")).to_have_count(1)
        found[name] = problems(page)
    return {name: what for name, what in found.items() if what}


@SCREENS
def test_set_up_is_accessible_and_fits(
    stack: Stack, context: Contexts, administrator: StaffMember, screen: dict[str, Any]
) -> None:
    page = context(**screen).new_page()
    sign_in(page, administrator.email)
    base = "/b/westheide/einrichtung"
    assert looked_at(page, {path or "hub": f"{base}/{path}" for path in SETUP}) == {}
    page.goto(f"{base}/buero/")
    page.locator("#id_phone_display").fill("x")
    page.locator("main form button").first.click()
    expect(page.locator("#error-summary")).to_be_visible()
    assert problems(page) == []
    page.locator("#id_phone_display").fill("040 3020100")
    page.locator("main form button").first.click()
    expect(page.locator("#effects")).to_be_visible()
    assert problems(page) == []


@SCREENS
def test_records_are_accessible_and_fit(
    stack: Stack, context: Contexts, appointment: Appointment, screen: dict[str, Any]
) -> None:
    office, person = appointment.jobcenter, appointment.client
    double = make_client(office, first_name=person.first_name, last_name=person.last_name)
    elsewhere = make_client(office, office.teams.get(name="Team 2"))
    page = context(**screen).new_page()
    sign_in(page, appointment.counsellor.email)
    base = "/b/westheide/personen"
    paths = {
        "list": f"{base}/",
        "search": f"{base}/?q={person.last_name}",
        "new": f"{base}/neu/",
        "record": f"{base}/{person.public_id}/",
        "edit": f"{base}/{person.public_id}/aendern/",
        "contacts": f"{base}/{person.public_id}/kontakte/",
        "contact": f"{base}/{person.public_id}/kontakte/neu/",
        "merge": f"{base}/{person.public_id}/zusammenfuehren/?mit={double.public_id}",
        "reason": f"{base}/{elsewhere.public_id}/grund/",
        "account": "/konto/",
        "factors": "/konto/schutz/",
    }
    assert looked_at(page, paths) == {}


@SCREENS
def test_a_contact_is_entered_and_taken_out_by_keyboard(
    stack: Stack, context: Contexts, appointment: Appointment, screen: dict[str, Any]
) -> None:
    # Somebody without a talk today: about one the page would ask.
    person = make_client(appointment.jobcenter)
    page = context(**screen).new_page()
    sign_in(page, appointment.counsellor.email)
    record = f"/b/westheide/personen/{person.public_id}/"
    page.goto(record)
    page.locator(".contact-enter summary").focus()
    page.keyboard.press("Enter")
    assert problems(page) == []
    telephone = page.get_by_role("button", name="Telefon")
    telephone.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Eingetragen: Telefon, 10 Minuten.")
    assert list(Contact.objects.values_list("kind", "minutes")) == [("telephone", 10)]
    page.locator(".contact-change summary").focus()
    page.keyboard.press("Enter")
    assert problems(page) == []

    page.locator(".contact-enter summary").click()
    page.get_by_role("button", name="Telefon").click()
    expect(page.get_by_text("Ist das derselbe Kontakt?")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("link", name="Derselbe, nicht eintragen").click()
    page.wait_for_url(f"**{record}")
    assert Contact.objects.count() == 1

    page.locator(".contact-change summary").click()
    page.get_by_role("button", name="Entfernen").click()
    expect(page.locator("#messages")).to_contain_text("Der Kontakt ist entfernt und zählt nicht mehr.")
    assert not Contact.objects.exists()
