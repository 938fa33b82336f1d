"""Links that scanners open, devices that refuse, people who know the way already."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import urllib.error
import urllib.request

import pytest
from django.apps import apps
from django.core import serializers
from django.utils import timezone
from playwright.sync_api import Browser, Page, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls.models import Call
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text, is_withdrawn
from nahbar.consent.rules import Route
from nahbar.invitations.links import link_of
from nahbar.invitations.models import Invitation
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment, ChannelBooking
from tests.factories import book, invitation_for, make_client, make_office, make_staff
from tests.journeys.conftest import CHROMIUM, PHONE, QUIET, watch
from tests.journeys.people import WAIT, Contexts, answer_net, check_devices, choose_video, open_link
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PROOF = "1704"


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment in ten minutes."""
    stack.mail.reset()
    office = make_office("westheide")
    start = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    return book(client=make_client(office), staff=make_staff(office), starts_at=start, now=timezone.now())


def link(appointment: Appointment) -> str:
    """The personal link."""
    invitation = invitation_for(appointment)
    return link_of(public_id=invitation.public_id, generation=invitation.generation)


def everything() -> dict[str, str]:
    """All rows of all our rooms, as text."""
    return {
        model._meta.label: serializers.serialize("json", model._default_manager.order_by("pk"))
        for model in apps.get_models()
        if model.__module__.startswith("nahbar.")
    }


def status(address: str, *, method: str) -> int:
    """What a request without a browser is answered, redirects followed."""
    request = urllib.request.Request(address, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def click_everything(page: Page) -> int:
    """Presses every button and follows every link of our own that a page has, as a scanner might."""
    pressed = 0
    for kind in ("button", "a[href]", "summary", "label"):
        for number in range(page.locator(kind).count()):
            target = page.locator(kind).nth(number)
            if (target.get_attribute("href") or "").startswith("tel:"):
                continue
            home = page.url
            # Gone, hidden or covered: a scanner goes on, too.
            with contextlib.suppress(PlaywrightError):
                target.click(timeout=700, force=True)
                pressed += 1
            page.wait_for_timeout(150)
            if page.url.split("#")[0] != home.split("#")[0]:
                page.goto(home)
    return pressed


def test_a_scanner_changes_nothing_and_the_client_still_gets_in(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    stack.mail.wait_for(1, within=60)
    address = link(appointment)
    before = everything()
    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for method in ("HEAD", "GET"):
        for path in ("", "/termin", "/nachweis", "/einverstaendnis", "/gespraech", "/gespraech/stand", "/ende"):
            assert status(address.split("#")[0] + path, method=method) < 500
    robot = context().new_page()
    robot.goto(address)
    assert click_everything(robot) > 2
    after = everything()
    # The robot's own anonymous device is all there may be: it has proven nothing.
    assert Invitation.objects.get().devices.filter(proven_at__isnull=False).count() == 0
    assert {entry.action for entry in AuditEntry.objects.filter(pk__gt=newest)} <= {Action.LINK_OPENED}
    # And the media server may still be telling of rooms that other tests have left.
    own = {"invitations.Device", "audit.AuditEntry", "calls.WebhookEvent"}
    assert {name: rows for name, rows in after.items() if name not in own} == {
        name: rows for name, rows in before.items() if name not in own
    }

    phone = context(**PHONE).new_page()
    open_link(phone, address, PROOF)
    assert Appointment.objects.get().mode == "video"


def test_a_reload_and_the_way_back_keep_the_link(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = context(**PHONE).new_page()
    phone.goto(link(appointment))
    phone.reload()
    expect(phone.get_by_role("button", name="Weiter")).to_be_visible()
    phone.goto("/datenschutz")
    phone.go_back()
    expect(phone).to_have_url(re.compile(r"/t/[0-9a-f-]{36}$"))
    phone.get_by_role("button", name="Weiter").click()
    phone.locator("#digits").fill(PROOF)
    phone.get_by_role("button", name="Weiter").click()
    expect(phone.get_by_text("Wie möchten Sie sprechen?").first).to_be_visible()


def test_somebody_prepared_needs_two_taps_to_the_waiting_room(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    visit = context(**PHONE)
    phone = visit.new_page()
    open_link(phone, link(appointment), PROOF)
    choose_video(phone)
    check_devices(phone)
    phone.close()

    again = visit.new_page()
    complaints = watch(again)
    again.goto(link(appointment))
    taps = 0
    again.get_by_role("button", name="Weiter").click()
    taps += 1
    expect(again).to_have_url(re.compile(r"/gespraech$"), timeout=WAIT)
    again.get_by_role("button", name="Zum Warteraum").click()
    taps += 1
    expect(again.locator("#p-wait")).to_be_visible(timeout=WAIT)
    assert taps == 2
    assert complaints == []


def test_choosing_the_telephone_switches_at_once_and_video_can_be_chosen_again(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = context(**PHONE).new_page()
    open_link(phone, link(appointment), PROOF)
    phone.locator("label.tile", has_text="Telefon").click()
    phone.get_by_role("button", name="Weiter").click()
    expect(phone.get_by_role("heading", name=re.compile("ruft Sie"))).to_be_visible()
    assert Appointment.objects.get().mode == Mode.TELEPHONE
    assert not ChannelBooking.objects.exists()
    choose_video(phone)
    assert Appointment.objects.get().mode == Mode.VIDEO
    assert ChannelBooking.objects.count() == 1


def test_withdrawing_while_waiting_ends_the_waiting_and_leaves_the_telephone(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = context(**PHONE).new_page()
    open_link(phone, link(appointment), PROOF)
    choose_video(phone)
    check_devices(phone, camera=False)
    phone.get_by_text("Einverständnis widerrufen").first.click()
    yes = phone.get_by_role("button", name=re.compile("[Ww]iderrufen"))
    if yes.count():
        yes.first.click()
    expect(phone.get_by_text("Ihr Nein gilt ab jetzt").first).to_be_visible(timeout=WAIT)
    assert is_withdrawn(client=appointment.client)
    assert Appointment.objects.get().mode == Mode.TELEPHONE
    assert Call.objects.get().state == "ended"


@pytest.fixture
def refusing(playwright: Playwright) -> Browser:
    """A browser whose microphone and camera are refused."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*QUIET, "--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    )


def test_a_refused_microphone_has_a_way_out_and_the_telephone_beside_it(
    stack: Stack, refusing: Browser, appointment: Appointment
) -> None:
    now = timezone.now()
    text = current_text(language="de")
    give_consent(client=appointment.client, text=text, route=Route.TAP, by=SYSTEM, now=now)
    phone = refusing.new_context(base_url=stack.base_url, **PHONE).new_page()
    open_link(phone, link(appointment), PROOF)
    choose_video(phone)
    answer_net(phone)
    phone.locator("#go").click()
    expect(phone.locator("#p-trouble")).to_be_visible(timeout=WAIT)
    expect(phone.locator("#trouble-steps li").first).to_be_visible()
    expect(phone.get_by_role("button", name="Telefon")).to_be_visible()
    refusing.close()
