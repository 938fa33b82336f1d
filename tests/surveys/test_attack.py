"""Somebody reads the whole database, again and again, and wants to know who answered what.

They have every cell of every table, the order in which rows lie on the disk (`rowid`, or `ctid` and `xmin`), the log,
and more than they could have: they are told who answered, in which order, and watch each answer arrive. They have no
key. Every answer in the test is unlike every other, so that one who finds the row of a person has found them out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.db import connection, models
from django.test import Client as Browser

from nahbar.jobcenters.models import JobCenter
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.surveys.figures import FEWEST, Answer, Question
from nahbar.surveys.models import SpentTicket, StagedAnswer, StoredAnswer
from nahbar.surveys.operations import move_lots
from nahbar.surveys.rules import Answers
from nahbar.surveys.tickets import hash_of, read_ticket, ticket_of_talk
from tests.factories import at, book, desk_of, make_client, make_office, make_staff
from tests.surveys.talks import talk

pytestmark = pytest.mark.django_db(transaction=True)

DAYS, HOURS = 12, ("09:00", "10:00", "11:00", "13:00")
# Whoever puts a lot in any order against a shuffled one is right once, on average, however large the lot: hits over
# all lots are distributed like Poisson with as many as there are lots. Over four lots more than 21 come by chance
# once in 10⁹; times the orders that are tried, still less than once in a million runs.
LOTS, MOST_BY_CHANCE = 4, 21
# 81 ways to answer all four questions: enough that nobody answers like anybody else.
WAYS = [dict(zip(Question, said, strict=True)) for said in itertools.product(Answer, repeat=len(Question))]

Row = dict[str, Any]
Database = dict[str, list[Row]]


def whole_database() -> Database:
    """Every table, every cell, in the order in which the rows lie on the disk."""
    place = "rowid AS place" if connection.vendor == "sqlite" else "ctid::text AS place, xmin::text AS writer"
    # A block and a row in it, to be compared as numbers.
    order = "rowid" if connection.vendor == "sqlite" else "ctid"
    tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT {place}, * FROM "{table}" ORDER BY {order}')  # noqa: S608
            columns = [column[0] for column in cursor.description]
            tables[table] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return tables


@dataclass
class Seen:
    """What the attacker has: the database after each answer and each move, and who answered when."""

    truth: dict[str, Answers] = field(default_factory=dict)
    arrivals: list[str] = field(default_factory=list)
    # Which sealed row came with whom.
    sealed: dict[str, Row] = field(default_factory=dict)
    # Who was in which lot, and the rows it became, as they lie on the disk.
    lots: list[tuple[list[str], list[Row]]] = field(default_factory=list)
    last: Database = field(default_factory=dict)
    log: str = ""


Take = Callable[[Appointment, Answers], None]


def by_the_page(appointment: Appointment, answers: Answers) -> None:
    """As a person answers."""
    data = {question.value: said.value for question, said in answers.items()}
    answered = Browser().post("/meinung/", {"secret": ticket_of_talk(appointment), "step": "send"} | data)
    assert answered.status_code == 200


def as_it_comes(appointment: Appointment, answers: Answers) -> None:
    """The naive way: stored at once."""
    said = {question.value: one.value for question, one in answers.items()}
    StoredAnswer.objects.create(jobcenter=appointment.jobcenter, audience="clients", quarter="2026Q1", **said)


def watch(take: Take, caplog: pytest.LogCaptureFixture) -> Seen:
    """Twelve days in an office; after every talk its client answers, but each twelfth, and the clock looks."""
    office = make_office("altona")
    staff = make_staff(office)
    seen, known, waiting = Seen(), set[Any](), list[str]()
    order = list(WAYS)
    # Not in the order of the alphabet: what they said must not tell when.
    order.sort(key=lambda way: hashlib.sha256(str(way).encode()).digest())
    for number, appointment in enumerate(booked(office, staff)):
        talk(appointment)
        ended = appointment.starts_at + dt.timedelta(minutes=20)
        mark_held(appointment=appointment, by=desk_of(staff, office).actor, now=ended)
        if number % 12 != 11:
            person = str(appointment.public_id)
            seen.truth[person] = order[number]
            with time_machine.travel(ended + dt.timedelta(minutes=1 + number % 5), tick=False):
                take(appointment, order[number])
            seen.arrivals.append(person)
            waiting.append(person)
            for row in whole_database()["surveys_stagedanswer"]:
                if row["id"] not in known:
                    seen.sealed[person] = row
                    known.add(row["id"])
        move_lots(ended + dt.timedelta(minutes=10))
        stored = [row for row in whole_database()["surveys_storedanswer"] if row["id"] not in known]
        if stored and (take is by_the_page or len(stored) == FEWEST):
            seen.lots.append((waiting, stored))
            known |= {row["id"] for row in stored}
            waiting = []
    seen.last, seen.log = whole_database(), caplog.text
    return seen


def booked(office: JobCenter, staff: Any) -> list[Appointment]:
    first = dt.date(2026, 1, 12)
    return [
        book(
            client=make_client(office),
            staff=staff,
            starts_at=at(f"{first + dt.timedelta(days=day)} {hour}"),
            now=at("2026-01-09 09:00"),
        )
        for day in range(DAYS)
        for hour in HOURS
    ]


def hits(seen: Seen, persons: Callable[[str], Any], rows: Callable[[Row], Any]) -> int:
    """How many are found out by laying the people of a lot, in one order, against its rows, in another."""
    right = 0
    for people, stored in seen.lots:
        for person, row in zip(sorted(people, key=persons), sorted(stored, key=rows), strict=True):
            right += all(row[question.value] == said.value for question, said in seen.truth[person].items())
    return right


def most_hits(seen: Seen) -> int:
    """The best of every order of people against every order of rows, and against its reverse."""
    talks = {str(row["public_id"]).replace("-", ""): row for row in seen.last["scheduling_appointment"]}
    places = {row["place"]: number for number, row in enumerate(seen.last["surveys_storedanswer"])}
    spent = {row["hash"]: number for number, row in enumerate(seen.last["surveys_spentticket"])}

    def of_talk(column: str) -> Callable[[str], Any]:
        return lambda person: str(talks[person.replace("-", "")][column])

    def sealed(column: str) -> Callable[[str], Any]:
        return lambda person: str(seen.sealed[person][column]) if person in seen.sealed else person

    people: list[Callable[[str], Any]] = [
        seen.arrivals.index,
        # What only the key tells, given away.
        lambda person: spent.get(hash_of(ticket_of_talk(Appointment.objects.get(public_id=person))), 0),
        sealed("id"),
        sealed("sealed"),
        *[of_talk(column) for column in ("id", "starts_at", "public_id", "created_at")],
    ]
    rows: list[Callable[[Row], Any]] = [
        lambda row: places[row["place"]],
        *[lambda row, question=question: (row[question.value], places[row["place"]]) for question in Question],
        lambda row: str(row["id"]),
        lambda row: hashlib.sha256(str(row["id"]).encode()).hexdigest(),
    ]
    found = [hits(seen, person, row) for person in people for row in rows]
    lots = [(people_of_lot, stored[::-1]) for people_of_lot, stored in seen.lots]
    places = {place: -number for place, number in places.items()}
    backwards = Seen(truth=seen.truth, lots=lots)
    return max(found + [hits(backwards, person, rows[0]) for person in people])


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Seen:
    """What the attacker saw of the product as it is."""
    caplog.set_level(logging.INFO)
    return watch(by_the_page, caplog)


def test_an_attacker_with_the_database_finds_nobody_out(seen: Seen) -> None:
    assert len(seen.lots) == LOTS
    assert all(len(people) >= FEWEST for people, _rows in seen.lots)

    assert most_hits(seen) < MOST_BY_CHANCE

    # Nor by a cell that two tables share: keys, hashes and sealed answers are nowhere else, in whatever spelling.
    own = [table for table in seen.last if table.startswith("surveys_")]
    telling = {
        plain(row[name])
        for table in own
        for row in seen.last[table]
        for name in ("id", "hash", "sealed")
        if name in row
    }
    others = [
        plain(cell) for table, rows in seen.last.items() if table not in own for row in rows for cell in row.values()
    ]
    waiting = len(seen.last["surveys_stagedanswer"])
    assert len(telling) == len(seen.arrivals) * 2 + waiting
    assert not [cell for cell in others if cell in telling]
    everything = "\n".join(others)
    assert not [one for one in telling if one in everything]

    # Nor by the person's mark, which is nowhere outside the seal.
    marks = [read_ticket(ticket_of_talk(appointment)) for appointment in Appointment.objects.all()]
    written = {one.mark.hex() for one in marks if one}
    assert len(written) == DAYS * len(HOURS)
    assert not [one for one in written if one in everything or one in "\n".join(telling)]

    # Nor by hashing what is known, nor by tickets made with another key.
    spent = {row["hash"] for row in seen.last["surveys_spentticket"]}
    cells = {str(cell) for rows in seen.last.values() for row in rows for cell in row.values()}
    assert not spent & {hashlib.sha256(cell.encode()).hexdigest() for cell in cells}
    assert hashes_with(list(configured.NAHBAR_LINK_KEYS)) == spent | unanswered(seen)
    for key in ("", "key", "altona", configured.SECRET_KEY):
        assert not spent & hashes_with([key])

    # Nor by the log: neither answering nor counting writes a line.
    assert seen.log == ""


def test_the_same_attack_finds_everybody_where_answers_are_stored_as_they_come(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen = watch(as_it_comes, caplog)

    assert most_hits(seen) == FEWEST * len(seen.lots) == FEWEST * LOTS


def test_the_same_attack_finds_everybody_where_lots_are_not_shuffled(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Orderly:
        def shuffle(self, lot: list[Any]) -> None:
            """As it came."""

    monkeypatch.setattr(secrets, "SystemRandom", Orderly)
    seen = watch(by_the_page, caplog)

    assert most_hits(seen) == FEWEST * LOTS


def plain(cell: Any) -> str:
    """A cell as any table may spell it."""
    if isinstance(cell, bytes | memoryview):
        return bytes(cell).hex()
    return str(cell).replace("-", "")


def hashes_with(keys: list[str]) -> set[str]:
    """What tickets of all talks would leave with these keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(configured, "NAHBAR_LINK_KEYS", keys)
        return {hash_of(ticket_of_talk(appointment)) for appointment in Appointment.objects.all()}


def unanswered(seen: Seen) -> set[str]:
    silent = Appointment.objects.exclude(public_id__in=seen.arrivals)
    return {hash_of(ticket_of_talk(appointment)) for appointment in silent}


# --- what may not even be there ------------------------------------------------------------------


@pytest.mark.parametrize("model", [StagedAnswer, StoredAnswer, SpentTicket])
def test_no_column_is_a_time_a_sequence_or_a_way_to_anybody(model: type[models.Model]) -> None:
    fields = model._meta.get_fields()

    assert [one.name for one in fields if one.is_relation] == ["jobcenter"]
    assert not [one for one in fields if isinstance(one, models.DateTimeField | models.TimeField | models.AutoField)]
    days = [one.name for one in fields if isinstance(one, models.DateField)]
    assert days == (["week"] if model is SpentTicket else [])
    numbers = [one.name for one in fields if isinstance(one, models.IntegerField | models.JSONField)]
    assert numbers == []


def test_the_columns_are_these_and_no_others() -> None:
    assert {
        model.__name__: [one.name for one in model._meta.get_fields()]
        for model in (SpentTicket, StagedAnswer, StoredAnswer)
    } == {
        "SpentTicket": ["hash", "jobcenter", "week"],
        "StagedAnswer": ["id", "jobcenter", "audience", "sealed"],
        "StoredAnswer": ["id", "jobcenter", "audience", "quarter", *[question.value for question in Question]],
    }
