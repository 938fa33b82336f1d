"""In the middle of a talk: another device, the telephone, a no. Whoever is not concerned notices nothing."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.audit.rules import SYSTEM
from nahbar.calls.models import CallParticipation, CallPresence
from nahbar.consent.operations import withdraw_consent
from nahbar.consent.rules import Purpose
from nahbar.scheduling.models import Appointment, ChannelBooking, Contact
from nahbar.scheduling.rules import ParticipationRole
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.people import (
    MEDIA_WAIT,
    WAIT,
    Contexts,
    admitting_desk,
    elsewhere,
    expect_media,
    inbound,
    waiting_phone,
)
from tests.journeys.stack import Stack
from tests.journeys.test_access import problems

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment that began a minute ago."""
    stack.mail.reset()
    now = timezone.now().replace(microsecond=0)
    office = make_office("westheide")
    client = make_client(office, last_name="Kaya", phone_display="0151 2345678")
    return book(client=client, staff=make_staff(office), starts_at=now, now=now - dt.timedelta(hours=1))


@pytest.fixture
def talk(context: Contexts, appointment: Appointment) -> tuple[Page, Page]:
    """A phone and a desk that see and hear each other."""
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    expect_media(desk)
    return phone, desk


def presences() -> dict[str, int]:
    """Open presences by role."""
    rows = CallPresence.objects.filter(left_at=None).values_list("place__participation__role", flat=True)
    return {role: list(rows).count(role) for role in set(rows)}


def test_another_device_takes_over_once_it_is_let_in(
    context: Contexts, appointment: Appointment, talk: tuple[Page, Page]
) -> None:
    phone, desk = talk
    second = waiting_phone(context, appointment)
    expect(second.locator("#wait-headline")).to_contain_text("weitersprechen", timeout=WAIT)
    expect(desk.locator("#takeover")).to_be_visible(timeout=WAIT)
    before = inbound(phone)["frames"]
    phone.wait_for_timeout(1500)
    assert inbound(phone)["frames"] > before
    assert inbound(second)["bytes"] == 0

    desk.get_by_role("button", name="Dort einlassen").click()

    expect(second.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    expect_media(second)
    expect(phone.locator("#p-door")).to_be_visible(timeout=WAIT)
    expect(phone.locator("#door-title")).to_contain_text("anderen Gerät")
    expect(desk.locator("#takeover")).to_be_hidden()
    expect_media(desk)
    assert CallParticipation.objects.filter(participation__role=ParticipationRole.CLIENT).count() == 1
    assert presences() == {"client": 1, "counsellor": 1}


def test_another_device_that_is_refused_changes_nothing(
    context: Contexts, appointment: Appointment, talk: tuple[Page, Page]
) -> None:
    phone, desk = talk
    second = waiting_phone(context, appointment)
    desk.get_by_role("button", name="Hier bleiben").click(timeout=WAIT)
    expect(second.locator("#p-door")).to_be_visible(timeout=WAIT)
    expect(second.locator("#door-text")).to_contain_text("Legen Sie dort auf")
    before = inbound(phone)["frames"]
    phone.wait_for_timeout(1500)
    assert inbound(phone)["frames"] > before
    assert presences() == {"client": 1, "counsellor": 1}


def test_the_client_goes_on_by_telephone(appointment: Appointment, talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    phone.get_by_role("button", name="Mehr").click()
    phone.get_by_role("button", name="Am Telefon weiter").click()
    expect(phone).to_have_url(re.compile(r"/termin"), timeout=WAIT)
    expect(phone.get_by_role("heading", name=re.compile("ruft Sie"))).to_be_visible()
    expect(desk).to_have_url(re.compile(rf"/termine/{appointment.public_id}/$"), timeout=WAIT)
    expect(desk.get_by_role("link", name=re.compile("Jetzt anrufen"))).to_have_attribute("href", re.compile("^tel:"))
    assert not ChannelBooking.objects.exists()
    desk.get_by_role("button", name=re.compile("eintragen|Stattgefunden")).first.click()
    expect(desk.get_by_text("Stattgefunden").first).to_be_visible(timeout=WAIT)
    assert list(Contact.objects.values_list("kind", flat=True)) == ["telephone"]


def test_the_counsellor_goes_on_by_telephone(appointment: Appointment, talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Am Telefon weiter").click()
    expect(desk.get_by_role("link", name=re.compile("Jetzt anrufen"))).to_be_visible(timeout=WAIT)
    expect(phone.get_by_role("heading", name=re.compile("ruft Sie"))).to_be_visible(timeout=WAIT)
    assert Appointment.objects.get().mode == "telephone"
    assert presences() == {}


def test_a_withdrawal_ends_the_media_of_both(appointment: Appointment, talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    closed = "() => !window.nahbar?.room() || window.nahbar.room().state === 'disconnected'"
    withdraw = partial(withdraw_consent, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=timezone.now())
    elsewhere(partial(withdraw, client=appointment.client))
    for page in (phone, desk):
        page.wait_for_function(closed, timeout=WAIT)
    expect(phone.get_by_role("link", name=re.compile("040 66969")).first).to_be_visible(timeout=WAIT)
    assert Appointment.objects.get().state == "planned"


def test_a_device_that_is_unplugged_leaves_the_talk_as_it_is(talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    phone.evaluate(
        """() => {
            for (const {track} of window.nahbar.room().localParticipant.trackPublications.values()) {
                track.mediaStreamTrack.stop();
                track.mediaStreamTrack.dispatchEvent(new Event("ended"));
            }
        }"""
    )
    expect(phone.get_by_role("button", name="Mikrofon aus")).to_be_visible()
    expect(phone.locator("#nb-live")).to_have_text(re.compile("Wir finden kein"))
    expect(desk.locator("#peer-off")).to_be_visible(timeout=WAIT)
    before = inbound(phone)["frames"]
    phone.wait_for_timeout(1500)
    assert inbound(phone)["frames"] > before
    expect(desk.locator("#sheet-away")).to_be_hidden()

    phone.get_by_role("button", name="Mikrofon aus").click()
    phone.get_by_role("button", name="Kamera aus").click()
    heard = inbound(desk)
    desk.wait_for_timeout(2500)
    assert inbound(desk)["frames"] > heard["frames"]
    assert inbound(desk)["energy"] > heard["energy"]


def test_after_a_minute_of_trouble_the_telephone_comes_first(
    stack: Stack, appointment: Appointment, talk: tuple[Page, Page]
) -> None:
    phone, desk = talk
    stack.livekit.kill()
    try:
        for page in (phone, desk):
            expect(page.locator("#away-title")).to_have_text("Einen Moment, wir verbinden neu", timeout=WAIT)
            assert problems(page) == []
        for page in (phone, desk):
            expect(page.locator("#away-title")).to_have_text("Sprechen Sie am Telefon weiter", timeout=70_000)
            assert problems(page) == []
        phone.get_by_role("button", name="Am Telefon weiter").click()
        expect(phone.get_by_role("heading", name=re.compile("ruft Sie"))).to_be_visible(timeout=WAIT)
        expect(desk.get_by_role("link", name=re.compile("Jetzt anrufen"))).to_be_visible(timeout=WAIT)
        assert Appointment.objects.get().mode == "telephone"
    finally:
        stack.livekit.start()


def test_the_desk_is_told_when_the_other_line_is_gone(talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    phone.context.close()
    expect(desk.locator("#away-title")).to_contain_text("ist gerade nicht verbunden", timeout=40_000)
    assert problems(desk) == []
    desk.get_by_role("button", name="Auflegen").click(trial=True)
