"""P15: the nightly run over a year of one office, while somebody books."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time

from django.db import connection
from django.utils import timezone

from nahbar.audit.models import RetentionEntry
from nahbar.audit.nightly import count_anew, run_now
from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.rules import ConsentState, Purpose, Route
from nahbar.invitations.models import Invitation
from nahbar.scheduling.models import Appointment, AppointmentChange, Contact, Participation
from nahbar.scheduling.rules import ChangeKind, ContactKind, ParticipationRole
from tests.bench.contention import NAMES
from tests.bench.figures import Figure, percentile
from tests.bench.office_year import APPOINTMENTS, QUICK_APPOINTMENTS, Year, fill, open_year
from tests.factories import make_client, make_staff
from tools.console import REPO

RUN_SECONDS, BOOKING_MS = 60, 1_000
AGE = dt.timedelta(days=6 * 365)


def measure(*, quick: bool) -> list[Figure]:
    """Fill a year with all that hangs on it, let six years go by, then run the night and book all the while."""
    year = open_year()
    later = timezone.now() + AGE
    count = fill(year, QUICK_APPOINTMENTS if quick else APPOINTMENTS)
    hang(year)
    count_anew()
    booker = Booker(year, now=later)
    began = time.perf_counter()
    run = run_now(now=later)
    seconds = time.perf_counter() - began
    bookings = booker.stop()
    assert run is not None
    assert run.errors == ""
    assert not Appointment.objects.filter(starts_at__lt=later).exists()
    files = sum(RetentionEntry.objects.filter(rule="people.files").values_list("count", flat=True))
    name = NAMES[connection.vendor]
    return [
        Figure(
            id="P15",
            what=f"retention run over {files:,} files with {count:,} appointments, {name}",
            value=seconds,
            unit="s",
            at_most=RUN_SECONDS,
            note=f"{len(bookings)} bookings meanwhile",
        ),
        Figure(
            id="P15",
            what=f"a booking meanwhile, 95th percentile, {name}",
            value=percentile(bookings, 0.95),
            unit="ms",
            at_most=BOOKING_MS,
            note=f"longest {max(bookings):.0f} ms",
        ),
    ]


def hang(year: Year) -> None:
    """An invitation, a change and a contact for each appointment, a consent for each person."""
    held = Participation.objects.filter(role=ParticipationRole.CLIENT).values_list(
        "pk", "appointment_id", "client_id", "starts_at"
    )
    rows = list(held)
    Invitation.objects.bulk_create(
        [Invitation(participation_id=pk, issued_at=at) for pk, _, _, at in rows], batch_size=500
    )
    AppointmentChange.objects.bulk_create(
        [AppointmentChange(appointment_id=one, kind=ChangeKind.BOOKED, at=at) for _, one, _, at in rows], batch_size=500
    )
    Contact.objects.bulk_create(
        [
            Contact(
                jobcenter=year.office,
                team_id=year.clients[0].team_id,
                client_id=who,
                appointment_id=one,
                kind=ContactKind.VIDEO,
                at=at,
                minutes=45,
            )
            for _, one, who, at in rows
        ],
        batch_size=500,
    )
    text = ConsentText.objects.filter(purpose=Purpose.VIDEO_COUNSELLING).first()
    assert text is not None
    values = {"purpose": text.purpose, "text": text, "text_sha256": text.sha256, "language": "de", "route": Route.TAP}
    given = {"state": ConsentState.GIVEN, "given_at": timezone.now(), **values}
    Consent.objects.bulk_create([Consent(client=client, **given) for client in year.clients])


class Booker:
    """Books one appointment after the other in a process of its own, as in operation."""

    def __init__(self, year: Year, *, now: dt.datetime) -> None:
        staff, client = make_staff(year.office), make_client(year.office, created_at=now)
        command = [sys.executable, "-m", "tests.bench.night_booker", str(staff.pk), str(client.pk), now.isoformat()]
        self._process = subprocess.Popen(command, cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> list[float]:
        """How many milliseconds each booking took; it ends after the one it is at."""
        out, _ = self._process.communicate(timeout=60)
        times: list[float] = json.loads(out)
        return times
