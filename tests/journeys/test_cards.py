"""What staff pages offer of themselves: a deputy takes over, another device is let in or not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.audit.rules import SYSTEM
from nahbar.calls.models import CallParticipation, TakeOver
from nahbar.calls.operations import admit, enter_waiting_room
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.links import secret_of
from nahbar.invitations.operations import open_link, prove
from nahbar.invitations.queries import Visit, access_visit
from nahbar.people.models import Deputyship, StaffMember
from nahbar.scheduling.models import Appointment
from tests.factories import book, desk_of, invitation_for, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, watch
from tests.journeys.people import WAIT, Contexts, elsewhere, sign_in
from tests.journeys.stack import Stack
from tests.journeys.test_access import problems

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment in ten minutes, with the person's consent."""
    start = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    office = make_office("westheide")
    client = make_client(office, first_name="Aylin", last_name="Kaya")
    staff = make_staff(office, first_name="Sabine", last_name="Petersen")
    now = timezone.now()
    give_consent(client=client, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)
    return book(client=client, staff=staff, starts_at=start, now=now)


def arrives(appointment: Appointment) -> Visit:
    """A new device of the person comes to the waiting room, or asks."""
    invitation, now = invitation_for(appointment), timezone.now()
    secret = secret_of(public_id=invitation.public_id, generation=invitation.generation)
    opened = open_link(public_id=invitation.public_id, secret=secret, device_key="", now=now)
    prove(device=opened.device, digits="1704", now=now)
    visit = access_visit(public_id=invitation.public_id, device_key=opened.device_key)
    assert visit is not None
    elsewhere(lambda: enter_waiting_room(visit=visit, now=now))
    return visit


def day_of(context: Contexts, staff: StaffMember) -> tuple[Page, list[str]]:
    """Somebody's day page, and what it complains about."""
    page = context(**DESK).new_page()
    complaints = watch(page)
    sign_in(page, staff.email)
    page.goto("/b/westheide/heute/")
    return page, complaints


def test_a_deputy_is_told_and_takes_over(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    office = appointment.jobcenter
    deputy = make_staff(office, team=office.teams.get(name="Team 2"), first_name="Timo", last_name="Hagen")
    today = timezone.localdate()
    Deputyship.objects.create(
        jobcenter=office, absent=appointment.counsellor, deputy=deputy, first_day=today, last_day=today
    )
    arrives(appointment)
    page, complaints = day_of(context, deputy)
    card = page.locator("#waiting-panel .waitbox", has_text="in Vertretung für")
    expect(card).to_have_count(0)
    long_ago = timezone.now() - dt.timedelta(minutes=5, seconds=5)
    CallParticipation.objects.update(waiting_since=long_ago, connected_at=timezone.now())

    expect(card).to_contain_text("Aylin Kaya wartet, in Vertretung für Frau Petersen", timeout=WAIT)
    expect(card).to_contain_text("seit 5 Minuten")
    expect(page.locator("#waiting-say")).to_contain_text("in Vertretung für Frau Petersen")
    assert problems(page) == []
    card.get_by_role("button", name="Komme gleich").click()
    expect(card.get_by_text("Gesehen. Wartet weiter.")).to_be_visible()
    assert CallParticipation.objects.get().deputy_noticed_at is not None
    card.get_by_role("button", name="Übernehmen und einlassen").click()

    expect(page).to_have_url(re.compile(r"/gespraech/(\?einlassen=1)?$"))
    appointment.refresh_from_db()
    assert appointment.participations.get(role="counsellor").staff == deputy
    assert complaints == []


@pytest.fixture
def still_clock(stack: Stack) -> Iterator[None]:
    """Nobody finds out that these devices have no line."""
    stack.end("clock")
    yield
    stack.start("clock")


@pytest.mark.usefixtures("still_clock")
def test_another_device_is_refused_and_the_next_let_in(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    arrives(appointment)
    desk, now = desk_of(appointment.counsellor, appointment.jobcenter), timezone.now()
    elsewhere(lambda: admit(desk=desk, appointment=appointment, now=now))
    page, complaints = day_of(context, appointment.counsellor)
    card = page.locator("#waiting-panel .waitbox", has_text="auf einem anderen Gerät")
    for button, becomes in (("Ablehnen", "refused"), ("Auf dem anderen Gerät weiter", "admitted")):
        tablet = arrives(appointment)
        TakeOver.objects.filter(device=tablet.device).update(connected_at=timezone.now())
        expect(card).to_contain_text("Aylin Kaya möchte auf einem anderen Gerät weitersprechen", timeout=WAIT)
        assert problems(page) == []
        card.get_by_role("button", name=button).click()
        expect(card).to_have_count(0, timeout=WAIT)
        request = TakeOver.objects.get(device=tablet.device)
        assert (request.state, request.noticed_at is not None) == (becomes, True)
    last = TakeOver.objects.latest("pk")
    assert CallParticipation.objects.get(participation__client=appointment.client).device == last.device
    expect(page.locator("#waiting-panel [data-empty]")).to_be_visible()
    assert complaints == []
