"""What came of it, in a real browser: a missed talk and a failed one are proposed as what they were."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from nahbar.calls.models import CallParticipation, CallPresence
from nahbar.scheduling.models import Appointment, AppointmentChange, Contact
from tests.journeys.conftest import DESK, PHONE, watch
from tests.journeys.people import (
    MEDIA_WAIT,
    WAIT,
    Contexts,
    admit_as_counsellor,
    arrive_at_check,
    elsewhere,
    expect_flow,
    sign_in,
    try_devices,
    wait_as_client,
)
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


def _outcome(appointment: Appointment) -> tuple[str, str]:
    fresh = Appointment.objects.get(pk=appointment.pk)
    return fresh.state, fresh.not_held_reason


def test_talk_then_one_tap_then_a_correction(stack: Stack, context: Contexts, over: Appointment) -> None:
    phone, desk = context(**PHONE).new_page(), context(**DESK).new_page()
    complaints = watch(desk)
    wait_as_client(phone, over)
    admit_as_counsellor(desk, over)
    for page in (phone, desk):
        expect_flow(page)
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(desk.get_by_text(re.compile(r"Vorschlag: stattgefunden, \d+\sMinuten?"))).to_be_visible(timeout=WAIT)
    expect(desk.get_by_text(re.compile("Beide waren (kurz )?da, "))).to_be_visible()
    desk.get_by_role("button", name="Stimmt, eintragen").click()
    expect(desk.locator("#messages").get_by_text("als stattgefunden eingetragen")).to_be_visible()
    expect(desk.get_by_role("link", name="Nächster Termin")).to_be_visible()
    assert (_outcome(over), Contact.objects.count()) == (("held", ""), 1)

    desk.get_by_role("link", name="Ergebnis berichtigen").click()
    desk.get_by_label("Technik gestört").check()
    desk.get_by_role("button", name="Berichtigen").click()
    expect(desk.get_by_text("Ergebnis berichtigt von „stattgefunden“ zu „Technik gestört“")).to_be_visible()
    assert (_outcome(over), Contact.objects.count()) == (("not_held", "technical"), 0)
    assert AppointmentChange.objects.filter(appointment=over, kind="corrected").count() == 1
    assert complaints == []


def test_who_never_comes_is_proposed_and_entered_with_one_tap(
    stack: Stack, context: Contexts, over: Appointment
) -> None:
    desk = context(**DESK).new_page()
    complaints = watch(desk)
    admit_as_counsellor(desk, over)
    for _try in range(40):
        if CallPresence.objects.filter(left_at=None).exists():
            break
        desk.wait_for_timeout(500)
    assert CallPresence.objects.filter(place__participation__role="counsellor").count() == 1
    desk.locator("#btn-leave").click()
    desk.get_by_role("button", name=re.compile("Gespräch für beide beenden|Beenden")).first.click()
    expect(desk.get_by_text("Vorschlag: niemand kam")).to_be_visible(timeout=WAIT)

    desk.get_by_role("link", name=re.compile("Ergebnisse")).click()
    expect(desk.get_by_text(re.compile("Das Jobcenter wartete .* es kam niemand"))).to_be_visible()
    desk.get_by_role("button", name="Stimmt, eintragen").click()
    expect(desk.get_by_text("Alles eingetragen.")).to_be_visible()
    assert (_outcome(over), Contact.objects.count()) == (("not_held", "no_show"), 0)
    assert complaints == []


def test_a_dead_media_server_is_a_technical_failure_and_nobodys_fault(
    stack: Stack, context: Contexts, over: Appointment
) -> None:
    phone, desk = context(**PHONE).new_page(), context(**DESK).new_page()
    arrive_at_check(phone, over)
    sign_in(desk, over.counsellor.email)
    stack.livekit.kill()
    try:
        try_devices(phone)
        desk.goto(f"/b/westheide/termine/{over.public_id}/gespraech/")
        for _try in range(60):
            if CallParticipation.objects.count() == 2:
                break
            desk.wait_for_timeout(500)
        assert sorted(CallParticipation.objects.values_list("participation__role", flat=True)) == [
            "client",
            "counsellor",
        ]
        desk.goto("/b/westheide/ergebnisse/")
        expect(desk.get_by_text("Vorschlag: Technik gestört")).to_be_visible(timeout=MEDIA_WAIT)
        expect(desk.get_by_text("Beide wollten ins Gespräch, die Verbindung kam nicht zustande.")).to_be_visible()
        desk.get_by_role("button", name="Stimmt, eintragen").click()
        expect(desk.get_by_text("als Störung der Technik eingetragen")).to_be_visible(timeout=WAIT)
    finally:
        elsewhere(stack.livekit.start)
    assert (_outcome(over), Contact.objects.count()) == (("not_held", "technical"), 0)
