"""A talk that was missed or failed never reads like a missed summons: nowhere, in no text of ours."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.utils import timezone

import nahbar
from nahbar.people.exporting import kept_about
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.outcomes import mark_not_held
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import NotHeldReason, Outcome
from nahbar.web.counsellor.agenda import chip_of
from nahbar.web.counsellor.handover import facts_as_text
from tests.conftest import Cast

ROOT = Path(nahbar.__file__).parents[1]
# Of the law of missed summonses and what follows from them, and of blame.
BLAME = re.compile(
    r"versäum|meldeaufforderung|meldetermin|sanktion|pflichtverletz|leistungsminderung"
    r"|nicht\s+erschienen|nichterscheinen|ferngeblieben|unentschuldigt|schuld\b",
    re.IGNORECASE,
)
# The sentences that deny it.
DENIED = re.compile(
    r"Eine Störung der Technik gilt nie als versäumter Termin\."
    r"|Gestörte Technik ist ein eigenes Ergebnis\. Sie ist nie ein Versäumnis\."
)
KINDS = {".html", ".py", ".txt", ".ts", ".md", ".po"}


def texts() -> list[Path]:
    """Everything that anybody may read on a page, in a mail, on paper or in a file: sources and catalogues."""
    found = [path for part in ("nahbar", "frontend", "locale") for path in (ROOT / part).rglob("*")]
    return [path for path in found if path.suffix in KINDS and "node_modules" not in path.parts]


def test_no_text_of_ours_knows_the_words() -> None:
    read = texts()
    assert {path.suffix for path in read} >= {".html", ".py", ".ts", ".po"}
    found = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in read
        for word in BLAME.findall(DENIED.sub("", path.read_text()))
        # The pseudo-language writes the sentence with other letters.
        if "qps" not in path.parts
    }
    assert found == set()


@pytest.fixture
def failed(cast: Cast) -> Appointment:
    """A talk by video that the line did not carry."""
    later = cast.appointment.ends_at + dt.timedelta(minutes=5)
    mark_not_held(appointment=cast.appointment, reason=NotHeldReason.TECHNICAL, by=cast.desk.actor, now=later)
    return with_people(Appointment.objects.all()).get(pk=cast.appointment.pk)


def test_copied_facts_of_a_technical_failure_say_technical(failed: Appointment) -> None:
    facts = facts_as_text(failed, minutes=None).split("\n")
    assert "Ergebnis: Nicht stattgefunden, Technik gestört" in facts
    assert BLAME.search("\n".join(facts)) is None


def test_copied_facts_of_what_was_not_held_name_no_length(failed: Appointment) -> None:
    names = [line.split(":")[0] for line in facts_as_text(failed, minutes=None).split("\n")]
    assert names == ["Termin", "Art", "Thema", "Ergebnis", "Person", "Fachkraft"]


def test_the_exported_row_of_a_technical_failure_says_technical(cast: Cast, failed: Appointment) -> None:
    kept = kept_about(client=cast.person, now=timezone.now())
    rows = [row for section in kept.sections for row in section.cells]
    of_it = [row for row in rows if str(failed.public_id) in row]
    assert ["Technik gestört" in row for row in of_it] == [True]
    assert [cell for row in rows for cell in row if BLAME.search(cell)] == []


def test_the_calendar_says_technical(failed: Appointment) -> None:
    chip = chip_of(failed, waits=False, is_prepared=False, now=timezone.now())
    assert str(chip.text) == "Technik gestört"


def test_each_outcome_is_a_fact_and_technical_failure_one_of_its_own() -> None:
    labels = {outcome: str(outcome.label) for outcome in Outcome}
    assert len(set(labels.values())) == len(labels)
    assert {outcome for outcome, label in labels.items() if "Technik" in label} == {Outcome.TECHNICAL}
