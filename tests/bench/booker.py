"""One of the processes that book against each other: `python -m tests.bench.booker WORK OFFICE DAYS ATTEMPTS NUMBER`.

Says "ready", waits for a line, works, and prints what came of it as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django

django.setup()

from django.db import IntegrityError, OperationalError, connection  # noqa: E402

from nahbar.jobcenters.models import JobCenter  # noqa: E402
from nahbar.people.models import Client, StaffMember  # noqa: E402
from nahbar.people.queries import Desk  # noqa: E402
from nahbar.scheduling.constraints import violates  # noqa: E402
from nahbar.scheduling.errors import Refused  # noqa: E402
from nahbar.scheduling.models import Appointment, ChannelBooking, VideoChannel  # noqa: E402
from nahbar.scheduling.operations import Wish, book_appointment  # noqa: E402
from nahbar.scheduling.rules import BERLIN  # noqa: E402
from tests.factories import at, desk_of, make_wish, topic_of  # noqa: E402

NOW = at("2026-01-02 08:00")
FIRST_DAY = dt.date(2026, 1, 5)
LENGTH = dt.timedelta(minutes=30)
# Channel, appointment, start and end as the database takes them.
Row = tuple[int, int, Any, Any]


@dataclass(frozen=True)
class Cast:
    """What is fought over: an office, its people and channels, and the working days of a span."""

    office: JobCenter
    days: int
    chance: random.Random

    @cached_property
    def desks(self) -> list[Desk]:
        """The counsellors."""
        return [desk_of(staff, self.office) for staff in StaffMember.objects.filter(memberships__jobcenter=self.office)]

    @cached_property
    def clients(self) -> list[Client]:
        """The clients."""
        return list(Client.objects.of(self.office).select_related("jobcenter", "team"))

    @cached_property
    def channels(self) -> list[int]:
        """The channels' keys."""
        return list(VideoChannel.objects.filter(jobcenter=self.office).values_list("pk", flat=True))

    def start(self) -> dt.datetime:
        """A quarter hour of a working day."""
        day = FIRST_DAY + dt.timedelta(days=self.chance.randrange(self.days // 7) * 7 + self.chance.randrange(5))
        minute = 8 * 60 + 15 * self.chance.randrange(34)
        return dt.datetime.combine(day, dt.time(minute // 60, minute % 60), tzinfo=BERLIN).astimezone(dt.UTC)


def book(cast: Cast, wishes: list[Wish]) -> Counter[str]:
    """The whole chain by the real operation: participations, channel, invitation, mail row, audit row."""
    desks = {desk.staff.pk: desk for desk in cast.desks}
    outcomes: Counter[str] = Counter()
    for wish in wishes:
        try:
            book_appointment(desk=desks[wish.counsellor.pk], wish=wish, now=NOW)
        except Refused as refused:
            outcomes[refused.reason.value] += 1
        else:
            outcomes["booked"] += 1
    return outcomes


def prepare_book(cast: Cast, attempts: int, number: int) -> list[Wish]:
    """What the process will wish for."""
    del number
    topic, chance = topic_of(cast.office), cast.chance
    return [
        make_wish(
            client=chance.choice(cast.clients),
            staff=chance.choice(cast.desks).staff,
            starts_at=cast.start(),
            topic=topic,
        )
        for _ in range(attempts)
    ]


def insert(cast: Cast, rows: list[Row]) -> Counter[str]:
    """The baseline: one bare INSERT of a row that the constraint guards, nothing else."""
    del cast
    table = connection.ops.quote_name(ChannelBooking._meta.db_table)
    sql = f"INSERT INTO {table} (channel_id, appointment_id, starts_at, ends_at) VALUES (%s, %s, %s, %s)"  # noqa: S608
    outcomes: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for row in rows:
            try:
                cursor.execute(sql, row)
            except IntegrityError as error:
                if not violates(error, "no_overlap_channel"):
                    raise
                outcomes["refused"] += 1
            except OperationalError:
                outcomes["deadlock"] += 1
            else:
                outcomes["booked"] += 1
    return outcomes


def prepare_insert(cast: Cast, attempts: int, number: int) -> list[Row]:
    """Rows for appointments of this process's own, because a booking belongs to one."""
    stored = Appointment.objects.filter(jobcenter=cast.office).order_by("pk").values_list("pk", flat=True)
    mine = stored[number * attempts : (number + 1) * attempts]
    return [_row(cast.chance.choice(cast.channels), appointment, cast.start()) for appointment in mine]


def _row(channel: int, appointment: int, start: dt.datetime) -> Row:
    adapt = connection.ops.adapt_datetimefield_value
    return channel, appointment, adapt(start), adapt(start + LENGTH)


if __name__ == "__main__":
    work, slug, days, attempts, number = sys.argv[1:]
    chance = random.Random(int(number))  # noqa: S311
    cast = Cast(office=JobCenter.objects.get(slug=slug), days=int(days), chance=chance)
    works: dict[str, tuple[Callable[..., Any], Callable[..., Counter[str]]]] = {
        "book": (prepare_book, book),
        "insert": (prepare_insert, insert),
    }
    prepare, do = works[work]
    prepared = prepare(cast, int(attempts), int(number))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(do(cast, prepared)) + "\n")
