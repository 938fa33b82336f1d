"""P11: bookings by several processes that want the same counsellors, clients and channels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass

from django.db import connection

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment, ChannelBooking, Participation
from tests.bench.booker import LENGTH, NOW
from tests.bench.figures import Figure
from tests.factories import make_client, make_office, make_staff, topic_of
from tests.servers import REPO

PROCESSES = 4
ATTEMPTS = {"sqlite": 20_000, "postgresql": 100_000}
QUICK_ATTEMPTS = 2_000
RATED, QUICK_RATED = 4_000, 400
BOOKINGS_PER_SECOND = 100


@dataclass(frozen=True)
class Size:
    """An office, and the span of days in which everybody wants an appointment."""

    slug: str
    counsellors: int
    clients: int
    channels: int
    days: int


# Where hardly anybody is in anybody's way: how many bookings a second there are.
WIDE = Size("weit", counsellors=50, clients=1000, channels=40, days=365)
# Where most are: whether the database holds.
NARROW = Size("eng", counsellors=10, clients=40, channels=8, days=56)
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

# Rows that begin before one before them, of the same resource, has ended.
TWICE = """
    SELECT count(*) FROM (
        SELECT starts_at, max(ends_at) OVER (
            PARTITION BY {resource} ORDER BY starts_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS taken_until
        FROM {table} WHERE {resource} IS NOT NULL AND {active}
    ) AS spans WHERE starts_at < taken_until
"""


@dataclass(frozen=True)
class Race:
    """What several processes came to, and how long it took."""

    outcomes: Counter[str]
    seconds: float

    @property
    def attempts_per_second(self) -> float:
        """Attempts, whatever came of them."""
        return self.outcomes.total() / self.seconds

    @property
    def bookings_per_second(self) -> float:
        """Those that were booked."""
        return self.outcomes["booked"] / self.seconds


def measure(*, quick: bool) -> list[Figure]:
    """The bare INSERT, the whole chain with room for everybody, then the contended chain."""
    wide, _narrow = _open(WIDE), _open(NARROW)
    rated = QUICK_RATED if quick else RATED
    bare = _bare(wide, attempts=rated)
    free = _race("book", WIDE, attempts=rated)
    attempts = QUICK_ATTEMPTS if quick else ATTEMPTS[connection.vendor]
    contended = _race("book", NARROW, attempts=attempts)
    # A bench that lost bookings would have nothing to say.
    booked = free.outcomes["booked"] + contended.outcomes["booked"]
    assert Appointment.objects.count() == ChannelBooking.objects.count() == booked
    return [_doubles(contended, attempts), *_rates(bare=bare, free=free, contended=contended)]


def _doubles(contended: Race, attempts: int) -> Figure:
    refused = ", ".join(f"{count:,} {why}" for why, count in contended.outcomes.most_common() if why != "booked")
    return Figure(
        id="P11",
        what=f"double bookings in {attempts:,} contended attempts, {NAMES[connection.vendor]}",
        value=double_bookings(),
        unit="",
        at_most=0,
        note=f"{contended.outcomes['booked']:,} booked; refused: {refused}. {PROCESSES} processes fought over "
        f"{NARROW.counsellors} counsellors, {NARROW.clients} clients and {NARROW.channels} channels",
    )


def _rates(*, bare: Race, free: Race, contended: Race) -> list[Figure]:
    name = NAMES[connection.vendor]
    return [
        Figure(
            id="P11",
            what=f"bookings by {PROCESSES} processes, whole chain, {name}",
            value=free.bookings_per_second,
            unit="/s",
            at_least=BOOKINGS_PER_SECOND if connection.vendor == "postgresql" else None,
            baseline=bare.bookings_per_second,
            baseline_is="a bare INSERT of one guarded row",
            note=f"{free.outcomes['booked']:,} of {free.outcomes.total():,} attempts found room",
        ),
        Figure(
            id="P11",
            what=f"contended attempts answered, whole chain, {name}",
            value=contended.attempts_per_second,
            unit="/s",
            baseline=bare.attempts_per_second,
        ),
    ]


def double_bookings() -> int:
    """Overlaps on channels, counsellors and clients, counted by SQL over what is stored."""
    participation, channel = Participation._meta.db_table, ChannelBooking._meta.db_table
    guarded = [
        (channel, "channel_id", "1 = 1"),
        *((participation, who, "is_active") for who in ("staff_id", "client_id")),
    ]
    found = 0
    with connection.cursor() as cursor:
        for table, resource, active in guarded:
            cursor.execute(TWICE.format(table=table, resource=resource, active=active))
            found += cursor.fetchone()[0]
    return found


def _open(size: Size) -> JobCenter:
    office = make_office(size.slug, channels=size.channels)
    for _ in range(size.counsellors):
        make_staff(office, gets_calendar_mails=True)
    for _ in range(size.clients):
        make_client(office)
    return office


def _bare(office: JobCenter, *, attempts: int) -> Race:
    """On appointments made for it, which are gone afterwards."""
    values = {"jobcenter": office, "team": office.teams.earliest("pk"), "topic": topic_of(office), "mode": Mode.VIDEO}
    values |= {"starts_at": NOW, "ends_at": NOW + LENGTH, "created_at": NOW}
    Appointment.objects.bulk_create(
        (Appointment(**values, booking_key=uuid.uuid4()) for _ in range(attempts)), batch_size=500
    )
    race = _race("insert", WIDE, attempts=attempts)
    ChannelBooking.objects.all().delete()
    Appointment.objects.all().delete()
    return race


def _race(work: str, size: Size, *, attempts: int) -> Race:
    """All start together; ends them by their ids, whatever happens."""
    command = [sys.executable, "-m", "tests.bench.booker", work, size.slug, str(size.days)]
    connection.close()
    bookers = [
        subprocess.Popen(
            [*command, str(attempts // PROCESSES), str(number)],
            cwd=REPO,
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for booker in bookers:
            assert booker.stdout is not None
            if booker.stdout.readline() != "ready\n":
                _rest(booker)
        started = time.monotonic()
        for booker in bookers:
            assert booker.stdin is not None
            booker.stdin.write("go\n")
            booker.stdin.flush()
        outcomes: Counter[str] = Counter()
        for booker in bookers:
            outcomes.update(json.loads(_rest(booker)))
        return Race(outcomes, time.monotonic() - started)
    finally:
        for booker in bookers:
            booker.kill()
            booker.wait()


def _rest(booker: subprocess.Popen[str]) -> str:
    """What it printed last; RuntimeError with its own exception where it broke off."""
    printed, complaint = booker.communicate()
    if booker.returncode:
        raise RuntimeError(complaint)
    return printed
