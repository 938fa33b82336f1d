"""A day as rows: appointments, meetings, the line of now, and the gaps between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from nahbar.scheduling.models import Appointment, Meeting
from nahbar.scheduling.rules import AppointmentState
from nahbar.web.counsellor.words import Chip

SHORTEST_GAP = dt.timedelta(minutes=30)
STEP = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Row:
    """One line of the agenda."""

    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    appointment: Appointment | None = None
    meeting: Meeting | None = None
    chip: Chip | None = None
    is_past: bool = False
    is_now: bool = False


def lay_out(
    *,
    appointments: list[Appointment],
    meetings: Sequence[Meeting] = (),
    waiting: Collection[str],
    open_times: Sequence[tuple[dt.datetime, dt.datetime]],
    now: dt.datetime,
    is_today: bool,
) -> list[Row]:
    """The rows of one day in order of time; the line of now only where `is_today`.

    Free is what lies between two of them and in `open_times`, and has no past.
    """
    rows, soonest = [_row(appointment, waiting, now) for appointment in appointments], next_step(now)
    rows += [_row_of_meeting(meeting, now) for meeting in meetings]
    rows.sort(key=lambda row: row.starts_at)
    rows += [
        Row("gap", begins, ends)
        for before, after in pairwise(rows)
        for opens, closes in open_times
        if (ends := min(after.starts_at, closes)) - (begins := max(before.ends_at, soonest, opens)) >= SHORTEST_GAP
    ]
    rows.sort(key=lambda row: (row.starts_at, row.kind != "gap"))
    return list(_with_now(rows, now)) if is_today and rows else rows


def next_step(now: dt.datetime) -> dt.datetime:
    """The next full five minutes: where an appointment can still begin."""
    within_the_hour = dt.timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    return now + -within_the_hour % STEP


def _with_now(rows: list[Row], now: dt.datetime) -> Iterator[Row]:
    line: Row | None = Row("now", now, now)
    for row in rows:
        if line is not None and row.ends_at > now:
            yield line
            line = None
        yield row
    if line is not None:
        yield line


def _row(appointment: Appointment, waiting: Collection[str], now: dt.datetime) -> Row:
    waits = str(appointment.public_id) in waiting
    is_past = not appointment.is_planned or (appointment.ends_at <= now and not waits)
    is_now = appointment.is_planned and (waits or appointment.starts_at <= now < appointment.ends_at)
    return Row(
        "appointment",
        appointment.starts_at,
        appointment.ends_at,
        appointment=appointment,
        chip=chip_of(appointment, waits=waits, now=now),
        is_past=is_past,
        is_now=is_now,
    )


def _row_of_meeting(meeting: Meeting, now: dt.datetime) -> Row:
    return Row(
        "meeting",
        meeting.starts_at,
        meeting.ends_at,
        meeting=meeting,
        is_past=meeting.ends_at <= now,
        is_now=meeting.starts_at <= now < meeting.ends_at,
    )


def chip_of(appointment: Appointment, *, waits: bool, now: dt.datetime) -> Chip:
    """Where an appointment stands, in one word."""
    closed = {
        AppointmentState.HELD: Chip(_("Stattgefunden"), "check", "ok"),
        AppointmentState.NOT_HELD: Chip(_("Nicht stattgefunden"), "close", "sunk"),
        AppointmentState.CANCELLED: Chip(_("Abgesagt"), "event_busy", "sunk"),
    }
    if not appointment.is_planned:
        return closed[AppointmentState(appointment.state)]
    if waits:
        return Chip(_("Wartet"), "hourglass_top", "info")
    if appointment.ends_at <= now:
        return Chip(_("Ergebnis offen"), "edit_note", "warn")
    return Chip(_("Vereinbart"), "person", "sunk")
