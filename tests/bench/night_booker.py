"""Books while the nightly run is at work: `python -m tests.bench.night_booker STAFF CLIENT NOW`.

Says "ready", books one appointment after the other until its input ends, and prints what each took as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import select
import sys
import time

import django

django.setup()

from nahbar.jobcenters.rules import Mode  # noqa: E402
from nahbar.people.models import Client, StaffMember  # noqa: E402
from tests.factories import book  # noqa: E402

BETWEEN = 0.05


def book_on(*, staff: StaffMember, client: Client, now: dt.datetime) -> list[float]:
    """An appointment a day, on site; the milliseconds of each."""
    times: list[float] = []
    while not select.select([sys.stdin], [], [], BETWEEN)[0]:
        starts_at = now + dt.timedelta(days=1 + len(times) % 300, hours=len(times) // 300)
        began = time.perf_counter()
        book(client=client, staff=staff, starts_at=starts_at, now=now, mode=Mode.ON_SITE)
        times.append((time.perf_counter() - began) * 1000)
    return times


if __name__ == "__main__":
    staff_pk, client_pk, moment = sys.argv[1:]
    person = Client.objects.select_related("jobcenter", "team").get(pk=client_pk)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    done = book_on(staff=StaffMember.objects.get(pk=staff_pk), client=person, now=dt.datetime.fromisoformat(moment))
    sys.stdout.write(json.dumps(done) + "\n")
