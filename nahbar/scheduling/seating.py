"""Which channel a video appointment or a meeting sits on.

Channels are capacity: either is refused only when at some moment of its time all channels
are taken. The database refuses two bookings on one channel; here a free one is taken and, when there
is none, the office's future bookings are seated anew. Whoever needs or leaves a channel holds the
day's lock first (`hold_days`).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from nahbar.jobcenters.models import JobCenter
from nahbar.scheduling.constraints import violates
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, ChannelBooking, Meeting, Occasion, VideoChannel
from nahbar.scheduling.rules import BERLIN, Times, overlap

# Beside the days' locks: no day has this number.
THE_OFFER = 0


@dataclass(frozen=True)
class Span:
    """A half-open time in which a channel is needed."""

    starts_at: dt.datetime
    ends_at: dt.datetime


NEW = 0


@dataclass(frozen=True)
class Seat:
    """A booking's need for a channel while the office is seated anew; `key` is its row, NEW for one without."""

    key: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    channel_id: int | None


def channel_span(*, jobcenter: JobCenter, starts_at: dt.datetime, ends_at: dt.datetime) -> Span:
    """The appointment's time with the office's buffer after it."""
    return Span(starts_at, ends_at + dt.timedelta(minutes=jobcenter.buffer_minutes))


def hold_days(*, jobcenter: JobCenter, times: Iterable[Times]) -> None:
    """Lets one change of an office's day after the other, until the caller's transaction ends.

    `times` are starts and ends of what is changed, where it was and where it comes to. Two that insert
    overlapping rows at the same moment would each wait for the other's outcome, which PostgreSQL ends as a
    deadlock after a second; and whoever seats a day anew must not meet an appointment that is leaving it.
    Call it before anything else is written. SQLite's immediate transactions already are such a lock;
    PostgreSQL takes an advisory one a day, in the order of the days; before them what the office offers.
    """
    if connection.vendor != "postgresql":
        return
    hold_offer(jobcenter=jobcenter)
    buffer = dt.timedelta(minutes=jobcenter.buffer_minutes)
    moments = itertools.chain.from_iterable((start, end + buffer) for start, end in times)
    days = sorted({moment.astimezone(BERLIN).date().toordinal() for moment in moments})
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [jobcenter.pk, day])


def hold_offer(*, jobcenter: JobCenter, alone: bool = False) -> None:
    """Lets the office's channels, topics and counsellors be as they are until the caller's transaction ends.

    Any number hold it at once. `alone` is for who changes them (`retiring.py`): it waits for all others, and they
    for it, on whatever day they are. Call it before anything else is written.
    """
    if connection.vendor != "postgresql":
        return
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [jobcenter.pk, THE_OFFER])


def take_channel(*, occasion: Occasion, now: dt.datetime) -> ChannelBooking:
    """Books a channel for an appointment or a meeting, inside the caller's transaction, which holds the day.

    Raises `Refused(NO_CHANNEL)` when at some moment of the time all channels are taken.
    """
    span = channel_span(jobcenter=occasion.jobcenter, starts_at=occasion.starts_at, ends_at=occasion.ends_at)
    booking = ChannelBooking(**_of(occasion), starts_at=span.starts_at, ends_at=span.ends_at)
    free = free_channels(jobcenter=occasion.jobcenter, span=span)
    if free:
        booking.channel = free[0]
        booking.save()
    else:
        _seat_anew(jobcenter_id=occasion.jobcenter_id, wanted=booking, now=now)
    return booking


def _of(occasion: Occasion) -> dict[str, Any]:
    return {"meeting" if isinstance(occasion, Meeting) else "appointment": occasion}


def prolong_channel(*, appointment: Appointment, until: dt.datetime, now: dt.datetime) -> bool:
    """Keeps the channel of a talk that goes on until `until`, inside the caller's transaction, which holds the day.

    Bookings to come are seated anew where that makes room. False when they leave none, or when there is no
    booking any more to prolong; nothing is then changed.
    """
    booking = ChannelBooking.objects.filter(appointment=appointment, ends_at__gt=now).first()
    if booking is None or booking.ends_at >= until:
        return booking is not None
    try:
        with transaction.atomic():
            ChannelBooking.objects.filter(pk=booking.pk).update(ends_at=until)
    except IntegrityError as error:
        if not violates(error, "no_overlap_channel"):
            raise
        return _prolong_anew(booking, until=until, now=now)
    return True


def _prolong_anew(booking: ChannelBooking, *, until: dt.datetime, now: dt.datetime) -> bool:
    try:
        _seat_anew(jobcenter_id=booking.channel.jobcenter_id, wanted=_prolonged(booking, until=until), now=now)
    except Refused:
        return False
    return True


def can_prolong(*, booking: ChannelBooking, until: dt.datetime, now: dt.datetime) -> bool:
    """Whether others would leave room until `until`; changes nothing."""
    wanted = _prolonged(booking, until=until)
    _near, plan = _plan(jobcenter_id=booking.channel.jobcenter_id, wanted=wanted, now=now)
    return plan is not None


def _prolonged(booking: ChannelBooking, *, until: dt.datetime) -> ChannelBooking:
    longer = copy(booking)
    longer.ends_at = until
    return longer


def free_channels(*, jobcenter: JobCenter, span: Span) -> list[VideoChannel]:
    """Active channels without a booking in `span`, least number first."""
    taken = ChannelBooking.objects.filter(
        channel__jobcenter=jobcenter, starts_at__lt=span.ends_at, ends_at__gt=span.starts_at
    ).values("channel_id")
    return list(VideoChannel.objects.filter(jobcenter=jobcenter, is_active=True).exclude(pk__in=taken))


def release_channel(*, occasion: Occasion) -> None:
    """Frees the channel of an appointment or a meeting; nothing happens when it has none."""
    ChannelBooking.objects.filter(**_of(occasion)).delete()


def _seat_anew(*, jobcenter_id: int, wanted: ChannelBooking, now: dt.datetime) -> None:
    """Seats everybody near `wanted` anew; raises `Refused(NO_CHANNEL)` when there is no such plan.

    Whoever moves is taken out and put back as the same row: the constraint holds row by row.
    """
    near, plan = _plan(jobcenter_id=jobcenter_id, wanted=wanted, now=now)
    if plan is None:
        raise Refused(Reason.NO_CHANNEL)
    changed = [*(booking for booking in near if plan[booking.pk] != booking.channel_id), wanted]
    ChannelBooking.objects.filter(pk__in=[booking.pk for booking in changed if booking.pk]).delete()
    for booking in changed:
        booking.channel_id = plan[booking.pk or NEW]
    ChannelBooking.objects.bulk_create(changed)


def _plan(
    *, jobcenter_id: int, wanted: ChannelBooking, now: dt.datetime
) -> tuple[list[ChannelBooking], dict[int, int] | None]:
    """Everybody near `wanted`, and where they and it could sit."""
    channels = VideoChannel.objects.filter(jobcenter_id=jobcenter_id, is_active=True).values_list("pk", flat=True)
    span = Span(wanted.starts_at, wanted.ends_at)
    near = [booking for booking in _neighbours(jobcenter_id=jobcenter_id, span=span) if booking.pk != wanted.pk]
    seats = [_seat(booking) for booking in (*near, wanted)]
    return near, seat_all(seats=seats, channels=list(channels), now=now)


def _seat(booking: ChannelBooking) -> Seat:
    return Seat(booking.pk or NEW, booking.starts_at, booking.ends_at, booking.channel_id)


def _neighbours(*, jobcenter_id: int, span: Span) -> list[ChannelBooking]:
    """Bookings that overlap `span`, those that overlap these, and so on: what a new seating can touch."""
    low, high = span.starts_at, span.ends_at
    while True:
        near = list(
            ChannelBooking.objects.filter(channel__jobcenter_id=jobcenter_id, starts_at__lt=high, ends_at__gt=low)
        )
        new_low = min([low, *(booking.starts_at for booking in near)])
        new_high = max([high, *(booking.ends_at for booking in near)])
        if (new_low, new_high) == (low, high):
            return near
        low, high = new_low, new_high


def seat_all(*, seats: list[Seat], channels: list[int], now: dt.datetime) -> dict[int, int] | None:
    """A channel for every seat, or None when at some moment there are more seats than channels.

    Bookings that have begun keep their channel. All others are given, in order of their start, any
    channel free at that moment; for spans on a line this fails only when there are too few.
    """
    plan: dict[int, int] = {}
    placed: list[tuple[Seat, int]] = []
    open_seats = []
    for seat in sorted(seats, key=lambda seat: seat.starts_at):
        if seat.channel_id is None or seat.starts_at > now:
            open_seats.append(seat)
        else:
            plan[seat.key] = seat.channel_id
            placed.append((seat, seat.channel_id))
    for seat in open_seats:
        taken = {
            channel
            for other, channel in placed
            if overlap(seat.starts_at, seat.ends_at, other.starts_at, other.ends_at)
        }
        # Its own channel first: nobody is moved without need.
        order = ([seat.channel_id] if seat.channel_id in channels else []) + channels
        free = next((channel for channel in order if channel not in taken), None)
        if free is None:
            return None
        plan[seat.key] = free
        placed.append((seat, free))
    return plan
