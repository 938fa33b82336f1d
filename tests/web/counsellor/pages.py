"""What several page tests need."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from nahbar.calls.models import Call, CallParticipation
from nahbar.calls.rules import PlaceState
from nahbar.invitations.models import Device, Invitation
from nahbar.scheduling.models import Appointment
from tests.factories import invitation_for


def open_waiting_room(booked: Appointment | Invitation, now: dt.datetime) -> CallParticipation:
    """The client's device waits, as if the media server had been there."""
    invitation = booked if isinstance(booked, Invitation) else invitation_for(booked)
    device = Device.objects.create(
        invitation=invitation,
        key_hash=f"device of {invitation.pk}",
        generation=invitation.generation,
        opened_at=now,
        seen_at=now,
        proven_at=now,
        checks={"microphone": "ok", "camera": "ok"},
    )
    call = Call.objects.create(appointment=invitation.appointment, opened_at=now)
    return CallParticipation.objects.create(
        call=call,
        participation=invitation.participation,
        device=device,
        state=PlaceState.WAITING,
        waiting_since=now,
    )


def count_queries(browser: Browser, address: str) -> int:
    """How many queries a page takes."""
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)
