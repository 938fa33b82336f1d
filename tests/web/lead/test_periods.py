"""Months from an address and back, and what is none."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nahbar.web.lead.periods import LONGEST, CannotRead, Period, after, asked_period, month_of, usual

TODAY = dt.date(2026, 4, 15)
months = st.dates(dt.date(2010, 1, 1), dt.date(2035, 12, 31)).map(month_of)


@given(first=months, length=st.integers(1, LONGEST))
def test_what_an_address_says_is_read_back(first: dt.date, length: int) -> None:
    period = Period(first, after(first, length - 1))
    assert period.length == length
    assert asked_period(period.query, earliest=None, today=period.last) == period


@given(first=months, length=st.integers(1, LONGEST))
def test_neighbours_are_as_long_and_touch(first: dt.date, length: int) -> None:
    period = Period(first, after(first, length - 1))
    assert period.before.length == period.next.length == length
    assert after(period.before.last, 1) == period.first
    assert (period.next.before, period.before.next) == (period, period)


@given(code=st.text(max_size=12), first=st.text(max_size=8), last=st.text(max_size=8))
def test_whatever_is_typed_is_a_period_or_refused(code: str, first: str, last: str) -> None:
    assert _read({"zeitraum": code, "von": first, "bis": last}) in {
        "shown",
        "not_a_period",
        "reversed",
        "future",
        "too_long",
    }


def _read(query: dict[str, str]) -> str:
    try:
        period = asked_period(query, earliest=None, today=TODAY)
    except CannotRead as refused:
        return refused.reason
    return "shown" if period.first <= min(period.last, month_of(TODAY)) else "neither"


@pytest.mark.parametrize(
    ("today", "month"),
    [("2026-01-01", "2025-12-01"), ("2026-03-31", "2026-02-01"), ("2024-03-01", "2024-02-01")],
)
def test_usual_is_the_month_before(today: str, month: str) -> None:
    day = dt.date.fromisoformat(month)
    assert usual(today=dt.date.fromisoformat(today)) == Period(day, day)
