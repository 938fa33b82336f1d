"""What several page tests need."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from nahbar.calls.models import Call, CallParticipation
from nahbar.calls.rules import PlaceState
from nahbar.invitations.models import Device, Invitation
from nahbar.people.records import FACTS
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


def form_of(page: Any) -> dict[str, str]:
    """What a browser would send back from the record's form, untouched."""
    text = page.content.decode()
    sent = dict(re.findall(r'<input type="(?:hidden|text|date|email)" name="([\w-]+)" value="([^"]*)"', text))
    for select, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[select] = chosen[1] if chosen else ""
    notes = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", text, re.DOTALL)
    sent["notes"] = notes[1].strip() if notes else ""
    return {name: sent.get(name, "") for name in (*FACTS, *(name for name in sent if name not in FACTS))}
