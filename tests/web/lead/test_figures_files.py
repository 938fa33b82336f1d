"""What leaves the house is what the page shows: both files read back, cell for cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from openpyxl import load_workbook

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.rules import Role
from nahbar.people.models import StaffMember
from nahbar.surveys.figures import Audience
from nahbar.web.lead.asking import ask, report_of
from nahbar.web.lead.exports import as_csv, as_xlsx
from nahbar.web.lead.tables import Chart, Panel, Report, Row, Section, Table, count, mean, share, words
from tests.conftest import Cast
from tests.factories import as_staff, make_staff
from tests.web.lead.figured import NOW, answer, build, fill
from tests.web.lead.seen import SeenPanel, panels_of
from tests.web.reading import said


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    """The month after the cast's."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def controlling(cast: Cast) -> StaffMember:
    """Of an office with figures and one of two surveys."""
    fill(cast.office)
    build(cast.office)
    answer(cast.office, Audience.CLIENTS, "2026Q1", yes=9, no=4)
    return make_staff(cast.office, Role.CONTROLLING)


def take(staff: StaffMember, form: str, **data: str) -> Any:
    """The file."""
    browser = as_staff(Browser(), staff)
    return browser.post(reverse("office_figures_file", args=["altona"]), {"form": form, **data})


def page_of(staff: StaffMember, query: str = "") -> list[SeenPanel]:
    """What the page shows."""
    return panels_of(as_staff(Browser(), staff).get(f"/b/altona/zahlen/{query}").content.decode())


def test_csv_says_what_the_page_says(cast: Cast, controlling: StaffMember) -> None:
    taken = take(controlling, "csv", zeitraum="2026-03")
    assert taken["Content-Type"] == "text/csv; charset=utf-8"
    assert taken["Content-Disposition"] == 'attachment; filename="zahlen-2026-03.csv"'
    text = taken.content.decode()
    assert text.startswith("\N{BYTE ORDER MARK}")
    lines = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert lines[:6] == [
        ["Jobcenter", "Jobcenter Altona"],
        ["Zeitraum", "März 2026"],
        ["Team", "ganzes Jobcenter"],
        ["Festschreibung", "festgeschrieben am 15. April 2026"],
        ["Stand", "15. April 2026"],
        ["Zählweise", "1"],
    ]
    tables = lines[lines.index([], 7) + 1 : lines.index(["So wird gezählt"])]
    shown = []
    for one in page_of(controlling, "?zeitraum=2026-03"):
        name = f"{one.section}: {one.title}" if one.title else one.section
        shown += [[name], [one.sentence], one.heads, *one.rows, []]
    assert tables == shown
    asked = ask(jobcenter=cast.office, query={"zeitraum": "2026-03"}, today=NOW.date())
    report = report_of(jobcenter=cast.office, asked=asked)
    counted = lines[lines.index(["So wird gezählt"]) + 1 :]
    expected: list[list[str]] = []
    for section in report.sections:
        expected += [[], [section.title], *([str(line)] for line in (*section.counted, *section.notes))]
    assert counted == expected


def test_a_file_says_nearly_all_where_the_page_does_and_negative_numbers_as_numbers() -> None:
    cells = (share(0.997), share(0.003), share(1.0), share(0.42), count(-3), mean(-1.25), words("-3"))
    table = Table(tuple("abcdefgh"), (Row("=Zeile", cells),))
    section = Section("s", "Abschnitt", (Panel("", "Ein Satz.", table, Chart(())),), ("So.",), ("Hinweis.",))
    report = Report("Altona", "März", "ganzes Jobcenter", (), "heute", "1", (), (section,))
    lines = list(csv.reader(io.StringIO(as_csv(report).decode()[1:]), delimiter=";"))
    assert ["'=Zeile", "über 99 %", "unter 1 %", "100 %", "42 %", "-3", "-1,3", "'-3"] in lines
    assert lines[-5:] == [["So wird gezählt"], [], ["Abschnitt"], ["So."], ["Hinweis."]]
    sheet = load_workbook(io.BytesIO(as_xlsx(report)))["Abschnitt"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "=Zeile")
    formats = ["0.0#### %", "0.0#### %", "0 %", "0 %", "#,##0", "0.0"]
    assert [cell.number_format for cell in row[1:7]] == formats


def test_workbook_says_what_the_page_says_in_real_numbers(controlling: StaffMember) -> None:
    taken = take(controlling, "xlsx", zeitraum="2026-03")
    assert taken["Content-Disposition"] == 'attachment; filename="zahlen-2026-03.xlsx"'
    book = load_workbook(io.BytesIO(taken.content))
    panels = page_of(controlling, "?zeitraum=2026-03")
    sections = list(dict.fromkeys(one.section for one in panels))
    assert book.sheetnames == ["Zählweise", *(name[:31] for name in sections)]
    cover = [tuple(row)[:2] for row in book["Zählweise"].iter_rows(values_only=True)]
    assert cover[:3] == [("Jobcenter", "Jobcenter Altona"), ("Zeitraum", "März 2026"), ("Team", "ganzes Jobcenter")]
    assert ("Zählweise", "1") in cover
    for name in sections:
        mine = [one for one in panels if one.section == name]
        rows = list(book[name[:31]].iter_rows())
        for one in mine:
            begins = next(
                place
                for place, row in enumerate(rows)
                if row[0].value == (f"{name}: {one.title}" if one.title else name)
            )
            assert rows[begins + 1][0].value == one.sentence
            assert [cell.value for cell in rows[begins + 2][: len(one.heads)]] == one.heads
            for place, row in enumerate(one.rows):
                cells = rows[begins + 3 + place][: len(row)]
                assert [_read(cell) for cell in cells] == row


def _read(cell: Any) -> str:
    """A cell as a spreadsheet shows it here."""
    if not isinstance(cell.value, (int, float)):
        return cell.value or ""
    shown = {"#,##0": "{:,.0f}", "0 %": "{:.0%}", "0.0": "{:,.1f}"}[cell.number_format].format(cell.value)
    return shown.replace(",", ";").replace(".", ",").replace(";", ".").replace("%", " %")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_taking_it_along_is_audited_with_codes_only(cast: Cast, controlling: StaffMember, form: str) -> None:
    take(controlling, form, zeitraum="2026-Q1")
    entry = AuditEntry.objects.get(action=Action.EXPORTED)
    assert (entry.actor_id, entry.office, entry.object_kind) == (str(controlling.public_id), "altona", "figures")
    assert entry.detail == {"form": form, "period": "2026-Q1"}


def test_what_is_hidden_is_words_in_both_files_and_nobody_is_named(controlling: StaffMember) -> None:
    text = take(controlling, "csv").content.decode()
    assert "1. Quartal 2026;unter 10 Antworten;unter 10 Antworten" in text
    book = load_workbook(io.BytesIO(take(controlling, "xlsx").content))
    cells = [cell for row in book["Umfrage unter Fachkräften"].iter_rows(values_only=True) for cell in row]
    assert "unter 10 Antworten" in cells
    assert not [one for one in cells if isinstance(one, (int, float))]
    for name in ("Kaya", "Petersen", "Brandt"):
        assert name not in text


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(cast: Cast, controlling: StaffMember, begins: str) -> None:
    cast.office.topics.filter(name="Berufliche Ziele").update(name=f"{begins}1+1\x07")
    text = take(controlling, "csv").content.decode()
    assert f"\n'{begins}1+1" in text.replace('"', "")
    book = load_workbook(io.BytesIO(take(controlling, "xlsx").content))
    found = {
        cell.value: cell.data_type
        for row in book["Termine nach Thema und Ergebnis"].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and "1+1" in cell.value
    }
    assert set(found.values()) == {"s"}


def test_a_question_that_cannot_be_answered_is_no_file(controlling: StaffMember) -> None:
    refused = take(controlling, "csv", zeitraum="2027-01")
    assert refused.status_code == 422
    assert "Dieser Zeitraum liegt in der Zukunft." in said(refused)
    assert not AuditEntry.objects.filter(action=Action.EXPORTED).exists()


def test_only_those_who_see_the_page_take_it_along(cast: Cast, controlling: StaffMember) -> None:
    for staff in (cast.owner, cast.guide, cast.administrator, cast.stranger):
        assert take(staff, "csv").status_code == 404
    assert take(cast.team_lead, "csv").status_code == 200
