"""The answer to every staff page that asks who waits: right, cheap, and never a reason to stay signed in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.calls.models import CallParticipation, TakeOver
from nahbar.web.shared.middleware import SESSION_USED
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_office, make_staff
from tests.web.counsellor.pages import count_queries, open_waiting_room

pytestmark = pytest.mark.usefixtures("frozen")


def _ask(browser: Browser, cast: Cast, **headers: str) -> Any:
    return browser.get(reverse("waiting_poll", args=[cast.office.slug]), headers=headers)


def test_nobody_waits(cast: Cast, client: Browser, frozen: Traveller) -> None:
    browser = as_staff(client, cast.owner)
    assert _ask(browser, cast).json() == {"waiting": [], "asking": [], "askAgain": 2}
    frozen.move_to(at("2026-03-03 20:00"))
    assert _ask(as_staff(Browser(), cast.owner), cast).json() == {"waiting": [], "asking": [], "askAgain": 30}


def test_who_waits_for_me_and_for_nobody_else(cast: Cast, client: Browser, now: dt.datetime) -> None:
    open_waiting_room(cast.invitation, now)
    (one,) = _ask(as_staff(client, cast.owner), cast).json()["waiting"]
    assert one["name"] == "Elif Kaya"
    assert one["initials"] == "EK"
    assert one["since"] == now.isoformat()
    assert one["checks"] == ["Einverständnis liegt vor", "Mikrofon und Kamera geprüft"]
    assert one["admitUrl"] == reverse("staff_call", args=["altona", cast.appointment.public_id]) + "?einlassen=1"
    for other in (cast.colleague, cast.teammate, cast.team_lead, cast.guide):
        assert _ask(as_staff(Browser(), other), cast).json()["waiting"] == []


def test_unchanged_answer_is_a_304_that_says_when_to_ask_again(cast: Cast, client: Browser) -> None:
    browser = as_staff(client, cast.owner)
    tag = _ask(browser, cast).headers["ETag"]
    again = _ask(browser, cast, **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["X-Ask-Again"]) == (304, b"", "2")
    open_waiting_room(cast.invitation, at("2026-03-03 09:29"))
    assert _ask(browser, cast, **{"If-None-Match": tag}).status_code == 200


def test_asking_never_extends_the_session(cast: Cast, client: Browser, frozen: Traveller, now: dt.datetime) -> None:
    browser = as_staff(client, cast.owner)
    browser.get(reverse("staff_day", args=["altona"]))
    for hours in (1, 1.9):
        frozen.move_to(now + dt.timedelta(hours=hours))
        assert _ask(browser, cast).status_code == 200
        assert browser.session[SESSION_USED] == now.isoformat()
    frozen.move_to(now + dt.timedelta(hours=2, seconds=1))
    assert _ask(browser, cast, Accept="application/json").status_code == 401


def test_query_count_does_not_grow(db: None, now: dt.datetime) -> None:
    counts = []
    for slug, people in (("eins", 1), ("drei", 3)):
        office = make_office(slug, channels=4)
        staff = make_staff(office)
        for number in range(people):
            starts_at = at(f"2026-03-03 {10 + number}:00")
            open_waiting_room(book(client=make_client(office), staff=staff, starts_at=starts_at, now=now), now)
        counts.append(count_queries(as_staff(Browser(), staff), reverse("waiting_poll", args=[slug])))
    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_seen_tells_the_client_once(cast: Cast, client: Browser, now: dt.datetime, frozen: Traveller) -> None:
    place = open_waiting_room(cast.invitation, now)
    address = reverse("staff_seen", args=["altona", cast.appointment.public_id])
    browser = as_staff(client, cast.owner)
    for seconds in (1, 5):
        frozen.move_to(now + dt.timedelta(seconds=seconds))
        assert browser.post(address, {"soon": True}, content_type="application/json").json() == {"ok": True}
    assert CallParticipation.objects.get(pk=place.pk).noticed_at == now + dt.timedelta(seconds=1)


def test_who_asks_to_go_on_with_another_device(cast: Cast, client: Browser, now: dt.datetime) -> None:
    place = open_waiting_room(cast.invitation, now)
    CallParticipation.objects.update(state="admitted", admitted_at=now)
    TakeOver.objects.create(place=place, device=place.device, asked_at=now, connected_at=now)
    args = ["altona", cast.appointment.public_id]
    assert _ask(as_staff(client, cast.owner), cast).json() == {
        "waiting": [],
        "asking": [
            {
                "appointment": str(cast.appointment.public_id),
                "name": "Elif Kaya",
                "initials": "EK",
                "since": now.isoformat(),
                "startsAt": cast.appointment.starts_at.isoformat(),
                "changeUrl": reverse("staff_change_device", args=args),
                "refuseUrl": reverse("staff_refuse_device", args=args),
                "seenUrl": reverse("staff_seen", args=args),
            }
        ],
        "askAgain": 2,
    }
    for other in (cast.colleague, cast.teammate, cast.team_lead, cast.guide):
        assert _ask(as_staff(Browser(), other), cast).json()["asking"] == []
