"""Which topics may be shown by themselves in a month, beside the teams that are; no database.

A team's sums and a topic's sums are of the same talks, so one table can tell what the other hides. Teams and topics are
looked at as the ends of a graph: what a team had of a topic is an edge between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from nahbar.reporting.rules import FEWEST_COUNSELLORS, PartMonth, hidden_parts

# A team or a topic; None: all that are hidden of its kind, which are known as one sum.
Node = tuple[Literal["team", "topic"], int | None]

# Groups of two times edges. Where there are more no topic is shown: a build holds its month, and must not take minutes.
MOST_STEPS = 2_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """What one team had of one topic in a month: by whom of it something was held, and whether anything was not."""

    team_id: int
    topic_id: int
    counsellors: frozenset[int]
    is_held: bool
    is_missed: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """What lies between a team and a topic, or between what hangs together with them, and who held something of it."""

    team: Node
    topic: Node
    who: frozenset[int]
    is_held: bool
    is_missed: bool


def hidden_topics(*, teams: Iterable[PartMonth], cells: Iterable[Cell]) -> set[int]:
    """The ids of the topics that are not shown by themselves.

    As among teams (`hidden_parts`); and, so that what fewer than three counsellors did does not follow from teams and
    topics together, the newest of the rest until it does not. Whoever knows who works on what is reckoned with.
    Sums are: that no count is below nothing is not, nor that a talk has one mode (docs/figures.md).
    """
    cells = list(cells)
    every = {cell.topic_id for cell in cells}
    hidden_of_teams = hidden_parts(teams)
    hidden = hidden_parts(_month_of(topic, cells) for topic in every)
    teams_alone = list(_columns(_edges(cells, hidden_of_teams, every)))
    rest = sorted(every - hidden)
    while rest and _tell(_columns(_edges(cells, hidden_of_teams, hidden)), teams_alone):
        hidden.add(rest.pop())
    return hidden


def who_held(cells: Iterable[Cell]) -> frozenset[int]:
    """The counsellors who held something of any of them."""
    return frozenset[int]().union(*(cell.counsellors for cell in cells))


def _month_of(topic: int, cells: Iterable[Cell]) -> PartMonth:
    who = who_held(cell for cell in cells if cell.topic_id == topic)
    return PartMonth(topic, has_anything=True, counsellors=who)


def _tell(both: Iterable[list[Edge]], teams_alone: Iterable[list[Edge]]) -> bool:
    """Whether anything of fewer than three follows from both tables, and does not from the teams alone."""
    return any(_column_tells(*column) for column in zip(both, teams_alone, strict=True))


def _columns(edges: Collection[Edge]) -> Iterator[list[Edge]]:
    """Where there can be anything of what was planned, held, and not held: these stand side by side on the page.

    Who works on what is known, so where nothing was planned or held. Where nothing was not held, only the sums say.
    """
    yield list(edges)
    yield [edge for edge in edges if edge.is_held]
    ends = {node for edge in edges if edge.is_missed for node in (edge.team, edge.topic)}
    yield [edge for edge in edges if {edge.team, edge.topic} <= ends]


def _column_tells(both: Collection[Edge], teams: Collection[Edge]) -> bool:
    loose = _loose(both)
    few = {edge.who for edge in loose}
    if len(few) ** 2 * len(loose) > MOST_STEPS:
        return True
    groups = {one | other for one in few for other in few if len(one | other) < FEWEST_COUNSELLORS}
    return any(_is_told(loose, group) and not _is_told(teams, group) for group in groups)


def _edges(cells: Iterable[Cell], hidden_teams: set[int], hidden_topics: set[int]) -> list[Edge]:
    """All that are hidden of a kind are one end."""
    between: dict[tuple[Node, Node], list[Cell]] = defaultdict(list)
    for cell in cells:
        team = None if cell.team_id in hidden_teams else cell.team_id
        topic = None if cell.topic_id in hidden_topics else cell.topic_id
        between[("team", team), ("topic", topic)].append(cell)
    return [
        Edge(
            *ends,
            who=who_held(found),
            is_held=any(cell.is_held for cell in found),
            is_missed=any(cell.is_missed for cell in found),
        )
        for ends, found in between.items()
    ]


def _loose(edges: Collection[Edge]) -> list[Edge]:
    """What is left between the pieces that three or more hold together, whoever asks: mostly nothing."""
    pieces = _pieces(edges, lambda who: len(who) >= FEWEST_COUNSELLORS)
    between = (replace(edge, team=pieces[edge.team], topic=pieces[edge.topic]) for edge in edges)
    return [edge for edge in between if edge.team != edge.topic]


def _is_told(edges: Collection[Edge], group: frozenset[int]) -> bool:
    """Whether anything that only this group did follows from the sums of teams and of topics.

    To add and subtract such sums is to give each team and each topic a weight, and what lies between two counts by both
    together. For nothing of anybody else's to be left, both must cancel in each of their edges, and then do so for
    all that hangs together by these. What the group did between two that hang together so cancels, too. Between two
    that do not, the weights are free: it follows, or follows with more of the group's.
    """
    pieces = _pieces(edges, lambda who: not who <= group)
    return any(pieces[edge.team] != pieces[edge.topic] for edge in edges if edge.who <= group)


def _pieces(edges: Iterable[Edge], holds: Callable[[frozenset[int]], bool]) -> Mapping[Node, Node]:
    """For each end one that stands for all it hangs together with by the edges that hold."""
    edges = list(edges)
    parent = {node: node for edge in edges for node in (edge.team, edge.topic)}

    def root(node: Node) -> Node:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge in edges:
        if holds(edge.who):
            parent[root(edge.team)] = root(edge.topic)
    return {node: root(node) for node in parent}
