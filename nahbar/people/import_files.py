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
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_ROWS = 50_000
MOST_COLUMNS = 500
LONGEST_CELL = 4_000
MOST_BYTES = 20 * 1024 * 1024
# Of a spreadsheet, unpacked: 50,000 rows take about half of it.
MOST_UNPACKED = 100 * 1024 * 1024
MOST_PARTS = 2_000
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
        if not any(cells):
            continue
        found += 1
        if found > MOST_ROWS + 1:
            raise Unreadable(Problem.TOO_MANY_ROWS)
        yield number, cells
    if found < 2:
        raise Unreadable(Problem.EMPTY)


def mentions(content: bytes, numbers: Collection[str]) -> bool:
    """Whether one of these customer numbers stands anywhere in the file, in whichever column, sheet or spelling.

    True also for a file that cannot be read: nobody knows what stands in it.
    """
    spelt = ("[ ./_-]*".join(map(re.escape, filter(str.isalnum, number))) for number in numbers)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)", re.IGNORECASE)
    try:
        return any(pattern.search(text) for text in _texts(content))
    except Unreadable:
        return True


def _texts(content: bytes) -> Iterator[str]:
    if not content.startswith(_ZIP):
        yield _decoded(content)
        return
    _require_harmless(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            yield archive.read(part).decode("utf-8", "replace")


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
    _require_harmless(content)
    try:
        # Formulas stay what they are; links to other files are not followed.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        for row in book.worksheets[0].iter_rows():
            yield _tidy(FORMULA if cell.data_type == "f" else cell.value for cell in row)
    except Unreadable:
        raise
    # Whatever a made-up workbook breaks in the library, it is that file which cannot be read.
    except (InvalidFileException, KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError) as error:
        raise Unreadable(Problem.BROKEN) from error
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise Unreadable(Problem.BROKEN) from error


def _require_harmless(content: bytes) -> None:
    """What the archive says it holds, and what it really unpacks to, before anything of it is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise Unreadable(Problem.NOT_A_LIST)
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unreadable(Problem.UNPACKS_TOO_BIG)
            unpacked = 0
            for part in parts:
                unpacked += _unpacked(archive, part, at_most=MOST_UNPACKED - unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise Unreadable(Problem.BROKEN) from error


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, at_most: int) -> int:
    size = 0
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > at_most:
                raise Unreadable(Problem.UNPACKS_TOO_BIG)
    return size
