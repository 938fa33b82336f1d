"""The demo's past: frozen months from before its first appointment, as an office has them after a year.

Frozen figures need no raw rows, so the demo needs no hundred thousand appointments to show a year.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Min

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.reporting.figures import DEFINITIONS
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount
from nahbar.reporting.operations import decide_what_is_shown
from nahbar.reporting.rules import PartMonth, freezes_at, month_of
from nahbar.reporting.topics import Cell
from nahbar.scheduling.models import Appointment, Topic
from nahbar.scheduling.rules import CONTACT_KIND_OF_MODE, ContactKind, Outcome

MONTHS = 11
# Of a hundred, as offices that tried it tell: by video more come.
OUTCOMES = {
    Mode.VIDEO: {Outcome.HELD: 80, Outcome.CLIENT: 8, Outcome.TECHNICAL: 4, Outcome.CANCELLED: 5, Outcome.OFFICE: 3},
    Mode.ON_SITE: {Outcome.HELD: 64, Outcome.CLIENT: 22, Outcome.CANCELLED: 8, Outcome.CANCELLED_LATE: 6},
    Mode.TELEPHONE: {Outcome.HELD: 72, Outcome.CLIENT: 18, Outcome.CANCELLED: 7, Outcome.UNKNOWN: 3},
    Mode.OUTREACH_VISIT: {Outcome.HELD: 75, Outcome.CLIENT: 15, Outcome.CANCELLED: 10},
}
KM_THERE_AND_BACK = 26
# The demo has few people; in its past each team had as many colleagues as it takes to be shown.
COLLEAGUES = 4


def fill_past(*, jobcenter: JobCenter, now: dt.datetime) -> int:
    """Makes the frozen months before the first appointment where there are none yet; returns how many it made."""
    first = Appointment.objects.filter(jobcenter=jobcenter).aggregate(first=Min("starts_at"))["first"]
    if first is None or FiguresMonth.objects.filter(jobcenter=jobcenter, month__lt=month_of(first)).exists():
        return 0
    past = list(_months_before(month_of(first)))
    # The same demo every time: a seed, not chance.
    dice = random.Random(jobcenter.slug)  # noqa: S311
    with transaction.atomic():
        for age, month in enumerate(reversed(past)):
            _fill_month(jobcenter, month, share=0.1 + 0.03 * age, dice=dice, now=now)
    return len(past)


def _months_before(month: dt.date) -> Iterator[dt.date]:
    for _ in range(MONTHS):
        month = (month - dt.timedelta(days=1)).replace(day=1)
        yield month


def _fill_month(jobcenter: JobCenter, month: dt.date, *, share: float, dice: random.Random, now: dt.datetime) -> None:
    """`share`: of all appointments, by video."""
    frozen_at = min(now, freezes_at(month))
    values = {"definitions": DEFINITIONS, "built_at": frozen_at, "frozen_at": frozen_at}
    made = FiguresMonth.objects.create(jobcenter=jobcenter, month=month, **values)
    teams: list[PartMonth] = []
    cells: list[Cell] = []
    for team in Team.objects.filter(jobcenter=jobcenter).order_by("pk"):
        colleagues = COLLEAGUES if team.memberships.exists() else 0
        persons = Client.objects.filter(team=team).count() * 9
        talks = _talks(made, team, many=9 * colleagues, share=share, dice=dice)
        AppointmentCount.objects.bulk_create(talks)
        ContactCount.objects.bulk_create(_contacts(made, team, talks, dice))
        _people(made, team, talks, persons)
        # Only how many they are matters here.
        counsellors = frozenset(range(team.pk * COLLEAGUES, team.pk * COLLEAGUES + colleagues))
        teams.append(PartMonth(team.pk, bool(talks or persons), counsellors))
        # Everybody works on every topic.
        topics = {talk.topic_id for talk in talks}
        cells += [Cell(team.pk, topic, counsellors, is_held=True, is_missed=True) for topic in topics]
    decide_what_is_shown(made, teams=teams, cells=cells)


def _talks(month: FiguresMonth, team: Team, *, many: int, share: float, dice: random.Random) -> list[AppointmentCount]:
    topics = list(Topic.objects.filter(jobcenter=team.jobcenter).order_by("pk"))
    counted: Counter[tuple[Topic, Mode, Outcome]] = Counter()
    for _ in range(many):
        topic = dice.choice(topics)
        others = [mode for mode in topic.modes if mode != Mode.VIDEO]
        mode = Mode.VIDEO if topic.allows_video and dice.random() < share else dice.choice(others)
        [outcome] = dice.choices(list(OUTCOMES[mode]), weights=list(OUTCOMES[mode].values()))
        counted[topic, mode, outcome] += 1
    return [_count(month, team, cell, count) for cell, count in counted.items()]


def _count(month: FiguresMonth, team: Team, cell: tuple[Topic, Mode, Outcome], count: int) -> AppointmentCount:
    topic, mode, outcome = cell
    held = count if outcome == Outcome.HELD else 0
    length = team.jobcenter.default_minutes(mode)
    unknown = held // 5 if mode == Mode.VIDEO else 0
    return AppointmentCount(
        month=month,
        team=team,
        topic=topic,
        mode=mode,
        outcome=outcome,
        count=count,
        planned_minutes=count * length,
        timed=held,
        minutes=held * (length - 6),
        km=(held - unknown) * KM_THERE_AND_BACK if mode == Mode.VIDEO else 0,
        unknown_km=unknown,
    )


def _contacts(
    month: FiguresMonth, team: Team, talks: list[AppointmentCount], dice: random.Random
) -> list[ContactCount]:
    counted: Counter[tuple[ContactKind, bool]] = Counter()
    for talk in talks:
        counted[CONTACT_KIND_OF_MODE[Mode(talk.mode)], False] += talk.timed
    counted[ContactKind.TELEPHONE, False] += dice.randrange(6, 14)
    counted[ContactKind.IN_PERSON, True] += dice.randrange(1, 5)
    return [
        ContactCount(month=month, team=team, kind=kind, with_third_party=third, count=count)
        for (kind, third), count in counted.items()
        if count
    ]


def _people(month: FiguresMonth, team: Team, talks: list[AppointmentCount], persons: int) -> None:
    by_video = [talk for talk in talks if talk.mode == Mode.VIDEO]
    chosen = sum(talk.count for talk in by_video)
    tried = sum(talk.timed for talk in by_video)
    PeopleCount.objects.create(
        month=month,
        team=team,
        persons=persons,
        offered=chosen + chosen // 3,
        chosen=chosen,
        prepared=(chosen + tried) // 2,
        tried=tried,
        again=tried // 2,
    )
