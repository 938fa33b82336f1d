"""From an empty database to a held talk, by clicks: what docs/operate/first-afternoon.md tells."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from nahbar.onboarding.first_run import setup_code
from tests.journeys.conftest import DESK, watch
from tests.journeys.hand import Hand
from tests.journeys.people import MEDIA_WAIT, Contexts
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(420)]
PASSWORD = "vier Wörter und ein Fluss"


def found_office(desk: Hand) -> None:
    """The first page of a new installation."""
    desk.page.goto("/")
    for label, text in {
        "Code vom Server": setup_code(),
        "Name": "Jobcenter Westheide",
        "Telefon": "04641 12345",
        "Vorname": "Uwe",
        "Nachname": "Haase",
        "E-Mail-Adresse": "uwe.haase@example.org",
        "Kennwort": PASSWORD,
    }.items():
        desk.fill(label, text)
    desk.take("1-first-run")
    desk.button("Jobcenter anlegen")


def check_server(stack: Stack, desk: Hand) -> None:
    """A mail that comes, and the media server from this browser."""
    desk.link("Server prüfen")
    desk.button("Probe-Mail senden")
    expect(desk.page.locator("#mail-standing .note--ok")).to_be_visible(timeout=30_000)
    (mail,) = stack.mail.wait_for(1, within=10)
    assert mail.text().startswith("Diese Mail kommt von Nahbar")
    desk.button("Verbindung prüfen")
    expect(desk.page.locator("#trial-standing .note--ok")).to_be_visible(timeout=MEDIA_WAIT)
    desk.take("2-server")


def test_first_afternoon(stack: Stack, context: Contexts) -> None:
    stack.mail.reset()
    desk = Hand(context(**DESK).new_page())
    complaints = watch(desk.page)
    found_office(desk)
    expect(desk.page).to_have_url(re.compile("/b/jobcenter-westheide/einrichtung/$"))
    check_server(stack, desk)
    assert complaints == []
