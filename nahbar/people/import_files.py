"""Uploaded lists as rows of text: what they are is read from their content, never from their name.

Nothing in a cell is evaluated: what begins with = + - @ is data, and a formula of a spreadsheet stays a formula, so
that its row can be refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from defusedxml.ElementTree import DefusedXMLParser
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

MOST_ROWS = 50_000
MOST_COLUMNS = 500
LONGEST_CELL = 4_000
MOST_BYTES = 20 * 1024 * 1024
# Of a spreadsheet, unpacked: 50,000 rows take about half of it.
MOST_UNPACKED = 100 * 1024 * 1024
MOST_PARTS = 2_000
# Blank ones too: they cost as much.
MOST_ROWS_WITH_BLANKS = 2 * MOST_ROWS
# Of styles, links and whatever else is no sheet and no text of one: the library takes seconds for these many.
MOST_OTHER_BYTES = 5 * 1024 * 1024
MOST_OTHER_TAGS = 50_000
# The library reads the beginning of every sheet, as often as the workbook names it.
MOST_TAGS_BEFORE_ROWS = 2_000
# Of the texts: each cell its own, in twenty columns.
MOST_STRING_TAGS = 4_000_000
DELIMITERS = ";\t,"
_PIECE = 1024 * 1024
_OLD_EXCEL, _ZIP, _PDF = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"%PDF"


class Problem(StrEnum):
    """Why a file as a whole is not read."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    UNPACKS_TOO_BIG = "unpacks_too_big"
    NOT_A_LIST = "not_a_list"
    OLD_EXCEL = "old_excel"
    BROKEN = "broken"
    # It was readable, until a person was erased whom it names.
    ERASED = "erased"


class Unreadable(Exception):
    """The file is not read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


# Stands for a formula; no file holds it, since Unicode keeps it free for such use.
FORMULA = "\ufdd0"
Line = tuple[int, list[str]]


def lines_of(content: bytes) -> Iterator[Line]:
    """Every row that is not blank, with its number as a spreadsheet shows it; the first one is the header.

    Raises `Unreadable`, also midway: whoever stores rows does so in a transaction.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(Problem.TOO_BIG)
    rows = _sheet(content) if content.startswith(_ZIP) else _text(content)
    found = 0
    for number, cells in enumerate(rows, start=1):
        found += any(cells)
        if found > MOST_ROWS + 1 or number > MOST_ROWS_WITH_BLANKS:
            raise Unreadable(Problem.TOO_MANY_ROWS)
        if not any(cells):
            continue
        yield number, cells
    if found < 2:
        raise Unreadable(Problem.EMPTY)


def mentions(content: bytes, numbers: Collection[str]) -> bool:
    """Whether one of these customer numbers stands anywhere in the file, in whichever column or spelling.

    True also for a file that cannot be read, since nobody knows what stands in it, and for every workbook: there a
    number may be cut into runs of letters, written as 8.88E+8, or stand in a picture.
    """
    if content.startswith(_ZIP):
        return True
    spelt = ("[ ./_-]*".join(map(re.escape, filter(str.isalnum, number))) for number in numbers)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)", re.IGNORECASE)
    try:
        return bool(pattern.search(_decoded(content)))
    except Unreadable:
        return True


def _tidy(cells: Iterable[object]) -> list[str]:
    """Cells as text without blanks around, and without the empty ones at the end; `Unreadable` when too many."""
    tidied = [_shown(cell).strip()[:LONGEST_CELL] for cell in cells]
    while tidied and not tidied[-1]:
        tidied.pop()
    if len(tidied) > MOST_COLUMNS:
        raise Unreadable(Problem.TOO_MANY_COLUMNS)
    return tidied


def _shown(cell: object) -> str:
    """A cell as people read it: days as 12.03.1980, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    # A database cannot keep it, and nobody means it.
    return str(cell).replace("\x00", "")


def _text(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield _tidy(cells)
    except csv.Error as error:
        raise Unreadable(Problem.BROKEN) from error


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 where the bytes say so, else Windows-1252, which German office software writes."""
    if content.startswith(_OLD_EXCEL):
        raise Unreadable(Problem.OLD_EXCEL)
    if not content.strip():
        raise Unreadable(Problem.EMPTY)
    for encoding in (_utf_16(content), "utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding) if encoding else "\x00"
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and not content.startswith(_PDF):
            return text
    raise Unreadable(Problem.NOT_A_LIST)


def _utf_16(content: bytes) -> str | None:
    """With its mark, or without one where every second byte is empty, as in Latin text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:200]
    for encoding, empty in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
        if len(empty) > 1 and empty.count(0) > len(empty) * 0.8:
            return encoding
    return None


def _sheet(content: bytes) -> Iterator[list[str]]:
    """The first sheet of a workbook, read row by row."""
    try:
        width = _measured(content)
        # Formulas stay what they are; links to other files are not followed.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        # One row more than may be, so that it is refused rather than left out.
        for row in book.worksheets[0].iter_rows(max_row=MOST_ROWS_WITH_BLANKS + 1, max_col=width):
            yield _tidy(FORMULA if cell.data_type == "f" else cell.value for cell in row)
    except Unreadable:
        raise
    # Whatever a made-up workbook breaks in the libraries, it is that file which cannot be read.
    except Exception as error:
        raise Unreadable(Problem.BROKEN) from error


def _measured(content: bytes) -> int:
    """How many columns its sheets have; `Unreadable` when it holds more of anything than may be parsed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if "xl/workbook.xml" not in archive.namelist():
            raise Unreadable(Problem.NOT_A_LIST)
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise Unreadable(Problem.UNPACKS_TOO_BIG)
        # What the archive says it holds is one thing, what it really unpacks to another.
        unpacked, sheets = 0, _Extent()
        for part in parts:
            unpacked += _part_measured(archive, part, sheets, at_most=MOST_UNPACKED - unpacked)
    # A sheet in an unusual place was measured as one of the other parts.
    return sheets.columns or MOST_COLUMNS + 1


def _part_measured(archive: zipfile.ZipFile, part: zipfile.ZipInfo, sheets: _Extent, *, at_most: int) -> int:
    name = part.filename.lower()
    if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
        parser = DefusedXMLParser(target=sheets)
        return _unpacked(archive, part, parser.feed, at_most=at_most)
    if name == "xl/sharedstrings.xml":
        return _unpacked(archive, part, _Tags(MOST_STRING_TAGS).feed, at_most=at_most)
    return _unpacked(archive, part, _Tags(MOST_OTHER_TAGS).feed, at_most=min(at_most, MOST_OTHER_BYTES))


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, feed: Callable[[bytes], None], *, at_most: int) -> int:
    size = 0
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > at_most:
                raise Unreadable(Problem.UNPACKS_TOO_BIG)
            feed(piece)
    return size


@dataclass
class _Tags:
    """Counts the tags of a part."""

    left: int

    def feed(self, piece: bytes) -> None:
        self.left -= piece.count(b"<")
        if self.left < 0:
            raise Unreadable(Problem.UNPACKS_TOO_BIG)


@dataclass
class _Extent:
    """How far sheets reach. A target of a parser: no tree is built of what may be too much of it."""

    columns: int = 0
    _rows: int = 0
    _cells: int = 0
    _in_row: int = 0
    _others: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self._in_row += 1
        self._others += name not in {"row", "c", "v", "f", "is", "t"}
        if max(self._in_row, self._others) > (MOST_OTHER_TAGS if self._rows else MOST_TAGS_BEFORE_ROWS):
            raise Unreadable(Problem.UNPACKS_TOO_BIG)
        if name == "worksheet":
            self._rows = self._in_row = self._others = 0
        elif name == "row":
            self._row(attributes)
        elif name == "c":
            self._cell(attributes)

    def _row(self, attributes: Mapping[str, str]) -> None:
        self._in_row = self._cells = 0
        self._rows += 1
        number = float(attributes.get("r", self._rows))
        if max(self._rows, number) > MOST_ROWS_WITH_BLANKS:
            raise Unreadable(Problem.TOO_MANY_ROWS)

    def _cell(self, attributes: Mapping[str, str]) -> None:
        self._cells += 1
        where = attributes.get("r")
        self.columns = max(self.columns, self._cells, coordinate_to_tuple(where)[1] if where else 0)
        if self.columns > MOST_COLUMNS:
            raise Unreadable(Problem.TOO_MANY_COLUMNS)

    def end(self, tag: str) -> None:
        """Nothing ends what is counted."""

    def data(self, text: str) -> None:
        """Only tags are counted."""

    def close(self) -> None:
        """The count is read from here, not returned."""
