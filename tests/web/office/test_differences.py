"""Differences put together are both texts again."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nahbar.jobcenters.rules import LONGEST_TEXT
from nahbar.web.office import differences as compared
from nahbar.web.office.differences import MOST_PAIRS, Piece, differences

TEXTS = st.text(alphabet="ab \n.", max_size=60)


def test_one_word_is_shown_as_one_word() -> None:
    assert differences("Wir sind da.\nMontags.", "Wir sind hier.\nMontags.") == [
        Piece("same", "Wir sind "),
        Piece("old", "da.\n"),
        Piece("new", "hier.\n"),
        Piece("same", "Montags."),
    ]


@given(TEXTS, TEXTS)
def test_the_pieces_are_both_texts(before: str, after: str) -> None:
    pieces = differences(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "old") == after
    assert all(one.kind != following.kind for one, following in pairwise(pieces))


def alternating(one: str, other: str, end: str) -> str:
    """Of the greatest length, alike everywhere and the same nowhere for long."""
    words = [word for number in range(LONGEST_TEXT) for word in (one, f"{other}{number}")]
    return (end.join(words) + end)[:LONGEST_TEXT]


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs each comparison was given."""
    given: list[int] = []

    class Counted(SequenceMatcher[str]):
        def __init__(self, isjunk: None, a: list[str], b: list[str], *, autojunk: bool) -> None:
            given.append(len(a) * len(b))
            super().__init__(isjunk, a, b, autojunk=autojunk)

    monkeypatch.setattr(compared, "SequenceMatcher", Counted)
    return given


@pytest.mark.parametrize("end", [" ", "\n", " b\n"])
def test_texts_that_would_take_minutes_are_shown_as_wholes(pairs: list[int], end: str) -> None:
    before, after = alternating("a", "x", end), alternating("b", "y", end)
    assert differences(before, after) == [Piece("old", before), Piece("new", after)]
    assert sum(pairs) <= 2 * MOST_PAIRS


def test_many_lines_share_one_bound(pairs: list[int]) -> None:
    """Each of them is small enough alone."""
    before = "".join(f"{'a x ' * 120}\n same {number}\n" for number in range(30))
    after = "".join(f"{'b x ' * 120}\n same {number}\n" for number in range(30))
    pieces = differences(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "old") == after
    assert (pieces[1], pieces[-1].kind) == (Piece("new", "b "), "same")
    assert MOST_PAIRS / 2 < sum(pairs) <= 2 * MOST_PAIRS


def test_one_word_in_a_long_line_is_shown_as_one_word() -> None:
    before = "Wir sind da. " * 1500
    after = before[:6500] + "jetzt " + before[6500:]
    assert [piece for piece in differences(before, after) if piece.kind != "same"] == [Piece("new", "jetzt ")]
