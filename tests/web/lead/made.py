"""Figures made by hand, as an office of some size has them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from nahbar.jobcenters.models import JobCenter, Team
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
    TopicRow,
    TravelFigures,
)
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount, ShownTopic, TeamStanding
from nahbar.scheduling.models import ContactType
from nahbar.scheduling.rules import ContactKind, Outcome
from nahbar.surveys.figures import Answer, Block, Question

OCTOBER = dt.date(2026, 10, 1)
BUILT = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC)
KINDS = (Outcome.HELD, Outcome.CLIENT, Outcome.OFFICE, Outcome.TECHNICAL, Outcome.CANCELLED, Outcome.CANCELLED_LATE)
MORE_KINDS = (*KINDS, Outcome.CANCELLED_AFTERWARDS, Outcome.UNKNOWN, Outcome.OPEN)


def tally(*counts: int) -> Tally:
    """By outcome, in the order of `MORE_KINDS`."""
    return Tally(dict(zip(MORE_KINDS, counts, strict=False)))


def together(*tallies: Tally) -> Tally:
    """The sum."""
    return Tally({kind: sum(one[kind] for one in tallies) for kind in MORE_KINDS})


VIDEO = tally(176, 17, 1, 9, 4, 3, 1, 2, 1)
TELEPHONE = tally(341, 29, 2, 0, 9, 5, 0, 1, 1)
ON_SITE = tally(309, 110, 5, 0, 20, 12, 3, 2, 1)
OUTREACH = tally(24, 4, 0, 0, 2, 1, 0, 0, 0)


def standing(month: dt.date = OCTOBER, **values: Any) -> MonthStanding:
    """A month that is written down."""
    return MonthStanding(**{"month": month, "is_frozen": True, "built_at": BUILT, "corrected_at": None, **values})


def figures(**values: Any) -> Figures:
    """October of an office, whatever else is said."""
    modes = zip(Mode, (VIDEO, TELEPHONE, ON_SITE, OUTREACH), strict=True)
    made: dict[str, Any] = {
        "first": OCTOBER,
        "last": OCTOBER,
        "months": [standing()],
        "definitions": [1],
        "by_mode": [ModeRow(mode, counts) for mode, counts in modes],
        "by_topic": [
            TopicRow("Berufliche Ziele", together(VIDEO, TELEPHONE)),
            TopicRow("Leistungen und Unterlagen für Selbständige und Aufstockende", together(ON_SITE, OUTREACH)),
        ],
        "total": together(VIDEO, TELEPHONE, ON_SITE, OUTREACH),
        "contacts": ContactFigures(
            [
                ContactRow(ContactKind.IN_PERSON, "persönlich", 309, 41, counts=True),
                ContactRow(ContactKind.TELEPHONE, "Telefon", 402, 3, counts=True),
                ContactRow(ContactKind.VIDEO, "Video", 176, 22, counts=True),
                ContactRow(ContactKind.OUTREACH, "aufsuchend", 24, 9, counts=True),
                ContactRow(ContactKind.OTHER, "Gruppenabend", 31, 0, counts=False),
            ],
            person_months=651,
        ),
        "lengths": [
            LengthRow(Mode.VIDEO, 176, 30.0, 27.4),
            LengthRow(Mode.TELEPHONE, 341, 20.0, 18.25),
            LengthRow(Mode.ON_SITE, 309, 35.0, 41.0),
            LengthRow(Mode.OUTREACH_VISIT, 0, None, None),
        ],
        "travel": TravelFigures(trips=176, km=4210, trips_of_unknown_length=12),
        "funnel": Funnel(offered=240, chosen=190, prepared=171, tried=150, again=96),
    }
    return Figures(**made | values)


def block(quarter: str, *counts: tuple[int, int, int]) -> Block:
    """A quarter; what each question got, in their order: yes, partly, no. Whoever answered the most left none out."""
    given = counts or ((71, 15, 10),) * len(Question)
    answers = max(sum(one) for one in given)
    by_question = {
        question: dict(zip(Answer, one, strict=True)) for question, one in zip(Question, given, strict=False)
    }
    return Block(quarter, answers, by_question)


def store(office: JobCenter, month: dt.date, *, is_frozen: bool = True) -> None:
    """These figures as the engine keeps them, in the office's first team; its second one is small."""
    built = dt.datetime.combine(month, dt.time(3), tzinfo=dt.UTC) + dt.timedelta(days=40)
    kept = FiguresMonth.objects.create(
        jobcenter=office, month=month, definitions=1, built_at=built, frozen_at=built if is_frozen else None
    )
    team, small = office.teams.order_by("name")[:2]
    given = figures()
    _store_appointments(kept, team, given)
    _store_contacts(kept, team, given.contacts)
    steps = {name: getattr(given.funnel, name) for name in ("offered", "chosen", "prepared", "tried", "again")}
    PeopleCount.objects.create(month=kept, team=team, persons=given.contacts.person_months, **steps)
    TeamStanding.objects.create(month=kept, team=team, is_small=False, is_hidden=False)
    TeamStanding.objects.create(month=kept, team=small, is_small=True, is_hidden=True)


def _store_appointments(month: FiguresMonth, team: Team, given: Figures) -> None:
    topics = list(month.jobcenter.topics.order_by("name")[:2])
    ShownTopic.objects.bulk_create(ShownTopic(month=month, topic=topic) for topic in topics)
    for row, length in zip(given.by_mode, given.lengths, strict=True):
        for outcome, many in row.tally.by_outcome.items():
            held = many if outcome == Outcome.HELD else 0
            way = given.travel if held and row.mode is Mode.VIDEO else TravelFigures(0, 0, 0)
            if many:
                AppointmentCount.objects.create(
                    month=month,
                    team=team,
                    mode=row.mode,
                    topic=topics[row.mode in (Mode.ON_SITE, Mode.OUTREACH_VISIT)],
                    outcome=outcome,
                    count=many,
                    planned_minutes=round(many * (length.planned_minutes or 30)),
                    timed=held,
                    minutes=round(held * (length.minutes or 30)),
                    km=way.km,
                    unknown_km=way.trips_of_unknown_length,
                )


def _store_contacts(month: FiguresMonth, team: Team, contacts: ContactFigures) -> None:
    for row in contacts.rows:
        own = None
        if row.kind is ContactKind.OTHER:
            own, _new = ContactType.objects.get_or_create(jobcenter=month.jobcenter, name=row.label, counts=row.counts)
        for third, many in ((False, row.count - row.with_third_party), (True, row.with_third_party)):
            if many:
                ContactCount.objects.create(
                    month=month,
                    team=team,
                    kind=row.kind,
                    own_type=own,
                    with_third_party=third,
                    counts=row.counts,
                    count=many,
                )
