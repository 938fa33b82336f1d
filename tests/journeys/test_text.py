"""The written talk beside the spoken one, and finding out why nothing is heard: two real browsers."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from nahbar.scheduling.models import Appointment
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, watch
from tests.journeys.people import (
    MEDIA_WAIT,
    WAIT,
    Contexts,
    admitting_desk,
    expect_media,
    sign_in,
    waiting_phone,
)
from tests.journeys.stack import Stack
from tests.journeys.test_access import problems, tab_to

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
CLIENT, COUNSELLOR = "Elif Kaya", "Frau\N{NO-BREAK SPACE}Petersen"


@dataclass(frozen=True)
class Talk:
    """Both sides of a talk that has begun."""

    phone: Page
    desk: Page
    heard: tuple[list[str], list[str]]

    @property
    def complaints(self) -> list[str]:
        """What either page has complained about so far."""
        return [*self.heard[0], *self.heard[1]]


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment in ten minutes."""
    stack.mail.reset()
    start = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    office = make_office("westheide")
    staff, client = make_staff(office, last_name="Petersen"), make_client(office, first_name="Elif", last_name="Kaya")
    return book(client=client, staff=staff, starts_at=start, now=timezone.now())


@pytest.fixture
def talk(stack: Stack, context: Contexts, appointment: Appointment) -> Talk:
    """A phone and a desk that see and hear each other."""
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    heard = (watch(phone), watch(desk))
    expect_media(phone)
    expect_media(desk)
    return Talk(phone=phone, desk=desk, heard=heard)


def open_text(page: Page) -> Locator:
    """Opens the panel and returns the field."""
    page.locator("#btn-text").click()
    field = page.locator("#text-field")
    expect(field).to_be_visible(timeout=WAIT)
    expect(field).to_be_enabled(timeout=WAIT)
    return field


def lines(page: Page) -> list[str]:
    """Every finished line, with whose it is."""
    return page.locator("#text-lines li").all_inner_texts()


def said(page: Page) -> list[str]:
    """What a screen reader was told last."""
    return page.locator("#text-said p").all_inner_texts()


TIMES_TYPED = """() => {
    window.typed = [];
    document.getElementById("text-field").addEventListener("input", (event) =>
        window.typed.push({ at: Date.now(), text: event.target.value }), true);
}"""
TIMES_SEEN = """() => {
    window.seen = [];
    const place = document.getElementById("text-draft-text");
    new MutationObserver(() => window.seen.push({ at: Date.now(), text: place.textContent }))
        .observe(place, { childList: true, characterData: true, subtree: true });
}"""


def test_letters_arrive_within_half_a_second_and_go_again_when_deleted(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field, draft = open_text(phone), desk.locator("#text-draft-text")
    open_text(desk)
    phone.evaluate(TIMES_TYPED)
    desk.evaluate(TIMES_SEEN)

    field.press_sequentially("Ich höre Sie kaum", delay=130)
    expect(draft).to_have_text("Ich höre Sie kaum")

    typed, seen = phone.evaluate("window.typed"), desk.evaluate("window.seen")
    delays = [min(one["at"] for one in seen if one["text"].startswith(key["text"])) - key["at"] for key in typed]
    assert len(delays) == 17
    assert median(delays) <= 500

    for _letter in range(5):
        field.press("Backspace")
    expect(draft).to_have_text("Ich höre Sie")
    field.press("Home")
    field.press_sequentially("Ja. ")
    expect(draft).to_have_text("Ja. Ich höre Sie")
    assert talk.complaints == []


def test_a_line_is_read_whole_and_who_writes_is_said_once(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field, answer = open_text(phone), open_text(desk)

    field.press_sequentially("Guten Tag", delay=60)
    expect(desk.locator("#text-draft")).to_contain_text("Guten Tag")
    assert said(desk) == [f"{CLIENT} schreibt"]
    field.press("Enter")
    expect(desk.locator("#text-lines")).to_contain_text("Guten Tag")
    assert said(desk) == [f"{CLIENT} schreibt", f"{CLIENT}: Guten Tag"]
    expect(desk.locator("#text-draft")).to_be_hidden()

    answer.press_sequentially("مرحبا <b>Frau</b> Kaya")
    desk.get_by_role("button", name="Senden").click()
    expect(phone.locator("#text-lines")).to_contain_text("مرحبا <b>Frau</b> Kaya")
    assert lines(phone) == ["Sie\nGuten Tag", f"{COUNSELLOR}\nمرحبا <b>Frau</b> Kaya"]
    assert lines(desk) == [f"{CLIENT}\nGuten Tag", "Sie\nمرحبا <b>Frau</b> Kaya"]
    assert phone.locator("#text-lines bdi").last.evaluate("one => getComputedStyle(one).direction") == "rtl"
    expect(answer).to_be_focused()
    assert talk.complaints == []


def test_a_closed_panel_marks_what_is_unread_and_says_so(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    expect(phone.locator("#text")).to_be_attached(timeout=MEDIA_WAIT)
    field = open_text(desk)

    field.press_sequentially("Sind Sie noch da?")
    field.press("Enter")

    button = phone.get_by_role("button", name=re.compile("Text"))
    unread = button.get_by_text("neu")
    expect(unread).to_be_visible(timeout=WAIT)
    assert said(phone)[-1] == f"{COUNSELLOR} hat Ihnen geschrieben."
    button.click()
    expect(unread).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(phone.locator("#text-lines")).to_contain_text("Sind Sie noch da?")
    phone.keyboard.press("Escape")
    expect(phone.locator("#text")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_keyboard_alone_opens_writes_sends_and_closes(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    expect(desk.locator("#text-field")).to_be_enabled(timeout=MEDIA_WAIT)
    tab_to(desk, "#btn-text")
    desk.keyboard.press("Enter")
    expect(desk.locator("#text-field")).to_be_focused()
    desk.keyboard.type("Ohne Maus")
    desk.keyboard.press("Enter")
    open_text(phone)
    expect(phone.locator("#text-lines")).to_contain_text("Ohne Maus", timeout=WAIT)

    tab_to(desk, "#text-late")
    desk.keyboard.press("Space")
    expect(desk.locator("#text-late")).to_be_checked()
    tab_to(desk, "#text-close")
    desk.keyboard.press("Enter")
    expect(desk.locator("#text")).to_be_hidden()
    expect(desk.locator("#btn-text")).to_be_focused()


def test_shown_only_when_sent_keeps_letters_back(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field = open_text(phone)
    open_text(desk)
    phone.get_by_label("Erst beim Absenden zeigen").check()

    field.press_sequentially("Das überlege ich mir")
    desk.wait_for_timeout(800)
    assert (lines(desk), said(desk)) == ([], [])
    field.press("Enter")

    expect(desk.locator("#text-lines")).to_contain_text("Das überlege ich mir")


def test_what_was_written_while_the_line_was_away_is_there_afterwards(stack: Stack, talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field, answer = open_text(phone), open_text(desk)
    field.fill("Vor der Pause")
    field.press("Enter")
    expect(desk.locator("#text-lines")).to_contain_text("Vor der Pause")

    stack.livekit.kill()
    expect(phone.locator("#sheet-away")).to_be_visible(timeout=MEDIA_WAIT)
    field.fill("In der Pause")
    field.press("Enter")
    field.press_sequentially("Noch ein Sa")
    answer.fill("Auch ich")
    answer.press("Enter")
    stack.livekit.start()
    expect(phone.locator("#sheet-away")).to_be_hidden(timeout=60_000)
    expect(desk.locator("#sheet-away")).to_be_hidden(timeout=60_000)

    expect(desk.locator("#text-draft-text")).to_have_text("Noch ein Sa", timeout=WAIT)
    expect(phone.locator("#text-lines")).to_contain_text("Auch ich", timeout=WAIT)
    assert lines(desk) == [f"{CLIENT}\nVor der Pause", "Sie\nAuch ich", f"{CLIENT}\nIn der Pause"]
    assert lines(phone) == ["Sie\nVor der Pause", "Sie\nIn der Pause", f"{COUNSELLOR}\nAuch ich"]
    expect(field).to_have_value("Noch ein Sa")


def test_a_reloaded_desk_is_brought_up_to_date(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field = open_text(phone)
    field.fill("Meine Nummer steht im Brief")
    field.press("Enter")
    field.press_sequentially("Und")

    desk.reload()
    expect_media(desk)
    open_text(desk)

    expect(desk.locator("#text-draft-text")).to_have_text("Und", timeout=WAIT)
    assert lines(desk) == [f"{CLIENT}\nMeine Nummer steht im Brief"]


KEPT_IN_THE_BROWSER = """async () => JSON.stringify([
    Object.entries(localStorage), Object.entries(sessionStorage), await caches.keys(), await indexedDB.databases(),
])"""


def test_nothing_is_left_of_it_but_the_copy_that_was_asked_for(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field, answer = open_text(phone), open_text(desk)
    field.fill("Bis Freitag?")
    field.press("Enter")
    answer.fill("Ja, bis Freitag.")
    answer.press("Enter")
    expect(phone.locator("#text-lines")).to_contain_text("Ja, bis Freitag.")

    with phone.expect_download() as download:
        phone.get_by_role("button", name="Abschrift behalten").click()

    assert download.value.suggested_filename == "Abschrift.txt"
    copy = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert copy[0] == f"Was wir im Gespräch geschrieben haben. Gespräch mit {COUNSELLOR}."
    assert copy[3:] == ["Sie: Bis Freitag?", f"{COUNSELLOR}: Ja, bis Freitag."]
    expect(desk.locator("#text-lines")).to_contain_text(f"{CLIENT} hat eine Abschrift behalten.")
    expect(desk.get_by_role("button", name="Abschrift behalten")).to_have_count(0)

    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    expect(desk).to_have_url(re.compile(r"/termine/[0-9a-f-]{36}/$"), timeout=WAIT)
    for page in (phone, desk):
        kept = page.evaluate(KEPT_IN_THE_BROWSER)
        # LiveKit's log levels are there: the mirror has seen something.
        assert ("loglevel" in kept, "Freitag" in kept, kept.endswith("[],[]]")) == (True, False, True)
        expect(page.get_by_text("Freitag")).to_have_count(0)
        page.go_back()
        page.wait_for_load_state()
        expect(page.get_by_text("Freitag")).to_have_count(0)


def test_nobody_who_waits_is_written_to(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    waiting_phone(context, appointment)
    desk = context(**DESK).new_page()
    sign_in(desk, appointment.counsellor.email)
    desk.goto(f"/b/{appointment.jobcenter.slug}/termine/{appointment.public_id}/gespraech/")
    expect(desk.locator("#btn-admit")).to_be_visible(timeout=MEDIA_WAIT)

    desk.locator("#btn-text").click()

    field = desk.locator("#text-field")
    expect(field).to_be_visible(timeout=WAIT)
    expect(field).to_be_disabled()
    expect(field).to_have_attribute("placeholder", f"{CLIENT} ist noch nicht da.")


COLLECTS = """() => {
    window.got = [];
    window.nahbar.room().on("dataReceived", (data) => window.got.push(new TextDecoder().decode(data)));
}"""


def test_a_device_at_the_door_receives_nothing_of_what_the_two_write(
    context: Contexts, appointment: Appointment, talk: Talk
) -> None:
    phone, desk = talk.phone, talk.desk
    second = waiting_phone(context, appointment)
    expect(desk.locator("#takeover")).to_be_visible(timeout=WAIT)
    for page in (second, desk):
        page.evaluate(COLLECTS)
    field, answer = open_text(phone), open_text(desk)

    field.press_sequentially("Nur für Sie")
    field.press("Enter")
    answer.fill("Und nur für Sie")
    answer.press("Enter")
    expect(phone.locator("#text-lines")).to_contain_text("Und nur für Sie")

    assert any("Nur für Sie" in one for one in desk.evaluate("window.got"))
    assert second.evaluate("window.got") == []


SAY = """raw => {
    const data = new TextEncoder().encode(raw);
    return window.nahbar.room().localParticipant.publishData(data, { reliable: true, topic: "beside" });
}"""


def test_messages_of_another_kind_change_nothing_and_are_logged_once(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field = open_text(phone)
    open_text(desk)
    logged: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "data-ignored" in message.text:
            logged.append(message.text)

    desk.on("console", note)
    for _time in range(3):
        for raw in ("{", '{"version": 2, "kind": "line"}', '{"version": 1, "page": "x", "kind": "line", "line": "0"}'):
            phone.evaluate(SAY, raw)
    field.fill("Das kommt an")
    field.press("Enter")

    expect(desk.locator("#text-lines")).to_contain_text("Das kommt an")
    assert lines(desk) == [f"{CLIENT}\nDas kommt an"]
    assert sorted(logged) == ["nahbar data-ignored reason=shape", "nahbar data-ignored reason=version"]
    assert talk.complaints == []


def test_the_open_panel_is_accessible_and_leaves_the_controls(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    field, answer = open_text(phone), open_text(desk)
    for place, text in ((field, "Eine Zeile von mir, die länger ist als der Bildschirm breit"), (answer, "Gut")):
        place.fill(text)
        place.press("Enter")
    answer.press_sequentially("Und noch")
    expect(phone.locator("#text-draft-text")).to_have_text("Und noch")
    found: dict[str, list[str]] = {}
    for name, page, width, height in (
        ("phone", phone, 360, 640),
        ("narrow", phone, 320, 568),
        ("on its side", phone, 640, 360),
        ("zoomed", phone, 320, 256),
        ("desk", desk, 1440, 900),
        ("small desk", desk, 1024, 640),
        ("desk, zoomed", desk, 360, 225),
    ):
        page.set_viewport_size({"width": width, "height": height})
        found[name] = problems(page)
        for control in ("#btn-microphone", "#btn-leave", "#text-field", "#text-close"):
            page.locator(control).click(trial=True)
    assert {name: what for name, what in found.items() if what} == {}


def test_a_sheet_lies_on_the_open_panel_with_its_telephone(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    for page in (phone, desk):
        open_text(page)
        page.locator("#btn-hear").click()
    for page, width, height in (
        (phone, 360, 640),
        (phone, 320, 568),
        (phone, 640, 360),
        (desk, 1440, 900),
        (desk, 390, 700),
    ):
        page.set_viewport_size({"width": width, "height": height})
        page.locator("#sheet-hear a[href^=tel]").click(trial=True)
        page.locator("#btn-microphone").click(trial=True)
        assert page.locator("#sheet-hear").evaluate("one => one.scrollHeight - one.clientHeight") <= 1


def test_a_silent_microphone_is_found_from_the_other_side_and_mended_there(talk: Talk) -> None:
    phone, desk = talk.phone, talk.desk
    desk.locator("#btn-microphone").click()
    expect(phone.locator("#peer-off")).to_be_visible(timeout=WAIT)

    phone.locator("#btn-hear").click()

    expect(phone.locator("#hear-found")).to_contain_text(f"Das Mikrofon von {COUNSELLOR} ist aus.", timeout=MEDIA_WAIT)
    assert phone.locator("#hear-found").get_attribute("role") == "status"
    expect(phone.locator("#sheet-hear").get_by_role("link", name=re.compile("040 66969"))).to_be_visible()
    expect(desk.locator("#hear-title")).to_have_text(f"{CLIENT} hört Sie nicht")
    expect(desk.locator("#hear-found")).to_contain_text("Man hört Sie nicht: Ihr Mikrofon ist aus.")
    assert problems(desk) == []
    desk.locator("#hear-found").get_by_role("button", name="Mikrofon einschalten").click()
    expect(desk.locator("#btn-microphone")).to_have_attribute("aria-pressed", "true")
    expect(phone.locator("#peer-off")).to_be_hidden(timeout=WAIT)


def test_sound_that_is_not_played_here_is_found_and_mended(talk: Talk) -> None:
    phone = talk.phone
    phone.evaluate("document.querySelector('body > audio').pause()")

    phone.locator("#btn-hear").click()
    found = phone.locator("#hear-found")

    expect(found).to_contain_text("Ihr Browser spielt den Ton nicht ab.", timeout=MEDIA_WAIT)
    assert problems(phone) == []
    found.get_by_role("button", name="Ton neu einschalten").click()
    phone.wait_for_function("() => !document.querySelector('body > audio').paused")
    expect(found).to_contain_text("Der Ton kommt an", timeout=MEDIA_WAIT)
    expect(found).to_be_focused()

    phone.keyboard.press("Escape")
    expect(phone.locator("#sheet-hear")).to_be_hidden()
    phone.locator("#btn-hear").click()
    expect(found).to_contain_text("Wir sehen auf beiden Seiten nach.")
    assert talk.complaints == []
