"""The figures' page as a table to take along: for any program, and as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from nahbar.web.lead.tables import NO_BREAK, Cell, Kind, Panel, Report, Section, is_nearly, rounded
from nahbar.web.shared.spreadsheets import DELIMITER, MARK, harmless

CSV, XLSX = "csv", "xlsx"
FORMATS = {Kind.COUNT: "#,##0", Kind.SHARE: "0 %", Kind.MEAN: "0.0"}
# Nearly all is not all, and hardly any is not none.
NEARLY = "0.0#### %"
# Excel refuses longer names of sheets, and some signs in them.
SHEET_NAME = 31
WIDTH, FIRST_WIDTH = 16, 34


# --- CSV -----------------------------------------------------------------------------------------


def as_csv(report: Report) -> bytes:
    """UTF-8 with a mark, parted by semicolons, decimals with a comma: as spreadsheets here read it."""
    text = io.StringIO()
    text.write(MARK)
    writer = csv.writer(text, delimiter=DELIMITER)
    for line in _lines(report):
        writer.writerow([one.replace(NO_BREAK, " ") for one in line])
    return text.getvalue().encode()


def _lines(report: Report) -> Iterator[list[str]]:
    for name, value in facts_of(report):
        yield [name, harmless(value)]
    yield []
    for card in report.cards:
        yield [card.label, _plain(card.cell), harmless(card.beside)]
    for section in report.sections:
        for panel in section.panels:
            yield []
            yield [harmless(title_of(section, panel))]
            yield [harmless(panel.sentence)]
            yield panel.table.heads
            for row in panel.table.rows:
                yield [harmless(row.label), *(_plain(cell) for cell in row.cells)]
    yield []
    yield [_("So wird gezählt")]
    for section in report.sections:
        yield []
        yield [section.title]
        for line in (*section.counted, *section.notes):
            yield [str(line)]


def _plain(cell: Cell) -> str:
    """As the page says it, but without the dots between thousands: some programs take them for decimals."""
    if isinstance(cell.value, str):
        return harmless(cell.value)
    # A number below nothing is no formula.
    if cell.kind is Kind.COUNT and cell.value is not None:
        return str(rounded(cell.value, 0))
    return cell.text


def facts_of(report: Report) -> list[tuple[str, str]]:
    """What must stand beside the figures wherever they go."""
    standing = "; ".join(one.words for one in report.standing)
    return [
        (_("Jobcenter"), report.office),
        (_("Zeitraum"), report.period),
        (_("Team"), report.team),
        (_("Festschreibung"), standing),
        (_("Stand"), report.as_of),
        (_("Zählweise"), report.definitions),
    ]


def title_of(section: Section, panel: Panel) -> str:
    """A table's name among all of them."""
    return f"{section.title}: {panel.title}" if panel.title else section.title


# --- workbook ------------------------------------------------------------------------------------


def as_xlsx(report: Report) -> bytes:
    """A sheet with period, team, standing and how it is counted, then one for each section."""
    book = Workbook(write_only=True)
    _cover(book, report)
    for section in report.sections:
        _sheet(book, section)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cover(book: Workbook, report: Report) -> None:
    sheet = _new_sheet(book, _("Zählweise"))
    for name, value in facts_of(report):
        sheet.append([_text(sheet, name, bold=True), _text(sheet, value)])
    sheet.append([])
    for card in report.cards:
        sheet.append([_text(sheet, card.label, bold=True), _cell(sheet, card.cell), _text(sheet, card.beside)])
    for section in report.sections:
        sheet.append([])
        sheet.append([_text(sheet, section.title, bold=True)])
        for line in section.counted:
            sheet.append([_text(sheet, line)])


def _sheet(book: Workbook, section: Section) -> None:
    sheet = _new_sheet(book, section.title)
    for panel in section.panels:
        sheet.append([_text(sheet, title_of(section, panel), bold=True)])
        sheet.append([_text(sheet, panel.sentence)])
        sheet.append([_text(sheet, name, bold=True) for name in panel.table.heads])
        for row in panel.table.rows:
            sheet.append([_text(sheet, row.label), *(_cell(sheet, cell) for cell in row.cells)])
        sheet.append([])
    for note in section.notes:
        sheet.append([_text(sheet, note)])


def _new_sheet(book: Workbook, title: str) -> Any:
    sheet = book.create_sheet(title.replace(":", "")[:SHEET_NAME])
    sheet.column_dimensions["A"].width = FIRST_WIDTH
    for letter in "BCDEFGHIJ":
        sheet.column_dimensions[letter].width = WIDTH
    return sheet


def _cell(sheet: Any, cell: Cell) -> WriteOnlyCell:
    """A number as a number, everything else as words."""
    if isinstance(cell.value, str) or cell.value is None:
        return _text(sheet, cell.text)
    made = WriteOnlyCell(sheet, value=cell.value)
    made.number_format = NEARLY if cell.kind is Kind.SHARE and is_nearly(cell.value) else FORMATS[cell.kind]
    return made


def _text(sheet: Any, value: str, *, bold: bool = False) -> WriteOnlyCell:
    made = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", str(value).replace(NO_BREAK, " ")))
    # Never a formula, whatever a team or a topic is called.
    made.data_type = "s"
    made.font = Font(bold=bold)
    return made
