from __future__ import annotations

import datetime as dt

import pytest

from nahbar.outbox.rules import FATES, TRANSITIONS, WAITS, State, wait_after


def test_every_state_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(State)


def test_only_people_move_on_from_a_fate() -> None:
    assert {state for state in FATES if TRANSITIONS[state]} == {State.FAILED, State.UNCERTAIN}


@pytest.mark.parametrize("attempts", range(1, len(WAITS) + 1))
def test_waits_grow_and_spread(attempts: int) -> None:
    wait = WAITS[attempts - 1]

    assert wait_after(attempts=attempts, chance=0.0) == wait
    assert wait_after(attempts=attempts, chance=0.5) == wait * 1.05


def test_waits_together_are_about_a_day() -> None:
    assert dt.timedelta(hours=20) < sum(WAITS, dt.timedelta()) * 1.1 < dt.timedelta(hours=26)


def test_no_wait_after_the_last() -> None:
    assert wait_after(attempts=len(WAITS) + 1, chance=0.0) is None
