"""What people do in front of a screen, step by step, as they would."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from playwright.sync_api import BrowserContext, Error, Page, expect

from nahbar.calls.models import CallParticipation, CallPresence
from nahbar.calls.rules import PlaceState
from nahbar.invitations.links import link_of
from nahbar.scheduling.models import Appointment
from tests.factories import PASSWORD, invitation_for
from tests.journeys.conftest import DESK, PHONE

Result = TypeVar("Result")
Contexts = Callable[..., BrowserContext]

PROOF = "1704"
LINK = re.compile(r"http://localhost:\d+/t/[0-9a-f-]{36}#[\w=-]+")
WAIT = 15_000
MEDIA_WAIT = 20_000
# Seconds until media have to be back, on a machine that has other things to do. How quick it is, the bench tells.
PATIENCE = 40


def sign_in(page: Page, email: str) -> None:
    """The counsellor's way in, with address and password."""
    page.goto("/anmelden/")
    page.get_by_label("E-Mail").fill(email)
    page.get_by_label("Kennwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.locator("main")).to_be_visible()


def open_link(page: Page, link: str, digits: str) -> None:
    """Link, one tap, proof: to the appointment."""
    page.goto(link)
    page.get_by_role("button", name="Weiter").click()
    page.locator("#digits").fill(digits)
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_text("Wie möchten Sie sprechen?").first).to_be_visible()


def choose_video(page: Page) -> None:
    """Video, and the consent where it is still missing: to the device check."""
    page.locator("label.tile", has_text="Video").click()
    page.get_by_role("button", name=re.compile("Weiter|Ändern")).click()
    yes = page.get_by_role("button", name="Ja, ich bin einverstanden")
    if page.url.endswith("/einverstaendnis"):
        yes.click()
    expect(page).to_have_url(re.compile(r"/gespraech$"))


def answer_net(page: Page) -> None:
    """Somebody on mobile data, if the page asks for it."""
    if page.locator("#p-net").is_visible():
        page.locator("#alt").click()
        expect(page.locator("#p-microphone")).to_be_visible()


def try_devices(page: Page, *, camera: bool = True) -> None:
    """Microphone, camera and sound; the last press begins with the connection."""
    go, alternative = page.locator("#go"), page.locator("#alt")
    answer_net(page)
    go.click()
    expect(page.locator("#p-meter")).to_be_visible(timeout=WAIT)
    expect(page.locator("#meter-ok")).to_be_visible(timeout=WAIT)
    go.click()
    expect(page.locator("#p-camera")).to_be_visible()
    if camera:
        go.click()
        expect(page.locator("#p-preview")).to_be_visible(timeout=WAIT)
        go.click()
    else:
        alternative.click()
    expect(page.locator("#p-sound")).to_be_visible()
    go.click()
    expect(page.locator("#p-heard")).to_be_visible()
    go.click()


def check_devices(page: Page, *, camera: bool = True) -> None:
    """Microphone, camera, sound, connection: to the waiting room."""
    try_devices(page, camera=camera)
    expect(page.locator("#p-wait")).to_be_visible(timeout=MEDIA_WAIT)


def arrive_at_check(page: Page, appointment: Appointment) -> None:
    """From the link to the device check; the page's own address says where the pages are."""
    invitation = invitation_for(appointment)
    link = link_of(public_id=invitation.public_id, generation=invitation.generation)
    open_link(page, link.removeprefix(settings.NAHBAR_BASE_URL), PROOF)
    choose_video(page)
    # Over a slow line a press is lost that comes before the page's script.
    page.wait_for_load_state()


def wait_as_client(page: Page, appointment: Appointment) -> None:
    """From the link into the waiting room."""
    arrive_at_check(page, appointment)
    check_devices(page)


def admit_as_counsellor(page: Page, appointment: Appointment) -> None:
    """The counsellor's talk, which admits by itself."""
    sign_in(page, appointment.counsellor.email)
    # As a press on a page of ours goes there: an address from elsewhere admits nobody.
    address = f"/b/{appointment.jobcenter.slug}/termine/{appointment.public_id}/gespraech/?einlassen=1"
    with page.expect_navigation():
        page.evaluate("(address) => location.assign(address)", address)


def waiting_phone(context: Contexts, appointment: Appointment) -> Page:
    """A phone in the waiting room."""
    phone = context(**PHONE).new_page()
    wait_as_client(phone, appointment)
    return phone


def admitting_desk(context: Contexts, appointment: Appointment) -> Page:
    """The counsellor's talk, which admits by itself."""
    desk = context(**DESK).new_page()
    admit_as_counsellor(desk, appointment)
    return desk


def elsewhere(work: Callable[[], Result]) -> Result:
    """Runs an operation in another thread: Playwright's event loop occupies this one."""

    def run() -> Result:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result(20)


def inbound(page: Page) -> dict[str, float]:
    """What has arrived so far: decoded video frames, and seconds of sound with their energy."""
    stats: dict[str, Any] = page.evaluate("window.nahbar.stats()")
    found = {"frames": 0.0, "samples": 0.0, "energy": 0.0, "bytes": 0.0}
    for entry in stats["inbound"]:
        found["frames"] += entry.get("framesDecoded", 0) or 0
        found["samples"] += entry.get("totalSamplesReceived", 0) or 0
        found["energy"] += entry.get("totalAudioEnergy", 0) or 0
        found["bytes"] += entry.get("bytesReceived", 0) or 0
    return found


def expect_media(page: Page) -> dict[str, float]:
    """Waits until frames and audible sound have arrived."""
    # Asked again and again from here: for `wait_for_function` a promise of "no" is a yes.
    flows = """async () => {
        if (!window.nahbar) return false;
        const {inbound} = await window.nahbar.stats();
        const frames = inbound.some((e) => (e.framesDecoded ?? 0) > 5);
        const sound = inbound.some((e) => e.kind === "audio" && (e.totalAudioEnergy ?? 0) > 0);
        return frames && sound;
    }"""
    last_try = time.monotonic() + MEDIA_WAIT / 1000
    while not page.evaluate(flows):
        assert time.monotonic() < last_try, "no picture or no sound"
        page.wait_for_timeout(250)
    return inbound(page)


def expect_flow(page: Page, *, within: float = PATIENCE) -> float:
    """Waits until frames and audible sound come *now*; how many seconds that took."""
    begun = time.monotonic()
    before: dict[str, float] | None = None
    while True:
        assert time.monotonic() - begun < within, f"no picture or no sound after {within:.0f} s"
        try:
            now = inbound(page)
        except Error:
            now = None  # the page is on its way
        # A new connection counts from nought.
        if now and before and now["frames"] >= before["frames"] + 3 and now["energy"] > before["energy"]:
            return time.monotonic() - begun
        before = now
        page.wait_for_timeout(500)


def expect_talk(phone: Page, desk: Page) -> None:
    """Frames and sound come on both sides, nobody met the lobby again, and each is there once."""
    for page in (phone, desk):
        expect_flow(page)
    expect(phone.locator("#talk")).to_be_visible()
    expect(phone.locator("#p-wait")).to_be_hidden()
    last_try = time.monotonic() + WAIT / 1000
    while (there := _present()) != ["client", "counsellor"]:
        assert time.monotonic() < last_try, there
        phone.wait_for_timeout(500)
    places = CallParticipation.objects.values_list("participation__role", "state")
    assert sorted(places) == [("client", PlaceState.ADMITTED), ("counsellor", PlaceState.ADMITTED)]


def _present() -> list[str]:
    """Who is in a room according to the database, one entry a presence."""
    return sorted(CallPresence.objects.filter(left_at=None).values_list("place__participation__role", flat=True))
