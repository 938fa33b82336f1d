"""The counsellor's call document and its questions, without a media server."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.calls.models import Call, CallParticipation, TakeOver
from nahbar.calls.presence import check_joined
from nahbar.calls.rules import CallState
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_staff
from tests.web.counsellor.pages import open_waiting_room
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser, settings: Any) -> Browser:
    """The owner's browser; the media server is down."""
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    return as_staff(client, cast.owner)


def _address(cast: Cast, name: str) -> str:
    return reverse(name, args=[cast.office.slug, cast.appointment.public_id])


def _consents(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de")
    give_consent(client=cast.person, text=text, route=Route.TAP, by=cast.desk.actor, now=now)


def _config(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="nb-config"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    config: dict[str, Any] = json.loads(found[1])
    return config


@pytest.mark.parametrize(
    ("query", "site", "admits"),
    [
        ("?einlassen=1", "same-origin", True),
        ("?einlassen=1", "none", False),
        ("?einlassen=1", "cross-site", False),
        ("?einlassen=1", None, False),
        ("", "same-origin", False),
    ],
)
def test_only_a_press_on_a_page_of_ours_admits_at_once(
    desk: Browser, cast: Cast, *, query: str, site: str | None, admits: bool
) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    answer = desk.get(_address(cast, "staff_call") + query, headers=headers)
    assert _config(answer.content.decode())["autoAdmit"] is admits


def test_document_carries_its_configuration(desk: Browser, cast: Cast) -> None:
    answer = desk.get(_address(cast, "staff_call"))
    config = _config(answer.content.decode())
    assert config["role"] == "counsellor"
    assert set(config["urls"]) == {
        *("join", "admit", "eject", "change_device", "refuse_device", "telephone", "end", "leave", "state", "seen"),
        *("tablet_code", "tablet_fetch", "tablet_drop"),
    }
    assert config["counterpart"] == {"name": "Elif Kaya", "initials": "EK"}
    assert config["phone"]["tel"] == "+491761234567"
    assert "camera=(self)" in answer.headers["Permissions-Policy"]


def test_document_carries_the_written_talk_and_says_who_may_keep_a_copy(desk: Browser, cast: Cast) -> None:
    page = desk.get(_address(cast, "staff_call")).content.decode()
    assert ('id="text"' in page, 'id="text-keep"' in page) == (True, False)
    assert "Elif Kaya kann eine Abschrift auf dem eigenen Gerät behalten." in page


def test_document_tells_who_waits_next_and_neither_its_own_person_nor_a_way_out(desk: Browser, cast: Cast) -> None:
    page = desk.get(_address(cast, "staff_call")).content.decode()
    assert f'data-talk="{cast.appointment.public_id}"' in page
    assert "nb/staff" in page
    assert "data-soon" in page
    assert "data-admit" not in page
    assert "data-admit" in desk.get(_address(cast, "appointment_page")).content.decode()


def test_document_is_only_for_a_planned_video_appointment(desk: Browser, cast: Cast) -> None:
    desk.post(_address(cast, "appointment_mode"), {"mode": "telephone"})
    answer = desk.get(_address(cast, "staff_call"))
    assert answer.headers["Location"] == _address(cast, "appointment_page")
    assert desk.post(_address(cast, "staff_join")).json()["reason"] == "mode"


def test_media_server_down_is_said_and_keeps_the_call(desk: Browser, cast: Cast) -> None:
    answer = desk.post(_address(cast, "staff_join"))
    assert (answer.status_code, answer.json()["reason"]) == (503, "media")
    assert "Am Telefon geht es sofort" in answer.json()["text"]
    assert Call.objects.get().state == CallState.OPEN


def test_admission_stands_while_the_media_server_is_down(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    _consents(cast, now)
    open_waiting_room(cast.invitation, now)
    answer = desk.post(_address(cast, "staff_admit"))
    assert answer.json()["ok"] is True
    assert answer.json()["problem"]
    state = desk.get(_address(cast, "staff_state")).json()
    assert (state["state"], state["client"]) == ("active", "admitted")


def test_nobody_is_admitted_without_consent_or_without_waiting(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    assert desk.post(_address(cast, "staff_admit")).json()["reason"] == "nobody_waits"
    open_waiting_room(cast.invitation, now)
    assert desk.post(_address(cast, "staff_admit")).json()["reason"] == "consent"


def test_end_leads_to_the_proposed_outcome(desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller) -> None:
    _consents(cast, now)
    open_waiting_room(cast.invitation, now)
    for place in CallParticipation.objects.filter(state="waiting").select_related("call"):
        check_joined(room=place.call.room_name, identity=place.identity, now=now)
    desk.post(_address(cast, "staff_join"))
    mine = CallParticipation.objects.select_related("call").get(participation__staff=cast.owner)
    check_joined(room=mine.call.room_name, identity=mine.identity, now=now)
    desk.post(_address(cast, "staff_admit"))
    frozen.move_to(now + dt.timedelta(minutes=33, seconds=10))
    for _twice in range(2):
        assert desk.post(_address(cast, "staff_end")).json() == {"next": _address(cast, "appointment_page")}
    assert "Vorschlag: stattgefunden, 34 Minuten" in said(desk.get(_address(cast, "appointment_page")))
    state = desk.get(_address(cast, "staff_state")).json()
    assert (state["state"], state["next"]) == ("ended", _address(cast, "appointment_page"))


def test_state_before_anybody_came(desk: Browser, cast: Cast) -> None:
    assert desk.get(_address(cast, "staff_state")).json() == {
        "state": "open",
        "client": "absent",
        "clientSince": None,
        "takeover": None,
        "overrun": None,
        "tablet": None,
        "problem": None,
        "next": None,
    }


def test_another_device_asks_and_is_let_in_or_not(
    desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller
) -> None:
    _consents(cast, now)
    place = open_waiting_room(cast.invitation, now)
    desk.post(_address(cast, "staff_admit"))
    for decision, becomes in (("staff_refuse_device", "refused"), ("staff_change_device", "admitted")):
        request = TakeOver.objects.create(place=place, device=place.device, asked_at=now, connected_at=now)
        assert desk.get(_address(cast, "staff_state")).json()["takeover"] == {"since": now.isoformat()}
        assert [desk.post(_address(cast, decision)).json()["ok"] for _twice in range(2)] == [True, True]
        request.refresh_from_db()
        assert request.state == becomes
        assert desk.get(_address(cast, "staff_state")).json()["takeover"] is None


def test_nobody_asks_from_another_device(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    _consents(cast, now)
    for decision in ("staff_refuse_device", "staff_change_device"):
        answer = desk.post(_address(cast, decision))
        assert (answer.status_code, answer.json()["reason"]) == (409, "nobody_asks")
        assert answer.json()["text"] == "Die Anfrage vom anderen Gerät gibt es nicht mehr."


def test_counsellor_reads_when_others_need_the_channel(
    desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller
) -> None:
    _consents(cast, now)
    open_waiting_room(cast.invitation, now)
    desk.post(_address(cast, "staff_admit"))
    for _channel in range(2):
        start = at("2026-03-03 10:40")
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=start, now=now, minutes=5)
    said = []
    for moment in ("10:34", "10:35", "10:41"):
        frozen.move_to(at(f"2026-03-03 {moment}"))
        said.append(desk.get(_address(cast, "staff_state")).json()["overrun"])
    goes_on = "Uhr wird der Videokanal gebraucht. Das Gespräch geht weiter, auf Wunsch am Telefon."
    until = at("2026-03-03 10:40").isoformat()
    assert said == [
        None,
        {"until": until, "text": f"Ab 10:40 {goes_on}"},
        {"until": until, "text": f"Seit 10:40 {goes_on}"},
    ]
