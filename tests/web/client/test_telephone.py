"""A talk that goes on by telephone, as the person asks for it and reads it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from nahbar.calls.models import Call
from nahbar.calls.operations import admit, eject, join_as_counsellor
from nahbar.people.models import Client
from nahbar.scheduling.models import Appointment, Topic, VideoChannel
from tests.conftest import Cast
from tests.factories import at, book, open_as_client
from tests.web.client.conftest import Address, text_of, unanswered
from tests.web.reading import told


def post(browser: Browser, address: str) -> Any:
    return browser.post(address, content_type="application/json")


@pytest.fixture
def talking(agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller) -> Browser:
    """The person's browser, in the talk for two minutes."""
    frozen.move_to(at("2026-03-03 10:00"))
    post(agreed, url("gespraech/ankunft"))
    with unanswered():
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=at("2026-03-03 10:00"))
    admit(desk=cast.desk, appointment=cast.appointment, now=at("2026-03-03 10:00"))
    frozen.move_to(at("2026-03-03 10:02"))
    return agreed


def mode(cast: Cast) -> str:
    return Appointment.objects.get(pk=cast.appointment.pk).mode


def test_telephone_in_the_talk_says_who_calls_which_number(talking: Browser, cast: Cast, url: Address) -> None:
    for _twice in range(2):
        assert post(talking, url("gespraech/telefon")).json() == {"next": url("termin")}
    assert mode(cast) == "telephone"
    state = told(talking.get(url("gespraech/stand")))
    assert (state["state"], state["headline"], state["text"], state["next"]) == (
        "mode",
        "Frau Petersen ruft Sie jetzt an.",
        "Auf der Nummer, die mit 4567 endet.",
        url("termin"),
    )
    page = text_of(talking.get(url("termin")))
    assert "<h1>Frau Petersen ruft Sie jetzt an.</h1>" in page
    assert "Wir rufen die Nummer an, die mit 4567 endet." in page
    assert "0176 1234567" not in page


def test_telephone_without_a_number_says_which_one_to_call(talking: Browser, cast: Cast, url: Address) -> None:
    Client.objects.filter(pk=cast.person.pk).update(phone_display="")
    post(talking, url("gespraech/telefon"))
    state = told(talking.get(url("gespraech/stand")))
    assert (state["headline"], state["text"]) == ("Bitte rufen Sie uns jetzt an.", "Unsere Nummer: 040 66969-100")
    page = text_of(talking.get(url("termin")))
    assert "<h1>Bitte rufen Sie uns jetzt an.</h1>" in page
    assert "Wir haben keine Nummer von Ihnen." in page
    assert re.search(r'class="kern-btn[^"]*" href="tel:\+494066969100"', page)


def test_nobody_is_said_to_call_now_half_an_hour_later(
    talking: Browser, url: Address, frozen: time_machine.Traveller
) -> None:
    post(talking, url("gespraech/telefon"))
    frozen.move_to(at("2026-03-03 10:33"))
    assert "<h1>Frau Petersen ruft Sie an.</h1>" in text_of(talking.get(url("termin")))


def test_telephone_from_the_waiting_room_keeps_the_time(agreed: Browser, cast: Cast, url: Address) -> None:
    post(agreed, url("gespraech/ankunft"))
    assert post(agreed, url("gespraech/telefon")).json() == {"next": url("termin")}
    page = text_of(agreed.get(url("termin")))
    assert (
        page.partition("<h1>")[2].partition("</h1>")[0].strip() == "Gut. Frau Petersen ruft Sie heute um zehn Uhr an."
    )


def test_way_back_to_video_is_open_while_a_channel_is_free(
    talking: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    post(talking, url("gespraech/telefon"))
    assert talking.post(url("art"), {"mode": "video"})["Location"] == url("gespraech")
    post(talking, url("gespraech/ankunft"))
    assert told(talking.get(url("gespraech/stand")))["state"] == "waiting"
    post(talking, url("gespraech/telefon"))
    VideoChannel.objects.filter(number=2).update(is_active=False)
    book(client=cast.other_person, staff=cast.teammate, starts_at=at("2026-03-03 10:15"), now=now)
    answer = talking.post(url("art"), {"mode": "video"})
    assert (answer.status_code, mode(cast)) == (409, "telephone")
    assert "Zu dieser Zeit ist kein Video mehr frei." in text_of(answer)


def test_policy_without_telephone_holds_before_the_talk(agreed: Browser, cast: Cast, url: Address) -> None:
    Topic.objects.filter(pk=cast.appointment.topic_id).update(allows_telephone=False)
    answer = post(agreed, url("gespraech/telefon"))
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "reason": "mode_not_allowed",
            "text": "Am Telefon geht das bei diesem Thema nicht. Bitte rufen Sie uns an.",
        },
    )
    assert mode(cast) == "video"


def test_neither_another_device_nor_who_was_put_out_ends_the_talk(talking: Browser, cast: Cast, url: Address) -> None:
    tablet = Browser()
    open_as_client(tablet, cast.invitation)
    answer = post(tablet, url("gespraech/telefon"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "taken_over")
    eject(desk=cast.desk, appointment=cast.appointment, now=at("2026-03-03 10:03"))
    answer = post(talking, url("gespraech/telefon"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "removed")
    assert (mode(cast), Call.objects.get().state) == ("video", "active")
