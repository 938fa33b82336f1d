"""Which months the figures are asked for: read from an address, and written into one; no database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
QUARTER = re.compile(r"(\d{4})-Q([1-4])")
YEAR = re.compile(r"(\d{4})")
# Longer than anybody compares; what is asked for in between must be added up while somebody waits.
LONGEST = 36
FIRST_YEAR, LAST_YEAR = 1900, 2999
YEAR_LENGTH, QUARTER_LENGTH = 12, 3
NOT_A_PERIOD, REVERSED, FUTURE, TOO_LONG, TOO_EARLY = "not_a_period", "reversed", "future", "too_long", "too_early"


class CannotRead(Exception):
    """The address names no period there can be figures for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def month_of(day: dt.date) -> dt.date:
    """The first day of its month."""
    return day.replace(day=1)


def after(month: dt.date, by: int) -> dt.date:
    """So many months later, or earlier."""
    months = month.year * YEAR_LENGTH + month.month - 1 + by
    return dt.date(months // YEAR_LENGTH, months % YEAR_LENGTH + 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from the first to the last, each named by its first day."""

    first: dt.date
    last: dt.date

    @property
    def length(self) -> int:
        """How many months."""
        return (self.last.year - self.first.year) * YEAR_LENGTH + self.last.month - self.first.month + 1

    @property
    def is_quarter(self) -> bool:
        """Whether it is one of the calendar's quarters."""
        return self.length == QUARTER_LENGTH and self.first.month % QUARTER_LENGTH == 1

    @property
    def is_year(self) -> bool:
        """Whether it is a year of the calendar."""
        return self.length == YEAR_LENGTH and self.first.month == 1

    @property
    def code(self) -> str:
        """How an address names it; empty for months chosen freely."""
        if self.length == 1:
            return f"{self.first:%Y-%m}"
        if self.is_quarter:
            return f"{self.first.year:04}-Q{self.first.month // QUARTER_LENGTH + 1}"
        return f"{self.first.year:04}" if self.is_year else ""

    @property
    def query(self) -> dict[str, str]:
        """The fields of an address that name it."""
        if self.code:
            return {"zeitraum": self.code}
        return {"von": f"{self.first:%Y-%m}", "bis": f"{self.last:%Y-%m}"}

    @property
    def title(self) -> str:
        """In words."""
        if self.length == 1:
            return in_words(self.first)
        if self.is_quarter:
            number = self.first.month // QUARTER_LENGTH + 1
            return _("%(number)s. Quartal %(year)s") % {"number": number, "year": self.first.year}
        if self.is_year:
            return str(self.first.year)
        return _("%(first)s bis %(last)s") % {"first": in_words(self.first), "last": in_words(self.last)}

    @property
    def before(self) -> Period:
        """As long, and ending where this begins."""
        return Period(after(self.first, -self.length), after(self.first, -1))

    @property
    def next(self) -> Period:
        """As long, and beginning where this ends."""
        return Period(after(self.last, 1), after(self.last, self.length))

    def until(self, month: dt.date) -> Period:
        """The part of it that is not after a month."""
        return Period(self.first, min(self.last, month))


def in_words(month: dt.date) -> str:
    """A month with its year."""
    return date_format(month, "F Y")


def one_month(month: dt.date) -> Period:
    """Only this month."""
    return Period(month, month)


def quarter_of(month: dt.date) -> Period:
    """The quarter a month lies in."""
    first = dt.date(month.year, (month.month - 1) // QUARTER_LENGTH * QUARTER_LENGTH + 1, 1)
    return Period(first, after(first, QUARTER_LENGTH - 1))


def year_of(month: dt.date) -> Period:
    """The year a month lies in."""
    return Period(dt.date(month.year, 1, 1), dt.date(month.year, YEAR_LENGTH, 1))


def usual(*, today: dt.date) -> Period:
    """The last month that is over."""
    return one_month(after(month_of(today), -1))


def asked_period(query: Mapping[str, str], *, earliest: dt.date | None, today: dt.date) -> Period:
    """What an address asks for; `usual` where it says nothing.

    Raises CannotRead for what is no period, begins in the future, ends before there were figures or before it begins,
    or is longer than three years.
    """
    named = _named(query)
    period = named or usual(today=today)
    if period.last < period.first:
        raise CannotRead(REVERSED)
    if period.first > month_of(today):
        raise CannotRead(FUTURE)
    if period.length > LONGEST:
        raise CannotRead(TOO_LONG)
    if named and earliest and period.last < earliest:
        raise CannotRead(TOO_EARLY)
    return period


def _named(query: Mapping[str, str]) -> Period | None:
    code, first, last = (query.get(name, "").strip() for name in ("zeitraum", "von", "bis"))
    if code:
        return _of_code(code)
    if not first and not last:
        return None
    return Period(_month(first or last), _month(last or first))


def _of_code(code: str) -> Period:
    if found := QUARTER.fullmatch(code):
        return quarter_of(_day(int(found[1]), int(found[2]) * QUARTER_LENGTH))
    if found := YEAR.fullmatch(code):
        return year_of(_day(int(found[1]), 1))
    return one_month(_month(code))


def _month(text: str) -> dt.date:
    found = MONTH.fullmatch(text)
    if found is None:
        raise CannotRead(NOT_A_PERIOD)
    return _day(int(found[1]), int(found[2]))


def _day(year: int, month: int) -> dt.date:
    # Its neighbours must be years, too.
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CannotRead(NOT_A_PERIOD)
    return dt.date(year, month, 1)
