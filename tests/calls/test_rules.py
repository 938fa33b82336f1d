"""The tables of moves: every state is in them, and what is over stays over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nahbar.calls.models import TakeOver
from nahbar.calls.places import move_request
from nahbar.calls.rules import (
    CALL_TRANSITIONS,
    OVERRUN_WARNING,
    PLACE_TRANSITIONS,
    PROLONG_AHEAD,
    TAKEOVER_TRANSITIONS,
    CallState,
    PlaceState,
    TakeOverState,
)
from tests.factories import at

TABLES: list[tuple[type, Mapping[Any, frozenset[Any]]]] = [
    (CallState, CALL_TRANSITIONS),
    (PlaceState, PLACE_TRANSITIONS),
    (TakeOverState, TAKEOVER_TRANSITIONS),
]


@pytest.mark.parametrize(("states", "table"), TABLES, ids=["call", "place", "takeover"])
def test_every_state_has_its_moves_and_is_reached(states: Any, table: Mapping[Any, frozenset[Any]]) -> None:
    assert set(table) == set(states)
    begins = {CallState.OPEN, PlaceState.WAITING, TakeOverState.ASKING}
    assert begins | frozenset().union(*table.values()) >= set(states)


def test_what_is_decided_stays_decided() -> None:
    over = [state for state, moves in TAKEOVER_TRANSITIONS.items() if not moves]
    assert over == [TakeOverState.ADMITTED, TakeOverState.REFUSED, TakeOverState.DROPPED]
    request = TakeOver(state=TakeOverState.REFUSED)
    with pytest.raises(ValueError, match="from refused to admitted"):
        move_request(request=request, to=TakeOverState.ADMITTED, why="late", now=at("2026-03-03 10:00"))


def test_a_channel_is_kept_before_anybody_is_warned() -> None:
    assert PROLONG_AHEAD > OVERRUN_WARNING
