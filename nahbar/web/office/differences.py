"""What is new in a text, word by word: for people who decide whether it may go out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

Kind = Literal["same", "old", "new"]
# Words with what follows them, so that joined again they are the text.
WORD = re.compile(r"\S+\s*|\s+")
# So many pairs of lines, and again of words, are compared in one text. Comparing can take time by the third power of
# the length, and everybody waits for it; a legal text of ordinary lines stays far below.
MOST_PAIRS = 250_000


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed, went, or came."""

    kind: Kind
    text: str


@dataclass
class Effort:
    """How many pairs may still be compared."""

    left: int

    def allows(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Takes what comparing these costs; False, and nothing taken, where that is more than is left."""
        cost = len(old) * len(new)
        if cost > self.left:
            return False
        self.left -= cost
        return True


def differences(before: str, after: str) -> list[Piece]:
    """The pieces in order: those not "new" together are `before`, those not "old" are `after`.

    What would take too long to compare by words, or even by lines, is one piece that went and one that came.
    """
    return _merged(_by_line(before, after))


def _by_line(before: str, after: str) -> Iterator[Piece]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    by_word = Effort(MOST_PAIRS)
    for stayed, gone, come in _compared(old, new, Effort(MOST_PAIRS)):
        if stayed:
            yield Piece("same", gone)
        else:
            yield from _by_word(gone, come, by_word)


def _by_word(before: str, after: str, effort: Effort) -> Iterator[Piece]:
    for stayed, gone, come in _compared(WORD.findall(before), WORD.findall(after), effort):
        if stayed:
            yield Piece("same", gone)
        else:
            yield Piece("old", gone)
            yield Piece("new", come)


def _compared(old: list[str], new: list[str], effort: Effort) -> Iterator[tuple[bool, str, str]]:
    """Whether it stayed, what was there, what is there; the ends that are alike cost nothing."""
    head = _alike(old, new)
    tail = _alike(reversed(old[head:]), reversed(new[head:]))
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    yield True, "".join(old[:head]), "".join(new[:head])
    if effort.allows(gone, come):
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, gone, come, autojunk=False).get_opcodes():
            yield tag == "equal", "".join(gone[i1:i2]), "".join(come[j1:j2])
    else:
        yield False, "".join(gone), "".join(come)
    yield True, "".join(old[len(old) - tail :]), "".join(new[len(new) - tail :])


def _alike(old: Iterable[str], new: Iterable[str]) -> int:
    """How many of the first are the same."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _merged(pieces: Iterator[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if merged and merged[-1].kind == piece.kind:
            merged[-1] = Piece(piece.kind, merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged
