"""What the figures' page, its charts and its exports are all made of: cells, tables, bars, sections; no database.

A number stands in one cell, and is read from there by whoever shows it: a chart cannot say what its table does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from itertools import accumulate
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from nahbar.web.lead.standing import Standing

NO_BREAK = "\N{NO-BREAK SPACE}"
SOFT_HYPHEN = "\N{SOFT HYPHEN}"
# Of something of which there was none.
NOTHING = "–"
# So many letters of a row's name stand in one line beside a chart.
LINE = 16
MOST_LINES = 5


class Kind(Enum):
    """How a number is written."""

    COUNT = "count"
    SHARE = "share"
    MEAN = "mean"
    WORDS = "words"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table. None is what there was nothing of; hidden ones hold words and no number at all."""

    kind: Kind
    value: float | str | None

    @property
    def text(self) -> str:
        """As people read it."""
        if isinstance(self.value, str):
            return self.value
        if self.value is None:
            return NOTHING
        return written(self.value, self.kind)

    @property
    def number(self) -> float:
        """As long as its bar is; what is no number has none."""
        return self.value if isinstance(self.value, (int, float)) else 0

    @property
    def is_number(self) -> bool:
        """Whether it stands to the right."""
        return self.kind in {Kind.COUNT, Kind.SHARE, Kind.MEAN}

    @property
    def is_hidden(self) -> bool:
        """Whether it is kept back."""
        return self.kind is Kind.HIDDEN

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing of which it could be one."""
        return self.value is None


def count(value: int) -> Cell:
    """A whole number."""
    return Cell(Kind.COUNT, value)


def share(value: float | None) -> Cell:
    """A part of a whole, 0 to 1."""
    return Cell(Kind.SHARE, value)


def mean(value: float | None) -> Cell:
    """A number with one decimal."""
    return Cell(Kind.MEAN, value)


def words(value: Any) -> Cell:
    """What is no number."""
    return Cell(Kind.WORDS, str(value))


def hidden(why: Any) -> Cell:
    """What is kept back, and why."""
    return Cell(Kind.HIDDEN, str(why))


def part(of: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return of / whole if whole else None


def written(value: float, kind: Kind) -> str:
    """A number as it is read in German."""
    if kind is Kind.SHARE:
        return _percent(value)
    return number_format(rounded(value, 1 if kind is Kind.MEAN else 0), force_grouping=True)


def _percent(value: float) -> str:
    """Whole per cent; but nearly all is not all, and hardly any is not none."""
    if not is_nearly(value):
        return f"{rounded(value * 100, 0)}{NO_BREAK}%"
    words = _("unter 1 %(sign)s") if round(value) == 0 else _("über 99 %(sign)s")
    return words % {"sign": "%"}


def is_nearly(value: float) -> bool:
    """Whether whole per cent would say all or none of it, and that is not so."""
    whole = rounded(value * 100, 0)
    return (value > 0 and whole == 0) or (value < 1 and whole == 100)


def rounded(value: float, places: int) -> Decimal:
    """Half is rounded up, as people and spreadsheets do."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def lines_of(label: str) -> int:
    """How many lines a row's name needs: the row and its bar are so high, and stand beside each other."""
    return min(-(-len(label) // LINE), MOST_LINES) or 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; what all are together stands last."""

    label: str
    cells: tuple[Cell, ...]
    icon: str = ""
    mode: str = ""
    is_total: bool = False

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return lines_of(self.label)

    @property
    def is_hidden(self) -> bool:
        """Whether all of it is kept back: one hatched cell then stands for it."""
        return all(cell.is_hidden for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """Names of columns, the rows' own first, and rows. A name may have soft hyphens."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def heads(self) -> list[str]:
        """The columns' names for others than a page."""
        return [str(name).replace(SOFT_HYPHEN, "") for name in self.columns]

    @property
    def filled(self) -> list[tuple[Row, list[tuple[str, Cell]]]]:
        """Rows with each cell beside its column's name: how narrow screens show them."""
        return [(row, list(zip(self.columns[1:], row.cells, strict=True))) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: how it looks, what it is, how many, and where it stands in per cent of the width."""

    look: str
    word: str
    cell: Cell
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across a bar, to compare with."""

    word: str
    cell: Cell
    at: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart. A hidden one has no pieces, but says why."""

    label: str
    pieces: tuple[Piece, ...]
    value: str
    hidden: str = ""
    mark: Mark | None = None
    is_total: bool = False

    @property
    def lines(self) -> int:
        """How many lines its row takes."""
        return lines_of(self.label)


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar beside each row of the table."""

    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, str], ...] = ()
    mark_word: str = ""


# Looks and their words, in the order in which pieces stand.
Looks = Mapping[str, Any]


def pieces_of(cells: list[tuple[str, Any, Cell]], *, full: float) -> tuple[Piece, ...]:
    """Pieces side by side, each as long as its part of `full`; what is none is not drawn."""
    # A late correction can leave less than nothing; no bar goes backwards.
    sizes = [max(cell.number, 0) for _look, _word, cell in cells]
    ends = list(accumulate(sizes))
    return tuple(
        Piece(look, str(word), cell, _place(end - size, full), _place(size, full))
        for (look, word, cell), size, end in zip(cells, sizes, ends, strict=True)
        if size
    )


def mark_at(word: str, cell: Cell, *, full: float) -> Mark | None:
    """A line where the value is; none for nothing."""
    return None if cell.is_nothing else Mark(str(word), cell, _place(cell.number, full))


def _place(size: float, full: float) -> str:
    return f"{size / full * 100:.3f}%" if full else "0%"


@dataclass(frozen=True, slots=True)
class Panel:
    """A table with its chart, and a sentence that says in words what both show."""

    title: str
    sentence: str
    table: Table
    chart: Chart


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together on the page; in a workbook it is one sheet."""

    key: str
    title: str
    panels: tuple[Panel, ...]
    # How it is counted, in plain words.
    counted: tuple[Any, ...]
    # What is kept back here, and why.
    notes: tuple[Any, ...] = ()
    # How many were asked.
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure at the top."""

    label: str
    cell: Cell
    beside: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows, and what leaves the house as a file."""

    office: str
    period: str
    team: str
    standing: tuple[Standing, ...]
    as_of: str
    # The numbers of how its months were counted.
    definitions: str
    cards: tuple[Card, ...] = ()
    sections: tuple[Section, ...] = field(default=())
