"""What the parts that look through browsers share: the stack, Chromium, people about to talk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from nahbar.audit.rules import SYSTEM
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.links import link_of
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import StaffMember
from nahbar.scheduling.models import Appointment
from tests.factories import book, invitation_for, make_client, make_office, make_staff
from tests.journeys.conftest import CHROMIUM, DESK, FAKE_MEDIA, PHONE, QUIET
from tests.journeys.people import check_devices, choose_video, open_link, sign_in
from tests.journeys.stack import Stack

PROBE = Path(__file__).with_name("probe.js")
PROOF = "1704"
PATIENCE = 60_000


@contextmanager
def stage() -> Iterator[tuple[Stack, Browser]]:
    """The whole of Nahbar and a browser with fake devices."""
    with Stack() as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *FAKE_MEDIA])
        try:
            yield stack, browser
        finally:
            browser.close()


def open_page(browser: Browser, base_url: str, **options: Any) -> Page:
    """A page in a fresh profile, with the probe in it."""
    context: BrowserContext = browser.new_context(base_url=base_url, **options)
    context.add_init_script(path=PROBE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def seen(page: Page, what: str) -> float:
    """When the probe noted something first, in milliseconds since 1970; waits for it."""
    page.wait_for_function("what => window.nahbarBench[what] !== undefined", arg=what, timeout=PATIENCE)
    return float(page.evaluate("what => window.nahbarBench[what]", what))


@dataclass
class House:
    """An office with one counsellor, who has one talk after the other."""

    browser: Browser
    base_url: str

    @cached_property
    def office(self) -> JobCenter:
        """The office."""
        return make_office("westheide", channels=20)

    def appointment(self, *, consented: bool) -> Appointment:
        """A video appointment in ten minutes; its own counsellor and client, so that nothing overlaps."""
        now = timezone.now().replace(microsecond=0)
        client = make_client(self.office)
        if consented:
            give_consent(client=client, route=Route.TAP, by=SYSTEM, text=current_text(language="de"), now=now)
        start = now + dt.timedelta(minutes=10)
        return book(client=client, staff=make_staff(self.office), starts_at=start, now=now)

    def arrive(self, appointment: Appointment, **options: Any) -> Page:
        """The client's page at the device check."""
        page = open_page(self.browser, self.base_url, **PHONE, **options)
        open_link(page, link_to(appointment), PROOF)
        choose_video(page)
        return page

    def wait(self, appointment: Appointment) -> Page:
        """The client's page in the waiting room."""
        page = self.arrive(appointment)
        check_devices(page)
        return page

    def sit_down(self, appointment: Appointment) -> Page:
        """The counsellor's page in the room, sending, with the button that admits."""
        page = open_page(self.browser, self.base_url, **DESK)
        staff: StaffMember = appointment.counsellor
        sign_in(page, staff.email)
        page.goto(f"/b/{self.office.slug}/termine/{appointment.public_id}/gespraech/")
        page.locator("#btn-admit").wait_for()
        page.wait_for_function(SENDING)
        return page


# Microphone and camera are published, as they are for a counsellor who has been there for a while.
SENDING = "() => (window.nahbar?.room()?.localParticipant.trackPublications.size ?? 0) === 2"


def link_to(appointment: Appointment) -> str:
    """The client's personal link."""
    invitation = invitation_for(appointment)
    return link_of(public_id=invitation.public_id, generation=invitation.generation)
