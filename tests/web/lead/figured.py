"""An office with figures: what came of a month's appointments, counted by the engine itself."""

from __future__ import annotations

import datetime as dt

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.reporting.operations import build_open_months
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.rules import CancelledBy, NotHeldReason
from nahbar.surveys.figures import Audience
from nahbar.surveys.models import StoredAnswer
from tests.factories import at, book, desk_of, make_client, make_staff

# The cast's month is over, and frozen since the tenth.
NOW = at("2026-04-15 09:00")
BUILT = at("2026-04-15 03:00")


def fill(office: JobCenter, *, team: Team | None = None, counsellors: int = 3, talks: int = 2) -> list[StaffMember]:
    """Counsellors of a team with so many talks each in March: held but for each one's last."""
    staff = [make_staff(office, team=team) for _number in range(counsellors)]
    for number, one in enumerate(staff):
        for talk in range(talks):
            mode = list(Mode)[(number + talk) % 3]
            starts_at = at(f"2026-03-{10 + talk:02} {8 + number:02}:00")
            appointment = book(
                client=make_client(office, team), staff=one, starts_at=starts_at, now=at("2026-03-03 09:00"), mode=mode
            )
            _close(appointment, one, is_last=talk == talks - 1)
    return staff


def _close(appointment: Appointment, staff: StaffMember, *, is_last: bool) -> None:
    by = desk_of(staff, appointment.jobcenter).actor
    if is_last:
        mark_not_held(appointment=appointment, reason=NotHeldReason.NOT_REACHED, by=by, now=appointment.ends_at)
    else:
        mark_held(appointment=appointment, by=by, now=appointment.ends_at, minutes=20)


def call_off(appointment: Appointment, staff: StaffMember, now: dt.datetime) -> None:
    """Early enough."""
    by = desk_of(staff, appointment.jobcenter).actor
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.CLIENT, by=by, now=now)


def answer(office: JobCenter, audience: Audience, quarter: str, *, yes: int, no: int = 0) -> None:
    """Answers as they stand once they were counted: every question alike."""
    for said, many in (("yes", yes), ("no", no)):
        again = said if audience is Audience.CLIENTS else ""
        StoredAnswer.objects.bulk_create(
            StoredAnswer(
                jobcenter=office,
                audience=audience,
                quarter=quarter,
                acceptance=said,
                ease=said,
                recommend=said,
                again=again,
            )
            for _number in range(many)
        )


def build(office: JobCenter) -> None:
    """What the clock does at night."""
    build_open_months(jobcenter=office, now=BUILT)
