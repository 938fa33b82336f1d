"""The appointment's page, the choice of three ways, consent and its withdrawal."""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from nahbar.calls.models import Call, CallParticipation
from nahbar.calls.operations import admit, join_as_counsellor
from nahbar.calls.rules import CallState
from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.queries import consent_in_force, current_text
from nahbar.consent.rules import ConsentState, Route, text_hash
from nahbar.invitations import mails
from nahbar.invitations.queries import messages_of
from nahbar.invitations.rules import Template
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.people.models import StaffMember
from nahbar.people.rules import Salutation
from nahbar.scheduling.models import AppointmentChange, ChannelBooking, Topic, VideoChannel
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.factories import at, book, invitation_for, make_client, make_staff, open_as_client
from tests.web.client.conftest import Address, text_of, unanswered

RADIO = re.compile(r'<input type="radio" name="mode" value="(\w+)"([^>]*)>')


def choose(browser: Browser, url: Address, mode: str) -> Any:
    return browser.post(url("art"), {"mode": mode})


def agree(browser: Browser, url: Address, answer: str = "yes", language: str = "de") -> Any:
    sent = {"answer": answer, "text": current_text(language=language).sha256}
    return browser.post(url("einverstaendnis"), sent)


# --- the page -------------------------------------------------------------------------------------


def test_page_says_who_what_when_how_long_and_how_much_data(visitor: Browser, url: Address) -> None:
    page = text_of(visitor.get(url("termin")))
    for words in (
        "Guten Tag, Frau Kaya.",
        "heute um zehn Uhr",
        "Inga Petersen",
        "Ihre Ansprechpartnerin",
        "Di, 3. März, 10:00 Uhr",
        "etwa 30 Minuten",
        "Berufliche Ziele",
        "etwa 45 MB",
        url("datenschutz"),
    ):
        assert words in page


def test_three_ways_stand_side_by_side_with_nothing_chosen(visitor: Browser, url: Address) -> None:
    radios = RADIO.findall(text_of(visitor.get(url("termin"))))
    assert radios == [("video", " required"), ("telephone", " required"), ("on_site", " required")]


def test_ways_the_topic_does_not_allow_are_not_offered(visitor: Browser, cast: Cast, url: Address) -> None:
    Topic.objects.update(allows_on_site=False)
    assert [way for way, _rest in RADIO.findall(text_of(visitor.get(url("termin"))))] == ["video", "telephone"]
    assert choose(visitor, url, "on_site").status_code == 422
    assert choose(visitor, url, "outreach_visit").status_code == 422


def test_video_is_not_offered_where_the_counsellor_does_not(visitor: Browser, cast: Cast, url: Address) -> None:
    choose(visitor, url, "telephone")
    assert [way for way, _rest in RADIO.findall(text_of(visitor.get(url("termin"))))] == ["video", "on_site"]
    StaffMember.objects.update(offers_video=False)
    assert [way for way, _rest in RADIO.findall(text_of(visitor.get(url("termin"))))] == ["on_site"]
    response = choose(visitor, url, "video")
    assert (response.status_code, "Video geht bei diesem Termin nicht." in text_of(response)) == (409, True)
    for answer in (visitor.get(url("einverstaendnis")), agree(visitor, url)):
        assert answer["Location"] == url("termin")
    cast.appointment.refresh_from_db()
    assert (cast.appointment.mode, Consent.objects.exists()) == (Mode.TELEPHONE, False)


def test_a_video_appointment_stays_one_when_its_counsellor_switches_video_off(visitor: Browser, url: Address) -> None:
    StaffMember.objects.update(offers_video=False)
    ways = [way for way, _rest in RADIO.findall(text_of(visitor.get(url("termin"))))]
    assert ways == ["video", "telephone", "on_site"]
    assert choose(visitor, url, "video")["Location"] == url("einverstaendnis")
    assert agree(visitor, url)["Location"] == url("gespraech")


def test_choosing_nothing_asks_again(visitor: Browser, url: Address) -> None:
    response = choose(visitor, url, "")
    assert (response.status_code, "Bitte wählen Sie" in text_of(response)) == (422, True)


def test_video_leads_to_consent_and_with_consent_to_the_call_document(visitor: Browser, url: Address) -> None:
    assert choose(visitor, url, "video")["Location"] == url("einverstaendnis")
    assert agree(visitor, url)["Location"] == url("gespraech")
    assert choose(visitor, url, "video")["Location"] == url("gespraech")


def test_telephone_switches_at_once_keeps_the_time_and_frees_the_channel(
    visitor: Browser, cast: Cast, url: Address
) -> None:
    OutboxMessage.objects.update(state=State.SENT)
    assert choose(visitor, url, "telephone")["Location"] == url("termin")
    cast.appointment.refresh_from_db()
    assert (cast.appointment.mode, cast.appointment.starts_at) == (Mode.TELEPHONE, at("2026-03-03 10:00"))
    assert not ChannelBooking.objects.filter(appointment=cast.appointment).exists()
    page = text_of(visitor.get(url("termin")))
    assert "Gut. Frau Petersen ruft Sie heute um zehn Uhr an." in page
    assert "mit 4567 endet" in page
    # Also in writing, and for the calendar, whose entry would keep the old mode.
    assert messages_of(cast.invitation)[0].template == Template.MODE_CHANGED


def test_on_site_says_where(visitor: Browser, cast: Cast, url: Address) -> None:
    type(cast.office).objects.filter(pk=cast.office.pk).update(street="Werftstraße 12", postcode="22767")
    choose(visitor, url, "on_site")
    page = text_of(visitor.get(url("termin")))
    assert "Gut. Wir sehen uns heute um zehn Uhr im Jobcenter." in page
    assert "Werftstraße 12, 22767 Hamburg" in page


def test_without_a_number_the_page_asks_for_a_call(visitor: Browser, cast: Cast, url: Address) -> None:
    type(cast.person).objects.filter(pk=cast.person.pk).update(phone_display="")
    choose(visitor, url, "telephone")
    assert "Wir haben noch keine Nummer von Ihnen." in text_of(visitor.get(url("termin")))


def test_back_to_video_while_a_channel_is_free(visitor: Browser, cast: Cast, url: Address) -> None:
    choose(visitor, url, "telephone")
    assert choose(visitor, url, "video")["Location"] == url("einverstaendnis")
    assert ChannelBooking.objects.filter(appointment=cast.appointment).exists()


def test_back_to_video_without_a_free_channel_keeps_the_telephone(
    visitor: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    choose(visitor, url, "telephone")
    VideoChannel.objects.filter(number=2).update(is_active=False)
    book(
        client=make_client(cast.office),
        staff=make_staff(cast.office),
        starts_at=at("2026-03-03 10:00"),
        now=now,
    )
    response = choose(visitor, url, "video")
    assert (response.status_code, "kein Video mehr frei" in text_of(response)) == (409, True)
    assert [way for way, _rest in RADIO.findall(text_of(response))] == ["on_site"]
    cast.appointment.refresh_from_db()
    assert cast.appointment.mode == Mode.TELEPHONE
    # The next minute another one may be free.
    assert [way for way, _rest in RADIO.findall(text_of(visitor.get(url("termin"))))] == ["video", "on_site"]


def test_no_other_way_is_asked_for_where_there_is_none(visitor: Browser, url: Address) -> None:
    Topic.objects.update(allows_on_site=False)
    choose(visitor, url, "telephone")
    VideoChannel.objects.update(is_active=False)
    response = choose(visitor, url, "video")
    assert response.status_code == 409
    assert "Lieber anders?" not in text_of(response)


def test_same_choice_twice_leaves_one_change(visitor: Browser, cast: Cast, url: Address) -> None:
    choose(visitor, url, "telephone")
    assert choose(visitor, url, "telephone")["Location"] == url("termin")
    assert AppointmentChange.objects.filter(appointment=cast.appointment, kind="mode_changed").count() == 1


def test_moved_appointment_shows_its_new_time(visitor: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    move_appointment(
        appointment=cast.appointment, starts_at=at("2026-03-05 14:15"), minutes=30, by=cast.desk.actor, now=now
    )
    assert "am Donnerstag, 5. März, um vierzehn Uhr fünfzehn" in text_of(visitor.get(url("termin")))


def test_cancelled_appointment_says_so_on_every_page(
    visitor: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=now)
    for page in ("termin", "einverstaendnis", "gespraech", "ende"):
        response = visitor.get(url(page))
        assert (response.status_code, "findet nicht statt" in text_of(response)) == (410, True)
    assert choose(visitor, url, "telephone").status_code == 410


@pytest.mark.parametrize(
    ("salutation", "words"),
    [(Salutation.HERR, "Ihr Ansprechpartner<"), (Salutation.FRAU, "Ihre Ansprechpartnerin<")],
)
def test_counsellor_is_named_as_they_are(
    visitor: Browser, cast: Cast, url: Address, salutation: str, words: str
) -> None:
    type(cast.owner).objects.filter(pk=cast.owner.pk).update(salutation=salutation)
    assert words in text_of(visitor.get(url("termin")))


# --- consent --------------------------------------------------------------------------------------


def test_consent_offers_three_answers_of_one_kind_and_no_primary(visitor: Browser, url: Address) -> None:
    page = text_of(visitor.get(url("einverstaendnis")))
    assert re.findall(r'<button class="choice" name="answer" value="(\w+)"', page) == ["yes", "telephone", "on_site"]
    assert "kern-btn--primary" not in page
    assert current_text(language="de").body.split("\n\n")[0] in page


def test_yes_is_stored_with_exactly_the_text_that_was_shown(visitor: Browser, cast: Cast, url: Address) -> None:
    agree(visitor, url)
    consent = Consent.objects.get()
    text = current_text(language="de")
    assert (consent.client, consent.text, consent.text_sha256) == (cast.person, text, text_hash(text.body))
    assert (consent.language, consent.route, consent.state) == ("de", Route.TAP, ConsentState.GIVEN)


def test_plain_german_reader_agrees_to_the_plain_text(visitor: Browser, url: Address) -> None:
    visitor.post("/sprache", {"language": "de-simple", "next": url("einverstaendnis")})
    page = text_of(visitor.get(url("einverstaendnis")))
    plain = current_text(language="de-simple")
    assert plain.body.split("\n\n")[0] in page
    assert f'value="{plain.sha256}"' in page
    agree(visitor, url, language="de-simple")
    assert Consent.objects.get().language == "de-simple"


@pytest.mark.parametrize("sent", ["", "0" * 64, "nonsense"])
def test_yes_to_a_text_that_was_not_shown_stores_nothing(visitor: Browser, url: Address, sent: str) -> None:
    response = visitor.post(url("einverstaendnis"), {"answer": "yes", "text": sent})
    assert (response.status_code, "Der Text ist neu." in text_of(response)) == (409, True)
    assert not Consent.objects.exists()


def test_yes_to_an_older_version_shows_the_new_text(visitor: Browser, url: Address) -> None:
    shown = current_text(language="de")
    ConsentText.objects.create(
        purpose=shown.purpose, version=shown.version + 1, language="de", body="Neu.", sha256=text_hash("Neu.")
    )
    response = visitor.post(url("einverstaendnis"), {"answer": "yes", "text": shown.sha256})
    assert (response.status_code, "Neu." in text_of(response)) == (409, True)
    assert not Consent.objects.exists()


def test_double_tap_is_one_consent(visitor: Browser, url: Address) -> None:
    assert [agree(visitor, url)["Location"] for _tap in range(2)] == [url("gespraech")] * 2
    assert Consent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment_are_one_consent(visitor: Browser, url: Address) -> None:
    text = current_text(language="de").sha256
    answers: list[int] = []

    def tap() -> None:
        browser = Browser()
        browser.cookies.update(visitor.cookies)
        sent = {"answer": "yes", "text": text}
        answers.append(browser.post(url("einverstaendnis"), sent).status_code)
        connection.close()

    taps = [threading.Thread(target=tap) for _tap in range(2)]
    for thread in taps:
        thread.start()
    for thread in taps:
        thread.join()
    assert answers == [302, 302]
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(("answer", "mode"), [("telephone", Mode.TELEPHONE), ("on_site", Mode.ON_SITE)])
def test_no_stores_the_chosen_way_and_nothing_about_consent(
    visitor: Browser, cast: Cast, url: Address, answer: str, mode: Mode
) -> None:
    assert agree(visitor, url, answer)["Location"] == url("termin")
    cast.appointment.refresh_from_db()
    assert cast.appointment.mode == mode
    assert not Consent.objects.exists()


def test_consent_without_answer_asks_again(visitor: Browser, url: Address) -> None:
    assert agree(visitor, url, "").status_code == 422
    assert agree(visitor, url, "video").status_code == 422


def test_consent_is_asked_once(agreed: Browser, url: Address) -> None:
    assert agreed.get(url("einverstaendnis"))["Location"] == url("gespraech")


def test_consent_holds_for_the_next_appointment_but_not_for_another_person(
    agreed: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    later = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-10 10:00"), now=now)
    invitation = invitation_for(later)
    open_as_client(agreed, invitation)
    assert agreed.post(url("art", invitation), {"mode": "video"})["Location"] == url("gespraech", invitation)
    other = Browser()
    open_as_client(other, cast.other_invitation)
    there = other.post(url("art", cast.other_invitation), {"mode": "video"})
    assert there["Location"] == url("einverstaendnis", cast.other_invitation)


# --- withdrawal -----------------------------------------------------------------------------------


def test_withdrawal_takes_effect_at_once_and_says_what_happens_now(agreed: Browser, cast: Cast, url: Address) -> None:
    assert agreed.post(url("widerruf"))["Location"] == url("termin")
    assert consent_in_force(client=cast.person) is None
    page = text_of(agreed.get(url("termin")))
    assert "Ihr Nein gilt ab jetzt. Das Video ist aus." in page
    assert "Gut. Frau Petersen ruft Sie heute um zehn Uhr an." in page
    assert agreed.get(url("gespraech"))["Location"] == url("termin")


@pytest.mark.parametrize(("wished", "sequence"), [("", 1), ("telephone", 1), ("on_site", 2)])
def test_withdrawal_is_told_once_and_as_it_is_in_the_end(
    agreed: Browser, cast: Cast, url: Address, wished: str, sequence: int
) -> None:
    OutboxMessage.objects.update(state=State.SENT)
    agreed.post(url("widerruf"), {"mode": wished})
    queued = messages_of(cast.invitation).filter(state=State.QUEUED)
    wanted = [row for row in queued if mails.still_wanted(Template(row.template), row.about_id, timezone.now())]
    assert [row.template for row in wanted] == [Template.MODE_CHANGED]
    mail = mails.render(Template.MODE_CHANGED, wanted[0].about_id)
    assert ("Wie: Vor Ort" if wished == "on_site" else "Wie: Telefon") in mail.text
    assert mail.calendar is not None
    assert f"SEQUENCE:{sequence}" in mail.calendar.text


def test_withdrawal_is_offered_only_where_there_is_a_yes(visitor: Browser, url: Address) -> None:
    for page in ("termin", "datenschutz"):
        assert url("widerruf") not in text_of(visitor.get(url(page)))
    agree(visitor, url)
    for page in ("termin", "datenschutz"):
        assert url("widerruf") in text_of(visitor.get(url(page)))


def test_withdrawal_needs_the_proof(cast: Cast, agreed: Browser, url: Address) -> None:
    assert Browser().post(url("widerruf")).status_code == 404
    assert consent_in_force(client=cast.person) is not None


def test_withdrawing_nothing_changes_nothing(visitor: Browser, cast: Cast, url: Address) -> None:
    assert visitor.post(url("widerruf"))["Location"] == url("einverstaendnis")
    cast.appointment.refresh_from_db()
    assert cast.appointment.is_video


def test_withdrawal_while_waiting_ends_the_call(agreed: Browser, cast: Cast, url: Address) -> None:
    agreed.post(url("gespraech/ankunft"))
    agreed.post(url("widerruf"))
    assert Call.objects.get().state == CallState.ENDED
    refused = agreed.post(url("gespraech/ankunft"))
    assert (refused.status_code, refused.json()["reason"]) == (409, "mode")


def test_withdrawal_in_a_talk_that_runs_over_ends_it_too(
    agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, now: dt.datetime
) -> None:
    agreed.post(url("gespraech/ankunft"))
    with unanswered():
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    frozen.move_to(at("2026-03-03 10:40"))
    agreed.post(url("widerruf"))
    assert Call.objects.get().state == CallState.ENDED
    assert not CallParticipation.objects.exclude(state="left").exists()


def test_withdrawal_long_after_the_talk_leaves_the_appointment_as_it_was(
    agreed: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller
) -> None:
    frozen.move_to(at("2026-03-03 16:00"))
    assert agreed.post(url("widerruf"))["Location"] == url("datenschutz")
    cast.appointment.refresh_from_db()
    assert (cast.appointment.mode, consent_in_force(client=cast.person)) == (Mode.VIDEO, None)


def test_after_a_withdrawal_video_asks_for_consent_first_and_takes_a_channel_with_it(
    agreed: Browser, cast: Cast, url: Address
) -> None:
    agreed.post(url("widerruf"))
    assert choose(agreed, url, "video")["Location"] == url("einverstaendnis")
    assert not ChannelBooking.objects.filter(appointment=cast.appointment).exists()
    assert agree(agreed, url)["Location"] == url("gespraech")
    assert ChannelBooking.objects.filter(appointment=cast.appointment).exists()


def test_yes_without_a_free_channel_stores_no_consent(
    agreed: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    agreed.post(url("widerruf"))
    VideoChannel.objects.update(is_active=False)
    response = agree(agreed, url)
    assert (response.status_code, "kein Video mehr frei" in text_of(response)) == (409, True)
    assert consent_in_force(client=cast.person) is None


def test_call_document_gets_its_answers_as_json(agreed: Browser, url: Address) -> None:
    answer = agreed.post(
        url("art"),
        {"mode": "telephone"},
        content_type="application/json",
        headers={"accept": "application/json"},
    )
    assert (answer.status_code, answer.json()) == (200, {"next": url("termin")})


def test_switch_by_the_office_shows_on_the_page(visitor: Browser, cast: Cast, url: Address, now: dt.datetime) -> None:
    switch_mode(appointment=cast.appointment, mode=Mode.OUTREACH_VISIT, by=cast.desk.actor, now=now)
    page = text_of(visitor.get(url("termin")))
    assert "Wir treffen uns heute um zehn Uhr." in page
    assert visitor.get(url("gespraech"))["Location"] == url("termin")
