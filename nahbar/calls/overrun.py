"""Talks that take longer than booked. Nobody is ever cut off: the channel is kept, or the counsellor told."""

from __future__ import annotations

import datetime as dt

from nahbar.calls.models import Call
from nahbar.calls.rules import OVERRUN_WARNING, PROLONG_AHEAD, PROLONG_BY, CallState
from nahbar.scheduling.models import Appointment, ChannelBooking
from nahbar.scheduling.operations import keep_channel
from nahbar.scheduling.seating import Span, can_prolong, free_channels


def keep_channels(now: dt.datetime) -> None:
    """Prolongs the bookings of talks that somebody is in and that near their end; tried again while that fails."""
    ending = Call.objects.filter(
        state=CallState.ACTIVE,
        places__connected_at__isnull=False,
        appointment__channel_booking__ends_at__gt=now,
        appointment__channel_booking__ends_at__lte=now + PROLONG_AHEAD,
    )
    for call in ending.select_related("appointment__channel_booking").distinct():
        appointment = call.appointment
        keep_channel(appointment=appointment, until=appointment.channel_booking.ends_at + PROLONG_BY, now=now)


def needed_from(*, appointment: Appointment, call: Call | None, now: dt.datetime) -> dt.datetime | None:
    """Since when, or from when on, others need the channel of a talk that goes on; None where nobody does.

    Known five minutes ahead. Past that moment the talk goes on all the same.
    """
    booking: ChannelBooking | None = getattr(appointment, "channel_booking", None)
    if call is None or call.state != CallState.ACTIVE or booking is None:
        return None
    if booking.ends_at > now + OVERRUN_WARNING:
        return None
    if booking.ends_at > now:
        is_free = can_prolong(booking=booking, until=booking.ends_at + PROLONG_BY, now=now)
    else:
        is_free = bool(free_channels(jobcenter=appointment.jobcenter, span=Span(now, now + PROLONG_BY)))
    return None if is_free else booking.ends_at
