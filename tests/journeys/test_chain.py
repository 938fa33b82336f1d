"""The whole chain: booked, mailed, opened, consented, checked, waited, admitted, seen and heard, counted."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from nahbar.calls.models import Call, CallPresence
from nahbar.consent.models import Consent
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.rules import BERLIN
from tests.factories import make_client, make_office, make_staff
from tests.journeys.conftest import DESK, PHONE, watch
from tests.journeys.people import (
    LINK,
    MEDIA_WAIT,
    WAIT,
    Contexts,
    check_devices,
    choose_video,
    expect_media,
    inbound,
    open_link,
    sign_in,
)
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
PROOF = "1704"


@pytest.fixture
def people(stack: Stack) -> tuple[JobCenter, StaffMember, Client]:
    """An office, a counsellor and a client."""
    stack.mail.reset()
    office = make_office("westheide")
    return office, make_staff(office, last_name="Petersen"), make_client(office, last_name="Kaya")


def soon() -> dt.datetime:
    """A quarter of an hour from now, in Berlin: the waiting room is open, the talk not due."""
    return (timezone.now() + dt.timedelta(minutes=15)).astimezone(BERLIN).replace(second=0, microsecond=0)


def test_one_booked_talk_seen_and_heard(
    stack: Stack, context: Contexts, people: tuple[JobCenter, StaffMember, Client]
) -> None:
    _office, staff, client = people
    desk = context(**DESK).new_page()
    complaints = watch(desk)
    sign_in(desk, staff.email)

    # Book
    start = soon()
    desk.get_by_role("link", name="Neuer Termin").first.click()
    desk.get_by_role("searchbox").fill("kay")
    desk.get_by_role("link", name=re.compile("Kaya")).first.click()
    desk.get_by_label("Thema").select_option(label="Berufliche Ziele")
    desk.locator("label.tile", has_text="Video").click()
    desk.get_by_label("Tag").fill(f"{start:%Y-%m-%d}")
    desk.get_by_label("Beginn").fill(f"{start:%H:%M}")
    desk.get_by_role("button", name="Am Telefon").click()
    expect(desk).to_have_url(re.compile(r"/termine/[0-9a-f-]{36}/"))
    appointment = Appointment.objects.get()

    # Invite: over real SMTP, by the worker
    mail = stack.mail.wait_for(1, within=60)[0]
    text = mail.text()
    assert "Berufliche Ziele" not in text
    link = LINK.search(text)
    assert link is not None

    # Arrive
    phone = context(**PHONE).new_page()
    complaints_phone = watch(phone)
    open_link(phone, link[0], PROOF)
    choose_video(phone)
    check_devices(phone)
    assert Consent.objects.get().client == client

    # Wait: told within three seconds, on another staff page
    expect(desk.locator("#waiting")).to_be_visible(timeout=5_000)
    expect(desk.locator("#waiting")).to_contain_text("Kaya")
    expect(phone.get_by_text("weiß Bescheid").first).to_be_visible(timeout=WAIT)
    assert inbound(phone)["bytes"] == 0

    # Admit and talk
    desk.locator("#waiting").get_by_role("link", name="Einlassen").click()
    expect(phone.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    for page in (phone, desk):
        first = expect_media(page)
        page.wait_for_timeout(1500)
        assert inbound(page)["frames"] > first["frames"]
    assert Call.objects.get().state == "active"

    # End
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    expect(desk).to_have_url(re.compile(rf"/termine/{appointment.public_id}/"), timeout=WAIT)
    desk.get_by_role("button", name="Stimmt, eintragen").click()
    expect(desk.get_by_text("Stattgefunden").first).to_be_visible()
    assert Appointment.objects.get().state == "held"
    assert Contact.objects.filter(client=client, kind="video").count() == 1
    assert Contact.objects.count() == 1
    assert not CallPresence.objects.filter(left_at=None).exists()
    assert complaints == []
    assert complaints_phone == []
