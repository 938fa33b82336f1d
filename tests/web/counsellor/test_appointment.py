"""The appointment's page and what can be done there."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.invitations.queries import messages_of
from nahbar.invitations.rules import WRONG_PROOFS_PER_LINK
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.scheduling.models import Appointment, Contact
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_staff
from tests.web.counsellor.pages import count_queries
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def _address(cast: Cast, name: str = "appointment_page", *more: object) -> str:
    return reverse(name, args=[cast.office.slug, cast.appointment.public_id, *more])


def _page(browser: Browser, cast: Cast) -> str:
    return said(browser.get(_address(cast)))


def _fresh(cast: Cast) -> Appointment:
    return Appointment.objects.get(pk=cast.appointment.pk)


def test_says_who_when_what_and_how_the_mail_fared(desk: Browser, cast: Cast) -> None:
    page = _page(desk, cast)
    for words in ("Elif Kaya", "10:00 bis 10:30 Uhr", "Berufliche Ziele", "Wird versendet", "Kanal 1"):
        assert words in page
    assert "Zum Gespräch" in page


def test_query_count_does_not_grow_with_mails_and_changes(desk: Browser, cast: Cast) -> None:
    first = count_queries(desk, _address(cast))
    for mode in ("telephone", "on_site", "video"):
        desk.post(_address(cast, "appointment_mode"), {"mode": mode})
    assert messages_of(cast.invitation).count() == 4
    assert count_queries(desk, _address(cast)) == first


def test_move_tells_the_effect_and_moves(desk: Browser, cast: Cast) -> None:
    page = said(desk.get(_address(cast, "appointment_move")))
    assert "Frau Kaya bekommt eine E-Mail mit der neuen Zeit" in page
    moved = {"day": "2026-03-06", "start": "11:00", "minutes": "45", "revision": "0"}
    assert desk.post(_address(cast, "appointment_move"), moved).status_code == 302
    assert _fresh(cast).starts_at == at("2026-03-06 11:00")
    assert "Verschoben von 3.3., 10:00 auf 6.3., 11:00" in _page(desk, cast)


def test_move_shows_what_is_free_and_a_tap_fills_it_in(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-06 11:00"), now=now)
    address = _address(cast, "appointment_move")
    page = desk.get(address, {"day": "2026-03-06"}).content.decode()
    assert "?minutes=30&amp;day=2026-03-06&amp;start=10:30" in page
    assert "?minutes=30&amp;day=2026-03-06&amp;start=11:00" not in page
    chosen = desk.get(address, {"minutes": "45", "day": "2026-03-06", "start": "10:00"}).content.decode()
    assert 'value="2026-03-06"' in chosen
    assert 'value="10:00"' in chosen
    longer = desk.get(address, {"minutes": "60", "day": "2026-03-06"}, headers={"hx-request": "true"}).content.decode()
    assert "<form" not in longer
    assert "?minutes=60&amp;day=2026-03-06&amp;start=10:00" in longer
    assert "start=10:30" not in longer
    assert _fresh(cast).starts_at == at("2026-03-03 10:00")


@pytest.mark.parametrize("nonsense", [{"day": "morgen"}, {"minutes": "-4"}, {"start": "25:99"}, {"day": "2020-01-01"}])
def test_move_bears_nonsense_in_its_address(desk: Browser, cast: Cast, nonsense: dict[str, str]) -> None:
    page = desk.get(_address(cast, "appointment_move"), nonsense).content.decode()
    assert "Freie Zeiten" in page


def test_move_from_a_stale_page_is_refused(desk: Browser, cast: Cast) -> None:
    moved = {"day": "2026-03-06", "start": "11:00", "minutes": "45", "revision": "7"}
    answer = desk.post(_address(cast, "appointment_move"), moved)
    assert answer.status_code == 409
    assert "inzwischen geändert" in answer.content.decode()
    assert _fresh(cast).starts_at == at("2026-03-03 10:00")


def test_who_comes_second_is_told_what_changed_and_decides(desk: Browser, cast: Cast) -> None:
    desk.post(
        _address(cast, "appointment_move"), {"day": "2026-03-05", "start": "09:00", "minutes": "30", "revision": "0"}
    )
    mine = {"day": "2026-03-06", "start": "11:00", "minutes": "45", "revision": "0", "back": "week"}
    answer = desk.post(_address(cast, "appointment_move"), mine)
    page = said(answer)
    assert answer.status_code == 409
    assert "Inzwischen hat sich dieser Termin geändert" in page
    assert "Verschoben von 3.3., 10:00 auf 5.3., 09:00" in page
    assert "Trotzdem verschieben" in page
    assert _fresh(cast).starts_at == at("2026-03-05 09:00")
    # What was typed stays, and the page now knows what it was shown.
    assert 'name="revision" value="1"' in answer.content.decode()
    assert 'value="11:00"' in answer.content.decode()
    decided = desk.post(_address(cast, "appointment_move"), {**mine, "revision": "1"})
    week = reverse("staff_week", args=[cast.office.slug])
    assert decided.headers["Location"] == f"{week}?tag=2026-03-06#termin-{cast.appointment.public_id}"
    assert _fresh(cast).starts_at == at("2026-03-06 11:00")


def test_cancelling_a_moved_appointment_asks_again(desk: Browser, cast: Cast) -> None:
    desk.post(
        _address(cast, "appointment_move"), {"day": "2026-03-05", "start": "09:00", "minutes": "30", "revision": "0"}
    )
    off = {"cancelled_by": "client", "reason": "other_time", "revision": "0"}
    answer = desk.post(_address(cast, "appointment_cancel"), off)
    assert answer.status_code == 409
    assert "Trotzdem absagen" in said(answer)
    assert _fresh(cast).is_planned
    assert desk.post(_address(cast, "appointment_cancel"), {**off, "revision": "1"}).status_code == 302
    assert (_fresh(cast).state, _fresh(cast).cancel_reason) == ("cancelled", "other_time")


def test_a_mode_is_not_switched_from_a_stale_page(desk: Browser, cast: Cast) -> None:
    desk.post(
        _address(cast, "appointment_move"), {"day": "2026-03-05", "start": "09:00", "minutes": "30", "revision": "0"}
    )
    desk.post(_address(cast, "appointment_mode"), {"mode": "telephone", "revision": "0"})
    assert _fresh(cast).is_video
    assert "inzwischen geändert" in _page(desk, cast)


@pytest.mark.parametrize(
    ("start", "words"),
    [("2026-03-03 12:00", "kurzfristig"), ("2026-03-03 09:30", "im Nachhinein"), ("2026-03-05 10:00", "")],
)
def test_late_and_after_the_fact_are_told_apart(
    desk: Browser, cast: Cast, now: dt.datetime, start: str, words: str
) -> None:
    client = make_client(cast.office)
    appointment = book(client=client, staff=cast.owner, starts_at=at(start), now=now, minutes=20)
    address = reverse("appointment_cancel", args=[cast.office.slug, appointment.public_id])
    desk.post(address, {"cancelled_by": "client", "revision": "0"})
    page = said(desk.get(reverse("appointment_page", args=[cast.office.slug, appointment.public_id])))
    assert (", kurzfristig" in page, ", im Nachhinein" in page) == (words == "kurzfristig", words == "im Nachhinein")


def test_taking_back_within_a_minute(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    desk.post(
        _address(cast, "appointment_move"), {"day": "2026-03-05", "start": "09:00", "minutes": "30", "revision": "0"}
    )
    assert "Zurücknehmen" in _page(desk, cast)
    undo = {"back": "week", "revision": "1"}
    undone = desk.post(_address(cast, "appointment_undo"), undo, follow=True)
    assert "Der Termin ist wieder, wie er war" in said(undone)
    assert _fresh(cast).starts_at == at("2026-03-03 10:00")
    # Pressed again, or of something older: nothing happens, and the page says so.
    for again in (undo, {"revision": "0"}, {"revision": "x"}, {}):
        assert "inzwischen geändert" in said(desk.post(_address(cast, "appointment_undo"), again, follow=True))
    desk.post(_address(cast, "appointment_cancel"), {"cancelled_by": "client", "revision": "2"})
    frozen.shift(dt.timedelta(seconds=61))
    late = desk.post(_address(cast, "appointment_undo"), {"revision": "3"}, follow=True)
    assert "nur in der ersten Minute" in said(late)
    assert _fresh(cast).state == "cancelled"


def test_moving_to_where_it_is_is_not_suggested(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    """At ten minutes to ten the first free time is the appointment's own."""
    frozen.move_to(at("2026-03-03 09:50"))
    page = desk.get(_address(cast, "appointment_move")).content.decode()
    suggested = page.split('id="suggest-first"')[1].split(">")[0]
    assert "day=2026-03-03&amp;start=10:15" in suggested


@pytest.mark.parametrize("nonsense", ["²", "٣", "-1", "", "99999999999999999999"])
def test_a_revision_that_is_no_number_changes_nothing(desk: Browser, cast: Cast, nonsense: str) -> None:
    moved = {"day": "2026-03-06", "start": "11:00", "minutes": "45", "revision": nonsense}
    assert desk.post(_address(cast, "appointment_move"), moved).status_code in {409, 422}
    assert desk.post(_address(cast, "appointment_undo"), {"revision": nonsense}).status_code == 302
    assert _fresh(cast).revision == 0


def test_move_offers_times_the_appointment_itself_takes_and_never_where_it_is(
    desk: Browser, cast: Cast, now: dt.datetime
) -> None:
    book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-03 09:30"), now=now)
    wanted = {"day": "2026-03-03", "start": "09:45", "minutes": "30", "revision": "0"}
    answer = desk.post(_address(cast, "appointment_move"), wanted)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="video 2026-03-03T10:15"' in page
    assert 'value="video 2026-03-03T10:00"' not in page


def test_move_without_channel_offers_two_ways_and_telephone_books(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    for _channel in range(2):
        staff = make_staff(cast.office)
        book(client=make_client(cast.office), staff=staff, starts_at=at("2026-03-06 11:00"), now=now)
    moved = {"day": "2026-03-06", "start": "11:00", "minutes": "30", "revision": "0"}
    answer = desk.post(_address(cast, "appointment_move"), moved)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="video 2026-03-06T11:45"' in page
    assert 'value="telephone 2026-03-06T11:00"' in page
    assert _fresh(cast).revision == 0
    chosen = {**moved, "slot": "telephone 2026-03-06T11:00"}
    assert desk.post(_address(cast, "appointment_move"), chosen).status_code == 302
    assert (_fresh(cast).mode, _fresh(cast).starts_at) == ("telephone", at("2026-03-06 11:00"))


def test_cancel_asks_who_and_frees_the_channel(desk: Browser, cast: Cast) -> None:
    assert desk.post(_address(cast, "appointment_cancel"), {}).status_code == 422
    assert desk.post(_address(cast, "appointment_cancel"), {"cancelled_by": "client", "revision": 0}).status_code == 302
    assert _fresh(cast).state == "cancelled"
    page = _page(desk, cast)
    assert "Abgesagt" in page
    assert "Verschieben" not in page
    assert desk.get(_address(cast, "appointment_move")).status_code == 302


def test_what_is_over_is_not_called_off_but_written_down(
    desk: Browser, cast: Cast, frozen: time_machine.Traveller
) -> None:
    frozen.move_to(cast.appointment.ends_at)
    page = desk.get(_address(cast, "appointment_cancel")).content.decode()
    assert ("War abgesagt" in page, "Niemand bekommt eine Nachricht" in page) == (True, True)
    assert "bekommt eine Absage" not in page


def test_mode_switch_and_back(desk: Browser, cast: Cast) -> None:
    desk.post(_address(cast, "appointment_mode"), {"mode": "telephone"})
    assert _fresh(cast).mode == "telephone"
    assert "Der Termin findet jetzt am Telefon statt" in _page(desk, cast)
    desk.post(_address(cast, "appointment_mode"), {"mode": "video"})
    assert _fresh(cast).mode == "video"
    desk.post(_address(cast, "appointment_mode"), {"mode": "carrier pigeon"})
    assert _fresh(cast).mode == "video"


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("held", ("held", 1)),
        ("held_by_telephone", ("held", 1)),
        ("technical", ("not_held", 0)),
        ("no_show", ("not_held", 0)),
    ],
)
def test_outcomes(desk: Browser, cast: Cast, frozen: Traveller, result: str, outcome: tuple[str, int]) -> None:
    frozen.move_to(cast.appointment.ends_at)
    desk.post(_address(cast, "appointment_outcome"), {"result": result})
    assert (_fresh(cast).state, Contact.objects.count()) == outcome
    assert _page(desk, cast).count("Nächsten Termin anlegen") == 1


def test_outcome_before_the_start_is_refused_in_words(desk: Browser, cast: Cast) -> None:
    desk.post(_address(cast, "appointment_outcome"), {"result": "held"})
    assert _fresh(cast).state == "planned"
    assert "noch nicht begonnen" in _page(desk, cast)


def test_new_link_raises_the_generation(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    messages_of(cast.invitation).update(state=State.SENT, fate_at=now)
    desk.post(_address(cast, "invitation_reissue"))
    cast.invitation.refresh_from_db()
    assert cast.invitation.generation == 2
    assert "Neuer Link" in _page(desk, cast)


def test_locked_proof_can_be_unlocked(desk: Browser, cast: Cast) -> None:
    cast.invitation.wrong_proofs = WRONG_PROOFS_PER_LINK
    cast.invitation.save()
    assert "Der Link ist gesperrt" in _page(desk, cast)
    desk.post(_address(cast, "invitation_unlock"))
    assert "Der Link ist gesperrt" not in _page(desk, cast)


def _mail(cast: Cast, state: State, now: dt.datetime) -> OutboxMessage:
    OutboxMessage.objects.filter(pk=messages_of(cast.invitation).get().pk).update(state=state, fate_at=now)
    return messages_of(cast.invitation).get()


def test_failed_mail_is_sent_again(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    mail = _mail(cast, State.FAILED, now)
    page = _page(desk, cast)
    assert "Noch einmal senden" in page
    assert "Sie ist angekommen" not in page
    desk.post(_address(cast, "message_decide", mail.public_id), {"decision": "again"})
    assert messages_of(cast.invitation).get().state == State.QUEUED
    assert AuditEntry.objects.filter(action=Action.MESSAGE_RETRIED).count() == 1


def test_uncertain_mail_is_decided_by_a_person(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    mail = _mail(cast, State.UNCERTAIN, now)
    assert "Sie ist angekommen" in _page(desk, cast)
    for _twice in range(2):
        desk.post(_address(cast, "message_decide", mail.public_id), {"decision": "arrived"})
    assert messages_of(cast.invitation).get().state == State.SENT
    assert AuditEntry.objects.filter(action=Action.MESSAGE_SETTLED).count() == 1


def test_mail_of_another_appointment_cannot_be_decided(desk: Browser, cast: Cast) -> None:
    other = messages_of(cast.other_invitation).get()
    assert desk.post(_address(cast, "message_decide", other.public_id)).status_code == 404
