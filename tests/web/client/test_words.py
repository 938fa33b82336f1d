"""Words, catalogues, icons: what a machine can check of them."""

from __future__ import annotations

import datetime as dt
import re

import polib
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from nahbar.web.client import words
from nahbar.web.shared.call_texts import BESIDE
from tests.factories import at
from tools import messages, sprite
from tools.console import REPO

NOT_OUR_VOICE = re.compile(r"\b(leider|Fehler|Ups|ungültig|fehlgeschlagen)\b|!", re.IGNORECASE)
LONGEST_PLAIN_SENTENCE = 15


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-03-03 10:00", "heute um zehn Uhr"),
        ("2026-03-03 13:30", "heute um dreizehn Uhr dreißig"),
        ("2026-03-04 01:00", "morgen um ein Uhr"),
        ("2026-03-04 21:21", "morgen um einundzwanzig Uhr einundzwanzig"),
        ("2026-03-29 03:05", "am Sonntag, 29. März, um drei Uhr fünf"),
        ("2026-12-22 16:45", "am Dienstag, 22. Dezember, um sechzehn Uhr fünfundvierzig"),
    ],
)
def test_times_are_said_in_words(moment: str, said: str) -> None:
    assert words.when(at(moment), now=at("2026-03-03 09:30")) == said


def test_plain_german_says_times_in_figures() -> None:
    with translation.override("de-simple"):
        assert words.when(at("2026-03-03 10:00"), now=at("2026-03-03 09:30")) == "heute um 10 Uhr"
        assert words.when(at("2026-03-10 10:15"), now=at("2026-03-03 09:30")) == "am Dienstag, 10. März um 10:15 Uhr"


def test_tomorrow_is_a_calendar_day_and_not_24_hours() -> None:
    late = at("2026-03-28 23:50")
    assert words.when(at("2026-03-29 00:10"), now=late).startswith("morgen")
    assert words.when(at("2026-03-28 23:55"), now=late).startswith("heute")


@pytest.mark.parametrize(("minutes", "megabytes"), [(1, 5), (20, 30), (30, 45), (45, 70), (240, 360)])
def test_data_is_said_in_round_figures(minutes: int, megabytes: int) -> None:
    assert words.megabytes(minutes) == pytest.approx(megabytes, abs=5)
    assert words.megabytes(minutes) % 5 == 0


@given(st.integers(0, 59))
def test_every_number_of_a_clock_is_one_word(number: int) -> None:
    assert re.fullmatch(r"[a-zäöüß]+", words.german_number(number))


def test_numbers_differ_from_each_other() -> None:
    assert len({words.german_number(number) for number in range(60)}) == 60


@given(st.integers(0, 20 * 365 * 24 * 60))
def test_every_moment_can_be_said(minute: int) -> None:
    moment = at("2026-01-01 00:00") + dt.timedelta(minutes=minute)
    assert words.when(moment, now=moment + dt.timedelta(days=3))


def test_every_text_for_clients_has_its_plain_german() -> None:
    assert messages.problems() == []


def test_every_finding_about_the_sound_has_its_words() -> None:
    source = (REPO / "frontend/call/diagnose.ts").read_text(encoding="utf-8")
    causes = re.findall(r'^\t(\w+): \{ lies: "(\w+)"', source, re.MULTILINE)
    guesses = {"bluetooth", "output", "volume"}
    needed = {"hear_alone"}
    for name, lies in causes:
        ends = [""] if lies == "between" else ["_here"] if name in guesses else ["_here", "_there"]
        needed |= {f"hear_{name}{end}" for end in ends}
    helpers = {"hear_title", "hear_looking", "hear_again", "hear_do_unmute", "hear_do_reopen", "hear_do_play"}
    assert needed == {key for key in BESIDE if key.startswith("hear_")} - helpers


def test_texts_for_clients_speak_with_our_voice() -> None:
    texts = messages.found_texts()
    spoken = [text.msgid for text, files in texts.items() if messages.is_client_facing(files)]
    spoken += [entry.msgstr for entry in polib.pofile(str(messages.PLAIN))]
    assert [text for text in spoken if NOT_OUR_VOICE.search(text)] == []


def test_plain_german_keeps_its_sentences_short() -> None:
    # Named laws and menu entries are what they are.
    named = re.compile(r"Grundverordnung|Sozialgesetzbuch|„")
    long = [
        sentence
        for entry in polib.pofile(str(messages.PLAIN))
        for sentence in re.split(r"(?<=[.?:])\s|\n", entry.msgstr)
        if len(sentence.split()) > LONGEST_PLAIN_SENTENCE and not named.search(sentence)
    ]
    assert long == []


@pytest.mark.parametrize("text", ["Weiter", "Frau %(name)s ruft Sie an.", "{count} MB", "Eins.\nZwei.", "100 %%"])
def test_pseudo_language_is_longer_and_keeps_placeholders(text: str) -> None:
    made = messages.pseudo(text)
    assert re.findall(r"%\(\w+\)s|\{\w+\}|%%", made) == re.findall(r"%\(\w+\)s|\{\w+\}|%%", text)
    assert made.count("\n") == text.count("\n")


def test_pseudo_language_is_about_forty_percent_longer() -> None:
    texts = [text.msgid for text in messages.found_texts()]
    letters = sum(map(len, texts))
    assert 1.35 <= sum(len(messages.pseudo(text)) for text in texts) / letters <= 1.65


def test_icons_of_client_pages_are_made_from_the_icons_there_are() -> None:
    assert sprite.SPRITE.read_text(encoding="utf-8") == sprite.sprite()
