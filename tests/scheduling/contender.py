"""One of several processes that want the same counsellors, clients and channels at once.

Says "ready", waits for a line, makes its attempts, and prints what came of them as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import uuid
from collections import Counter
from typing import Any

import django

django.setup()

from django.db import IntegrityError, OperationalError, transaction  # noqa: E402

from nahbar.jobcenters.models import JobCenter  # noqa: E402
from nahbar.jobcenters.rules import Mode  # noqa: E402
from nahbar.people.models import Client, StaffMember  # noqa: E402
from nahbar.scheduling.constraints import violates  # noqa: E402
from nahbar.scheduling.errors import Refused  # noqa: E402
from nahbar.scheduling.models import Appointment, ChannelBooking, VideoChannel  # noqa: E402
from nahbar.scheduling.operations import book_appointment  # noqa: E402
from tests.factories import at, desk_of, make_wish, topic_of  # noqa: E402

NOW = at("2026-03-02 08:00")
FIRST = at("2026-03-03 08:00")
FIVE_MINUTES = dt.timedelta(minutes=5)


def book(attempts: int, chance: random.Random) -> Any:
    """Books by the real operation; counts what happened."""
    office = JobCenter.objects.get()
    desks = [desk_of(staff, office) for staff in StaffMember.objects.all()]
    clients = list(Client.objects.all())
    outcomes: Counter[str] = Counter()
    for _ in range(attempts):
        desk = chance.choice(desks)
        wish = make_wish(
            client=chance.choice(clients),
            staff=desk.staff,
            starts_at=FIRST + FIVE_MINUTES * chance.randrange(480),
        )
        try:
            book_appointment(desk=desk, wish=wish, now=NOW)
            outcomes["booked"] += 1
        except Refused as refused:
            outcomes[refused.reason.value] += 1
    return outcomes


def seat(attempts: int, chance: random.Random) -> Any:
    """Writes channel bookings without looking; lists what was refused."""
    channels = list(VideoChannel.objects.values_list("pk", flat=True))
    refused = []
    for _ in range(attempts):
        start, length = chance.randrange(600), chance.randrange(1, 12)
        channel = chance.choice(channels)
        if not _seated(channel, FIRST + FIVE_MINUTES * start, FIRST + FIVE_MINUTES * (start + length)):
            refused.append((channel, start, start + length))
    return refused


def _seated(channel: int, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    office = JobCenter.objects.get()
    times = {"starts_at": starts_at, "ends_at": ends_at}
    while True:
        try:
            with transaction.atomic():
                appointment = Appointment.objects.create(
                    jobcenter=office,
                    team=office.teams.earliest("pk"),
                    topic=topic_of(office),
                    mode=Mode.VIDEO,
                    booking_key=uuid.uuid4(),
                    created_at=NOW,
                    **times,
                )
                ChannelBooking.objects.create(channel_id=channel, appointment=appointment, **times)
        except IntegrityError as error:
            if violates(error, "no_overlap_channel"):
                return False
            raise
        except OperationalError:
            # PostgreSQL ends one of two inserts that wait for each other.
            continue
        return True


if __name__ == "__main__":
    work, number, seed = sys.argv[1:]
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    came = {"book": book, "seat": seat}[work](int(number), random.Random(int(seed)))  # noqa: S311
    print(json.dumps(came))  # noqa: T201
