"""From the link to the proof."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client as Browser

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.invitations.models import Device
from nahbar.invitations.operations import reissue, unlock
from nahbar.invitations.rules import Check, CheckResult
from nahbar.jobcenters.rules import Proof
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from nahbar.web.client import arrive
from nahbar.web.shared.limits import Limit
from tests.conftest import Cast
from tests.web.client.conftest import Address, link_secret, text_of

pytestmark = pytest.mark.usefixtures("frozen")


def exchange(browser: Browser, cast: Cast, secret: str | None = None) -> Any:
    sent = link_secret(cast.invitation) if secret is None else secret
    return browser.post(f"/t/{cast.invitation.public_id}/oeffnen", {"secret": sent})


def test_landing_shows_office_and_phone_and_nothing_else(client: Browser, cast: Cast, url: Address) -> None:
    page = text_of(client.get(url()))
    assert "Jobcenter Altona" in page
    assert 'href="tel:+494066969100"' in page
    for secret in ("Petersen", "Kaya", "Berufliche Ziele", "10:00", "zehn Uhr"):
        assert secret not in page


def test_landing_of_an_unknown_link_gives_the_installations_contact(client: Browser, cast: Cast) -> None:
    response = client.get(f"/t/{uuid.uuid4()}")
    assert response.status_code == 404
    assert settings.NAHBAR_CONTACT["phone"] in text_of(response)


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/1]"],
)
def test_landing_in_an_app_says_how_to_reach_a_browser(client: Browser, url: Address, agent: str) -> None:
    assert "Im Browser öffnen" in text_of(client.get(url(), headers={"user-agent": agent}))
    assert "Im Browser öffnen" not in text_of(client.get(url()))


def test_link_opens_with_a_cookie_no_script_can_read(client: Browser, cast: Cast, url: Address) -> None:
    response = exchange(client, cast)
    assert (response.status_code, response["Location"]) == (302, url("nachweis"))
    cookie = client.cookies[settings.NAHBAR_DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == (dt.timedelta(hours=1 + 4 + 24)).total_seconds()


def test_link_opens_securely_where_https_is(client: Browser, cast: Cast, url: Address) -> None:
    client.post(url("oeffnen"), {"secret": link_secret(cast.invitation)}, secure=True)
    assert client.cookies[settings.NAHBAR_DEVICE_COOKIE]["secure"] is True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda secret: "", "Ein Teil des Links fehlt"),
        (lambda secret: secret[:-4], "Dieser Link passt nicht"),
        (lambda secret: secret[::-1], "Dieser Link passt nicht"),
        (lambda secret: "ü" + secret, "Dieser Link passt nicht"),
    ],
)
def test_link_that_is_wrong_or_cut_off_says_so_and_gives_the_phone(
    client: Browser, cast: Cast, change: object, words: str
) -> None:
    assert callable(change)
    response = exchange(client, cast, change(link_secret(cast.invitation)))
    assert words in text_of(response)
    assert "040 66969-100" in text_of(response)
    assert settings.NAHBAR_DEVICE_COOKIE not in client.cookies
    assert not Device.objects.exists()


def test_wrong_secret_is_audited_without_the_secret(client: Browser, cast: Cast) -> None:
    exchange(client, cast, "wrong")
    entry = AuditEntry.objects.get(action=Action.DENIED)
    assert (entry.object_id, entry.detail) == (str(cast.invitation.public_id), {"reason": "unknown"})


def test_reissued_link_says_there_is_a_new_one(client: Browser, cast: Cast, now: dt.datetime) -> None:
    old = link_secret(cast.invitation)
    reissue(invitation=cast.invitation, appointment=cast.appointment, by=cast.desk.actor, now=now)
    assert "Dieser Link gilt nicht mehr" in text_of(exchange(client, cast, old))
    assert exchange(client, cast).status_code == 302


def test_reissuing_closes_the_door_behind_devices_of_the_old_link(
    visitor: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    reissue(invitation=cast.invitation, appointment=cast.appointment, by=cast.desk.actor, now=now)
    assert visitor.get(url("termin")).status_code == 404
    exchange(visitor, cast)
    assert visitor.get(url("termin"))["Location"] == url("nachweis")


def test_link_of_a_cancelled_appointment_says_so(client: Browser, cast: Cast, now: dt.datetime) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=now)
    response = exchange(client, cast)
    assert (response.status_code, "findet nicht statt" in text_of(response)) == (410, True)


def test_link_after_the_appointment_says_it_is_over(
    client: Browser, cast: Cast, frozen: time_machine.Traveller, now: dt.datetime
) -> None:
    frozen.move_to(now + dt.timedelta(days=1))
    response = exchange(client, cast)
    assert (response.status_code, "vorbei" in text_of(response)) == (410, True)


def test_secret_of_one_invitation_does_not_open_another(client: Browser, cast: Cast) -> None:
    assert exchange(client, cast, link_secret(cast.other_invitation)).status_code == 404


def test_link_can_be_opened_again_and_on_a_second_device(client: Browser, cast: Cast, url: Address) -> None:
    exchange(client, cast)
    exchange(client, cast)
    assert Device.objects.count() == 1
    assert exchange(Browser(), cast)["Location"] == url("nachweis")
    assert Device.objects.count() == 2


def test_cookie_is_new_after_every_exchange_and_the_old_one_is_worthless(
    visitor: Browser, cast: Cast, url: Address
) -> None:
    before = visitor.cookies[settings.NAHBAR_DEVICE_COOKIE].value
    exchange(visitor, cast)
    thief = Browser()
    thief.cookies[settings.NAHBAR_DEVICE_COOKIE] = before
    assert thief.get(url("termin")).status_code == 404
    assert visitor.get(url("termin")).status_code == 200


def test_before_the_proof_only_office_phone_and_time_are_shown(client: Browser, cast: Cast, url: Address) -> None:
    exchange(client, cast)
    page = text_of(client.get(url("nachweis")))
    assert "heute um zehn Uhr" in page
    for secret in ("Petersen", "Kaya", "Berufliche Ziele", "1990"):
        assert secret not in page


def test_a_forwarded_link_stops_at_the_proof(client: Browser, cast: Cast, url: Address) -> None:
    exchange(client, cast)
    for page in ("termin", "einverstaendnis", "gespraech", "ende"):
        assert client.get(url(page))["Location"] == url("nachweis")


WRITTEN = [
    "1704",
    "17.04.",
    "17.4.",
    " 17 04 ",
    "1 7 0 4",
    "170490",
    "17041990",
    "17.04.1990",
    "17. 4. 90",
    "17/4/1990",
]


@pytest.mark.parametrize("typed", WRITTEN)
def test_proof_is_taken_however_it_is_written(client: Browser, cast: Cast, url: Address, typed: str) -> None:
    exchange(client, cast)
    assert client.post(url("nachweis"), {"digits": typed})["Location"] == url("termin")


FIRST_OF_APRIL = ["0104", "1.4.", "1.4.1990", "1.4.90", "01.04.90", "1/4/1990", "1-4-1990", "1. 4. 1990", "01041990"]


@pytest.mark.parametrize("typed", FIRST_OF_APRIL)
def test_short_days_and_months_are_understood_with_every_year(typed: str) -> None:
    assert arrive.tidy(typed, wanted=Proof.BIRTHDAY) == "0104"


NO_BIRTHDAYS = [
    "",
    "   ",
    "abc",
    "17",
    "174",
    "١٧٠٤",
    "17" * 40,
    "1419",
    "3104",
    "0004",
    "31.4.",
    "1.4.199",
    "17. April 1990",
]


@pytest.mark.parametrize("typed", NO_BIRTHDAYS)
def test_what_cannot_be_a_birthday_is_no_try(client: Browser, cast: Cast, url: Address, typed: str) -> None:
    exchange(client, cast)
    response = client.post(url("nachweis"), {"digits": typed})
    assert (response.status_code, "vier Zahlen" in text_of(response)) == (422, True)
    cast.invitation.refresh_from_db()
    assert (cast.invitation.wrong_proofs, Device.objects.get().wrong_proofs) == (0, 0)


def test_five_wrong_proofs_lock_the_device_with_words_on_the_way(client: Browser, cast: Cast, url: Address) -> None:
    exchange(client, cast)
    said = [text_of(client.post(url("nachweis"), {"digits": "0101"})) for _try in range(5)]
    for page, words in zip(said, ["vier Mal", "drei Mal", "zwei Mal", "ein Mal", "zu oft nicht gepasst"], strict=True):
        assert words in page
    locked = client.post(url("nachweis"), {"digits": "1704"})
    assert (locked.status_code, "040 66969-100" in text_of(locked)) == (403, True)
    assert "zu oft" in text_of(client.get(url("nachweis")))


def test_ten_wrong_proofs_lock_the_link_but_proven_devices_go_on(visitor: Browser, cast: Cast, url: Address) -> None:
    for browser in (Browser(), Browser()):
        exchange(browser, cast)
        for _try in range(5):
            browser.post(url("nachweis"), {"digits": "0101"})
    third = Browser()
    exchange(third, cast)
    assert third.post(url("nachweis"), {"digits": "1704"}).status_code == 403
    assert visitor.get(url("termin")).status_code == 200


def test_counsellor_unlocks(client: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    exchange(client, cast)
    for _try in range(5):
        client.post(url("nachweis"), {"digits": "0101"})
    unlock(invitation=cast.invitation, by=cast.desk.actor, now=now)
    assert client.post(url("nachweis"), {"digits": "1704"})["Location"] == url("termin")


def test_cookie_of_another_person_opens_nothing(visitor: Browser, cast: Cast, url: Address) -> None:
    for page in ("nachweis", "termin", "einverstaendnis", "gespraech", "ende"):
        there = visitor.get(url(page, cast.other_invitation))
        nowhere = Browser().get(url(page, cast.other_invitation))
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert strip_tokens(there) == strip_tokens(nowhere)


def strip_tokens(response: Any) -> list[str]:
    return [line for line in text_of(response).splitlines() if "csrfmiddlewaretoken" not in line]


def test_somebody_prepared_is_one_tap_from_the_call_document(agreed: Browser, cast: Cast, url: Address) -> None:
    Device.objects.update(checks={Check.MICROPHONE.value: CheckResult.OK.value})
    assert exchange(agreed, cast)["Location"] == url("gespraech")


def test_too_many_exchanges_from_one_address_are_answered_in_words(
    client: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrive, "OPENING", Limit(scope="test", tries=3))
    statuses = [exchange(client, cast, "wrong").status_code for _try in range(4)]
    assert statuses == [404, 404, 404, 429]
    assert "zehn Minuten" in text_of(exchange(client, cast))


def test_plain_german_reader_gets_plain_pages_from_the_first_tap(client: Browser, cast: Cast, url: Address) -> None:
    cast.person.language = "de-simple"
    cast.person.save()
    exchange(client, cast)
    assert "4 Zahlen" in text_of(client.get(url("nachweis")))


def test_forms_need_their_token(cast: Cast, url: Address) -> None:
    strict = Browser(enforce_csrf_checks=True)
    assert strict.post(url("oeffnen"), {"secret": link_secret(cast.invitation)}).status_code == 403
    assert not Device.objects.exists()


# --- the customer number instead ----------------------------------------------------------------


def by_number(cast: Cast, number: str = "123A045B7c") -> None:
    cast.office.proof = Proof.NUMBER
    cast.office.save()
    cast.person.number = number
    cast.person.save()


def test_the_page_asks_for_what_the_office_chose(client: Browser, cast: Cast, url: Address) -> None:
    by_number(cast)
    exchange(client, cast)
    page = text_of(client.get(url("nachweis")))
    assert "Wie endet Ihre Kundennummer?" in page
    assert "Geburtstag" not in page
    assert "5B7C" not in page.upper()


@pytest.mark.parametrize("typed", ["5B7C", "5b7c", " 5b 7C ", "123A045B7C", "123-A045-B7C"])
def test_end_of_the_number_is_taken_however_it_is_written(
    client: Browser, cast: Cast, url: Address, typed: str
) -> None:
    by_number(cast)
    exchange(client, cast)
    assert client.post(url("nachweis"), {"digits": typed})["Location"] == url("termin")


def test_birthday_is_no_proof_where_the_number_is_asked_for(client: Browser, cast: Cast, url: Address) -> None:
    by_number(cast)
    exchange(client, cast)
    assert client.post(url("nachweis"), {"digits": "1704"}).status_code == 422
    assert Device.objects.get().wrong_proofs == 1


@pytest.mark.parametrize("typed", ["", "5B7", " - ", "!!!!"])
def test_less_than_four_characters_are_no_try(client: Browser, cast: Cast, url: Address, typed: str) -> None:
    by_number(cast)
    exchange(client, cast)
    assert client.post(url("nachweis"), {"digits": typed}).status_code == 422
    assert Device.objects.get().wrong_proofs == 0


@pytest.mark.parametrize("number", ["", "7", "12-3"])
def test_a_number_too_short_to_prove_anything_leaves_the_birthday(
    client: Browser, cast: Cast, url: Address, number: str
) -> None:
    by_number(cast, number)
    exchange(client, cast)
    assert "Wann haben Sie Geburtstag?" in text_of(client.get(url("nachweis")))
    assert client.post(url("nachweis"), {"digits": number}).status_code == 422
    assert client.post(url("nachweis"), {"digits": "1704"})["Location"] == url("termin")


# --- the languages the office offers --------------------------------------------------------------


def test_plain_german_is_offered_unless_the_office_does_not(client: Browser, cast: Cast, url: Address) -> None:
    assert "Einfach" in text_of(client.get(url()))
    cast.office.offers_plain_german = False
    cast.office.save()
    assert "Einfach" not in text_of(client.get(url()))
    choice = client.post("/sprache", {"next": url()})
    assert "Einfache Sprache" not in text_of(choice)
    client.post("/sprache", {"next": url(), "language": "de-simple"})
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_who_is_written_to_in_german_also_reads_german(client: Browser, cast: Cast) -> None:
    cast.person.language = "de-simple"
    cast.person.save()
    cast.office.offers_plain_german = False
    cast.office.save()
    exchange(client, cast)
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies
