"""A tablet beside the counsellor's PC: picture and sound on one of the two, the papers on the PC."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.scheduling.models import Appointment
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, watch
from tests.journeys.people import (
    MEDIA_WAIT,
    WAIT,
    Contexts,
    admit_as_counsellor,
    admitting_desk,
    expect_flow,
    expect_talk,
    sign_in,
    waiting_phone,
)
from tests.journeys.stack import Stack
from tests.journeys.test_access import problems

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
TABLET: dict[str, Any] = {
    "viewport": {"width": 1024, "height": 768},
    "is_mobile": True,
    "has_touch": True,
    "locale": "de-DE",
    "user_agent": (
        "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
    ),
}
# A thin client: a microphone and a speaker, and no camera.
NO_CAMERA = """
const media = navigator.mediaDevices, open = media.getUserMedia.bind(media), list = media.enumerateDevices.bind(media);
media.getUserMedia = (wanted) => wanted.video
    ? Promise.reject(new DOMException("none", "NotFoundError")) : open(wanted);
media.enumerateDevices = async () => (await list()).filter(({kind}) => kind !== "videoinput");
"""


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment that began a minute ago."""
    stack.mail.reset()
    now = timezone.now().replace(microsecond=0)
    office = make_office("westheide")
    client = make_client(office, last_name="Kaya", phone_display="0151 2345678")
    return book(client=client, staff=make_staff(office), starts_at=now, now=now - dt.timedelta(hours=1))


def shown_code(desk: Page) -> str:
    """Opens the sheet and reads what the code says."""
    desk.wait_for_function("() => window.nahbar?.room()?.state === 'connected'", timeout=MEDIA_WAIT)
    desk.locator("#btn-tablet").click()
    return read_code(desk)


def read_code(desk: Page) -> str:
    """What a camera reads off the screen, put together from what stands below it."""
    expect(desk.locator("#tablet-code svg")).to_be_visible()
    address, secret = desk.locator("#tablet-code b").all_text_contents()
    return f"{address[address.index('/g/') :]}#{secret.replace(' ', '')}"


def use_code(context: Contexts, code: str) -> Page:
    """A tablet photographs the code, and somebody taps."""
    tablet = context(**TABLET).new_page()
    tablet.goto(code)
    tablet.get_by_role("button", name="Dieses Tablet benutzen").tap()
    return tablet


def holding_tablet(context: Contexts, desk: Page) -> Page:
    """A tablet that has picture and sound."""
    tablet = use_code(context, shown_code(desk))
    expect(desk.locator("#handed")).to_be_visible(timeout=MEDIA_WAIT)
    return tablet


def test_a_pc_without_a_camera_is_seen_through_the_tablet(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    pc = context(**DESK)
    pc.add_init_script(NO_CAMERA)
    desk = pc.new_page()
    complaints = watch(desk)
    admit_as_counsellor(desk, appointment)
    note = desk.locator("#device-note")
    expect(note).to_contain_text("Hier gibt es keine Kamera", timeout=WAIT)
    expect(desk.locator("#other")).to_be_visible(timeout=MEDIA_WAIT)
    note.get_by_role("button", name="Tablet verbinden").click()
    expect(desk.locator("#tablet-time")).to_have_text("Der Code gilt noch zwei Minuten.")
    found = {"sheet": problems(desk)}
    tablet = context(**TABLET).new_page()
    complaints_there = watch(tablet)
    tablet.goto(read_code(desk))
    assert "#" not in tablet.url
    found["landing"] = problems(tablet)
    tablet.get_by_role("button", name="Dieses Tablet benutzen").tap()

    expect_talk(phone, tablet)

    expect(desk.locator("#handed")).to_contain_text("Bild und Ton laufen auf dem Tablet.", timeout=WAIT)
    expect(desk.locator("#face-text")).to_contain_text("ist im Gespräch")
    assert desk.evaluate("window.nahbar.room()") is None
    expect(tablet).to_have_url(re.compile(r"/gespraech$"))
    found |= {"tablet": problems(tablet), "desk": problems(desk)}
    assert {name: what for name, what in found.items() if what} == {}
    assert complaints == complaints_there == []


def test_picture_and_sound_go_to_and_fro(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_flow(desk)
    tablet = holding_tablet(context, desk)
    tablet.locator("#btn-hear").click()
    expect(tablet.locator("#sheet-hear")).to_be_visible()
    tablet.locator("#sheet-hear [data-close-sheet]").click()
    expect(tablet.locator("#sheet-hear")).to_be_hidden()
    expect_talk(phone, tablet)
    desk.reload()
    expect(desk.locator("#handed")).to_be_visible(timeout=WAIT)
    tablet.reload()
    expect_talk(phone, tablet)

    expect(desk.locator("#face-text")).to_contain_text("ist im Gespräch")
    desk.get_by_role("button", name="Hierher holen").click()
    expect_talk(phone, desk)
    expect(tablet.locator("#handed")).to_contain_text("Bild und Ton laufen am PC.", timeout=WAIT)
    assert tablet.evaluate("window.nahbar.room()") is None
    tablet.reload()
    expect(tablet.locator("#handed")).to_be_visible(timeout=WAIT)

    tablet.get_by_role("button", name="Hierher holen").tap()
    expect_talk(phone, tablet)
    tablet.get_by_role("button", name="An den PC zurückgeben").tap()
    expect_talk(phone, desk)
    expect(desk.locator("#handed")).to_be_hidden()
    assert phone.url.endswith("/gespraech")


def test_a_code_opens_for_one_tablet_and_not_for_somebody_else(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    other = make_staff(appointment.jobcenter)
    desk = admitting_desk(context, appointment)
    code = shown_code(desk)
    theirs = context(**TABLET).new_page()
    sign_in(theirs, other.email)
    theirs.goto(code)
    theirs.get_by_role("button", name="Dieses Tablet benutzen").tap()
    expect(theirs.get_by_role("heading")).to_have_text("Auf diesem Tablet ist jemand anderes angemeldet")
    use_code(context, code)
    expect(desk.locator("#handed")).to_be_visible(timeout=MEDIA_WAIT)
    late = use_code(context, code)
    expect(late.get_by_role("heading")).to_have_text("Dieser Code wurde schon benutzt")


def test_admission_and_the_end_stay_on_the_pc(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    desk = context(**DESK).new_page()
    sign_in(desk, appointment.counsellor.email)
    desk.goto(f"/b/westheide/termine/{appointment.public_id}/gespraech/")
    tablet = holding_tablet(context, desk)
    phone = waiting_phone(context, appointment)
    desk.get_by_role("button", name="Einlassen").click()
    expect_talk(phone, tablet)
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    expect(tablet.locator("#ended")).to_be_visible(timeout=WAIT)


def test_signing_out_on_the_pc_puts_the_tablet_out_within_seconds(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    tablet = holding_tablet(context, desk)
    expect_talk(phone, tablet)
    other_tab = desk.context.new_page()
    other_tab.goto("/b/westheide/heute/")
    other_tab.get_by_role("button", name="Abmelden").click()
    expect(tablet.locator("#ended")).to_be_visible(timeout=5_000)
    assert tablet.evaluate("window.nahbar.room()") is None
    tablet.reload()
    expect(tablet.get_by_role("heading")).to_have_text("Dieses Tablet ist nicht verbunden")


def test_a_tablet_that_is_lost_ends_nothing(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    tablet = holding_tablet(context, desk)
    expect_talk(phone, tablet)
    tablet.close()
    expect(desk.locator("#handed-text")).to_contain_text("Das Tablet meldet sich nicht", timeout=14_000)
    desk.get_by_role("button", name="Hierher holen").click()
    expect_talk(phone, desk)


def test_a_tablet_that_is_disconnected_leaves_the_talk_to_the_pc(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    tablet = holding_tablet(context, desk)
    expect_talk(phone, tablet)
    room = tablet.evaluate("window.nahbar.room().name")
    desk.get_by_role("button", name="Tablet trennen").click()
    expect(tablet.locator("#ended")).to_be_visible(timeout=WAIT)
    expect_talk(phone, desk)
    assert desk.evaluate("window.nahbar.room().name") != room


def test_a_code_lasts_two_minutes_and_another_comes_with_a_tap(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    desk = context(**DESK).new_page()
    desk.clock.install()
    sign_in(desk, appointment.counsellor.email)
    desk.goto(f"/b/westheide/termine/{appointment.public_id}/gespraech/")
    first = shown_code(desk)
    desk.clock.fast_forward(65_000)
    expect(desk.locator("#tablet-time")).to_have_text("Der Code gilt noch 60 Sekunden.")
    desk.clock.fast_forward(60_000)
    expect(desk.locator("#tablet-time")).to_contain_text("Der Code gilt nicht mehr.")
    expect(desk.locator("#tablet-code svg")).to_have_count(0)
    desk.get_by_role("button", name="Neuen Code zeigen").click()
    expect(desk.locator("#tablet-code svg")).to_be_visible()
    assert read_code(desk) != first
    expect(use_code(context, first).get_by_role("heading")).to_have_text("Dieser Code gilt nicht mehr")


def test_a_pc_without_a_camera_is_told_so_once(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    pc = context(**DESK)
    pc.add_init_script(NO_CAMERA)
    desk = pc.new_page()
    admit_as_counsellor(desk, appointment)
    expect(desk.locator("#device-note")).to_contain_text("Hier gibt es keine Kamera", timeout=WAIT)
    desk.reload()
    expect(desk.locator("#device-camera")).to_have_text("gibt es hier nicht")
    expect(desk.locator("#device-microphone")).to_have_text("geht", timeout=WAIT)
    desk.wait_for_function("() => window.nahbar?.room()?.state === 'connected'", timeout=MEDIA_WAIT)
    expect(desk.locator("#device-note")).to_be_hidden()
    expect(desk.get_by_role("button", name="Tablet verbinden")).to_be_visible()
    desk.get_by_role("button", name="Ton abspielen").click()
    desk.get_by_role("button", name="Gehört", exact=True).click()
    desk.reload()
    expect(desk.locator("#device-speaker")).to_have_text("geht")
