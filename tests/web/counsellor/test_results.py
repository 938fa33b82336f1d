"""Ergebnisse: what is over is asked about, confirmed with one tap, and corrected with a history."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.audit.rules import SYSTEM
from nahbar.calls.models import Call, CallParticipation, CallPresence
from nahbar.calls.rules import CallState, EndReason, PlaceState
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, Deputyship
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.operations import cancel_appointment, switch_mode
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.rules import CancelledBy, ContactKind, NotHeldReason, ParticipationRole
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client
from tests.web.counsellor.pages import count_queries
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def _address(cast: Cast, name: str, appointment: Appointment | None = None) -> str:
    return reverse(name, args=[cast.office.slug, (appointment or cast.appointment).public_id])


def _results(browser: Browser, cast: Cast) -> str:
    answer = browser.get(reverse("staff_results", args=[cast.office.slug]))
    assert answer.status_code == 200
    return said(answer)


def _fresh(cast: Cast) -> Appointment:
    return Appointment.objects.get(pk=cast.appointment.pk)


def _waited(appointment: Appointment, *roles: ParticipationRole, minutes: int = 15) -> None:
    """Each of them was in the room for some minutes from the start on, without being let in."""
    over = appointment.starts_at + dt.timedelta(minutes=minutes)
    call = Call.objects.create(
        appointment=appointment,
        state=CallState.ENDED,
        opened_at=appointment.starts_at,
        ended_at=over,
        end_reason=EndReason.FINISHED,
    )
    for role in roles:
        participation = appointment.participations.get(role=role)
        place = CallParticipation.objects.create(call=call, participation=participation, state=PlaceState.LEFT)
        CallPresence.objects.create(place=place, joined_at=appointment.starts_at, left_at=over)


def _further(cast: Cast, now: dt.datetime, many: int, first: str = "2026-03-03 11:00") -> list[Appointment]:
    begin = at(first)
    return [
        book(
            client=make_client(cast.office),
            staff=cast.owner,
            starts_at=begin + dt.timedelta(minutes=30 * number),
            now=now,
            mode=(Mode.TELEPHONE, Mode.VIDEO)[number % 2],
        )
        for number in range(many)
    ]


def test_nothing_to_enter_says_so(desk: Browser, cast: Cast) -> None:
    page = _results(desk, cast)
    assert "Alles eingetragen." in page
    assert "s-count" not in page


def test_what_is_over_is_asked_the_oldest_first_with_what_was_seen(
    desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller
) -> None:
    telephone, video = _further(cast, now, 2)
    _waited(cast.appointment, ParticipationRole.COUNSELLOR)
    _waited(video, ParticipationRole.CLIENT, minutes=12)
    frozen.move_to(at("2026-03-03 12:00"))
    page = _results(desk, cast)
    assert "3 Termine sind vorbei und noch ohne Ergebnis." in page
    assert re.findall(r"<h2><a href=[^>]*>([^<]*)</a>", page) == [
        one.client.full_name for one in (cast.appointment, telephone, video)
    ]
    assert re.findall(r"<p><b>([^<]*)</b></p>", page) == [
        "Vorschlag: niemand kam",
        "Hat der Termin stattgefunden?",
        "Vorschlag: lag am Jobcenter",
    ]
    assert "Das Jobcenter wartete 15 Minuten im Gespräch, es kam niemand." in page
    assert "Die Person wartete 12 Minuten, im Gespräch war niemand vom Jobcenter." in page
    firsts = re.findall(r'<div class="btnrow"><button class="kern-btn kern-btn--\w+" name="result" value="(\w+)"', page)
    assert firsts[::2] == ["no_show", "held", "office"]


def test_where_nobody_was_seen_no_answer_is_the_first(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    frozen.move_to(at("2026-03-03 11:00"))
    page = _results(desk, cast)
    assert "<p><b>Was wurde daraus?</b></p>" in page
    assert "Zur Zeit des Termins war niemand im Gespräch." in page
    assert re.findall(r'name="result" value="(\w+)"', page) == [
        "held_by_telephone",
        "no_show",
        "technical",
        "office",
        "held",
        "unknown",
    ]
    assert "kern-btn--primary" not in page.partition("<ol")[2].partition("</ol>")[0]
    day = said(desk.get(reverse("staff_day", args=[cast.office.slug])))
    assert 'name="result"' not in day
    assert f'{_address(cast, "appointment_page")}#ergebnis"><span class="kern-label">Eintragen</span>' in day


def test_where_somebody_was_seen_not_known_is_proposed_all_the_same(
    desk: Browser, cast: Cast, frozen: Traveller
) -> None:
    """Both were there, at different times: whose it was nobody can say."""
    start = cast.appointment.starts_at
    _waited(cast.appointment, ParticipationRole.COUNSELLOR, minutes=5)
    place = CallParticipation.objects.get(participation__role=ParticipationRole.COUNSELLOR)
    client = CallParticipation.objects.create(
        call=place.call,
        participation=cast.appointment.participation_of(ParticipationRole.CLIENT),
        state=PlaceState.LEFT,
    )
    CallPresence.objects.create(
        place=client, joined_at=start + dt.timedelta(minutes=10), left_at=start + dt.timedelta(minutes=20)
    )
    frozen.move_to(at("2026-03-03 11:00"))
    page = _results(desk, cast)
    assert "Vorschlag: nicht bekannt" in page
    assert re.findall(r'name="result" value="(\w+)"', page)[0] == "unknown"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode.TELEPHONE, "nicht erreicht"),
        (Mode.OUTREACH_VISIT, "niemand angetroffen"),
        (Mode.ON_SITE, "niemand kam"),
        (Mode.VIDEO, "niemand kam"),
    ],
)
def test_who_does_not_come_is_said_as_the_mode_has_it(
    desk: Browser, cast: Cast, frozen: Traveller, mode: Mode, words: str
) -> None:
    Appointment.objects.filter(pk=cast.appointment.pk).update(mode=mode)
    frozen.move_to(at("2026-03-03 11:00"))
    assert f'<span class="kern-label">{words.capitalize()}</span>' in _results(desk, cast)
    answer = desk.post(_address(cast, "appointment_outcome"), {"result": "no_show"}, follow=True)
    assert f'<span class="small muted">{words}</span>' in said(answer)
    assert f", {words}</p>" in said(desk.get(reverse("person_page", args=[cast.office.slug, cast.person.public_id])))
    assert f'value="no_show" checked><span>{words}</span>' in said(desk.get(_address(cast, "appointment_correct")))


def test_one_tap_enters_what_was_proposed_and_the_next_is_there(
    desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller
) -> None:
    (telephone,) = _further(cast, now, 1)
    _waited(cast.appointment, ParticipationRole.COUNSELLOR)
    frozen.move_to(at("2026-03-03 12:00"))
    sent = {"result": "no_show", "revision": "0", "from": "results"}
    answer = desk.post(_address(cast, "appointment_outcome"), sent, follow=True)
    assert answer.redirect_chain == [(reverse("staff_results", args=[cast.office.slug]), 302)]
    page = said(answer)
    assert "Elif Kaya: als nicht stattgefunden eingetragen." in page
    assert f"termine/neu/?client={cast.person.public_id}&amp;topic={cast.appointment.topic_id}" in page
    assert _address(cast, "appointment_correct") in page
    assert _fresh(cast).not_held_reason == "no_show"
    assert re.findall(r"<h2><a href=[^>]*>([^<]*)</a>", page) == [telephone.client.full_name]
    assert "1 Termin ist vorbei und noch ohne Ergebnis." in page


@pytest.mark.parametrize("result", ["held", "held_by_telephone", "technical", "no_show", "office", "unknown"])
def test_each_outcome_is_there_and_is_entered(desk: Browser, cast: Cast, frozen: Traveller, result: str) -> None:
    frozen.move_to(at("2026-03-03 11:00"))
    page = _results(desk, cast)
    assert f'name="result" value="{result}"' in page
    assert _address(cast, "appointment_cancel") in page
    desk.post(_address(cast, "appointment_outcome"), {"result": result, "from": "results"})
    held = result.startswith("held")
    assert (_fresh(cast).state, _fresh(cast).not_held_reason) == (("held", "") if held else ("not_held", result))
    assert Contact.objects.count() == held


def _by_hand(cast: Cast, when: dt.datetime, kind: ContactKind = ContactKind.TELEPHONE) -> Contact:
    entry = Entry(client=cast.person, kind=kind, key=uuid.uuid4(), at=when)
    Client.objects.update(created_at=at("2026-01-15 12:00"))
    cast.person.refresh_from_db()
    seen = [cast.appointment.public_id, *Contact.objects.values_list("public_id", flat=True)]
    return enter_contact(desk=cast.desk, entry=entry, now=at("2026-03-03 10:50"), despite=seen)


@pytest.mark.parametrize("result", ["held", "held_by_telephone"])
def test_a_held_talk_says_what_stands_by_hand_that_day(
    desk: Browser, cast: Cast, frozen: Traveller, result: str
) -> None:
    contact = _by_hand(cast, at("2026-03-03 10:20"))
    _by_hand(cast, at("2026-03-02 10:20"))
    frozen.move_to(at("2026-03-03 11:00"))
    page = said(desk.post(_address(cast, "appointment_outcome"), {"result": result}, follow=True))
    assert page.count("steht schon ein Kontakt von Hand") == 1
    assert "Am selben Tag steht schon ein Kontakt von Hand: Telefon, 10:20." in page
    way = reverse("person_contact_remove", args=[cast.office.slug, cast.person.public_id, contact.public_id])
    assert f'<form class="undo" method="post" action="{way}">' in page
    desk.post(way)
    assert list(Contact.objects.order_by("at").values_list("appointment", flat=True)) == [None, cast.appointment.pk]


def test_what_was_not_held_says_nothing_of_contacts_and_its_correction_does(
    desk: Browser, cast: Cast, frozen: Traveller
) -> None:
    _by_hand(cast, at("2026-03-03 10:20"))
    frozen.move_to(at("2026-03-03 11:00"))
    page = said(desk.post(_address(cast, "appointment_outcome"), {"result": "technical"}, follow=True))
    assert "von Hand" not in page
    sent = {"result": "held", "mode": "video", "minutes": "20", "revision": _fresh(cast).revision}
    page = said(desk.post(_address(cast, "appointment_correct"), sent, follow=True))
    assert page.count("Am selben Tag steht schon ein Kontakt von Hand: Telefon, 10:20.") == 1


def test_a_double_tap_says_it_once_and_another_page_is_told(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    frozen.move_to(at("2026-03-03 11:00"))
    sent = {"result": "technical", "revision": "0", "from": "results"}
    for _twice in range(2):
        desk.post(_address(cast, "appointment_outcome"), sent)
    page = _results(desk, cast)
    assert page.count("als Störung der Technik eingetragen.") == 1
    assert "hat schon ein Ergebnis" not in page
    desk.post(_address(cast, "appointment_outcome"), {**sent, "result": "held"})
    assert "hat schon ein Ergebnis" in _results(desk, cast)
    assert _fresh(cast).not_held_reason == "technical"


def test_a_stale_page_enters_nothing(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    frozen.move_to(at("2026-03-03 11:00"))
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=at("2026-03-03 10:59"))
    for result in ("held", "held_by_telephone", "technical"):
        desk.post(_address(cast, "appointment_outcome"), {"result": result, "revision": "0", "from": "results"})
        assert "inzwischen geändert" in _results(desk, cast)
    assert _fresh(cast).is_planned


@pytest.mark.parametrize("nonsense", ["", "cancelled", "client", "planned", "x" * 500])
def test_what_no_button_sends_enters_nothing(desk: Browser, cast: Cast, frozen: Traveller, nonsense: str) -> None:
    frozen.move_to(at("2026-03-03 11:00"))
    answer = desk.post(_address(cast, "appointment_outcome"), {"result": nonsense, "from": "https://evil.example"})
    assert answer.headers["Location"] == _address(cast, "appointment_page")
    assert _fresh(cast).is_planned


def test_the_menu_counts_what_is_own(desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller) -> None:
    _further(cast, now, 2)
    frozen.move_to(at("2026-03-03 12:00"))
    day = said(desk.get(reverse("staff_day", args=[cast.office.slug])))
    assert re.findall(r'<span class="s-count num">(\d+)<span class="vh"> offen', day) == ["3"]
    mate = as_staff(Browser(), cast.teammate)
    assert "Alles eingetragen." in _results(mate, cast)


def test_only_who_counsels_has_the_page(cast: Cast) -> None:
    address = reverse("staff_results", args=[cast.office.slug])
    for nobody in (cast.guide, cast.administrator, cast.stranger):
        assert as_staff(Browser(), nobody).get(address).status_code == 404


def test_query_count_does_not_grow_with_the_list(cast: Cast, now: dt.datetime) -> None:
    address, counts = reverse("staff_results", args=[cast.office.slug]), []
    for further in ([], _further(cast, now, 2), _further(cast, now, 12, "2026-03-04 09:00")):
        for appointment in further:
            _waited(appointment, ParticipationRole.COUNSELLOR, ParticipationRole.CLIENT)
        if not further:
            _waited(cast.appointment, ParticipationRole.COUNSELLOR)
        with time_machine.travel(at("2026-03-05 09:00"), tick=False):
            counts.append(count_queries(as_staff(Browser(), cast.owner), address))
    assert len(set(counts)) == 1


def test_more_than_a_page_says_how_many_follow(
    desk: Browser, cast: Cast, now: dt.datetime, frozen: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nahbar.web.counsellor.results.MOST", 2)
    _further(cast, now, 3)
    frozen.move_to(at("2026-03-03 18:00"))
    page = _results(desk, cast)
    assert "4 Termine sind vorbei" in page
    assert "Danach kommen noch 2 weitere." in page


def test_the_day_proposes_too(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    _waited(cast.appointment, ParticipationRole.COUNSELLOR, ParticipationRole.CLIENT)
    frozen.move_to(at("2026-03-03 11:00"))
    day = said(desk.get(reverse("staff_day", args=[cast.office.slug])))
    assert "Vorschlag: Technik gestört" in day
    assert 'name="result" value="technical"' in day


def test_after_the_talk_the_appointment_proposes(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    _waited(cast.appointment, ParticipationRole.COUNSELLOR, minutes=10)
    frozen.move_to(at("2026-03-03 10:11"))
    page = said(desk.get(_address(cast, "appointment_page")))
    assert "Vorschlag: niemand kam" in page
    assert "Eine Störung der Technik gilt nie als versäumter Termin." in page


def test_before_it_is_over_nothing_is_proposed(desk: Browser, cast: Cast, frozen: Traveller) -> None:
    frozen.move_to(at("2026-03-03 10:11"))
    page = said(desk.get(_address(cast, "appointment_page")))
    assert "Hat der Termin stattgefunden?" in page
    assert "Vorschlag" not in page


def test_a_deputy_confirms_for_a_colleague(cast: Cast, now: dt.datetime, frozen: Traveller) -> None:
    deputyship = {"absent": cast.owner, "deputy": cast.colleague, "jobcenter": cast.office}
    day = now.date()
    Deputyship.objects.create(**deputyship, first_day=day, last_day=day)
    frozen.move_to(at("2026-03-03 11:00"))
    colleague = as_staff(Browser(), cast.colleague)
    colleague.post(_address(cast, "appointment_outcome"), {"result": "office"})
    assert _fresh(cast).not_held_reason == "office"
    corrected = {"result": "technical", "mode": "video", "minutes": "30", "revision": "1"}
    assert colleague.post(_address(cast, "appointment_correct"), corrected).status_code == 302
    assert _fresh(cast).not_held_reason == "technical"


# --- correcting -----------------------------------------------------------------------------------


def _missed(cast: Cast) -> None:
    now = at("2026-03-03 10:40")
    mark_not_held(appointment=cast.appointment, reason=NotHeldReason.NOT_REACHED, by=SYSTEM, now=now)


def test_the_form_shows_what_was_entered(desk: Browser, cast: Cast) -> None:
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=at("2026-03-03 10:40"), minutes=27)
    page = desk.get(_address(cast, "appointment_correct")).content.decode()
    assert 'value="held" checked' in page
    assert re.search(r'name="minutes"[^>]* value="27"', page) is not None
    assert re.findall(r'<option value="(\w+)"( selected)?>', page) == [("video", " selected"), ("telephone", "")]


def test_a_correction_is_in_the_history_with_who_and_when(cast: Cast, frozen: Traveller) -> None:
    _missed(cast)
    frozen.move_to(at("2026-03-05 08:15"))
    mate = as_staff(Browser(), cast.teammate)
    sent = {"result": "technical", "mode": "video", "minutes": "30", "revision": "1"}
    answer = mate.post(_address(cast, "appointment_correct"), sent, follow=True)
    assert "Das Ergebnis ist berichtigt." in said(answer)
    page = said(as_staff(Browser(), cast.owner).get(_address(cast, "appointment_page")))
    assert "Ergebnis berichtigt von „niemand kam“ zu „Technik gestört“" in page
    assert "5.3. 08:15" in page
    assert "von Mara Vogt" in page
    assert "Ergebnis berichtigen" in page


def test_it_was_held_after_all(desk: Browser, cast: Cast) -> None:
    _missed(cast)
    sent = {"result": "held", "mode": "telephone", "minutes": "18", "revision": "1"}
    desk.post(_address(cast, "appointment_correct"), sent)
    assert list(Contact.objects.values_list("kind", "minutes")) == [("telephone", 18)]
    # The same form again: what it asks for is there.
    answer = desk.post(_address(cast, "appointment_correct"), sent, follow=True)
    assert "Das steht schon so da." in said(answer)
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"minutes": "0", "result": "held"}, "Bitte geben Sie eine Dauer von 1 bis 600 Minuten an."),
        ({"minutes": "", "result": "held"}, "Bitte geben Sie eine Dauer von 1 bis 600 Minuten an."),
        ({"minutes": "99999999999", "result": "held"}, "Bitte geben Sie eine Dauer von 1 bis 600 Minuten an."),
        ({"result": "cancelled"}, "Bitte wählen Sie, was daraus wurde."),
        ({"result": ""}, "Bitte wählen Sie, was daraus wurde."),
        ({"mode": "on_site"}, "Bitte wählen Sie die Art."),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    desk: Browser, cast: Cast, wrong: dict[str, str], words: str
) -> None:
    _missed(cast)
    sent = {"result": "office", "mode": "telephone", "minutes": "17", "revision": "1", **wrong}
    answer = desk.post(_address(cast, "appointment_correct"), sent)
    assert answer.status_code == 422
    assert words in said(answer)
    if "minutes" not in wrong:
        assert re.search(r'name="minutes"[^>]* value="17"', answer.content.decode()) is not None
    assert _fresh(cast).not_held_reason == "no_show"


def test_a_length_matters_only_to_what_was_held(desk: Browser, cast: Cast) -> None:
    _missed(cast)
    sent = {"result": "technical", "mode": "video", "minutes": "", "revision": "1"}
    assert desk.post(_address(cast, "appointment_correct"), sent).status_code == 302
    assert _fresh(cast).not_held_reason == "technical"


def test_who_comes_second_is_told_what_changed_and_decides(desk: Browser, cast: Cast) -> None:
    _missed(cast)
    sent = {"result": "technical", "mode": "video", "minutes": "30", "revision": "1"}
    as_staff(Browser(), cast.teammate).post(_address(cast, "appointment_correct"), sent)
    answer = desk.post(_address(cast, "appointment_correct"), {**sent, "result": "unknown"})
    page = said(answer)
    assert answer.status_code == 409
    assert "Ergebnis berichtigt von „niemand kam“ zu „Technik gestört“" in page
    assert "Trotzdem berichtigen" in page
    assert 'value="unknown" checked' in page
    assert 'name="revision" value="2"' in page
    desk.post(_address(cast, "appointment_correct"), {**sent, "result": "unknown", "revision": "2"})
    assert _fresh(cast).not_held_reason == "unknown"


def test_what_was_cancelled_is_not_corrected(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.CLIENT, by=SYSTEM, now=now)
    answer = desk.get(_address(cast, "appointment_correct"), follow=True)
    assert "Hier gibt es kein Ergebnis, das sich berichtigen lässt." in said(answer)
    assert "Ergebnis berichtigen" not in said(desk.get(_address(cast, "appointment_page")))
