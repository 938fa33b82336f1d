"""From an empty database to a held talk, by clicks: what docs/operate/first-afternoon.md tells."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.readiness import missing
from nahbar.onboarding.first_run import setup_code
from nahbar.people.models import Client
from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.rules import BERLIN
from tests.journeys.conftest import DESK, PHONE, watch
from tests.journeys.hand import PICTURES, Hand
from tests.journeys.people import (
    LINK,
    MEDIA_WAIT,
    WAIT,
    Contexts,
    check_devices,
    choose_video,
    expect_media,
    open_link,
)
from tests.journeys.stack import Stack
from tests.journeys.test_sign_in import LINK as ACCOUNT_LINK
from tests.journeys.test_sign_in import with_authenticator

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(420)]
MOST_MAILS = 20
PASSWORD = "vier Wörter und ein Fluss"
DOCS = Path(__file__).resolve().parents[2] / "docs/operate/first-afternoon.md"
PEOPLE = """Kundennummer;Anrede;Vorname;Nachname;Geburtsdatum;E-Mail;Telefon;Team
123A000001;Frau;Elif;Kaya;17.04.1988;elif@example.org;0170 1234567;Team 1
123A000002;Herr;Jürgen;Müller;02.11.1971;;040 123456;Team 1
123A000003;Frau;Olga;Petrenko;24.12.1990;olga@example.org;;Team 1
"""


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
    desk.page.evaluate("scrollTo(0, 0)")
    desk.take("1-first-run")
    desk.button("Jobcenter anlegen")


def make_passkey(desk: Hand) -> None:
    """The second step, which every office asks for unless it says otherwise."""
    desk.link("Passkey einrichten")
    if "bestaetigen" in desk.page.url:
        desk.fill("Kennwort", PASSWORD)
        desk.button("Bestätigen")
    desk.button("Passkey anlegen")
    desk.link("Weiter zur Arbeit")


def check_server(stack: Stack, desk: Hand) -> None:
    """A mail that comes, and the media server from this browser."""
    desk.link("Server prüfen")
    desk.button("Probe-Mail senden")
    expect(desk.page.locator("#mail-standing .note--ok")).to_be_visible(timeout=30_000)
    assert stack.mail.wait_for(1, within=10)[-1].text().startswith("Diese Mail kommt von Nahbar")
    desk.button("Verbindung prüfen")
    expect(desk.page.locator("#trial-standing .note--ok")).to_be_visible(timeout=MEDIA_WAIT)
    desk.take("3-server")
    desk.link("Einrichtung")


def publish(desk: Hand, page: str) -> None:
    """One of the three pages every office owes: gaps filled, looked at, published."""
    desk.press(desk.page.get_by_role("link", name=f"{page}: noch nicht veröffentlicht"))
    # `all` waits for nothing, and the page may still be on its way.
    desk.page.locator("textarea").first.wait_for()
    for text in desk.page.locator("textarea").all():
        text.fill(re.sub(r"\[[^\[\]\n]+\](?!\()", "Westheide", text.input_value()))
        desk.fields += 1
    desk.button("Speichern und ansehen")
    if page == "Impressum":
        desk.take("4-text")
    desk.button("Veröffentlichen")
    desk.link("Einrichtung")


def link_in_mail(stack: Stack, pattern: re.Pattern[str]) -> str:
    """The link in the first mail that has one; the product also tells people what happens to their accounts."""
    for arrived in range(1, MOST_MAILS):
        found = pattern.search(stack.mail.wait_for(arrived, within=60)[arrived - 1].text())
        if found:
            return found[0]
    raise AssertionError("no mail has such a link")


def invite(stack: Stack, desk: Hand) -> str:
    """A counsellor; their link from the mail."""
    desk.link("Noch niemand berät: Laden Sie Ihre Fachkräfte ein.")
    desk.link("Einladen")
    for label, text in {
        "E-Mail-Adresse": "inga@example.org",
        "Vorname": "Inga",
        "Nachname": "Petersen",
    }.items():
        desk.fill(label, text)
    desk.press(desk.page.get_by_label("Fachkraft").first)
    desk.choose("Team als Fachkraft", "Team 1")
    desk.take("5-invitation")
    desk.button("Einladen")
    expect(desk.page.get_by_text("Petersen").first).to_be_visible()
    return link_in_mail(stack, ACCOUNT_LINK)


def take_over(desk: Hand) -> None:
    """The list from the specialist software."""
    desk.link("Einrichtung")
    desk.link("Personen übernehmen")
    content = PEOPLE.encode("cp1252")
    desk.page.get_by_label("Liste als CSV oder Excel (XLSX)").set_input_files(
        {"name": "liste.csv", "mimeType": "text/csv", "buffer": content}
    )
    desk.clicks += 2
    desk.button("Liste ansehen")
    go = desk.page.get_by_role("button", name="3 Zeilen übernehmen")
    expect(go).to_be_visible(timeout=WAIT)
    desk.take("6-import")
    desk.press(go)
    expect(desk.page.get_by_role("button", name="Als Ganzes zurücknehmen")).to_be_visible(timeout=30_000)


def begin_work(context: BrowserContext, link: str) -> Hand:
    """The counsellor's way in, from the mail to their day; they switch video on for themselves."""
    page = context.new_page()
    with_authenticator(context, page)
    desk = Hand(page)
    page.goto(link)
    desk.button("Weiter")
    desk.fill("Neues Kennwort", PASSWORD)
    desk.button("Kennwort speichern")
    desk.link("Zur Anmeldung")
    desk.fill("E-Mail-Adresse", "inga@example.org")
    desk.fill("Kennwort", PASSWORD)
    desk.button("Anmelden")
    make_passkey(desk)
    desk.link("Für mich")
    desk.link("Video")
    desk.button("Video einschalten")
    return desk


def book(desk: Hand) -> Appointment:
    """A talk by video in a quarter of an hour: the waiting room is open, the talk not due."""
    start = (timezone.now() + dt.timedelta(minutes=15)).astimezone(BERLIN).replace(second=0, microsecond=0)
    desk.link("Neuer Termin")
    desk.page.get_by_role("searchbox").fill("kaia")
    desk.fields += 1
    desk.press(desk.page.get_by_role("link", name=re.compile("Kaya")).first)
    desk.press(desk.page.locator("label.tile", has_text="Video"))
    desk.fill("Tag", f"{start:%Y-%m-%d}")
    desk.fill("Beginn", f"{start:%H:%M}")
    desk.take("7-booking")
    desk.button("Am Telefon")
    expect(desk.page).to_have_url(re.compile(r"/termine/[0-9a-f-]{36}/"))
    return Appointment.objects.get()


def talk(stack: Stack, desk: Hand, phone: Page) -> None:
    """The client comes by the mail's link, both see and hear each other, and it is counted."""
    open_link(phone, link_in_mail(stack, LINK), "1704")
    choose_video(phone)
    check_devices(phone)
    expect(desk.page.locator("#waiting")).to_be_visible(timeout=10_000)
    desk.press(desk.page.locator("#waiting").get_by_role("link", name="Einlassen"))
    expect(phone.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    for page in (phone, desk.page):
        expect_media(page)
    desk.page.screenshot(path=PICTURES / "8-talk.png")
    desk.button("Auflegen")
    desk.button("Gespräch für beide beenden")
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    desk.button("Stimmt, eintragen")
    expect(desk.page.get_by_text("Stattgefunden").first).to_be_visible()


def test_from_nothing_to_the_first_talk(stack: Stack, context: Contexts) -> None:
    stack.mail.reset()
    browser = context(**DESK)
    desk = Hand(browser.new_page())
    complaints = watch(desk.page)
    with_authenticator(browser, desk.page)
    found_office(desk)
    make_passkey(desk)
    expect(desk.page).to_have_url(re.compile("/b/jobcenter-westheide/einrichtung/$"))
    desk.take("2-missing")
    check_server(stack, desk)
    for page in ("Impressum", "Datenschutz", "Barrierefreiheit"):
        publish(desk, page)
    link = invite(stack, desk)
    take_over(desk)
    assert missing(JobCenter.objects.get()) == []
    assert list(Client.objects.order_by("number").values_list("last_name", flat=True)) == ["Kaya", "Müller", "Petrenko"]

    own = begin_work(context(**DESK), link)
    appointment = book(own)
    talk(stack, own, context(**PHONE).new_page())
    appointment.refresh_from_db()
    assert (appointment.state, Contact.objects.filter(kind="video").count()) == ("held", 1)
    assert complaints == []
    assert f"**{desk.clicks} clicks and {desk.fields} fields**" in DOCS.read_text(encoding="utf-8")
    assert f"**{own.clicks} clicks and {own.fields} fields**" in DOCS.read_text(encoding="utf-8")
