"""P2: what the way from the cold link into the talk costs somebody with a prepaid card. Bytes are exact."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from nahbar.invitations.links import link_of
from nahbar.scheduling.models import Appointment
from tests.factories import book, invitation_for, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.people import Contexts, admit_as_counsellor, check_devices, choose_video, expect_media, open_link
from tests.journeys.stack import Stack
from tests.journeys.weight import Ledger, weight_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment in ten minutes."""
    office = make_office("westheide")
    start = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    return book(client=make_client(office), staff=make_staff(office), starts_at=start, now=timezone.now())


def test_way_into_the_talk_is_light(context: Contexts, appointment: Appointment) -> None:
    invitation = invitation_for(appointment)
    phone = context(**PHONE).new_page()
    ledger = Ledger(phone)
    open_link(phone, link_of(public_id=invitation.public_id, generation=invitation.generation), "1704")
    choose_video(phone)
    check_devices(phone)
    desk = context(**DESK).new_page()
    admit_as_counsellor(desk, appointment)
    expect_media(phone)

    everything = ledger.of("page", "file")

    assert weight_of(everything) <= 140_000
    assert len(ledger.of("file")) <= 10
    assert len({one.origin for one in everything}) == 1
    # The mirror of the measurement: it has seen the media code, or it has seen nothing.
    assert max(one.weight for one in everything) > 90_000
