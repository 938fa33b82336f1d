"""What pages and exports show: sums of the monthly counts, corrections included, as far as a team may be shown."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, When

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.reporting.figures import (
    ContactFigures,
    ContactRow,
    Figures,
    Funnel,
    LengthRow,
    ModeRow,
    MonthStanding,
    Tally,
    TeamChoice,
    TopicRow,
    TravelFigures,
    WhyHidden,
)
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount, ShownTopic, TeamStanding
from nahbar.reporting.rules import TeamHidden, months_between
from nahbar.scheduling.rules import ContactKind, Outcome

Row = dict[str, Any]
_STEPS = ("offered", "chosen", "prepared", "tried", "again")
_SUMS = ("count", "planned_minutes", "timed", "minutes", "km", "unknown_km")


@dataclass(frozen=True, slots=True)
class _Part:
    """Which of the counts are asked for."""

    jobcenter: JobCenter
    first: dt.date
    last: dt.date
    team: int | None

    def of(self, model: type[Any]) -> QuerySet[Any]:
        months = Q(month__jobcenter=self.jobcenter, month__month__range=(self.first, self.last))
        rows: QuerySet[Any] = model.objects.filter(months if self.team is None else months & Q(team=self.team))
        return rows


def months(jobcenter: JobCenter) -> list[MonthStanding]:
    """Every month of which there are figures, the first first."""
    return [_standing(month) for month in FiguresMonth.objects.filter(jobcenter=jobcenter, built_at__isnull=False)]


def team_choices(*, jobcenter: JobCenter, first: dt.date, last: dt.date) -> list[TeamChoice]:
    """The teams that were there in a period, by name.

    One is shown only where every month of the period is frozen, and shows it.
    """
    first, last = first.replace(day=1), last.replace(day=1)
    frozen, expected = _frozen_of(jobcenter, first, last)
    standings = _Part(jobcenter, first, last, None).of(TeamStanding).values_list("team", "team__name")
    counted = standings.annotate(
        there=Count("pk"), small=Count("pk", filter=Q(is_small=True)), hidden=Count("pk", filter=Q(is_hidden=True))
    )
    return [
        # In a month in which it was not there nothing was: as good as small.
        TeamChoice(
            team,
            name,
            _why_hidden(is_open=frozen < expected, is_small=small > 0 or there < frozen, is_hidden=hidden > 0),
        )
        for team, name, there, small, hidden in counted.order_by("team__name")
    ]


def _frozen_of(jobcenter: JobCenter, first: dt.date, last: dt.date) -> tuple[int, int]:
    """How many months of a period are frozen, and of how many: before an office's first one nothing was."""
    built = FiguresMonth.objects.filter(jobcenter=jobcenter, built_at__isnull=False)
    found = built.aggregate(
        start=Min("month"), frozen=Count("pk", filter=Q(month__range=(first, last), frozen_at__isnull=False))
    )
    return found["frozen"], len(list(months_between(max(first, found["start"] or first), last)))


def _why_hidden(*, is_open: bool, is_small: bool, is_hidden: bool) -> WhyHidden | None:
    if is_open:
        return WhyHidden.OPEN
    if is_small:
        return WhyHidden.SMALL
    return WhyHidden.TOGETHER if is_hidden else None


def figures(*, jobcenter: JobCenter, first: dt.date, last: dt.date, team: int | None = None) -> Figures:
    """The figures of the months from `first` to `last`, of the whole office or of one team; six queries at most.

    Raises `TeamHidden` for a team that is not shown in this period, or is not of this office.
    """
    part = _Part(jobcenter, first.replace(day=1), last.replace(day=1), team)
    if team is not None and team not in _shown(part):
        raise TeamHidden
    found = list(_months(part))
    standings = {month.month: _standing(month) for month in found}
    rows = _appointments(part)
    return Figures(
        first=part.first,
        last=part.last,
        months=[
            standings.get(month, MonthStanding(month, is_frozen=False, built_at=None, corrected_at=None))
            for month in months_between(part.first, part.last)
        ],
        definitions=sorted({month.definitions for month in found if month.built_at}),
        by_mode=[ModeRow(mode, _tally(row for row in rows if row["mode"] == mode)) for mode in Mode],
        by_topic=_topics(rows) if team is None else None,
        total=_tally(rows),
        contacts=_contacts(part, persons := _people(part)),
        lengths=[_length(mode, rows) for mode in Mode],
        travel=_travel(rows),
        funnel=_funnel(persons),
    )


def _shown(part: _Part) -> set[int]:
    choices = team_choices(jobcenter=part.jobcenter, first=part.first, last=part.last)
    return {choice.team_id for choice in choices if not choice.is_hidden}


def _months(part: _Part) -> QuerySet[FiguresMonth]:
    return FiguresMonth.objects.filter(jobcenter=part.jobcenter, month__range=(part.first, part.last))


def _standing(month: FiguresMonth) -> MonthStanding:
    return MonthStanding(month.month, month.frozen_at is not None, month.built_at, month.corrected_at)


# --- appointments --------------------------------------------------------------------------------


def _appointments(part: _Part) -> list[Row]:
    """By mode, topic if it is shown, and outcome; each sum as `sum_…`, because the model's own names are taken."""
    shown = Exists(ShownTopic.objects.filter(month=OuterRef("month"), topic=OuterRef("topic")))
    own = Q(shown, month__frozen_at__isnull=False)
    counts = part.of(AppointmentCount).values(
        "mode", "outcome", by_topic=Case(When(own, then="topic")), topic_name=Case(When(own, then="topic__name"))
    )
    return list(
        counts.annotate(**{f"sum_{name}": Sum(name) for name in _SUMS}).order_by(
            F("topic_name").asc(nulls_last=True), "by_topic"
        )
    )


def _tally(rows: Iterable[Row]) -> Tally:
    by_outcome: dict[Outcome, int] = defaultdict(int)
    for row in rows:
        by_outcome[Outcome(row["outcome"])] += row["sum_count"]
    return Tally({outcome: by_outcome[outcome] for outcome in Outcome if by_outcome[outcome]})


def _topics(rows: list[Row]) -> list[TopicRow]:
    by_topic: dict[tuple[int | None, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        by_topic[row["by_topic"], row["topic_name"]].append(row)
    topics = [TopicRow(name, _tally(of_topic)) for (_pk, name), of_topic in by_topic.items()]
    return [topic for topic in topics if topic.tally.planned]


def _length(mode: Mode, rows: list[Row]) -> LengthRow:
    sums = _held(mode, rows)
    return LengthRow(
        mode,
        held=sums["count"],
        planned_minutes=sums["planned_minutes"] / sums["count"] if sums["count"] else None,
        minutes=sums["minutes"] / sums["timed"] if sums["timed"] else None,
    )


def _travel(rows: list[Row]) -> TravelFigures:
    sums = _held(Mode.VIDEO, rows)
    return TravelFigures(trips=sums["count"], km=sums["km"], trips_of_unknown_length=sums["unknown_km"])


def _held(mode: Mode, rows: list[Row]) -> dict[str, int]:
    held = [row for row in rows if row["mode"] == mode and row["outcome"] == Outcome.HELD]
    return {name: sum(row[f"sum_{name}"] for row in held) for name in _SUMS}


# --- contacts and people -------------------------------------------------------------------------


def _people(part: _Part) -> dict[str, int]:
    sums = part.of(PeopleCount).aggregate(**{f"sum_{name}": Sum(name) for name in ("persons", *_STEPS)})
    return {name: sums[f"sum_{name}"] or 0 for name in ("persons", *_STEPS)}


def _funnel(people: dict[str, int]) -> Funnel:
    return Funnel(**{step: people[step] for step in _STEPS})


def _contacts(part: _Part, people: dict[str, int]) -> ContactFigures:
    """The kinds everybody counts, then the office's own by name; apart where a type counted in some months only.

    A team's own ones are together: one of them may be one colleague's.
    """
    own = ("own_type", "own_type__name") if part.team is None else ()
    counts = part.of(ContactCount).values("kind", "counts", *own)
    third = Sum("count", filter=Q(with_third_party=True), default=0)
    found = list(counts.annotate(sum_count=Sum("count"), sum_third=third).order_by(*own[::-1], "counts"))
    common = {row["kind"]: row for row in found if row["kind"] != ContactKind.OTHER}
    rows = [_contact_row(kind, common.get(kind)) for kind in ContactKind if kind != ContactKind.OTHER]
    others = (row for row in found if row["kind"] == ContactKind.OTHER and row["sum_count"])
    rows += [_contact_row(ContactKind.OTHER, row) for row in others]
    return ContactFigures(rows=rows, person_months=people["persons"])


def _contact_row(kind: ContactKind, row: Row | None) -> ContactRow:
    if row is None:
        return ContactRow(kind, str(kind.label), count=0, with_third_party=0, counts=True)
    label = row.get("own_type__name") or str(kind.label)
    return ContactRow(kind, label, row["sum_count"], row["sum_third"], row["counts"])
