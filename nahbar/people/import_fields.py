"""What a column of a list may mean, and what its cells must look like; no database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nahbar.jobcenters.rules import Mode
from nahbar.people.import_files import FORMULA
from nahbar.people.rules import Language, Salutation
from nahbar.people.spelling import folded

EARLIEST_BIRTH = dt.date(1900, 1, 1)
# No years of two digits: nobody could tell a child from its grandmother.
_DAY_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")
_NUMBER = re.compile(r"[0-9A-Za-zÄÖÜäöüß./ _-]{1,20}")
_PHONE = re.compile(r"[0-9+()/. -]{3,30}")
_email = EmailValidator()


class Wrong(StrEnum):
    """What is wrong with a cell."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NO_DAY = "no_day"
    NO_NUMBER = "no_number"
    NO_NAME = "no_name"
    NO_EMAIL = "no_email"
    NO_PHONE = "no_phone"
    UNKNOWN_TEAM = "unknown_team"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_WORD = "unknown_word"
    FORMULA = "formula"
    TWICE = "twice"
    MERGED = "merged"


class WrongCell(Exception):
    """A cell says nothing that could be kept."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.value)
        self.wrong = wrong


def _text(longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if len(cell) > longest:
            raise WrongCell(Wrong.TOO_LONG)
        return cell

    return read


def _name(cell: str) -> str:
    if not any(letter.isalpha() for letter in cell):
        raise WrongCell(Wrong.NO_NAME)
    return _text(80)(cell)


def _number(cell: str) -> str:
    if not _NUMBER.fullmatch(cell):
        raise WrongCell(Wrong.NO_NUMBER)
    return cell


def _phone(cell: str) -> str:
    if not _PHONE.fullmatch(cell):
        raise WrongCell(Wrong.NO_PHONE)
    return cell


def _mail(cell: str) -> str:
    try:
        _email(cell)
    except ValidationError:
        raise WrongCell(Wrong.NO_EMAIL) from None
    return _text(254)(cell)


def _day(cell: str) -> str:
    """As ISO text: rows are kept as JSON."""
    for form in _DAY_FORMATS:
        try:
            day = dt.datetime.strptime(cell.split(" ", maxsplit=1)[0], form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
        if day >= EARLIEST_BIRTH:
            return day.isoformat()
    raise WrongCell(Wrong.NO_DAY)


def _one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        try:
            return words[folded(cell)]
        except KeyError:
            raise WrongCell(Wrong.UNKNOWN_WORD) from None

    return read


SALUTATIONS = {
    "frau": Salutation.FRAU, "fr": Salutation.FRAU, "w": Salutation.FRAU, "weiblich": Salutation.FRAU,
    "herr": Salutation.HERR, "hr": Salutation.HERR, "m": Salutation.HERR, "maennlich": Salutation.HERR,
    "ohneanrede": Salutation.NONE, "ohne": Salutation.NONE, "divers": Salutation.NONE, "d": Salutation.NONE,
}  # fmt: skip
LANGUAGES = {
    "deutsch": Language.GERMAN, "de": Language.GERMAN, "einfachesprache": Language.PLAIN_GERMAN,
    "einfach": Language.PLAIN_GERMAN, "desimple": Language.PLAIN_GERMAN,
}  # fmt: skip
MODES = {
    "video": Mode.VIDEO, "telefon": Mode.TELEPHONE, "telefonisch": Mode.TELEPHONE, "vorort": Mode.ON_SITE,
    "persoenlich": Mode.ON_SITE, "aussentermin": Mode.OUTREACH_VISIT,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One field of a record, as a list may carry it."""

    field: str
    label: Promise
    # Folded names of headers, the likeliest first.
    headers: tuple[str, ...]
    read: Callable[[str], str]


COLUMNS: tuple[Column, ...] = (
    Column("number", _("Kundennummer"), ("kundennummer", "kundennr", "kdnr", "nummer", "bgnummer"), _number),
    Column("last_name", _("Nachname"), ("nachname", "familienname", "name", "zuname"), _name),
    Column("first_name", _("Vorname"), ("vorname", "vornamen", "rufname"), _name),
    Column("birth_date", _("Geburtsdatum"), ("geburtsdatum", "gebdatum", "gebdat", "geboren"), _day),
    # Which teams there are the database says.
    Column("team", _("Team"), ("team", "teamname", "organisationseinheit", "gruppe"), _text(80)),
    Column("salutation", _("Anrede"), ("anrede", "geschlecht"), _one_of(SALUTATIONS)),
    Column("email", _("E-Mail"), ("email", "emailadresse", "mail", "mailadresse"), _mail),
    Column("phone_display", _("Telefon"), ("telefon", "telefonnummer", "tel", "mobil", "handy", "rufnummer"), _phone),
    Column("language", _("Sprache"), ("sprache", "korrespondenzsprache"), _one_of(LANGUAGES)),
    Column("preferred_mode", _("Am liebsten"), ("amliebsten", "bevorzugteart", "kontaktart"), _one_of(MODES)),
    # Which places there are the database says; whatever stands there, the rest of the row is kept.
    Column("place", _("Wohnort"), ("wohnort", "ort", "stadt", "gemeinde"), lambda cell: cell),
    Column("guardian_name", _("Betreuung: Name"), ("betreuungname", "betreuer", "betreuerin", "betreuung"), _text(120)),
    Column("guardian_phone", _("Betreuung: Telefon"), ("betreuungtelefon", "betreuertelefon"), _phone),
    Column("guardian_email", _("Betreuung: E-Mail"), ("betreuungemail", "betreueremail"), _mail),
)
# What a new record cannot be without.
REQUIRED = frozenset({"number", "last_name", "first_name", "birth_date", "team"})

# What is wrong with these is said, and the row is kept without them.
MAY_BE_WRONG = frozenset({"place"})


def guess(header: Sequence[str]) -> dict[str, int]:
    """Field → position of the column whose header names it; each column once."""
    names = [folded(name) for name in header]
    found: dict[str, int] = {}
    for column in COLUMNS:
        for wanted in column.headers:
            if wanted in names and names.index(wanted) not in found.values():
                found[column.field] = names.index(wanted)
                break
    return found


def read_row(
    cells: Sequence[str], mapping: Mapping[str, int], *, today: dt.date
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What the mapped cells say, and what is wrong with them. An empty cell says nothing, and so deletes nothing."""
    values: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for column in COLUMNS:
        position = mapping.get(column.field)
        cell = cells[position] if position is not None and position < len(cells) else ""
        if not cell:
            continue
        try:
            values[column.field] = _read(column, cell, today=today)
        except WrongCell as error:
            problems.append((column.field, error.wrong.value))
    return values, problems


def _read(column: Column, cell: str, *, today: dt.date) -> str:
    if cell == FORMULA:
        raise WrongCell(Wrong.FORMULA)
    value = column.read(cell)
    if column.field == "birth_date" and value > today.isoformat():
        raise WrongCell(Wrong.NO_DAY)
    return value
