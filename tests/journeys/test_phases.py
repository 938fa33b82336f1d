"""What a screen reader says in each phase of the call page, and that axe has nothing to complain of there.

`away`, `alone` and `late` are in test_talk_changes, `handed` in test_tablet.
"""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect

from nahbar.scheduling.models import Appointment
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.people import (
    MEDIA_WAIT,
    Contexts,
    admit_as_counsellor,
    arrive_at_check,
    expect_media,
    try_devices,
    wait_as_client,
)
from tests.journeys.stack import Stack
from tests.journeys.test_access import problems

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
STEP = re.compile(r"nahbar state from=\w+ to=(\w+) by=\w+")
# What is read out without anybody looking for it: live regions that change, and what the focus comes to.
LISTENER = """() => {
    window.spoken = [];
    const say = (text) => {
        const words = (text ?? "").replace(/\\s+/g, " ").trim();
        if (words) window.spoken.push(words);
    };
    const live = "[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]";
    const changed = (records) => {
        for (const { target } of records) {
            const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
            const region = element?.closest(live);
            if (region?.checkVisibility()) say(region.innerText);
        }
    };
    const all = { subtree: true, childList: true, characterData: true };
    new MutationObserver(changed).observe(document, all);
    document.addEventListener("focusin", ({ target }) => say(target.getAttribute("aria-label") ?? target.innerText));
}"""
WITHOUT_VIDEO = "() => { delete window.RTCPeerConnection; }"


class Watched:
    """A page whose phases and spoken words are kept."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.phases: list[str] = []
        page.add_init_script(f"({LISTENER})()")
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        found = STEP.search(message.text)
        if found:
            self.phases.append(found[1])

    def reaches(self, phase: str, *, says: str) -> None:
        """Waits for the phase and for the words, then asks axe; what was said before no longer counts."""
        last_try = time.monotonic() + 2 * MEDIA_WAIT / 1000
        while phase not in self.phases or (heard := self._heard(says)) == 0:
            assert time.monotonic() < last_try, f"{phase} of {self.phases}, said: {self._spoken()}"
            self.page.wait_for_timeout(200)
        del self.phases[: self.phases.index(phase)]
        self.page.evaluate("(count) => window.spoken.splice(0, count)", heard)
        assert problems(self.page) == []

    def _heard(self, wanted: str) -> int:
        """How many things were said up to the wanted one; 0 when it was not."""
        spoken = self._spoken()
        return next((count for count, words in enumerate(spoken, 1) if re.search(wanted, words)), 0)

    def _spoken(self) -> list[str]:
        spoken: list[str] = self.page.evaluate("window.spoken")
        return spoken


def appointment_in(minutes: int) -> Appointment:
    """By video."""
    now = timezone.now().replace(microsecond=0)
    office = make_office("westheide")
    start = now + dt.timedelta(minutes=minutes)
    return book(client=make_client(office, last_name="Kaya"), staff=make_staff(office), starts_at=start, now=now)


@pytest.fixture
def phone(context: Contexts) -> Watched:
    """An old phone."""
    return Watched(context(**PHONE).new_page())


def test_a_browser_that_cannot_do_it(stack: Stack, phone: Watched) -> None:
    phone.page.add_init_script(f"({WITHOUT_VIDEO})()")
    arrive_at_check(phone.page, appointment_in(10))
    phone.reaches("stuck", says="zu alt für Video")


def test_a_line_that_does_not_come_and_a_room_that_is_not_open(stack: Stack, phone: Watched) -> None:
    arrive_at_check(phone.page, appointment_in(180))
    stack.livekit.kill()
    try:
        try_devices(phone.page)
        phone.reaches("joining", says="Verbindung")
        phone.reaches("blocked", says="Die Verbindung kommt nicht zustande")
    finally:
        stack.livekit.start()
    phone.page.locator("#go").click()
    phone.reaches("early", says=r"Der Warteraum öffnet um \w+\sUhr")
    # There is no line yet, so none that is being opened anew.
    expect(phone.page.locator("#wait-line")).to_be_hidden()


def test_from_waiting_to_another_device_and_out(stack: Stack, context: Contexts, phone: Watched) -> None:
    appointment = appointment_in(0)
    wait_as_client(phone.page, appointment)
    phone.reaches("waiting", says="Sie sind da")
    stack.livekit.kill()
    try:
        phone.reaches("lost", says="Wir verbinden neu")
    finally:
        stack.livekit.start()
    phone.reaches("waiting", says="Verbindung steht")

    desk = Watched(context(**DESK).new_page())
    admit_as_counsellor(desk.page, appointment)
    phone.reaches("talking", says="Das Gespräch mit .* beginnt")
    desk.reaches("talking", says="Wir verbinden Sie mit .*Kaya")
    expect_media(phone.page)

    second = Watched(context(**PHONE).new_page())
    wait_as_client(second.page, appointment)
    second.reaches("asking", says="auf diesem Gerät weitersprechen")
    desk.reaches("talking", says="Kaya möchte auf einem anderen Gerät weitersprechen")
    desk.page.get_by_role("button", name="Dort einlassen").click()
    phone.reaches("elsewhere", says="auf einem anderen Gerät")
    second.reaches("talking", says="Das Gespräch mit .* beginnt")

    desk.page.get_by_role("button", name="Auflegen").click()
    desk.page.get_by_role("button", name="Falsche Person: hinaussetzen").click()
    second.reaches("removed", says="Das Video ist (für Sie )?beendet")
    desk.reaches("talking", says="nicht mehr im Gespräch")
