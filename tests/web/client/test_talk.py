"""The call document's gate, what it is handed, and the answers to what it asks."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from nahbar.calls.models import Call, CallParticipation, TakeOver
from nahbar.calls.operations import admit, eject, end_call, join_as_counsellor, notice_waiting
from nahbar.calls.presence import check_joined
from nahbar.calls.rules import EndReason
from nahbar.calls.takeover import admit_takeover, refuse_takeover
from nahbar.invitations.models import Device
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.people.rules import Salutation
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode, take_over
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.factories import at, book, desk_of, invitation_for, open_as_client
from tests.web.client.conftest import Address, text_of, unanswered
from tests.web.reading import told, words_of

CONFIG = re.compile(r'<script id="nb-config" type="application/json">(.*?)</script>', re.DOTALL)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.0 Mobile/15E148 Safari/604.1"
)
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 Instagram 300.0"
)


def post(browser: Browser, address: str, sent: object = None) -> Any:
    return browser.post(address, data=json.dumps(sent or {}), content_type="application/json")


def state_of(browser: Browser, url: Address) -> dict[str, Any]:
    answer = browser.get(url("gespraech/stand"))
    assert answer.status_code == 200
    return told(answer)


# --- the document ---------------------------------------------------------------------------------


def test_later_step_first_leads_back_to_the_missing_one(client: Browser, cast: Cast, url: Address) -> None:
    assert client.get(url("gespraech")).status_code == 404


def test_document_without_consent_leads_to_consent(visitor: Browser, url: Address) -> None:
    assert visitor.get(url("gespraech"))["Location"] == url("einverstaendnis")


def test_document_of_a_telephone_appointment_leads_to_the_appointment(agreed: Browser, url: Address) -> None:
    agreed.post(url("art"), {"mode": "telephone"})
    assert agreed.get(url("gespraech"))["Location"] == url("termin")


def test_document_may_use_camera_and_microphone_and_other_pages_may_not(agreed: Browser, url: Address) -> None:
    assert "camera=(self), microphone=(self)" in agreed.get(url("gespraech"))["Permissions-Policy"]
    assert "camera=(), microphone=()" in agreed.get(url("termin"))["Permissions-Policy"]


def config_of(browser: Browser, url: Address, agent: str) -> dict[str, Any]:
    page = browser.get(url("gespraech"), {"teil": "rest"}, headers={"user-agent": agent}).content.decode()
    found = CONFIG.search(page)
    assert found is not None
    return words_of(found[1])


def test_a_herr_is_bent_after_mit(agreed: Browser, cast: Cast, url: Address) -> None:
    StaffMember.objects.filter(pk=cast.owner.pk).update(salutation=Salutation.HERR)
    texts = config_of(agreed, url, IPHONE)["texts"]
    assert texts["connecting"] == "Wir verbinden Sie mit Herrn Petersen"
    assert not [key for key, text in texts.items() if "{whom}" in text]


def test_config_carries_what_the_script_needs_and_no_secret(agreed: Browser, cast: Cast, url: Address) -> None:
    Device.objects.update(checks={"microphone": "ok", "camera": "skipped"})
    config = config_of(agreed, url, IPHONE)
    assert config["urls"]["arrive"] == url("gespraech/ankunft")
    assert config["counterpart"] == {"name": "Frau Petersen", "whom": "Frau Petersen", "initials": "IP"}
    assert config["phone"] == {"display": "040 66969-100", "tel": "tel:+494066969100"}
    assert config["remembered"] == {"microphone": "ok", "camera": "skipped"}
    assert config["browser"] == {"family": "safari", "os": "ios", "inApp": False}
    assert (config["saver"], config["prepared"]) == (True, True)
    assert "link" not in config["urls"]
    assert "token" not in config


def test_config_in_an_apps_window_hands_out_the_link_to_copy(agreed: Browser, url: Address) -> None:
    config = config_of(agreed, url, INSTAGRAM)
    assert config["browser"]["inApp"]
    assert f"{url()}#" in config["urls"]["link"]


def test_the_written_talk_comes_apart_and_lets_the_client_keep_a_copy(agreed: Browser, url: Address) -> None:
    whole = (
        agreed.get(url("gespraech")).content.decode() + agreed.get(url("gespraech"), {"teil": "rest"}).content.decode()
    )
    part = agreed.get(url("gespraech"), {"teil": "text"}).content.decode()
    assert ('id="btn-text"' in whole, 'id="text"' in whole, "nb-beside" in whole) == (True, False, False)
    assert ('id="text"' in part, 'id="text-keep"' in part, "nb-beside" in part) == (True, True, True)
    assert "nb-config" not in part


# --- what it asks ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("frozen")
def test_machine_answers_nobody_and_the_unproven(client: Browser, cast: Cast, url: Address) -> None:
    for page in ("pruefung", "leitung", "ankunft", "verlassen"):
        answer = post(client, url(f"gespraech/{page}"))
        assert (answer.status_code, answer.json()["reason"]) == (404, "link")
    open_as_client(client, cast.invitation)
    Device.objects.update(proven_at=None)
    for page in ("pruefung", "leitung", "ankunft", "verlassen"):
        answer = post(client, url(f"gespraech/{page}"))
        assert (answer.status_code, answer.json()["next"]) == (409, url("nachweis"))


def test_checks_are_remembered(visitor: Browser, url: Address) -> None:
    post(visitor, url("gespraech/pruefung"), {"step": "microphone", "result": "failed", "reason": "blocked"})
    assert post(visitor, url("gespraech/pruefung"), {"step": "microphone", "result": "ok"}).json() == {}
    assert Device.objects.get().checks == {"microphone": "ok"}


def test_no_line_is_tried_by_telephone(visitor: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=cast.desk.actor, now=now)
    answer = post(visitor, url("gespraech/leitung"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "mode")


def test_no_line_is_tried_for_what_is_over(visitor: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=now, minutes=1)
    answer = post(visitor, url("gespraech/leitung"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "ended")


@pytest.mark.parametrize(
    "sent", [{}, [], {"step": "microphone"}, {"step": "nose", "result": "ok"}, {"step": ["microphone"], "result": "ok"}]
)
def test_checks_of_another_shape_are_refused(visitor: Browser, url: Address, sent: object) -> None:
    assert post(visitor, url("gespraech/pruefung"), sent).status_code == 400


def test_garbage_is_refused_and_not_a_crash(visitor: Browser, url: Address) -> None:
    answer = visitor.post(url("gespraech/pruefung"), data=b"\xff{", content_type="application/json")
    assert answer.status_code == 400


def test_arriving_without_consent_is_refused(visitor: Browser, url: Address) -> None:
    answer = post(visitor, url("gespraech/ankunft"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "consent")
    assert not Call.objects.exists()


def test_arriving_too_early_says_when_it_opens(agreed: Browser, url: Address, frozen: time_machine.Traveller) -> None:
    frozen.move_to(at("2026-03-03 09:29"))
    answer = post(agreed, url("gespraech/ankunft"))
    assert answer.json() == {"reason": "not_open", "opensAt": "2026-03-03T08:30:00+00:00"}
    state = state_of(agreed, url)
    assert (state["state"], state["headline"]) == ("not_open", "Der Warteraum öffnet um neun Uhr dreißig.")
    assert state["askAgain"] == 30


def test_arriving_without_media_server_says_so_and_keeps_the_place(agreed: Browser, url: Address) -> None:
    for page in ("leitung", "ankunft"):
        answer = post(agreed, url(f"gespraech/{page}"))
        assert (answer.status_code, answer.json()) == (503, {"reason": "media"})
    assert state_of(agreed, url)["headline"] == "Sie sind da. Frau Petersen bekommt jetzt Bescheid."


def in_talk(browser: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    """The person's browser is in the talk."""
    post(browser, url("gespraech/ankunft"))
    with unanswered():
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)


def a_tablet(cast: Cast) -> Browser:
    """Another device that opened the same link."""
    tablet = Browser()
    open_as_client(tablet, cast.invitation)
    return tablet


def said(browser: Browser, url: Address) -> tuple[str, str, str]:
    state = state_of(browser, url)
    return state["state"], state["headline"], state["text"]


def test_second_device_is_told_that_it_may_ask(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    in_talk(agreed, cast, url, now)
    assert said(a_tablet(cast), url) == (
        "taken_over",
        "Sie sind schon auf einem anderen Gerät dabei.",
        "Sie können hier weitersprechen. Frau Petersen muss Sie dafür noch einmal einlassen.",
    )


def test_second_device_that_asks_is_told_who_knows(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    in_talk(agreed, cast, url, now)
    tablet = a_tablet(cast)
    post(tablet, url("gespraech/ankunft"))
    meanwhile = "Bis dahin läuft das Gespräch auf dem anderen Gerät weiter."
    unseen = "Wir sagen Frau Petersen, dass Sie auf diesem Gerät weitersprechen möchten."
    assert said(tablet, url) == ("asking", unseen, meanwhile)
    notice_waiting(appointment=cast.appointment, now=now)
    seen = "Frau Petersen sieht, dass Sie auf diesem Gerät weitersprechen möchten."
    assert said(tablet, url) == ("asking", seen, meanwhile)
    assert state_of(tablet, url)["noticed"]
    assert state_of(agreed, url)["state"] == "admitted"


def test_first_device_is_told_that_the_talk_went_on_elsewhere(
    agreed: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    in_talk(agreed, cast, url, now)
    tablet = a_tablet(cast)
    post(tablet, url("gespraech/ankunft"))
    TakeOver.objects.update(connected_at=now)
    admit_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    assert state_of(tablet, url)["state"] == "admitted"
    assert said(agreed, url) == (
        "taken_over",
        "Das Gespräch läuft jetzt auf einem anderen Gerät.",
        "Frau Petersen hat Sie dort eingelassen. Waren Sie das nicht? Dann rufen Sie uns bitte an.",
    )


def test_refused_device_is_told_how_it_goes_on(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    in_talk(agreed, cast, url, now)
    tablet = a_tablet(cast)
    post(tablet, url("gespraech/ankunft"))
    refuse_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    answer = post(tablet, url("gespraech/ankunft"))
    assert (answer.status_code, answer.json()) == (409, {"reason": "taken_over"})
    assert said(tablet, url) == (
        "taken_over",
        "Das Gespräch bleibt auf dem anderen Gerät.",
        "Auf diesem Gerät geht es nicht weiter. Legen Sie dort auf, dann geht es hier.",
    )


# --- what is said, as time goes on ----------------------------------------------------------------


def test_waiting_says_only_what_is_known(
    agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, now: dt.datetime
) -> None:
    assert state_of(agreed, url)["headline"] == "Der Warteraum ist offen."
    post(agreed, url("gespraech/ankunft"))
    said = state_of(agreed, url)
    assert (said["headline"], said["noticed"]) == ("Sie sind da. Frau Petersen bekommt jetzt Bescheid.", False)
    notice_waiting(appointment=cast.appointment, now=now)
    frozen.move_to(at("2026-03-03 09:56"))
    said = state_of(agreed, url)
    assert (said["headline"], said["noticed"]) == ("Sie sind da. Frau Petersen weiß Bescheid.", True)
    assert said["text"] == "Es geht um zehn Uhr los, in 4 Minuten."
    frozen.move_to(at("2026-03-03 09:59") + dt.timedelta(seconds=30))
    assert state_of(agreed, url)["text"].endswith("in 1 Minute.")
    frozen.move_to(at("2026-03-03 10:02"))
    assert state_of(agreed, url)["text"].startswith("Frau Petersen ist noch nicht so weit.")


def test_no_line_parts_a_name_that_scripts_show(agreed: Browser, url: Address) -> None:
    whole = "Frau\N{NO-BREAK SPACE}Petersen"
    post(agreed, url("gespraech/ankunft"))
    state = agreed.get(url("gespraech/stand")).json()
    assert state["headline"] == f"Sie sind da. {whole} bekommt jetzt Bescheid."
    assert state["counterpart"]["name"] == whole
    rest = agreed.get(url("gespraech"), {"teil": "rest"}).content.decode()
    assert "Wir verbinden Sie mit Frau\\u00a0Petersen" in rest


def test_late_because_of_another_talk_says_so(
    agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, now: dt.datetime
) -> None:
    before = book(client=cast.other_person, staff=cast.owner, starts_at=at("2026-03-03 09:30"), now=now)
    earlier = Browser()
    invitation = invitation_for(before)
    open_as_client(earlier, invitation)
    agree_too(earlier, url("einverstaendnis", invitation))
    post(earlier, url("gespraech/ankunft", invitation))
    with unanswered():
        join_as_counsellor(desk=cast.desk, appointment=before, now=now)
    admit(desk=cast.desk, appointment=before, now=now)
    post(agreed, url("gespraech/ankunft"))
    frozen.move_to(at("2026-03-03 10:02"))
    said = state_of(agreed, url)["text"]
    assert said == "Frau Petersen spricht noch. Bitte warten Sie. Sie haben nichts falsch gemacht."


def agree_too(browser: Browser, address: str) -> None:
    page = browser.get(address).content.decode()
    found = re.search(r'name="text" value="(\w+)"', page)
    assert found is not None
    browser.post(address, {"answer": "yes", "text": found[1]})


def test_end_leads_to_the_last_page_and_nobody_slips_back_in(
    agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, now: dt.datetime
) -> None:
    post(agreed, url("gespraech/ankunft"))
    with unanswered():
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    frozen.move_to(at("2026-03-03 10:00"))
    admit(desk=cast.desk, appointment=cast.appointment, now=at("2026-03-03 10:00"))
    for place in CallParticipation.objects.select_related("call"):
        check_joined(room=place.call.room_name, identity=place.identity, now=at("2026-03-03 10:00"))
    assert state_of(agreed, url)["text"] == "Sie sprechen mit Frau Petersen."
    frozen.move_to(at("2026-03-03 10:24"))
    ended = at("2026-03-03 10:24")
    end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=cast.desk.actor, now=ended)
    assert (state_of(agreed, url)["state"], state_of(agreed, url)["next"]) == ("ended", url("ende"))
    assert post(agreed, url("gespraech/ankunft")).json() == {"reason": "ended", "next": url("ende")}
    assert agreed.get(url("gespraech"))["Location"] == url("ende")
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=ended, minutes=24)
    page = text_of(agreed.get(url("ende")))
    for words in ("Danke für das Gespräch", "Inga Petersen", "24 Minuten gesprochen", "040 66969-100"):
        assert words in page


def test_last_page_names_the_next_appointment(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-17 09:00"), now=now)
    post(agreed, url("gespraech/ankunft"))
    end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=cast.desk.actor, now=now)
    page = text_of(agreed.get(url("ende")))
    assert "Ihr nächster Termin ist am Dienstag, 17. März, um neun Uhr." in page


def test_hanging_up_leaves_a_way_back(agreed: Browser, url: Address) -> None:
    post(agreed, url("gespraech/ankunft"))
    assert post(agreed, url("gespraech/verlassen")).json() == {"next": url("ende")}
    page = text_of(agreed.get(url("ende")))
    assert "Sie haben aufgelegt" in page
    assert f'href="{url("gespraech")}"' in page
    post(agreed, url("gespraech/ankunft"))
    assert state_of(agreed, url)["state"] == "waiting"


def test_a_place_that_was_given_up_is_told_so_that_the_page_comes_again(agreed: Browser, url: Address) -> None:
    post(agreed, url("gespraech/ankunft"))
    post(agreed, url("gespraech/verlassen"))
    said = state_of(agreed, url)
    assert (said["state"], said["headline"], said["next"]) == ("left", "Der Warteraum ist offen.", None)


def test_last_page_after_a_move_or_another_way_leads_to_what_is_now(
    agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, now: dt.datetime
) -> None:
    post(agreed, url("gespraech/ankunft"))
    later = at("2026-03-03 10:15")
    move_appointment(appointment=cast.appointment, starts_at=later, minutes=30, by=cast.desk.actor, now=now)
    assert agreed.get(url("ende"))["Location"] == url("termin")
    frozen.move_to(at("2026-03-03 09:50"))
    post(agreed, url("gespraech/ankunft"))
    assert "Sie haben aufgelegt" in agreed.get(url("ende")).content.decode()
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=cast.desk.actor, now=now)
    assert agreed.get(url("ende"))["Location"] == url("termin")


def test_removed_person_is_told_to_call(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    post(agreed, url("gespraech/ankunft"))
    with unanswered():
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    eject(desk=cast.desk, appointment=cast.appointment, now=now)
    assert state_of(agreed, url)["state"] == "removed"
    assert post(agreed, url("gespraech/ankunft")).json()["reason"] == "removed"
    assert "Das Video ist für Sie beendet" in agreed.get(url("ende")).content.decode()


SETTLED = {
    Mode.TELEPHONE: "Frau Petersen ruft Sie um zehn Uhr an.",
    Mode.ON_SITE: "Sie treffen sich um zehn Uhr im Jobcenter.",
    Mode.OUTREACH_VISIT: "Sie treffen sich um zehn Uhr.",
}


@pytest.mark.parametrize("mode", SETTLED)
def test_state_after_another_way_was_chosen(
    agreed: Browser, cast: Cast, url: Address, now: dt.datetime, mode: Mode
) -> None:
    switch_mode(appointment=cast.appointment, mode=mode, by=cast.desk.actor, now=now)
    said = state_of(agreed, url)
    assert (said["state"], said["headline"], said["next"]) == ("mode", SETTLED[mode], url("termin"))
    agreed.post(url("widerruf"))
    assert state_of(agreed, url)["state"] == "withdrawn"


def test_state_of_a_cancelled_appointment(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=now)
    said = state_of(agreed, url)
    assert (said["state"], said["headline"]) == ("ended", "Ihr Termin findet nicht statt.")


def test_last_page_before_any_talk_leads_to_the_appointment(agreed: Browser, url: Address) -> None:
    assert agreed.get(url("ende"))["Location"] == url("termin")


def test_waiting_says_who_of_counsellor_and_deputy_knows(
    agreed: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    post(agreed, url("gespraech/ankunft"))
    notice_waiting(appointment=cast.appointment, now=now, by_deputy=True)
    assert state_of(agreed, url)["headline"] == "Sie sind da. Die Vertretung für Frau Petersen weiß Bescheid."
    notice_waiting(appointment=cast.appointment, now=now)
    both = "Sie sind da. Frau Petersen und die Vertretung wissen Bescheid."
    assert state_of(agreed, url)["headline"] == both


def test_waiting_names_the_deputy_who_took_over(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    post(agreed, url("gespraech/ankunft"))
    take_over(desk=desk_of(cast.teammate, cast.office), appointment=cast.appointment, now=now)
    state = state_of(agreed, url)
    assert state["headline"] == "Sie sind da. Frau Vogt weiß Bescheid."
    assert state["counterpart"] == {"name": "Frau Vogt", "whom": "Frau Vogt", "initials": "MV"}


def test_clock_of_the_device_changes_nothing(agreed: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    tomorrow = (now + dt.timedelta(days=1)).isoformat()
    believed = {"now": tomorrow, "at": tomorrow, "since": tomorrow, "waitingSince": tomorrow}
    for page in ("pruefung", "ankunft"):
        sent = json.dumps({"step": "microphone", "result": "ok", **believed})
        headers = {"Date": "Wed, 04 Mar 2026 09:30:00 GMT", "If-Modified-Since": "Wed, 04 Mar 2026 09:30:00 GMT"}
        agreed.post(url(f"gespraech/{page}"), data=sent, content_type="application/json", headers=headers)
    place = CallParticipation.objects.get()
    assert (place.waiting_since, place.device and place.device.seen_at) == (now, now)
    assert state_of(agreed, url)["text"] == "Es geht um zehn Uhr los, in 30 Minuten."
