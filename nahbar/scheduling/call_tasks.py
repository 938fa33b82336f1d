"""“Explain first”: a call to make before video is booked, and what came of it.

A task is closed once, by compare-and-set. What was tapped on a page that had grown old, or by two people at the
same moment, is done once; whoever comes second finds the task as the first one left it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction
from django.db.models import F

from nahbar.jobcenters.rules import Mode
from nahbar.people.queries import Desk, hold_client
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.hours import WorkTime, work_time
from nahbar.scheduling.models import Appointment, CallTask
from nahbar.scheduling.offers import require_counselling, require_topic_offered, require_video_offered
from nahbar.scheduling.operations import Wish, book_appointment
from nahbar.scheduling.rules import BERLIN, AgreedBy, CallTaskState, Times
from nahbar.scheduling.seating import hold_offer
from nahbar.scheduling.turns import unless_deadlocked

# Somebody who works one day a week, and the holidays.
LOOKED_AT = dt.timedelta(days=42)
SOON, STEP = dt.timedelta(hours=1), dt.timedelta(minutes=5)
# Two taps that lead to nearly the same time are one too many.
APART = dt.timedelta(minutes=30)
# A call takes a while: not in the last minutes of a day.
ROOM = dt.timedelta(minutes=15)
AFTERNOON, MORNING = dt.time(15), dt.time(9)


@transaction.atomic
def make_call_task(*, desk: Desk, wish: Wish, now: dt.datetime) -> CallTask:
    """“Explain first”: somebody phones before video is booked. The same `wish.key` makes one task.

    Raises `Refused` (TOPIC_RETIRED, NOT_COUNSELLING, VIDEO_NOT_OFFERED): there would be nothing to explain;
    `NotYours` when the person was erased meanwhile.
    """
    hold_offer(jobcenter=desk.jobcenter)
    hold_client(wish.client)
    require_topic_offered(topic=wish.topic)
    require_counselling(staff=wish.counsellor, jobcenter=desk.jobcenter)
    require_video_offered(staff=wish.counsellor)
    task, _created = CallTask.objects.get_or_create(
        jobcenter=desk.jobcenter,
        booking_key=wish.key,
        defaults={
            "client": wish.client,
            "topic": wish.topic,
            "for_staff": wish.counsellor,
            "wanted_at": wish.starts_at,
            "minutes": wish.minutes,
            "created_at": now,
        },
    )
    return task


def wish_of(*, task: CallTask, desk: Desk, mode: Mode) -> Wish:
    """The wished time in the mode the person chose on the phone, with whoever phoned."""
    return Wish(
        client=task.client,
        counsellor=desk.staff,
        topic=task.topic,
        mode=mode,
        starts_at=task.wanted_at,
        minutes=task.minutes,
        agreed_by=AgreedBy.PHONE if mode == Mode.VIDEO else None,
        key=task.booking_key,
    )


def book_for_task(*, desk: Desk, task: CallTask, wish: Wish, now: dt.datetime) -> Appointment:
    """Books `wish` and closes the task with it, both or neither.

    The same wish again returns the appointment that is there. Raises what `book_appointment` raises, and
    `Refused(CALL_DONE)` when something else came of the task meanwhile. Skipped: whether the desk may see the
    task; the caller passed `queries.access_call_task`.
    """
    try:
        return unless_deadlocked(lambda: _book_and_close(desk=desk, task=task, wish=wish, now=now))
    except Refused as refusal:
        _read_again(task)
        # What somebody else booked may itself be in the way: that it is settled is the better answer.
        raise refusal if task.state == CallTaskState.OPEN else Refused(Reason.CALL_DONE) from refusal


@transaction.atomic
def _book_and_close(*, desk: Desk, task: CallTask, wish: Wish, now: dt.datetime) -> Appointment:
    # The day before the row, as everywhere: booking holds it.
    appointment = book_appointment(desk=desk, wish=wish, now=now)
    closed = _close(task, to=CallTaskState.DONE, appointment=appointment, now=now)
    if not closed and task.appointment_id != appointment.pk:
        raise Refused(Reason.CALL_DONE)
    return appointment


def close_without(*, task: CallTask, now: dt.datetime) -> bool:
    """The person wants no talk for now; nobody asks why. False when the task was closed already."""
    return _close(task, to=CallTaskState.NO_TALK, appointment=None, now=now)


def _close(task: CallTask, *, to: CallTaskState, appointment: Appointment | None, now: dt.datetime) -> bool:
    changed = CallTask.objects.filter(pk=task.pk, state=CallTaskState.OPEN).update(
        state=to, appointment=appointment, done_at=now
    )
    _read_again(task)
    return changed == 1


def _read_again(task: CallTask) -> None:
    task.refresh_from_db(fields=["state", "appointment", "done_at", "attempts", "call_again_at"])


def call_again(*, task: CallTask, at: dt.datetime, attempts: int, now: dt.datetime) -> bool:
    """Nobody was reached: counts the attempt, and notes from when to try again.

    `attempts` is what the page showed. False when the task was closed or tried since, unless that was this very
    tap; `task` then says what is known. Raises `Refused(IN_PAST)` for a time that is over, and ValueError for
    one that lies further off than any that is proposed.
    """
    if at <= now:
        raise Refused(Reason.IN_PAST)
    if at > now + LOOKED_AT:
        raise ValueError("nobody proposed to call that late")
    changed = CallTask.objects.filter(pk=task.pk, state=CallTaskState.OPEN, attempts=attempts).update(
        attempts=F("attempts") + 1, call_again_at=at
    )
    _read_again(task)
    same = (CallTaskState.OPEN, attempts + 1, at) == (task.state, task.attempts, task.call_again_at)
    return changed == 1 or same


def times_to_call_again(*, task: CallTask, now: dt.datetime) -> list[dt.datetime]:
    """From when it makes sense to phone again: in an hour, in the afternoon, in the morning of the next working day.

    Each is later where whoever is to phone does not work then. Only those before the wished time, where there are any.
    """
    today = now.astimezone(BERLIN).date()
    last = today + LOOKED_AT - dt.timedelta(days=1)
    works = work_time(staff=task.for_staff, jobcenter=task.jobcenter, first=today, last=last)
    soon = _in_an_hour(now)
    found: list[dt.datetime] = []
    for moment in (soon, max(soon, _moment(today, AFTERNOON))):
        time = _first_from(works, moment)
        if time and (not found or time - found[-1] >= APART):
            found.append(time)
    following = (today + dt.timedelta(days=days) for days in range(1, LOOKED_AT.days))
    found += [morning for day in following if (morning := _morning(works, day))][:1]
    return [moment for moment in found if moment < task.wanted_at] or found


def _in_an_hour(now: dt.datetime) -> dt.datetime:
    full = now.replace(second=0, microsecond=0) + SOON
    return full + -dt.timedelta(minutes=full.minute) % STEP


def _moment(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, tzinfo=BERLIN).astimezone(dt.UTC)


def _first_from(works: WorkTime, moment: dt.datetime) -> dt.datetime | None:
    """The moment, or the next one of its day at which a call can begin."""
    times = _open(works, moment.astimezone(BERLIN).date())
    return next((max(start, moment) for start, end in times if end > moment), None)


def _morning(works: WorkTime, day: dt.date) -> dt.datetime | None:
    """Nine o'clock or the first moment after it; before it for those who leave earlier."""
    first = next((start for start, _end in _open(works, day)), None)
    return _first_from(works, _moment(day, MORNING)) or first


def _open(works: WorkTime, day: dt.date) -> Iterator[Times]:
    """From when to when a call can begin on a day."""
    for start, end in works.open_times(day):
        if end - start > ROOM:
            yield start.astimezone(dt.UTC), (end - ROOM).astimezone(dt.UTC)
