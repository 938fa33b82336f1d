"""How a name is written, heard and mistyped: keys for the search, in ASCII letters and digits; no database.

Records are kept in Latin letters (DIN 91379), so nothing is lost that could be typed.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Collection

import cologne_phonetics

from nahbar.people.rules import KEY_LENGTH, KeyKind

# What NFKD does not take apart; of umlauts people type either form.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe"})
_PLAIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th"})
_WORD = re.compile(r"[^\W_]+")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
# A single digit stands for half of all names.
SHORTEST_SOUND = 2
# One letter too many, one missing or two swapped in a name of six.
ALIKE = 0.75
MOST_ALIKE = 6


def folded(text: str) -> str:
    """Lower case, without marks: “Müller” is “mueller”, “Yılmaz” is “yilmaz”."""
    return _ascii(_lower(text).translate(_SPELT_OUT))


def _plain(text: str) -> str:
    """The same, as people type who leave the dots away: “muller”."""
    return _ascii(_lower(text))


def _lower(text: str) -> str:
    # Composed first: a dotted capital I leaves a mark behind when it is lowered.
    return unicodedata.normalize("NFC", text).lower()


def _ascii(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in parts if letter.isascii() and letter.isalnum())[:KEY_LENGTH]


def sound(text: str) -> str:
    """The Kölner Phonetik of a word; empty where it is too short to mean anything."""
    codes = cologne_phonetics.encode(folded(text))
    code = codes[0][1] if codes else ""
    return code[:KEY_LENGTH] if len(code) >= SHORTEST_SOUND else ""


def words_in(text: str) -> list[str]:
    """The words of a name; “Müller-Lüdenscheidt” has two."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def number_key(number: str) -> str:
    """A customer number without regard to case, spaces and strokes."""
    return _plain(number)


def keys_of(*, names: str, number: str) -> set[tuple[KeyKind, str]]:
    """Everything a record is found by."""
    words = words_in(names)
    keys = {(KeyKind.NAME, form) for word in words for form in (folded(word), _plain(word))}
    keys |= {(KeyKind.SOUND, sound(word)) for word in words}
    keys.add((KeyKind.NUMBER, number_key(number)))
    return {(kind, key) for kind, key in keys if key}


def day_in(text: str) -> tuple[dt.date | None, str]:
    """A birth date somewhere in `text`, as 12.03.1980 or 1980-03-12, and what else stands there."""
    for pattern, order in ((_DAY, (3, 2, 1)), (_ISO_DAY, (1, 2, 3))):
        match = pattern.search(text)
        if match:
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            try:
                return dt.date(*(int(match[group]) for group in order)), rest
            except ValueError:
                return None, rest
    return None, text


def nearly(word: str, keys: Collection[str]) -> list[str]:
    """Those of `keys` that are `word` but for a slip of the finger, the most alike first."""
    close = [key for key in keys if abs(len(key) - len(word)) <= 1]
    return difflib.get_close_matches(word, close, n=MOST_ALIKE, cutoff=ALIKE)
