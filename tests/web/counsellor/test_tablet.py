"""The tablet's pages and the PC's questions about it, without a media server."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import segno
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.calls.models import CallParticipation, SecondDevice
from tests.conftest import Cast
from tests.factories import as_staff, offer_tablet
from tests.web.counsellor.pages import count_queries

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser, settings: Any) -> Browser:
    """The owner's PC, in the talk; the media server is down."""
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    as_staff(client, cast.owner)
    client.post(_address(cast, "staff_join"))
    return client


def _address(cast: Cast, name: str) -> str:
    return reverse(name, args=[cast.office.slug, cast.appointment.public_id])


def _code(desk: Browser, cast: Cast) -> tuple[str, str]:
    """What somebody reads off the PC's screen: the open half and the secret, with its spaces."""
    return _read(desk.post(_address(cast, "staff_tablet_code")).json()["html"])


def _read(html: str) -> tuple[str, str]:
    address, secret = re.findall(r"<b[^>]*>([^<]+)</b>", html)
    return address.rpartition("/")[2], secret


def _pair(browser: Browser, code: str, secret: str) -> Any:
    return browser.post(reverse("tablet_pair", args=[code]), {"secret": secret})


def test_a_code_is_drawn_and_can_be_typed(desk: Browser, cast: Cast, settings: Any) -> None:
    answer = desk.post(_address(cast, "staff_tablet_code")).json()
    assert answer["seconds"] == 120
    assert answer["html"].count("<svg") == 1
    assert ("style=" in answer["html"], "http" in answer["html"].replace('xmlns="http://www.w3.org', "")) == (
        False,
        False,
    )
    code, secret = _read(answer["html"])
    whole = f"{settings.NAHBAR_BASE_URL}/g/{code}#{secret.replace(' ', '')}"
    assert segno.make(whole, error="m", micro=False).svg_inline(scale=5, border=4, omitsize=True) in answer["html"]
    assert re.fullmatch(r"[2-9a-hjkmnp-z]{8} ([2-9a-hjkmnp-z]{4} ?){3}", f"{code} {secret}")
    assert _pair(Browser(), code.upper(), secret.upper()).status_code == 302


def test_reading_the_landing_changes_nothing_and_tells_nothing(desk: Browser, cast: Cast) -> None:
    code, secret = _code(desk, cast)
    tablet = Browser()
    pages = [
        tablet.get(reverse("tablet_landing", args=[one])).content.decode().replace(one, "")
        for one in (code, "zzzzzzzz")
    ]
    token = re.compile(r'(nonce|value)="[^"]*"')
    assert token.sub("", pages[0]) == token.sub("", pages[1])
    tablet.head(reverse("tablet_landing", args=[code]))
    assert SecondDevice.objects.get().state == "offered"
    assert "Kaya" not in pages[0]
    assert _pair(tablet, code, secret).status_code == 302


def test_the_cookie_is_narrow_and_its_page_tells_nothing_of_the_case(desk: Browser, cast: Cast) -> None:
    tablet = Browser()
    code, secret = _code(desk, cast)
    answer = _pair(tablet, code, secret)
    assert answer.headers["Location"] == f"/g/{code}/gespraech?holen=1"
    cookie = answer.cookies["nahbar-tablet"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/g/{code}", True, "Strict")
    assert cookie.value not in str(list(SecondDevice.objects.values()))
    page = tablet.get(answer.headers["Location"])
    text = page.content.decode()
    for secret_of_the_case in (cast.person.phone_display, cast.appointment.topic.name, cast.person.number):
        assert secret_of_the_case not in text
    found = re.search(r'<script id="nb-config"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found
    config = json.loads(found[1])
    assert (config["role"], config["takes"], set(config["urls"])) == ("tablet", True, {"take", "join", "state", "back"})
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert tablet.get(_address(cast, "staff_call")).status_code == 302


@pytest.mark.parametrize(("secure", "samesite"), [(True, "Strict"), (False, "Strict")])
def test_the_cookie_is_secure_where_the_line_is(secure: bool, samesite: str, desk: Browser, cast: Cast) -> None:  # noqa: FBT001
    code, secret = _code(desk, cast)
    answer = Browser().post(reverse("tablet_pair", args=[code]), {"secret": secret}, secure=secure)
    cookie = answer.cookies["nahbar-tablet"]
    assert (bool(cookie["secure"]), cookie["samesite"]) == (secure, samesite)


def test_each_refusal_has_its_sentence(desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller) -> None:
    code, secret = _code(desk, cast)
    said = [
        _pair(Browser(), code, "2222 2222 2222"),
        _pair(Browser(), "zzzzzzzz", secret),
        _pair(as_staff(Browser(), cast.colleague), code, secret),
        _pair(Browser(), code, secret),
        _pair(Browser(), code, secret),
    ]
    late, late_secret = _code(desk, cast)
    frozen.move_to(now + dt.timedelta(minutes=2))
    said.append(_pair(Browser(), late, late_secret))
    head = re.compile(r"<h1>([^<]*)</h1>")
    assert [(one.status_code, *head.findall(one.content.decode())) for one in said] == [
        (404, "Dieser Code passt nicht"),
        (404, "Dieser Code passt nicht"),
        (403, "Auf diesem Tablet ist jemand anderes angemeldet"),
        (302,),
        (410, "Dieser Code wurde schon benutzt"),
        (410, "Dieser Code gilt nicht mehr"),
    ]


def test_somebody_who_tries_codes_is_stopped(desk: Browser, cast: Cast) -> None:
    code, _secret = _code(desk, cast)
    answers = [_pair(Browser(), code, "wrong").status_code for _try in range(41)]
    assert answers == [*(404,) * 40, 429]
    assert AuditEntry.objects.filter(action=Action.DENIED, object_kind="second_device").count() == 40


def test_the_pc_reads_what_the_tablet_does(desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller) -> None:
    def state() -> Any:
        return desk.get(_address(cast, "staff_state")).json()["tablet"]

    tablet = Browser()
    said = [state()]
    code, secret = _code(desk, cast)
    _pair(tablet, code, secret)
    said.append(state())
    tablet.post(reverse("tablet_take", args=[code]))
    said.append(state())
    frozen.move_to(now + dt.timedelta(seconds=9))
    said.append(state())
    assert tablet.post(reverse("tablet_state", args=[code])).json() == {"state": "holding", "connected": False}
    said.append(state())
    assert desk.post(_address(cast, "staff_join")).json()["reason"] == "other_device"
    desk.post(_address(cast, "staff_tablet_fetch"))
    said.append(state())
    assert desk.post(_address(cast, "staff_join")).json()["reason"] == "media"
    assert tablet.post(reverse("tablet_join", args=[code])).json()["reason"] == "other_device"
    desk.post(_address(cast, "staff_tablet_drop"))
    said.append(state())
    assert tablet.post(reverse("tablet_take", args=[code])).json() == {"reason": "dropped"}
    assert said == [
        None,
        {"state": "ready", "silent": False},
        {"state": "holding", "silent": False},
        {"state": "holding", "silent": True},
        {"state": "holding", "silent": False},
        {"state": "ready", "silent": False},
        None,
    ]


def test_admission_goes_on_at_the_pc_while_the_tablet_holds(desk: Browser, cast: Cast) -> None:
    code, secret = _code(desk, cast)
    tablet = Browser()
    _pair(tablet, code, secret)
    tablet.post(reverse("tablet_take", args=[code]))
    assert desk.post(_address(cast, "staff_admit")).json()["reason"] == "nobody_waits"
    assert CallParticipation.objects.get(participation__staff=cast.owner).state == "admitted"


def test_signing_out_on_the_pc_ends_the_tablet(desk: Browser, cast: Cast) -> None:
    code, secret = _code(desk, cast)
    tablet = Browser()
    _pair(tablet, code, secret)
    assert tablet.get(reverse("tablet_call", args=[code])).status_code == 200
    desk.post(reverse("account_logout"))
    answer = tablet.get(reverse("tablet_call", args=[code]))
    assert (answer.status_code, "Dieses Tablet ist nicht verbunden" in answer.content.decode()) == (404, True)


def test_somebody_else_who_signs_in_on_the_tablet_finds_no_talk(desk: Browser, cast: Cast) -> None:
    tablet = Browser()
    _pair(tablet, *_code(desk, cast))
    code = SecondDevice.objects.get().public_id
    as_staff(tablet, cast.teammate)
    assert tablet.get(reverse("tablet_call", args=[code])).status_code == 404
    assert tablet.post(reverse("tablet_take", args=[code])).status_code == 404


def test_the_tablet_is_asked_for_in_one_query(desk: Browser, cast: Cast) -> None:
    before = count_queries(desk, _address(cast, "staff_state"))
    tablet = Browser()
    code, secret = offer_tablet(cast.appointment)
    _pair(tablet, code, secret)
    assert count_queries(desk, _address(cast, "staff_state")) == before
