"""Months, the steps of the funnel, and which teams may be shown; no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from nahbar.scheduling.rules import BERLIN, Times, day_bounds

# Late outcomes and hand-written contacts are in by then, and the month's report is not yet asked for.
FREEZE_DAY = 10
# After midnight, when nobody works and the day is over everywhere.
BUILDS_FROM = dt.time(1)
# A figure of fewer could be read as one colleague's.
FEWEST_COUNSELLORS = 3


class TeamHidden(Exception):
    """A team that is not shown by itself in a period: small, needed to keep a small one hidden, or not there."""


# --- months --------------------------------------------------------------------------------------


def month_of(moment: dt.datetime) -> dt.date:
    """The first day of the month in which something began, as the clock in the office shows it."""
    return moment.astimezone(BERLIN).date().replace(day=1)


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after."""
    return (month + dt.timedelta(days=31)).replace(day=1)


def month_bounds(month: dt.date) -> Times:
    """From the month's first midnight in Berlin to the next month's."""
    return day_bounds(month)[0], day_bounds(next_month(month))[0]


def months_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The first days of all months from one to the other, both included."""
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def freezes_at(month: dt.date) -> dt.datetime:
    """From when on nothing is built any more for a month."""
    return day_bounds(next_month(month).replace(day=FREEZE_DAY))[0]


def built_last(now: dt.datetime) -> dt.datetime:
    """The latest moment from which a month should have been built again: the last night's."""
    local = now.astimezone(BERLIN)
    day = local.date() if local.time() >= BUILDS_FROM else local.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, BUILDS_FROM, tzinfo=BERLIN)


# --- the funnel ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VideoTalk:
    """One person's video appointment, as far as the funnel asks; none that was booked by mistake."""

    starts_at: dt.datetime
    is_held: bool
    is_prepared: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """How far one person came in one month; each step is part of the one before."""

    offered: bool
    chosen: bool
    prepared: bool
    tried: bool
    again: bool


def steps_of(*, called: bool, talks: Iterable[VideoTalk], first_held: dt.datetime | None) -> Steps:
    """The steps of a person with these video appointments in the month.

    `called`: a call to explain video was noted for them in it. `first_held`: their first video talk ever.
    """
    talks = list(talks)
    held = [talk for talk in talks if talk.is_held]
    return Steps(
        offered=called or bool(talks),
        chosen=bool(talks),
        # Whoever talked was prepared, whatever is known of the device.
        prepared=bool(held) or any(talk.is_prepared for talk in talks),
        tried=bool(held),
        again=first_held is not None and any(talk.starts_at > first_held for talk in held),
    )


# --- which teams are shown -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartMonth:
    """What decides whether a team or a topic is shown in a month. The counsellors are nowhere kept."""

    part_id: int
    has_anything: bool = False
    counsellors: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_small(self) -> bool:
        """Whether too few counsellors held talks in it."""
        return len(self.counsellors) < FEWEST_COUNSELLORS


def hidden_parts(parts: Iterable[PartMonth]) -> set[int]:
    """The ids of the teams, or of the topics, that are not shown by themselves in a month.

    Small ones; and, so that none follows from the whole office and the others, the newest of the rest until those with
    anything in them are two at least and have together as many counsellors as one part must have. Not the smallest:
    that it is smaller than all that are shown would say how much the small one has.
    """
    parts = list(parts)
    hidden = [part for part in parts if part.is_small]
    shown = sorted((part for part in parts if not part.is_small), key=lambda part: part.part_id)
    while shown and _gives_away(hidden):
        hidden.append(shown.pop())
    return {part.part_id for part in hidden}


def _gives_away(hidden: Collection[PartMonth]) -> bool:
    told = [part for part in hidden if part.has_anything]
    together = frozenset[int]().union(*(part.counsellors for part in told))
    return bool(told) and (len(told) < 2 or len(together) < FEWEST_COUNSELLORS)
