"""Signing in as staff do: from the invitation, with a passkey, an app, the house's single sign-on; and its end."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.accounts import Newcomer, RoleWish, invite
from nahbar.people.groups import map_group
from nahbar.people.models import StaffMember
from tests.factories import PASSWORD, book, desk_of, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, watch
from tests.journeys.people import MEDIA_WAIT, Contexts, admitting_desk, expect_media, sign_in, waiting_phone
from tests.journeys.stack import Stack
from tests.journeys.test_access import NARROW, problems
from tests.oidc.servers import RealProvider, settings_for

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
LINK = re.compile(r"http://localhost:\d+/konto/link/[0-9a-f-]{36}#[\w=-]+")
NEW = "vier neue lange Wörter"


@pytest.fixture
def office(stack: Stack) -> JobCenter:
    """An office that asks for a second factor, as they all do unless they say otherwise."""
    stack.mail.reset()
    return make_office("westheide", requires_second_factor=True)


def with_authenticator(context: BrowserContext, page: Page) -> None:
    """A device that confirms with a finger, as Chromium's own."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def sign_out(page: Page) -> None:
    """By the button in the menu."""
    page.get_by_role("button", name="Abmelden", exact=True).first.click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


def confirm(page: Page) -> None:
    """Says once more who they are, before anything about signing in changes."""
    page.get_by_label("Kennwort").fill(PASSWORD)
    page.get_by_role("button", name="Bestätigen").click()


def test_a_passkey_is_set_up_and_signs_in_alone(office: JobCenter, context: Contexts) -> None:
    staff = make_staff(office)
    browser = context(**DESK)
    page = browser.new_page()
    complaints = watch(page)
    with_authenticator(browser, page)

    sign_in(page, staff.email)
    expect(page.get_by_text("Ihr Jobcenter verlangt einen zweiten Schritt")).to_be_visible()
    page.get_by_role("link", name="Passkey einrichten").click()
    if "bestaetigen" in page.url:
        confirm(page)
    page.get_by_label("Name").fill("Dienst-Laptop")
    page.get_by_role("button", name="Passkey anlegen").click()
    expect(page.get_by_role("heading", name="Ihre Ersatzcodes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="Weiter zur Arbeit").click()
    expect(page).to_have_url(re.compile("/b/westheide/heute/"))

    sign_out(page)
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page).to_have_url(re.compile("/b/westheide/heute/"))
    page.goto("/konto/schutz/")
    expect(page.get_by_text("Dienst-Laptop", exact=True)).to_be_visible()
    assert complaints == []


def test_a_passkey_is_the_second_step_after_a_password(office: JobCenter, context: Contexts) -> None:
    staff = make_staff(office)
    browser = context(**DESK)
    page = browser.new_page()
    with_authenticator(browser, page)
    sign_in(page, staff.email)
    page.get_by_role("link", name="Passkey einrichten").click()
    if "bestaetigen" in page.url:
        confirm(page)
    page.get_by_role("button", name="Passkey anlegen").click()
    page.get_by_role("link", name="Weiter zur Arbeit").click()
    sign_out(page)

    sign_in(page, staff.email)
    expect(page.get_by_role("heading", name="Der zweite Schritt")).to_be_visible()
    page.get_by_role("button", name="Passkey verwenden").click()
    expect(page).to_have_url(re.compile("/b/westheide/heute/"))


def test_an_app_is_set_up_and_asked_for(office: JobCenter, context: Contexts) -> None:
    staff = make_staff(office)
    page = context(**DESK).new_page()
    complaints = watch(page)
    sign_in(page, staff.email)
    page.get_by_role("link", name="App einrichten").click()
    if "bestaetigen" in page.url:
        confirm(page)
    picture = page.get_by_alt_text("QR-Code für die App")
    expect(picture).to_be_visible()
    page.wait_for_load_state()
    assert picture.evaluate("(image) => image.naturalWidth") > 0
    page.get_by_text("Die App kann nicht fotografieren").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code aus der App").fill(code_of(secret))
    page.get_by_role("button", name="App verwenden").click()
    recovery = page.locator(".codes li").first.inner_text()
    sign_out(page)

    sign_in(page, staff.email)
    page.get_by_label("Code aus der App").fill(code_of(secret))
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page).to_have_url(re.compile("/b/westheide/heute/"))
    sign_out(page)
    sign_in(page, staff.email)
    page.get_by_label("Code aus der App").fill(recovery)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page).to_have_url(re.compile("/b/westheide/heute/"))
    assert complaints == []


def code_of(secret: str) -> str:
    """What the app shows now."""
    value: int = hotp_value(secret, int(time.time()) // 30)
    return f"{value:06}"


def test_from_the_invitation_in_the_mail_to_the_first_page(stack: Stack, office: JobCenter, context: Contexts) -> None:
    boss = make_staff(office, Role.ADMINISTRATOR)
    team = office.teams.get(name="Team 1")
    newcomer = Newcomer("kim@example.org", "none", "Kim", "Albers")
    invite(desk=desk_of(boss, office), newcomer=newcomer, roles=[RoleWish(Role.COUNSELLOR, team)], now=timezone.now())
    [mail] = stack.mail.wait_for(1)
    found = LINK.search(mail.text())
    assert found
    browser = context(**DESK)
    page = browser.new_page()
    with_authenticator(browser, page)

    page.goto(found.group())
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", name="Willkommen bei Nahbar")).to_be_visible()
    assert "#" not in page.url
    page.get_by_label("Neues Kennwort").fill("kurz")
    page.get_by_role("button", name="Kennwort speichern").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Neues Kennwort").fill(NEW)
    page.get_by_role("button", name="Kennwort speichern").click()
    page.get_by_role("link", name="Zur Anmeldung").click()
    page.get_by_label("E-Mail").fill("kim@example.org")
    page.get_by_label("Kennwort").fill(NEW)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.get_by_role("link", name="Passkey einrichten").click()
    if "bestaetigen" in page.url:
        page.get_by_label("Kennwort").fill(NEW)
        page.get_by_role("button", name="Bestätigen").click()
    page.get_by_role("button", name="Passkey anlegen").click()
    page.get_by_role("link", name="Weiter zur Arbeit").click()
    expect(page).to_have_url(re.compile("/b/westheide/heute/"))

    page.goto(found.group())
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", name="Dieser Link gilt nicht mehr")).to_be_visible()


@pytest.fixture
def provider(stack: Stack) -> Iterator[RealProvider]:
    """The house's single sign-on, with the application started anew to know it."""
    accounts = {
        "nele": {"email": "nele@example.org", "given_name": "Nele", "family_name": "Voss", "groups": ["lotsen"]},
        "fremd": {"email": "fremd@example.org", "given_name": "Ole", "family_name": "Fremd", "groups": []},
    }
    with RealProvider(base_url=stack.base_url, accounts=accounts) as running:
        stack.extra.update(settings_for(running.issuer))
        stack.restart("web")
        yield running
    stack.extra.clear()
    stack.restart("web")


def sign_on(page: Page, account: str) -> None:
    """Through the provider's own pages."""
    page.goto("/anmelden/")
    page.get_by_role("button", name="Mit Hauskonto anmelden").click()
    page.locator("[name=login]").fill(account)
    page.locator("[name=password]").fill("x")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()


def test_single_sign_on_by_a_group(office: JobCenter, provider: RealProvider, context: Contexts) -> None:
    boss = make_staff(office, Role.ADMINISTRATOR)
    map_group(desk=desk_of(boss, office), group="lotsen", role=Role.GUIDE, team=None, now=timezone.now())
    page = context(**DESK).new_page()

    sign_on(page, "nele")

    expect(page).to_have_url(re.compile("/b/westheide/uebersicht/"))
    expect(page.get_by_text("Nele Voss")).to_be_visible()
    stranger = context(**DESK).new_page()
    sign_on(stranger, "fremd")
    expect(stranger.get_by_role("heading", name="Für Sie ist noch kein Jobcenter freigeschaltet")).to_be_visible()
    assert not StaffMember.objects.filter(email="fremd@example.org").exists()


def test_a_closed_account_is_out_of_its_talk_and_its_pages_at_once(stack: Stack, context: Contexts) -> None:
    now = timezone.now().replace(microsecond=0)
    office = make_office("westheide")
    boss, staff = make_staff(office, Role.ADMINISTRATOR), make_staff(office)
    starts_at = now - dt.timedelta(minutes=1)
    appointment = book(client=make_client(office), staff=staff, starts_at=starts_at, now=now - dt.timedelta(hours=1))
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)

    page = context(**DESK).new_page()
    sign_in(page, boss.email)
    page.goto("/b/westheide/einrichtung/beschaeftigte/")
    page.get_by_role("link", name=staff.full_name).click()
    page.get_by_role("button", name="Zugang jetzt beenden").click()
    expect(page.get_by_text("ist beendet")).to_be_visible()

    expect(phone.locator("#p-talk")).to_be_hidden(timeout=MEDIA_WAIT)
    desk.goto("/b/westheide/heute/")
    expect(desk.get_by_role("heading", name="Anmelden")).to_be_visible()


def test_pages_about_signing_in_have_no_findings(office: JobCenter, context: Contexts) -> None:
    staff = make_staff(office, Role.ADMINISTRATOR)
    colleague = make_staff(office)
    page = context(**NARROW).new_page()
    found: dict[str, list[str]] = {}
    for path in ("/anmelden/", "/anmelden/kennwort-vergessen/"):
        page.goto(path)
        found[path] = problems(page)
    sign_in(page, staff.email)
    for path in ("/konto/schutz/", "/konto/", "/konto/kennwort/", "/konto/schutz/passkey/", "/konto/schutz/app/"):
        page.goto(path)
        if "bestaetigen" in page.url:
            found["confirm"] = problems(page)
            confirm(page)
        found[path] = problems(page)
    Authenticator.objects.create(user=staff, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    setup = "/b/westheide/einrichtung/"
    for path in ("beschaeftigte/", "beschaeftigte/einladen/", f"beschaeftigte/{colleague.public_id}/", "gruppen/"):
        page.goto(setup + path)
        found[path] = problems(page)

    assert {path: problem for path, problem in found.items() if problem} == {}
