"""What a talk outlives: a reload, a media server, an application, a worker that die in the middle of it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.scheduling.models import Appointment
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.people import WAIT, Contexts, admit_as_counsellor, expect_flow, expect_talk, wait_as_client
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """By video, in ten minutes."""
    stack.mail.reset()
    now = timezone.now().replace(microsecond=0)
    office = make_office("westheide")
    return book(client=make_client(office), staff=make_staff(office), starts_at=now + dt.timedelta(minutes=10), now=now)


@pytest.fixture
def talk(context: Contexts, appointment: Appointment) -> tuple[Page, Page]:
    """Phone and desk, seeing and hearing each other."""
    phone, desk = context(**PHONE).new_page(), context(**DESK).new_page()
    wait_as_client(phone, appointment)
    admit_as_counsellor(desk, appointment)
    for page in (phone, desk):
        expect_flow(page)
    return phone, desk


def test_desk_that_is_reloaded_is_back_in_the_talk(talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    desk.reload()
    expect_talk(phone, desk)


def test_media_server_that_dies_is_a_pause(stack: Stack, talk: tuple[Page, Page]) -> None:
    phone, desk = talk
    stack.livekit.kill()
    phone.wait_for_timeout(3000)
    stack.livekit.start()
    expect_talk(phone, desk)


def test_application_that_dies_is_not_noticed(stack: Stack, talk: tuple[Page, Page], appointment: Appointment) -> None:
    phone, desk = talk
    stack.end("web")
    try:
        for page in (phone, desk):
            expect_flow(page)
    finally:
        stack.start("web")
    expect_talk(phone, desk)
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    expect(desk).to_have_url(re.compile(rf"/termine/{appointment.public_id}/"), timeout=WAIT)


def test_dead_worker_delays_mails_and_nothing_else(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    stack.mail.wait_for(1, within=60)
    stack.end("worker")
    stack.mail.reset()
    office, tomorrow = appointment.jobcenter, appointment.starts_at + dt.timedelta(days=1)
    book(client=make_client(office), staff=appointment.counsellor, starts_at=tomorrow, now=timezone.now())
    try:
        phone, desk = context(**PHONE).new_page(), context(**DESK).new_page()
        wait_as_client(phone, appointment)
        admit_as_counsellor(desk, appointment)
        expect_talk(phone, desk)
        assert stack.mail.deliveries == []
    finally:
        stack.start("worker")
    assert len(stack.mail.wait_for(1, within=60)) == 1
    expect_talk(phone, desk)
