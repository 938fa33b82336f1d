"""Every page: axe finds nothing, nothing scrolls sideways, and the chain goes by keyboard alone."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.audit.rules import SYSTEM
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.links import link_of
from nahbar.jobcenters.legal import unpublished
from nahbar.jobcenters.rules import ADDRESSES, Role
from nahbar.onboarding.demo_texts import publish_examples
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.models import Appointment
from tests.factories import book, desk_of, invitation_for, make_client, make_office, make_staff, make_wish
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.people import MEDIA_WAIT, Contexts, check_devices, choose_video, open_link, sign_in
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NARROW = {"viewport": {"width": 320, "height": 640}, "locale": "de-DE"}
# 1280 px at 400 % zoom are 320 px of layout, and little height.
ZOOMED = {"viewport": {"width": 320, "height": 256}, "locale": "de-DE"}
PROOF = "1704"


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment in ten minutes, a call task, and one appointment without outcome."""
    office = make_office("westheide", street="Heidestraße 14", postcode="29999")
    now = timezone.now().replace(microsecond=0)
    staff, client = make_staff(office), make_client(office, first_name="Alexandra-Maria", last_name="Schönfeld-Krüger")
    old = now - dt.timedelta(hours=30)
    book(client=make_client(office), staff=staff, starts_at=old, now=old)
    wish = make_wish(client=client, staff=staff, starts_at=now + dt.timedelta(days=1))
    make_call_task(desk=desk_of(staff, office), wish=wish, now=now)
    return book(client=client, staff=staff, starts_at=now + dt.timedelta(minutes=10), now=now)


def link(appointment: Appointment) -> str:
    """The personal link."""
    invitation = invitation_for(appointment)
    return link_of(public_id=invitation.public_id, generation=invitation.generation)


FADED = """() => {
    const fading = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 5000);
    return Promise.allSettled(fading.map((one) => one.finished)).then(() => true);
}"""


def problems(page: Page) -> list[str]:
    """What axe finds, and whether the page scrolls sideways."""
    # What is still fading in has no colour of its own yet; what turns for ever is not waited for.
    page.evaluate(FADED)
    session = page.context.new_cdp_session(page)
    # The page's own policy forbids foreign scripts; the debugger may.
    session.send("Runtime.evaluate", {"expression": AXE})
    answer = session.send(
        "Runtime.evaluate",
        {"expression": f"axe.run(document, {json.dumps(RULES)})", "awaitPromise": True, "returnByValue": True},
    )
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    violations: list[dict[str, Any]] = answer["result"]["value"]["violations"]
    found = [f"{one['id']}: {node['target']}" for one in violations for node in one["nodes"]]
    wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    return [*found, f"{wide} px too wide"] if wide > 1 else found


def client_pages(page: Page, appointment: Appointment) -> Iterator[str]:
    """Goes through the client's pages and stops at each."""
    address = link(appointment)
    open_half = address.split("#")[0]
    page.goto(address)
    yield "landing"
    page.locator("main + footer button, footer button").first.click()
    # Script goes on by itself here: what is looked at must be the page that follows, and stay.
    expect(page.locator("#digits")).to_be_visible()
    yield "proof"
    page.locator("#digits").fill("0000")
    page.locator("footer button").first.click()
    expect(page.locator("#wrong")).to_be_visible()
    yield "proof, wrong"
    page.locator("#digits").fill(PROOF)
    page.locator("footer button").first.click()
    page.wait_for_url(re.compile("/termin$"))
    yield "appointment"
    page.goto(f"{open_half}/einverstaendnis")
    page.locator("summary").first.click()
    yield "consent"
    page.goto(f"{open_half}/datenschutz")
    yield "privacy"
    page.goto("/datenschutz")
    yield "privacy without link"
    office = appointment.jobcenter
    for kind in unpublished(jobcenter=office):
        page.goto(f"/o/{office.slug}/{ADDRESSES[kind]}")
        yield f"{kind.value}, not published"
    publish_examples(jobcenter=office, now=timezone.now())
    for kind, path in ADDRESSES.items():
        page.goto(f"/o/{office.slug}/{path}")
        yield kind.value
    page.goto(f"/o/{office.slug}/barrierefreiheit")
    page.locator("form.form button").click()
    expect(page.locator("#body-wrong")).to_be_visible()
    yield "accessibility, nothing written"
    give_consent(
        client=appointment.client,
        text=current_text(language="de"),
        route=Route.TAP,
        by=SYSTEM,
        now=timezone.now(),
    )
    page.goto(f"{open_half}/gespraech")
    page.wait_for_load_state("networkidle")
    yield "call, microphone"
    page.goto(open_half)
    yield "landing without secret"
    page.goto("/t/00000000-0000-4000-8000-000000000000")
    yield "landing, unknown"


def staff_pages(page: Page, appointment: Appointment) -> Iterator[str]:
    """Goes through the counsellor's pages and stops at each."""
    page.goto("/anmelden/")
    yield "sign-in"
    sign_in(page, appointment.counsellor.email)
    base = f"/b/{appointment.jobcenter.slug}"
    own = f"{base}/termine/{appointment.public_id}"
    task = appointment.client.call_tasks.get()
    for name, path in {
        "day": f"{base}/heute/",
        "week": f"{base}/woche/",
        "team": f"{base}/team/",
        "empty day": f"{base}/heute/?tag=2027-02-01",
        "find a client": f"{base}/termine/neu/",
        "booking": f"{base}/termine/neu/?client={appointment.client.public_id}",
        "appointment": f"{own}/",
        "move": f"{own}/verschieben/",
        "cancel": f"{own}/absagen/",
        "call task": f"{base}/anrufe/{task.public_id}/",
        "a meeting": f"{base}/besprechungen/neu/",
        "my times": f"{base}/zeiten/",
        "my calendar": f"{base}/kalender/",
        "video for me": f"{base}/mein-video/",
        "talk": f"{own}/gespraech/",
        "missing": f"{base}/nirgends/",
    }.items():
        page.goto(path)
        page.wait_for_timeout(200)
        yield name


@pytest.mark.parametrize("language", ["de", "de-simple", "qps"])
@pytest.mark.parametrize("screen", [PHONE, NARROW, ZOOMED], ids=["phone", "narrow", "zoomed"])
def test_client_pages_are_accessible_and_fit(
    stack: Stack, context: Contexts, appointment: Appointment, screen: dict[str, Any], language: str
) -> None:
    visit = context(**screen)
    visit.add_cookies([{"name": "nahbar-language", "value": language, "url": stack.base_url}])
    page = visit.new_page()
    found = {name: problems(page) for name in client_pages(page, appointment)}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("screen", [DESK, NARROW], ids=["desk", "narrow"])
@pytest.mark.parametrize("language", ["de", "qps"])
def test_staff_pages_are_accessible_and_fit(
    stack: Stack, context: Contexts, appointment: Appointment, screen: dict[str, Any], language: str
) -> None:
    visit = context(**screen)
    page = visit.new_page()
    found: dict[str, list[str]] = {}
    for name in staff_pages(page, appointment):
        found[name] = problems(page)
        if name == "sign-in" and language == "qps":
            # Labels are found by their German names: the pseudo-language only begins once signed in.
            continue
        if name == "day":
            visit.add_cookies([{"name": "nahbar-language", "value": language, "url": stack.base_url}])
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("screen", [DESK, NARROW], ids=["desk", "narrow"])
def test_the_editor_of_texts_is_accessible_and_fits(
    stack: Stack, context: Contexts, appointment: Appointment, screen: dict[str, Any]
) -> None:
    office = appointment.jobcenter
    publish_examples(jobcenter=office, now=timezone.now())
    administrator = make_staff(office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase")
    page = context(**screen).new_page()
    sign_in(page, administrator.email)
    base = f"/b/{office.slug}/einrichtung/texte/"
    found: dict[str, list[str]] = {}
    for path in ("", "impressum/", "einverstaendnis-video/", "impressum/fassungen/"):
        page.goto(f"{base}{path}")
        found[path or "list"] = problems(page)
    page.goto(f"{base}impressum/")
    page.locator("#id_body_de").fill("## Anbieter\n\nWir, [Name]")
    page.locator("button[name=review]").click()
    expect(page.locator("#news")).to_be_visible()
    found["review"] = problems(page)
    assert {name: what for name, what in found.items() if what} == {}


def tab_to(page: Page, wanted: str) -> None:
    """Presses Tab until the focus is on `wanted`, and sees that the focus is visible."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement?.matches(wanted)", wanted):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            near = page.evaluate(
                "getComputedStyle(document.activeElement.nextElementSibling ?? document.activeElement).outlineStyle"
            )
            assert outline != "none" or near != "none", f"no visible focus on {wanted}"
            return
    raise AssertionError(f"the keyboard does not reach {wanted} on {page.url}")


def test_the_client_gets_to_the_waiting_room_by_keyboard_alone(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    page = context(**DESK).new_page()
    page.goto(link(appointment))
    tab_to(page, "footer button")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/nachweis$"))
    tab_to(page, "#digits")
    page.keyboard.type(PROOF)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/termin$"))
    tab_to(page, "input[name=mode]")
    page.keyboard.press("Space")
    tab_to(page, "footer button")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/einverstaendnis$"))
    tab_to(page, "button[value=yes]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/gespraech$"))
    for panel in ("#p-microphone", "#p-meter", "#p-camera", "#p-preview", "#p-sound", "#p-heard"):
        expect(page.locator(panel)).to_be_visible(timeout=MEDIA_WAIT)
        tab_to(page, "#go")
        page.keyboard.press("Enter")
    expect(page.locator("#p-wait")).to_be_visible(timeout=MEDIA_WAIT)


def test_panels_of_the_check_and_the_talk_are_accessible(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = context(**PHONE).new_page()
    open_link(phone, link(appointment), PROOF)
    choose_video(phone)
    check_devices(phone)
    found = {"waiting room": problems(phone)}
    desk = context(**DESK).new_page()
    sign_in(desk, appointment.counsellor.email)
    desk.goto(f"/b/{appointment.jobcenter.slug}/heute/")
    expect(desk.locator("#waiting-panel")).to_contain_text("wartet")
    found["day, somebody waits"] = problems(desk)
    desk.locator("#waiting-panel").get_by_role("link", name="Einlassen").click()
    expect(phone.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    found["talk, client"] = problems(phone)
    found["talk, counsellor"] = problems(desk)
    phone.get_by_role("button", name="Mehr").click()
    found["talk, more"] = problems(phone)
    assert {name: what for name, what in found.items() if what} == {}
