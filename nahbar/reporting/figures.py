"""The figures of an office for some months, as pages and exports show them; no database.

Every definition is frozen and has a number; what is counted how stands in docs/figures.md. Never a figure for one
counsellor: the smallest part is a team of three.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.rules import ContactKind, Outcome

# Raised with any change of what is counted; it stands beside every figure that leaves the house.
DEFINITIONS = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """Appointments by outcome. What was booked by mistake is in none."""

    by_outcome: Mapping[Outcome, int]

    def __getitem__(self, outcome: Outcome) -> int:
        return self.by_outcome.get(outcome, 0)

    @property
    def planned(self) -> int:
        """All of them, whatever came of it."""
        return sum(self.by_outcome.values())

    @property
    def held_rate(self) -> float | None:
        """Held of all that were planned, 0 to 1; what is open or unknown counts as not held. None of none."""
        return self[Outcome.HELD] / self.planned if self.planned else None


@dataclass(frozen=True, slots=True)
class ModeRow:
    """Appointments of one mode."""

    mode: Mode
    tally: Tally


@dataclass(frozen=True, slots=True)
class TopicRow:
    """Appointments of one topic; None: of all that are not shown by themselves, and of months that are not frozen."""

    topic: str | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Contacts of one kind; `label` in words, the office's own types by their name."""

    kind: ContactKind
    label: str
    count: int
    with_third_party: int
    counts: bool


@dataclass(frozen=True, slots=True)
class ContactFigures:
    """The contact ledger."""

    rows: list[ContactRow]
    # Sum over the months of the people whose file was there at the month's end.
    person_months: int

    @property
    def total(self) -> int:
        """All contacts."""
        return sum(row.count for row in self.rows)

    @property
    def counted(self) -> int:
        """Contacts that count for the density."""
        return sum(row.count for row in self.rows if row.counts)

    @property
    def density(self) -> float | None:
        """Contacts a person and month. None where there was nobody."""
        return self.counted / self.person_months if self.person_months else None


@dataclass(frozen=True, slots=True)
class LengthRow:
    """How long talks of one mode were, of those that were held: means in minutes, None of none."""

    mode: Mode
    held: int
    planned_minutes: float | None
    minutes: float | None


@dataclass(frozen=True, slots=True)
class TravelFigures:
    """Ways to the office that talks by video spared people, there and back."""

    trips: int
    km: int
    # Of these trips nobody knows how far they would have been; they are in no kilometre.
    trips_of_unknown_length: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """People, counted once a month: each step is a part of the one before."""

    offered: int
    chosen: int
    prepared: int
    tried: int
    again: int


@dataclass(frozen=True, slots=True)
class MonthStanding:
    """How settled a month's figures are."""

    month: dt.date
    is_frozen: bool
    built_at: dt.datetime | None
    corrected_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the page shows but the survey."""

    first: dt.date
    last: dt.date
    months: list[MonthStanding]
    # By which numbers of definitions its months were counted.
    definitions: list[int]
    by_mode: list[ModeRow]
    # Only of the whole office: a team's topic may be one colleague.
    by_topic: list[TopicRow] | None
    total: Tally
    contacts: ContactFigures
    lengths: list[LengthRow]
    travel: TravelFigures
    funnel: Funnel


class WhyHidden(Enum):
    """Why a team is not shown by itself in a period."""

    # A month of it is not frozen: which teams are hidden in it may be others tomorrow.
    OPEN = "open"
    SMALL = "small"
    # Another small one could be worked out from it.
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A team as a filter; `why_hidden` is None where it is shown."""

    team_id: int
    name: str
    why_hidden: WhyHidden | None

    @property
    def is_hidden(self) -> bool:
        """Whether it is no filter in this period."""
        return self.why_hidden is not None
