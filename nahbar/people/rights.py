"""What is kept about one person, and who takes it out or away: each room registers a `Keeper` for each kind of thing.

Registered in AppConfig.ready(), where the rooms follow each other from the lowest to the highest. An export reads in
that order; an erasure goes the other way, since what lies higher points at what lies lower.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from nahbar.audit.rules import About
from nahbar.people.models import Client
from nahbar.people.rules import Hindrance

BERLIN = ZoneInfo("Europe/Berlin")
# What a program reads.
Raw = str | int | bool | None
# How many rows of what went.
Erased = Counter[str]
# Keys of the clients that are meant: one, or as many as a nightly step erases together.
Who = list[int]


@dataclass(frozen=True)
class Column:
    """One thing that is said of each row: for a program under `key`, for people under `label`."""

    key: str
    label: str | Promise
    get: Callable[[Any], Any]
    show: Callable[[Any], Any] | None = None

    def raw(self, row: Any) -> Raw:
        """As a program reads it: ISO 8601, codes, plain values."""
        return raw(self.get(row))

    def shown(self, row: Any) -> str:
        """As people read it."""
        return shown((self.show or self.get)(row))


@dataclass(frozen=True)
class Table:
    """Rows, and what is said of each."""

    columns: Sequence[Column]
    rows: Sequence[Any]


def _nothing(who: Who, now: dt.datetime) -> set[Hindrance]:
    del who, now
    return set()


def _nowhere(client: Client) -> set[About]:
    del client
    return set()


def _unlocked(who: Who) -> None:
    del who


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """One kind of thing that a room keeps about people.

    `erase` runs in one transaction with all others, deletes everything of its kind about these people, and counts it.
    """

    name: str
    title: str | Promise
    # How long it is kept anyway, in words.
    until: str | Promise
    # Labels of the models that `erase` empties of the person.
    models: frozenset[str]
    export: Callable[[Client], Table]
    erase: Callable[[Who], Erased]
    # What must be over before all of these people can be erased.
    hinders: Callable[[Who, dt.datetime], set[Hindrance]] = _nothing
    # Under which names the audit log knows these things.
    about: Callable[[Client], set[About]] = _nowhere
    # Rows that nobody may change while the people are erased.
    lock: Callable[[Who], object] = _unlocked
    # From a client to the moments at which the office last had to do with them.
    moments: tuple[str, ...] = ()


_keepers: dict[str, Keeper] = {}


def register(keeper: Keeper) -> None:
    """Have the person's rights include these things."""
    if keeper.name in _keepers:
        raise ValueError(f"keeper {keeper.name!r} is registered twice")
    _keepers[keeper.name] = keeper


def keepers() -> list[Keeper]:
    """Lowest first, as an export reads."""
    return list(_keepers.values())


def delete_straight(rows: QuerySet[Any]) -> int:
    """Delete rows by one statement; returns how many. `QuerySet.delete` reads them first, and what points at them.

    For tables of which a person has hundreds of rows. What points at the rows is deleted before: otherwise the
    database refuses when the transaction ends, and everything stays.
    """
    # None where it sees beforehand that there is nothing.
    return rows.order_by()._raw_delete(rows.db) or 0  # noqa: SLF001  there is no other door to it


def plain(key: str, label: str | Promise) -> Column:
    """A column that says a row's attribute as it is."""
    return Column(key, label, lambda row: getattr(row, key))


def chosen(key: str, label: str | Promise) -> Column:
    """A column that says a choice: its code for programs, its words for people."""
    return Column(key, label, lambda row: getattr(row, key), lambda row: getattr(row, f"get_{key}_display")())


def raw(value: Any) -> Raw:
    """A value as JSON has it."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Raw):
        return value
    raise TypeError(f"an export cannot say {type(value).__name__}")


def shown(value: Any) -> str:
    """A value as people read it; a dash where there is none."""
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, dt.datetime):
        return _("%s Uhr") % date_format(value.astimezone(BERLIN), "j. F Y, H:i")
    if isinstance(value, dt.date):
        return date_format(value, "j. F Y")
    return str(value) if value not in {None, ""} else "–"
