"""P16 and P17: a list of 20,000 people is taken in, and each of them is found however they are asked for."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from nahbar.audit.nightly import count_anew
from nahbar.jobcenters.rules import Role
from nahbar.people.imports import apply_next, confirm, read_upload, start_import
from nahbar.people.models import Client, ClientImport
from nahbar.people.queries import Desk
from nahbar.people.rules import ImportState
from nahbar.people.search import find_elsewhere, search_clients
from tests.bench.contention import NAMES
from tests.bench.figures import Figure, middle, percentile
from tests.factories import desk_of, make_office, make_staff
from tests.people.lists import HEADER, text

PEOPLE, QUICK_PEOPLE = 20_000, 2_000
IMPORT_SECONDS, SEARCH_MS = 60, 100
ROUNDS = 20
LAST = [
    *("Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann"),
    *("Yılmaz", "Kaya", "Öztürk", "Petersen", "Hansen", "Nowak", "Kowalski", "Ivanov", "Popescu", "Nguyen"),
]
PARTS = ["ba", "ke", "lo", "mi", "nu", "ra", "schu", "mer", "hol", "ber", "gen", "ner", "mann", "stein", "dorf", "feld"]
FIRST = ["Anna", "Ben", "Clara", "David", "Elif", "Fatma", "Georg", "Hanna", "Ivan", "Jana", "Kim", "Lena", "Max"]
ASKED = {
    "name as typed": ["mül", "Müller", "s", "anna schm", "kaya"],
    "name as heard": ["Miller", "Meier", "Schmitt", "Kaja anna"],
    "name mistyped": ["Petresn", "Hofmnan", "Schulzw", "Xyzxyz"],
    "number": ["9000", "90001234"],
    "birth date": ["12.03.1980", "Müller 12.03.1980"],
}


def measure(*, quick: bool) -> list[Figure]:
    """Take the list in as the worker does, task by task, then search."""
    office = make_office("westheide")
    admin, counsellor = make_staff(office, Role.ADMINISTRATOR), make_staff(office)
    count = QUICK_PEOPLE if quick else PEOPLE
    imported = _import(desk_of(admin, office), text(_rows(count)), count)
    assert Client.objects.count() == count
    # As after the night.
    count_anew()
    return [imported, *_searches(desk_of(counsellor, office), count)]


def _rows(count: int) -> Iterator[list[str]]:
    """Half of the family names are common, the others are nearly everybody's own."""
    chance = random.Random(1)  # noqa: S311
    yield HEADER
    for number in range(count):
        common = chance.random() < 0.5
        last = chance.choice(LAST) if common else "".join(chance.sample(PARTS, 3)).title()
        born = dt.date(1950, 1, 1) + dt.timedelta(days=chance.randrange(18_000))
        who = [f"9{number:07}", last, chance.choice(FIRST), f"{born:%d.%m.%Y}", f"Team {number % 2 + 1}"]
        yield [*who, f"p{number}@example.org", "0176 1234", "Frau"]


def _import(desk: Desk, content: bytes, count: int) -> Figure:
    upload = start_import(desk=desk, content=content, now=timezone.now())
    began, work = time.perf_counter(), time.process_time()
    read_upload(public_id=upload.public_id, reading=upload.reading, now=timezone.now())
    read = time.perf_counter() - began
    upload.refresh_from_db()
    confirm(desk=desk, upload=upload, now=timezone.now())
    while ClientImport.objects.filter(pk=upload.pk, state=ImportState.APPLYING).exists():
        apply_next(public_id=upload.public_id, now=timezone.now())
    seconds = time.perf_counter() - began
    return Figure(
        id="P16",
        what=f"a list of {count:,} people read, compared and applied, {NAMES[connection.vendor]}",
        value=seconds,
        unit="s",
        at_most=IMPORT_SECONDS,
        note=f"read and compared in {read:.0f} s; {time.process_time() - work:.0f} s of this process's own work",
    )


def _searches(desk: Desk, count: int) -> Iterator[Figure]:
    for what, texts in ASKED.items():
        times = [_search(desk, asked) for _ in range(ROUNDS) for asked in texts]
        yield Figure(
            id="P17",
            what=f"search among {count:,} people by {what}, 95th percentile, {NAMES[connection.vendor]}",
            value=percentile(times, 0.95),
            unit="ms",
            at_most=SEARCH_MS,
            note=f"median {middle(times):.0f} ms",
        )


def _search(desk: Desk, asked: str) -> float:
    """As the page does: the desk's own people, then other teams'."""
    began = time.perf_counter()
    search_clients(desk=desk, text=asked)
    find_elsewhere(desk=desk, text=asked)
    return (time.perf_counter() - began) * 1000
