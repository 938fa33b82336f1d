"""“Protokoll”: this office's rows only, found, paged and taken along."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nahbar.audit.models import AuditEntry
from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action, Actor
from nahbar.web.office.log import PAGE
from nahbar.web.office.log_words import SETUP
from tests.conftest import Cast
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

MINUTE = dt.timedelta(minutes=1)


def note(cast: Cast, *, at: dt.datetime, thing: str = "x", by: Actor = SYSTEM, action: Action = Action.MOVED) -> None:
    record(action=action, by=by, office=cast.office.slug, about=About("thing", thing), now=at)


def shown(setup: Setup, query: str = "") -> list[str]:
    """The ids of the things, as the page lists them."""
    page = said(setup.browser.get(setup.address("office_log") + query))
    return [part.split("</td>")[0].split()[-1] for part in page.split('log-id">')[1::2]]


def table(setup: Setup, **data: str) -> list[list[str]]:
    answer = setup.post("office_log_file", **data)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_what_raises_the_revision_is_known() -> None:
    assert set(SETUP) <= set(Action)


def test_only_this_offices_rows_are_shown(setup: Setup, cast: Cast, now: dt.datetime) -> None:
    AuditEntry.objects.filter(office=cast.office.slug).expire()
    note(cast, at=now, thing="mine")
    record(action=Action.MOVED, by=SYSTEM, office=cast.other_office.slug, about=About("thing", "other"), now=now)
    record(action=Action.MOVED, by=SYSTEM, office="", about=About("thing", "nobodys"), now=now)
    assert shown(setup) == ["mine"]
    assert [row[4] for row in table(setup)[1:]] == ["mine"]


def test_a_row_says_who_did_what(setup: Setup, cast: Cast) -> None:
    page = setup.read("office_log")
    assert "Termin gebucht" in page
    assert "Inga Petersen" in page
    assert "Kaya" not in page


def test_rows_are_found_by_day_action_actor_and_thing(setup: Setup, cast: Cast, now: dt.datetime) -> None:
    AuditEntry.objects.filter(office=cast.office.slug).expire()
    owner = Actor("staff", str(cast.owner.public_id))
    note(cast, at=now, thing="today")
    note(cast, at=now - dt.timedelta(days=1), thing="yesterday")
    note(cast, at=now - 2 * MINUTE, thing="owners", by=owner)
    note(cast, at=now - 3 * MINUTE, thing="booked", action=Action.APPOINTMENT_BOOKED)
    assert shown(setup, "?first=2026-03-03") == ["today", "owners", "booked"]
    assert shown(setup, "?last=2026-03-02") == ["yesterday"]
    assert shown(setup, f"?actor=staff:{cast.owner.public_id}") == ["owners"]
    assert shown(setup, "?actor=system&action=appointment_booked") == ["booked"]
    assert shown(setup, "?thing=today") == ["today"]
    assert "Dazu steht nichts im Protokoll." in said(setup.browser.get(setup.address("office_log") + "?thing=no"))


DAYS_UNHEARD_OF = ["?first=x", "?first=0001-01-01", "?last=9999-12-31"]


@pytest.mark.parametrize("query", [*DAYS_UNHEARD_OF, "?action=nothing", "?actor=client:1", "?thing=" + "x" * 65])
def test_a_question_nobody_can_answer_is_refused(setup: Setup, query: str) -> None:
    assert setup.browser.get(setup.address("office_log") + query).status_code == 422


@pytest.mark.parametrize("before", ["x", "2026-03-03~1", "2026-03-03T10:00:00+00:00~x", "~", "~1", "99" * 40 + "~1"])
def test_a_page_behind_nothing_is_the_first(setup: Setup, before: str) -> None:
    first = shown(setup)
    assert shown(setup, f"?vor={before.replace('+', '%2B')}") == first


def test_pages_follow_each_other_without_gap_or_double(setup: Setup, cast: Cast, now: dt.datetime) -> None:
    AuditEntry.objects.filter(office=cast.office.slug).expire()
    for number in range(PAGE + 5):
        # Many at one moment: the key decides.
        note(cast, at=now - (number // 10) * MINUTE, thing=str(number))
    page = said(setup.browser.get(setup.address("office_log")))
    older = page.split('href="?')[1].split('"')[0].replace("&amp;", "&")
    first, second = shown(setup), shown(setup, f"?{older}")
    assert len(first) == PAGE
    assert sorted(map(int, [*first, *second])) == list(range(PAGE + 5))
    assert "Ältere" not in said(setup.browser.get(setup.address("office_log") + f"?{older}"))


def test_taking_it_along_is_a_row_itself(setup: Setup, cast: Cast, now: dt.datetime) -> None:
    AuditEntry.objects.filter(office=cast.office.slug).expire()
    note(cast, at=now, thing="mine")
    rows = table(setup)
    assert rows[0] == ["Zeit", "Was", "Wer", "Art", "Kennung", "Einzelheiten"]
    assert rows[1] == ["2026-03-03 09:30:00", "Termin verschoben", "Nahbar selbst", "thing", "mine", ""]
    entry = AuditEntry.objects.get(action=Action.EXPORTED)
    assert (entry.actor_id, entry.detail) == (str(cast.administrator.public_id), {"count": 1})


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(setup: Setup, cast: Cast, now: dt.datetime, begins: str) -> None:
    note(cast, at=now, thing=f"{begins}1+1")
    assert f"'{begins}1+1" in [row[4] for row in table(setup)]
    cast.owner.first_name = "=Inga"
    cast.owner.save()
    assert {row[2][:2] for row in table(setup, actor=f"staff:{cast.owner.public_id}")[1:]} == {"'="}


def test_reading_writes_nothing(setup: Setup) -> None:
    before = AuditEntry.objects.count()
    setup.read("office_log")
    assert setup.browser.get(setup.address("office_log_file")).status_code == 405
    assert AuditEntry.objects.count() == before


def test_query_count_does_not_grow(setup: Setup, cast: Cast, now: dt.datetime) -> None:
    counts = []
    for many in (1, 3, PAGE + 5):
        for number in range(many):
            who = cast.owner if number % 2 else cast.teammate
            note(cast, at=now, thing=str(number), by=Actor("staff", str(who.public_id)))
        with CaptureQueriesContext(connection) as captured:
            setup.read("office_log")
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
