"""P15: the nightly run over a year of one office, while somebody books."""

from __future__ import annotations

import datetime as dt
import threading
import time

from django.db import connection
from django.utils import timezone

from nahbar.audit.models import RetentionEntry
from nahbar.audit.nightly import run_now
from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.rules import ConsentState, Purpose, Route
from nahbar.invitations.models import Invitation
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment, AppointmentChange, Contact, Participation
from nahbar.scheduling.rules import ChangeKind, ContactKind, ParticipationRole
from tests.bench.contention import NAMES
from tests.bench.figures import Figure, percentile
from tests.bench.office_year import APPOINTMENTS, QUICK_APPOINTMENTS, Year, fill, open_year
from tests.factories import book, make_client, make_staff

RUN_SECONDS, BOOKING_MS = 60, 1_000
AGE = dt.timedelta(days=6 * 365)


def measure(*, quick: bool) -> list[Figure]:
    """Fill a year with all that hangs on it, let six years go by, then run the night and book all the while."""
    year = open_year()
    later = timezone.now() + AGE
    count = fill(year, QUICK_APPOINTMENTS if quick else APPOINTMENTS)
    hang(year)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    booker = Booker(year, now=later)
    booker.start()
    began = time.perf_counter()
    run = run_now(now=later)
    seconds = time.perf_counter() - began
    booker.stop()
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
            note=f"{len(booker.times)} bookings meanwhile",
        ),
        Figure(
            id="P15",
            what=f"a booking meanwhile, 95th percentile, {name}",
            value=percentile(booker.times, 0.95),
            unit="ms",
            at_most=BOOKING_MS,
            note=f"longest {max(booker.times):.0f} ms",
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
            Contact(jobcenter=year.office, client_id=who, appointment_id=one, kind=ContactKind.VIDEO, at=at, minutes=45)
            for _, one, who, at in rows
        ],
        batch_size=500,
    )
    text = ConsentText.objects.filter(purpose=Purpose.VIDEO_COUNSELLING).first()
    assert text is not None
    values = {"purpose": text.purpose, "text": text, "text_sha256": text.sha256, "language": "de", "route": Route.TAP}
    given = {"state": ConsentState.GIVEN, "given_at": timezone.now(), **values}
    Consent.objects.bulk_create([Consent(client=client, **given) for client in year.clients])


class Booker(threading.Thread):
    """Books one appointment after the other, and notes how long each took."""

    def __init__(self, year: Year, *, now: dt.datetime) -> None:
        super().__init__(daemon=True)
        self.times: list[float] = []
        self._done = threading.Event()
        self._now = now
        self._staff, self._client = make_staff(year.office), make_client(year.office, created_at=now)

    def stop(self) -> None:
        """After the booking it is at."""
        self._done.set()
        self.join(60)

    def run(self) -> None:
        """An appointment a day, on site."""
        while not self._done.wait(0.05):
            starts_at = self._now + dt.timedelta(days=1 + len(self.times) % 300, hours=len(self.times) // 300)
            began = time.perf_counter()
            person, staff, now = self._client, self._staff, self._now
            book(client=person, staff=staff, starts_at=starts_at, now=now, mode=Mode.ON_SITE)
            self.times.append((time.perf_counter() - began) * 1000)
        connection.close()
