"""What is deleted when. Each room registers its rules in AppConfig.ready(); `nightly.py` carries them out.

A rule belongs to one `Period` of the privacy classes and names the models it empties. A timed period that a
room's `privacy.py` promises for a model and no rule keeps fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Count, F, Min, QuerySet, Value
from django.utils.functional import Promise

from nahbar.audit.privacy import Period


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and since when the oldest of them was there."""

    count: int
    oldest_at: datetime | None = None


# By the office's slug; "" for what belongs to none.
Tallies = dict[str, Tally]


class Rule(Protocol):
    """What the run asks. Both must answer for the same rows; `delete` runs inside one short transaction."""

    @property
    def name(self) -> str: ...
    @property
    def what(self) -> str | Promise: ...
    @property
    def period(self) -> Period: ...
    @property
    def models(self) -> frozenset[str]: ...
    @property
    def batch(self) -> int: ...
    def count(self, *, now: datetime) -> Tallies:
        """What is due, changing nothing."""

    def delete(self, *, now: datetime, limit: int) -> Tallies:
        """Delete at most `limit` of what is due; empty when nothing is left."""


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Have the nightly runs carry the rule out."""
    if rule.name in _rules:
        raise ValueError(f"retention rule {rule.name!r} is registered twice")
    _rules[rule.name] = rule


def rules() -> list[Rule]:
    """In the order of registration: what lies lower comes first."""
    return list(_rules.values())


def get(name: str) -> Rule | None:
    """The rule of that name; None when no room of this version has it."""
    return _rules.get(name)


def _deleted(rows: QuerySet[Any]) -> object:
    return rows.delete()


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The usual rule: rows of one table that `due` finds, oldest by `since`; others go with them by cascade."""

    name: str
    what: str | Promise
    period: Period
    models: frozenset[str]
    due: Callable[[datetime], QuerySet[Any]]
    since: str
    # The way from a row to its office's slug.
    office: str = ""
    remove: Callable[[QuerySet[Any]], object] = _deleted
    batch: int = 500

    def count(self, *, now: datetime) -> Tallies:
        return self._tally(self.due(now))

    def delete(self, *, now: datetime, limit: int) -> Tallies:
        chosen = list(self.due(now).order_by("pk").values_list("pk", flat=True)[:limit])
        # Asked again: what somebody has used since it was chosen stays.
        rows = self.due(now).filter(pk__in=chosen)
        tallies = self._tally(rows)
        self.remove(rows)
        return tallies

    def _tally(self, rows: QuerySet[Any]) -> Tallies:
        office = F(self.office) if self.office else Value("")
        groups = rows.order_by().values(of=office).annotate(many=Count("pk"), oldest=Min(self.since))
        # Grouped by nothing, no rows still are one group.
        return {group["of"]: Tally(group["many"], group["oldest"]) for group in groups.order_by("of") if group["many"]}
