"""Channels are capacity: a new seating exists exactly when no moment needs more than there are."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from nahbar.scheduling.rules import overlap
from nahbar.scheduling.seating import Seat, seat_all

NOON = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)
spans = st.tuples(st.integers(1, 40), st.integers(1, 12))


def seat(number: int, start: int, length: int, channel: int | None = None) -> Seat:
    begin = NOON + dt.timedelta(minutes=5 * start)
    return Seat(number, begin, begin + dt.timedelta(minutes=5 * length), channel)


def most_at_once(seats: list[Seat]) -> int:
    return max(sum(other.starts_at <= one.starts_at < other.ends_at for other in seats) for one in seats)


@given(st.lists(spans, min_size=1, max_size=14), st.integers(1, 4))
def test_seating_fails_only_when_some_moment_needs_too_many(raw: list[tuple[int, int]], channels: int) -> None:
    seats = [seat(number, *span) for number, span in enumerate(raw)]
    plan = seat_all(seats=seats, channels=list(range(channels)), now=NOON)
    assert (plan is None) == (most_at_once(seats) > channels)
    if plan is None:
        return
    for one in seats:
        for other in seats:
            if one is not other and plan[one.key] == plan[other.key]:
                assert not overlap(one.starts_at, one.ends_at, other.starts_at, other.ends_at)


def test_a_booking_that_has_begun_keeps_its_channel() -> None:
    begun = seat(1, -2, 10, channel=1)
    plan = seat_all(seats=[begun, seat(2, 1, 4, channel=None)], channels=[1, 2], now=NOON)
    assert plan == {1: 1, 2: 2}


def test_nobody_is_moved_without_need() -> None:
    seats = [seat(1, 1, 4, channel=2), seat(2, 2, 4, channel=1), seat(3, 8, 4)]
    plan = seat_all(seats=seats, channels=[1, 2], now=NOON)
    assert plan is not None
    assert (plan[1], plan[2]) == (2, 1)
