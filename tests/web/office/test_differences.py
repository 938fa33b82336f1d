"""Differences put together are both texts again."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nahbar.web.office.differences import Piece, differences

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
