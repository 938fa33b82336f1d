"""Months, the steps of the funnel, and which teams and topics may be shown; no database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nahbar.scheduling.rules import BERLIN, Times, day_bounds

# Late outcomes and hand-written contacts are in by then, and the month's report is not yet asked for.
FREEZE_DAY = 10
# After midnight, when nobody works and the day is over everywhere.
BUILDS_FROM = dt.time(1)
# A figure of fewer could be read as one colleague's.
FEWEST_COUNSELLORS = 3

# A team or a topic; None: all that are hidden of its kind.
Node = tuple[Literal["team", "topic"], int | None]
Edge = tuple[Node, Node]


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


# --- which teams and topics are shown ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartMonth:
    """What decides whether a team or a topic is shown in a month. The counsellors are nowhere kept."""

    part_id: int
    appointments: int = 0
    has_anything: bool = False
    counsellors: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_small(self) -> bool:
        """Whether too few counsellors held talks in it."""
        return len(self.counsellors) < FEWEST_COUNSELLORS


def hidden_parts(parts: Iterable[PartMonth]) -> set[int]:
    """The ids of the teams, or of the topics, that are not shown by themselves in a month.

    Small ones; and, so that none follows from the whole office and the others, the smallest of the rest until those
    with anything in them are two at least and have together as many counsellors as one part must have.
    """
    parts = list(parts)
    hidden = [part for part in parts if part.is_small]
    shown = _smallest_first(part for part in parts if not part.is_small)
    while shown and _gives_away(hidden):
        hidden.append(shown.pop(0))
    return {part.part_id for part in hidden}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one team had of one topic in a month: how many appointments, whether one was held, and by whom of it."""

    team_id: int
    topic_id: int
    appointments: int
    is_held: bool
    counsellors: frozenset[int]


def hidden_topics(*, teams: Iterable[PartMonth], cells: Iterable[Cell]) -> set[int]:
    """The ids of the topics that are not shown by themselves in a month.

    As among teams; and, so that what fewer than three counsellors did does not follow from teams and topics together,
    the smallest of the rest until it does not. Whoever knows who works on what is reckoned with.
    """
    cells = list(cells)
    topics = [_topic(one, cells) for one in {cell.topic_id for cell in cells}]
    hidden_of_teams, hidden = hidden_parts(teams), hidden_parts(topics)
    shown = _smallest_first(topic for topic in topics if topic.part_id not in hidden)
    while shown and _tells(cells, hidden_of_teams, hidden):
        hidden.add(shown.pop(0).part_id)
    return hidden


def _topic(topic_id: int, cells: Iterable[Cell]) -> PartMonth:
    own = [cell for cell in cells if cell.topic_id == topic_id]
    who = frozenset[int]().union(*(cell.counsellors for cell in own))
    return PartMonth(topic_id, sum(cell.appointments for cell in own), has_anything=True, counsellors=who)


def _smallest_first(parts: Iterable[PartMonth]) -> list[PartMonth]:
    return sorted(parts, key=lambda part: (part.appointments, part.part_id))


def _gives_away(hidden: Collection[PartMonth]) -> bool:
    told = [part for part in hidden if part.has_anything]
    together = frozenset[int]().union(*(part.counsellors for part in told))
    return bool(told) and (len(told) < 2 or len(together) < FEWEST_COUNSELLORS)


def _tells(cells: Collection[Cell], hidden_teams: set[int], hidden_topics: set[int]) -> bool:
    """Whether anything of fewer than three counsellors follows from both tables, in what was planned or was held.

    Where something was held is known to more people than where nothing came of it, so both are looked at.
    """
    for some in (cells, [cell for cell in cells if cell.is_held]):
        edges = _edges(some, hidden_teams, hidden_topics)
        few = {who for who in edges.values() if len(who) < FEWEST_COUNSELLORS}
        groups = {one | other for one in few for other in few if len(one | other) < FEWEST_COUNSELLORS}
        if any(_is_told(edges, group) for group in groups):
            return True
    return False


def _edges(cells: Iterable[Cell], hidden_teams: set[int], hidden_topics: set[int]) -> dict[Edge, frozenset[int]]:
    """Who held what lies between a team and a topic; all that are hidden of a kind are known as one sum."""
    edges: dict[Edge, frozenset[int]] = defaultdict(frozenset)
    for cell in cells:
        team = None if cell.team_id in hidden_teams else cell.team_id
        topic = None if cell.topic_id in hidden_topics else cell.topic_id
        edges[("team", team), ("topic", topic)] |= cell.counsellors
    return edges


def _is_told(edges: Mapping[Edge, frozenset[int]], group: frozenset[int]) -> bool:
    """Whether anything that only this group did follows from the sums of teams and of topics.

    To add and subtract such sums is to give each team and each topic a weight, and what lies between two counts by both
    together. For nothing of anybody else's to be left, both must cancel in each of their cells, and then do so for
    all that hangs together by these. What the group did between two that hang together so cancels, too. Between two
    that do not, the weights are free: it follows, or follows with more of the group's.
    """
    by_others = _joined({team, topic} for (team, topic), who in edges.items() if not who <= group)
    own = ({team, topic} for (team, topic), who in edges.items() if who <= group)
    return any(not any(both <= one for one in by_others) for both in own)


def _joined(groups: Iterable[set[Node]]) -> list[set[Node]]:
    """Those that have anything in common as one."""
    joined: list[set[Node]] = []
    for group in groups:
        touching = [one for one in joined if one & group]
        joined = [*(one for one in joined if not one & group), group.union(*touching)]
    return joined
