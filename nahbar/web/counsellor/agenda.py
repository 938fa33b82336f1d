"""A day as rows: appointments, meetings, the line of now, and the gaps between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from nahbar.scheduling.models import Appointment, Meeting
from nahbar.scheduling.rules import AppointmentState, Outcome, Times
from nahbar.scheduling.weeks import Held
from nahbar.web.counsellor.words import Chip

_PREPARED = Chip(_("Vorbereitet"), "check_circle", "ok")
_NOT_PREPARED = Chip(_("Nicht vorbereitet"), "pending", "sunk")
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
    held: Held,
    waiting: Collection[str],
    prepared: Collection[int] = (),
    open_times: Iterable[Times],
    now: dt.datetime,
    is_today: bool,
) -> list[Row]:
    """The rows of one day in order of time, none for an empty one; the line of now only where `is_today`."""
    rows = [_row(one, waiting, prepared, now) for one in held.appointments]
    rows += [_row_of_meeting(meeting, now) for meeting in held.meetings]
    rows += [Row("busy", *times, is_past=times[1] <= now) for times in held.busy]
    if not rows:
        return []
    rows += [Row("gap", *times) for times in gaps(open_times, held.taken, soonest=next_step(now))]
    rows.sort(key=lambda row: (row.starts_at, row.kind != "gap"))
    return list(_with_now(rows, now)) if is_today else rows


def gaps(open_times: Iterable[Times], taken: Iterable[Times], *, soonest: dt.datetime) -> list[Times]:
    """What is left of the open times, as far as something can still begin in it."""
    found, taken = [], sorted(taken)
    for opens, closes in open_times:
        reached = max(opens, soonest)
        for begins, ends in [*(one for one in taken if one[0] < closes), (closes, closes)]:
            if begins - reached >= SHORTEST_GAP:
                found.append((reached, begins))
            reached = max(reached, ends)
    return found


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


def _row(appointment: Appointment, waiting: Collection[str], prepared: Collection[int], now: dt.datetime) -> Row:
    waits = str(appointment.public_id) in waiting
    is_past = not appointment.is_planned or (appointment.ends_at <= now and not waits)
    is_now = appointment.is_planned and (waits or appointment.starts_at <= now < appointment.ends_at)
    return Row(
        "appointment",
        appointment.starts_at,
        appointment.ends_at,
        appointment=appointment,
        chip=chip_of(appointment, waits=waits, is_prepared=appointment.pk in prepared, now=now),
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


def chip_of(appointment: Appointment, *, waits: bool, is_prepared: bool, now: dt.datetime) -> Chip:
    """Where an appointment stands, in one word."""
    closed = {
        AppointmentState.HELD: Chip(_("Stattgefunden"), "check", "ok"),
        AppointmentState.NOT_HELD: Chip(_("Nicht stattgefunden"), "close", "sunk"),
        AppointmentState.CANCELLED: Chip(_("Abgesagt"), "event_busy", "sunk"),
    }
    if appointment.outcome == Outcome.TECHNICAL:
        return Chip(_("Technik gestört"), "wifi_off", "sunk")
    if not appointment.is_planned:
        return closed[AppointmentState(appointment.state)]
    if waits:
        return Chip(_("Wartet"), "hourglass_top", "info")
    if appointment.ends_at <= now:
        return Chip(_("Ergebnis offen"), "edit_note", "warn")
    if appointment.is_video:
        return _PREPARED if is_prepared else _NOT_PREPARED
    return Chip(_("Vereinbart"), "person", "sunk")
