"""Real browsers in front of the whole stack."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from nahbar.scheduling.models import Appointment
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.stack import Stack

# Playwright's sync interface runs an event loop in this thread; the tests' own queries are sync all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("NAHBAR_CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
FAKE_MEDIA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "de-DE",
    "user_agent": (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/156.0.0.0 Mobile Safari/537.36"
    ),
}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "de-DE"}


@pytest.fixture(scope="session")
def stack(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """One stack for all journeys."""
    with django_db_blocker.unblock(), Stack() as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright itself."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a fake camera and microphone that say yes when asked."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *FAKE_MEDIA])
    yield running
    running.close()


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (a phone, a desk) and closes them at the end."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(base_url=stack.base_url, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def over(stack: Stack) -> Appointment:
    """By video; its time is just over, and the link still opens the waiting room."""
    stack.mail.reset()
    start = timezone.now().replace(microsecond=0) - dt.timedelta(minutes=25)
    office = make_office("westheide")
    client, staff = make_client(office, last_name="Kaya"), make_staff(office)
    return book(client=client, staff=staff, starts_at=start, minutes=20, now=start - dt.timedelta(days=1))


def watch(page: Page) -> list[str]:
    """Collects what a page complains about; a journey ends with an empty list."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
    page.on(
        "console",
        lambda message: complaints.append(f"console: {message.text}") if message.type == "error" else None,
    )
    return complaints
