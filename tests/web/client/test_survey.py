"""The survey's page: offered where a talk was, answered by whoever has the ticket, knowing nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client as Browser

from nahbar.calls.models import CallPresence
from nahbar.calls.rules import EndReason
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.outcomes import Correction, correct_outcome, mark_held
from nahbar.scheduling.rules import AppointmentState, NotHeldReason, ParticipationRole
from nahbar.surveys.asking import ask_by_mail, still_wanted
from nahbar.surveys.figures import Answer, Audience, Question
from nahbar.surveys.keys import keys_for
from nahbar.surveys.models import SpentTicket, StagedAnswer, StoredAnswer
from nahbar.surveys.operations import answer
from nahbar.surveys.queries import ticket_for_client, took_place
from nahbar.surveys.sealing import unseal
from nahbar.surveys.tickets import ticket_of_staff, ticket_of_talk
from nahbar.web.client.survey import ASKING, TRAP
from tests.conftest import Cast
from tests.factories import as_staff, open_as_client
from tests.surveys.talks import talk
from tests.web.client.conftest import Address, text_of

PAGE, PLAIN = "/meinung/", "/meinung/de-simple/"
QUESTIONS = (
    "Waren Sie mit Video zufrieden?",
    "War Video für Sie einfach?",
    "Würden Sie Video empfehlen?",
    "Nächstes Mal wieder per Video?",
)
ALL_YES = dict.fromkeys((question.value for question in Question), "yes")


@pytest.fixture
def ticket(cast: Cast, frozen: time_machine.Traveller) -> str:
    """Of the person's talk."""
    return ticket_of_talk(cast.appointment)


def staged() -> list[dict[Question, Answer]]:
    """What waits, unsealed."""
    opened = [
        unseal(bytes(one.sealed), office=one.jobcenter_id, audience=Audience(one.audience))
        for one in StagedAnswer.objects.all()
    ]
    return [dict(one.answers) for one in opened if one]


# --- who is asked --------------------------------------------------------------------------------


def test_the_last_page_offers_the_questions_where_a_talk_was(
    visitor: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, ticket: str
) -> None:
    talk(cast.appointment)
    frozen.move_to(cast.appointment.starts_at + dt.timedelta(minutes=21))

    answered = visitor.get(url("ende"))

    page = answered.content.decode()
    assert "Wie war es für Sie?" in text_of(answered)
    assert f'action="{PAGE}"' in page
    assert page.count(ticket) == 1
    assert answered["Referrer-Policy"] == "strict-origin"


def test_in_plain_german_the_offer_leads_to_plain_german(
    visitor: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller
) -> None:
    talk(cast.appointment)
    frozen.move_to(cast.appointment.starts_at + dt.timedelta(minutes=21))
    visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = "de-simple"

    assert f'action="{PLAIN}"' in visitor.get(url("ende")).content.decode()


def test_whoever_hung_up_while_the_talk_goes_on_is_not_asked_yet(
    visitor: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller
) -> None:
    talk(cast.appointment, ended=False, client_leaves=10)
    frozen.move_to(cast.appointment.starts_at + dt.timedelta(minutes=15))

    assert "Wie war es" not in text_of(visitor.get(url("ende")))


def test_the_link_of_a_talk_that_was_leads_to_the_offer(
    client: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller
) -> None:
    talk(cast.appointment)
    frozen.move_to(cast.appointment.starts_at + dt.timedelta(minutes=90))

    assert open_as_client(client, cast.invitation)["Location"] == url("ende")
    assert "Wie war es für Sie?" in text_of(client.get(url("ende")))


@pytest.mark.parametrize("reason", [EndReason.MOVED, EndReason.MODE_CHANGED, EndReason.CANCELLED])
def test_a_talk_that_ended_otherwise_is_not_asked_about(cast: Cast, now: dt.datetime, reason: EndReason) -> None:
    talk(cast.appointment, reason=reason)

    assert not took_place(appointment=cast.appointment, now=now + dt.timedelta(hours=1))


def test_a_talk_that_never_was_is_not_asked_about(cast: Cast, now: dt.datetime) -> None:
    later = now + dt.timedelta(hours=2)
    assert not took_place(appointment=cast.appointment, now=later)

    call = talk(cast.appointment)
    CallPresence.objects.filter(place__call=call, place__participation__role=ParticipationRole.CLIENT).delete()

    assert not took_place(appointment=cast.appointment, now=later)


def test_a_talk_entered_as_held_is_asked_about_if_it_was_by_video(cast: Cast, now: dt.datetime) -> None:
    later = cast.appointment.ends_at
    talk(cast.appointment, reason=EndReason.MODE_CHANGED)
    assert not took_place(appointment=cast.appointment, now=later)
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=later)
    held = Appointment.objects.get(pk=cast.appointment.pk)
    assert took_place(appointment=held, now=later)

    held.mode = Mode.TELEPHONE
    assert not took_place(appointment=held, now=later)


def test_a_talk_that_is_only_said_to_have_been_is_not_asked_about(cast: Cast, now: dt.datetime) -> None:
    """Else whoever enters it fills a lot with answers of their own."""
    later = cast.appointment.ends_at
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=later)
    held = Appointment.objects.get(pk=cast.appointment.pk)
    assert not took_place(appointment=held, now=later)
    assert ticket_for_client(appointment=held, now=later) == ""


@pytest.mark.parametrize("reason", [NotHeldReason.NOT_REACHED, NotHeldReason.TECHNICAL])
def test_a_talk_corrected_to_not_held_is_asked_about_nowhere(
    visitor: Browser, cast: Cast, url: Address, frozen: time_machine.Traveller, reason: NotHeldReason
) -> None:
    talk(cast.appointment, client_leaves=5)
    later = cast.appointment.ends_at + dt.timedelta(hours=1)
    frozen.move_to(later)
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=later)
    correct_outcome(
        appointment=cast.appointment,
        correction=Correction(Mode.VIDEO, reason=reason),
        revision=cast.appointment.revision,
        by=cast.desk.actor,
        now=later,
    )

    assert "Wie war es" not in text_of(visitor.get(url("ende")))
    assert not still_wanted(str(cast.appointment.public_id), later)
    assert ask_by_mail(later) == 0


def test_a_talk_that_was_called_off_afterwards_is_not_asked_about(cast: Cast) -> None:
    talk(cast.appointment)
    cast.appointment.state = AppointmentState.CANCELLED

    assert not took_place(appointment=cast.appointment, now=cast.appointment.ends_at)


# --- the page ------------------------------------------------------------------------------------


def test_the_questions_stand_on_one_page_and_nothing_is_chosen(client: Browser, ticket: str) -> None:
    shown = client.post(PAGE, {"secret": ticket})

    assert shown.status_code == 200
    assert [words for words in QUESTIONS if words not in text_of(shown)] == []
    assert (shown.content.count(b'type="radio"'), shown.content.count(b" checked")) == (12, 0)
    assert (SpentTicket.objects.count(), StagedAnswer.objects.count()) == (0, 0)


def test_an_answer_is_taken_and_thanked_for(client: Browser, ticket: str) -> None:
    answered = client.post(PAGE, {"secret": ticket, "step": "send", "ease": "partly", "again": "no"})

    assert (answered.status_code, "Danke für Ihre Antwort" in text_of(answered)) == (200, True)
    assert staged() == [{Question.EASE: Answer.PARTLY, Question.AGAIN: Answer.NO}]


def test_a_second_answer_reads_that_one_is_there(client: Browser, ticket: str) -> None:
    client.post(PAGE, {"secret": ticket, "step": "send", "ease": "yes"})

    for step in ("", "send"):
        again = client.post(PAGE, {"secret": ticket, "step": step, "ease": "no"})
        assert (again.status_code, "Ihre Antwort ist schon da" in text_of(again)) == (409, True)
    assert staged() == [{Question.EASE: Answer.YES}]


def test_no_thanks_stores_nothing_and_asks_nothing(client: Browser, ticket: str) -> None:
    left = client.post(PAGE, {"secret": ticket, "step": "leave", "ease": "yes"})

    assert (left.status_code, SpentTicket.objects.count(), StagedAnswer.objects.count()) == (200, 0, 0)


def test_sending_nothing_asks_for_one_answer(client: Browser, ticket: str) -> None:
    refused = client.post(PAGE, {"secret": ticket, "step": "send"})

    assert (refused.status_code, "mindestens eine Antwort" in text_of(refused)) == (422, True)
    assert SpentTicket.objects.count() == 0


def test_an_answer_out_of_range_keeps_what_was_chosen(client: Browser, ticket: str) -> None:
    refused = client.post(PAGE, {"secret": ticket, "step": "send", "ease": "yes", "again": "11"})

    assert (refused.status_code, refused.content.count(b" checked")) == (422, 1)
    assert (SpentTicket.objects.count(), StagedAnswer.objects.count()) == (0, 0)


@pytest.mark.parametrize("secret", ["", "x", "A" * 68, "\x00" * 68, "é" * 68, "A" * 100_000])
def test_a_forged_ticket_is_told_kindly_and_stores_nothing(client: Browser, ticket: str, secret: str) -> None:
    refused = client.post(PAGE, {"secret": secret, "step": "send"} | ALL_YES)

    assert (refused.status_code, "Diese Fragen sind vorbei" in text_of(refused)) == (410, True)
    assert SpentTicket.objects.count() == 0


def test_an_expired_ticket_reads_the_same(client: Browser, ticket: str, frozen: time_machine.Traveller) -> None:
    frozen.shift(dt.timedelta(weeks=6))

    assert client.post(PAGE, {"secret": ticket, "step": "send"} | ALL_YES).status_code == 410
    assert SpentTicket.objects.count() == 0


def test_reading_changes_nothing_whatever_stands_in_the_address(client: Browser, ticket: str) -> None:
    for address in (PAGE, PLAIN, f"{PAGE}?secret={ticket}&step=send&ease=yes"):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert (SpentTicket.objects.count(), StagedAnswer.objects.count()) == (0, 0)


def test_what_presses_everything_is_thanked_and_not_counted(client: Browser, ticket: str) -> None:
    robot = client.post(PAGE, {"secret": ticket, "step": "send", TRAP: "1"} | ALL_YES)

    assert (robot.status_code, "Danke" in text_of(robot), SpentTicket.objects.count()) == (200, True, 0)
    client.post(PAGE, {"secret": ticket, "step": "send", "ease": "no"})
    assert staged() == [{Question.EASE: Answer.NO}]


def test_the_trap_is_out_of_sight_and_out_of_the_way(client: Browser, ticket: str) -> None:
    page = client.post(PAGE, {"secret": ticket}).content.decode()

    assert f'<input type="checkbox" name="{TRAP}" value="1" hidden tabindex="-1" autocomplete="off">' in page


def test_plain_german_keeps_what_was_chosen(client: Browser, ticket: str) -> None:
    shown = client.post(PLAIN, {"secret": ticket, "ease": "yes"})

    assert (shown.status_code, shown.content.count(b" checked")) == (200, 1)
    assert f'action="{PLAIN}"' in shown.content.decode()


def test_a_language_nobody_offers_is_missing(client: Browser) -> None:
    assert client.get("/meinung/xx/").status_code == 404


# --- nobody --------------------------------------------------------------------------------------


def everybody(cast: Cast) -> Browser:
    """A browser that is signed in, has opened a link, and chosen a language."""
    browser = Browser()
    open_as_client(browser, cast.invitation)
    as_staff(browser, cast.owner)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "de-simple"
    return browser


@pytest.mark.parametrize("step", [None, "", "send", "leave"])
def test_the_page_reads_no_cookie_and_no_session_and_sets_none(cast: Cast, ticket: str, step: str | None) -> None:
    browser = everybody(cast)
    sessions = list(Session.objects.values())
    assert len(browser.cookies) >= 3

    data = {"secret": ticket, "step": step or "", "ease": "yes"}
    response: Any = browser.get(PAGE) if step is None else browser.post(PAGE, data)

    request = response.wsgi_request
    assert (request.COOKIES, request.session.accessed, request.session.modified) == ({}, False, False)
    assert (dict(response.cookies), "Set-Cookie" in response, response.get("Vary", "")) == ({}, False, "")
    assert list(Session.objects.values()) == sessions
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("no-referrer", "no-store, private")
    assert response["Content-Language"] == "de"


def test_the_page_is_the_same_for_everybody(cast: Cast, ticket: str) -> None:
    known, unknown = everybody(cast), Browser()

    pages = [browser.post(PAGE, {"secret": ticket}).content for browser in (known, unknown)]

    assert pages[0] == pages[1]
    assert cast.owner.last_name.encode() not in pages[0]


def test_no_form_of_the_page_needs_a_cookie(ticket: str) -> None:
    browser = Browser(enforce_csrf_checks=True)

    assert browser.post(PAGE, {"secret": ticket, "step": "send", "ease": "yes"}).status_code == 200


def test_too_many_tries_of_one_address_wait(client: Browser, ticket: str) -> None:
    cache.clear()
    for _ in range(ASKING.tries):
        assert client.post(PAGE, {"secret": "x"}).status_code == 410

    refused = client.post(PAGE, {"secret": ticket, "step": "send", "ease": "yes"})

    assert (refused.status_code, SpentTicket.objects.count()) == (429, 0)
    assert client.post(PAGE, {"secret": ticket}, REMOTE_ADDR="192.0.2.7").status_code == 200


# --- staff ---------------------------------------------------------------------------------------


def test_staff_are_asked_three_questions_in_their_own_words(
    client: Browser, cast: Cast, now: dt.datetime, frozen: time_machine.Traveller
) -> None:
    ticket = ticket_of_staff(staff=cast.owner.pk, office=cast.office.pk, day=now.date())

    shown = client.post(PAGE, {"secret": ticket})
    client.post(PAGE, {"secret": ticket, "step": "send", "ease": "yes", "again": "yes"})

    assert shown.content.count(b'type="radio"') == 9
    assert staged() == [{Question.EASE: Answer.YES}]
    assert {one.audience for one in StagedAnswer.objects.all()} == {"staff"}


def test_nothing_of_the_key_stands_in_the_database(cast: Cast, ticket: str, now: dt.datetime) -> None:
    answer(token=ticket, answers={Question.EASE: Answer.YES}, now=now)

    kept = str([list(model.objects.values_list()) for model in (SpentTicket, StagedAnswer, StoredAnswer)])
    assert ticket not in kept
    assert not any(
        key.hex() in kept for purpose in ("ticket", "number", "mark", "staging") for key in keys_for(purpose)
    )
