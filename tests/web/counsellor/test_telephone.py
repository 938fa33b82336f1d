"""A talk that goes on by telephone, as the counsellor sees and counts it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.calls.models import Call, CallParticipation
from nahbar.calls.presence import check_joined
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.people.models import Client
from nahbar.scheduling.models import Appointment, ChannelBooking, Contact, Topic
from tests.conftest import Cast
from tests.factories import as_staff, at
from tests.web.counsellor.pages import open_waiting_room
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser, settings: Any, now: dt.datetime) -> Browser:
    """The owner's browser; the person waits, the media server is down."""
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    text = current_text(language="de")
    give_consent(client=cast.person, text=text, route=Route.TAP, by=cast.desk.actor, now=now)
    open_waiting_room(cast.invitation, now)
    return as_staff(client, cast.owner)


def _address(cast: Cast, name: str) -> str:
    return reverse(name, args=[cast.office.slug, cast.appointment.public_id])


def _talk(desk: Browser, cast: Cast, frozen: Traveller, *, minutes: int) -> None:
    """Both are in the talk from its start on, for so many minutes."""
    frozen.move_to(at("2026-03-03 10:00"))
    desk.post(_address(cast, "staff_join"))
    for place in CallParticipation.objects.select_related("call"):
        check_joined(room=place.call.room_name, identity=place.identity, now=at("2026-03-03 10:00"))
    desk.post(_address(cast, "staff_admit"))
    frozen.move_to(at("2026-03-03 10:00") + dt.timedelta(minutes=minutes))


def _page(desk: Browser, cast: Cast) -> str:
    return said(desk.get(_address(cast, "appointment_page")))


def test_telephone_in_the_talk_ends_the_media_and_keeps_the_appointment(
    desk: Browser, cast: Cast, frozen: Traveller
) -> None:
    _talk(desk, cast, frozen, minutes=5)
    for _twice in range(2):
        answer = desk.post(_address(cast, "staff_telephone"))
        assert answer.json() == {"next": _address(cast, "appointment_page")}
    appointment = Appointment.objects.get(pk=cast.appointment.pk)
    assert (appointment.mode, appointment.state, appointment.starts_at) == (
        "telephone",
        "planned",
        cast.appointment.starts_at,
    )
    assert not ChannelBooking.objects.filter(appointment=appointment).exists()
    assert list(Call.objects.values_list("state", "end_reason")) == [("ended", "mode_changed")]
    assert appointment.changes.filter(kind="mode_changed").count() == 1
    state = desk.get(_address(cast, "staff_state")).json()
    assert (state["state"], state["problem"]) == ("ended", "Das Gespräch geht am Telefon weiter.")


def test_page_after_the_switch_names_the_number_to_call(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    _talk(desk, cast, frozen, minutes=5)
    desk.post(_address(cast, "staff_telephone"))
    page = _page(desk, cast)
    assert 'class="kern-btn kern-btn--primary" href="tel:+491761234567"' in page
    assert "Elif Kaya wartet auf Ihren Anruf" in page
    assert "Vorschlag: stattgefunden, 30 Minuten" in page
    assert "Davon 5 Minuten per Video." in page
    frozen.move_to(at("2026-03-03 10:36"))
    assert "wartet auf Ihren Anruf" not in _page(desk, cast)


def test_page_after_the_switch_without_a_number(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    Client.objects.filter(pk=cast.person.pk).update(phone_display="")
    _talk(desk, cast, frozen, minutes=5)
    desk.post(_address(cast, "staff_telephone"))
    assert "Es ist keine Nummer bekannt." in _page(desk, cast)


def test_a_teammate_is_not_told_to_call(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    _talk(desk, cast, frozen, minutes=5)
    desk.post(_address(cast, "staff_telephone"))
    assert "wartet auf Ihren Anruf" not in _page(as_staff(Browser(), cast.teammate), cast)


@pytest.mark.parametrize(("spoken", "counted"), [(5, 30), (42, 42)])
def test_a_switched_talk_counts_once_by_telephone_and_no_shorter_than_its_video(
    desk: Browser, cast: Cast, frozen: Traveller, spoken: int, counted: int
) -> None:
    _talk(desk, cast, frozen, minutes=spoken)
    desk.post(_address(cast, "staff_telephone"))
    frozen.shift(dt.timedelta(minutes=10))
    for _twice in range(2):
        desk.post(_address(cast, "appointment_outcome"), {"result": "held"})
    assert list(Contact.objects.values_list("kind", "minutes")) == [("telephone", counted)]


def test_video_that_ran_long_is_not_lost_by_telephone_afterwards(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    _talk(desk, cast, frozen, minutes=50)
    desk.post(_address(cast, "appointment_outcome"), {"result": "held_by_telephone"})
    assert list(Contact.objects.values_list("kind", "minutes")) == [("telephone", 50)]


def test_policy_without_telephone_holds_before_the_talk_and_not_in_it(
    desk: Browser, cast: Cast, frozen: Traveller
) -> None:
    Topic.objects.filter(pk=cast.appointment.topic_id).update(allows_telephone=False)
    answer = desk.post(_address(cast, "staff_telephone"))
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "reason": "mode_not_allowed",
            "text": "Für dieses Thema ist diese Art nicht vorgesehen. Bitte wählen Sie eine andere.",
        },
    )
    assert Appointment.objects.get(pk=cast.appointment.pk).is_video
    _talk(desk, cast, frozen, minutes=5)
    assert desk.post(_address(cast, "staff_telephone")).status_code == 200
    assert Appointment.objects.get(pk=cast.appointment.pk).mode == "telephone"


def test_what_is_on_site_or_closed_does_not_become_a_call(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    desk.post(_address(cast, "appointment_mode"), {"mode": "on_site"})
    assert desk.post(_address(cast, "staff_telephone")).json()["reason"] == "mode"
    frozen.move_to(at("2026-03-03 10:10"))
    desk.post(_address(cast, "appointment_outcome"), {"result": "held"})
    assert desk.post(_address(cast, "staff_telephone")).json()["reason"] == "ended"
