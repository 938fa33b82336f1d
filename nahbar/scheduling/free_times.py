"""When a talk could be: in working time, where counsellor, client and, for video, a channel are free."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

from django.db.models import Q

from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.hours import WorkTime, work_time
from nahbar.scheduling.models import Appointment, ChannelBooking, Participation, VideoChannel
from nahbar.scheduling.rules import BERLIN, Times, local_time_exists, overlap
from nahbar.scheduling.seating import NEW, Seat, channel_span, seat_all

STEP = dt.timedelta(minutes=15)
SEARCH_DAYS = 21
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Need:
    """Whose time, how and how long a free time is looked for; `moving` is the appointment it is for."""

    client: Client
    counsellor: StaffMember
    mode: Mode
    minutes: int
    moving: Appointment | None = None

    @property
    def length(self) -> dt.timedelta:
        """How long it takes, without the channel's buffer."""
        return dt.timedelta(minutes=self.minutes)

    @property
    def is_offered(self) -> bool:
        """Video only with who offers it; what is video already may move and stay so."""
        is_video = self.moving is not None and self.moving.is_video
        return self.mode != Mode.VIDEO or self.counsellor.offers_video or is_video


class Conflict(StrEnum):
    """What stands in the way of one start."""

    PAST = "past"
    HOLIDAY = "holiday"
    ABSENT = "absent"
    COUNSELLOR_BUSY = "counsellor_busy"
    CLIENT_BUSY = "client_busy"
    NO_CHANNEL = "no_channel"


class FreeTimes:
    """Everything that stands in the way of one need within some stretches of time; read once, asked often.

    Three queries, however long the stretches and however many they are. What `need.moving` takes is free.
    """

    def __init__(self, *, need: Need, stretches: Sequence[Times], works: WorkTime, now: dt.datetime) -> None:
        self.need, self.works, self.now = need, works, now
        self.jobcenter = need.client.jobcenter
        self._busy = list(self._participations(stretches))
        self._seats = self._seats_by_day(stretches) if need.mode == Mode.VIDEO else {}
        active = VideoChannel.objects.filter(jobcenter=self.jobcenter, is_active=True)
        self._channels = list(active.values_list("pk", flat=True)) if need.mode == Mode.VIDEO else []

    def _participations(self, stretches: Sequence[Times]) -> Iterator[tuple[bool, dt.datetime, dt.datetime]]:
        theirs = Q(staff=self.need.counsellor) | Q(client=self.need.client)
        taken = Participation.objects.filter(theirs, self._within(stretches), is_active=True)
        for staff, starts_at, ends_at in taken.values_list("staff_id", "starts_at", "ends_at"):
            yield staff is not None, starts_at, ends_at

    def _seats_by_day(self, stretches: Sequence[Times]) -> dict[dt.date, list[Seat]]:
        taken = ChannelBooking.objects.filter(self._within(stretches), channel__jobcenter=self.jobcenter)
        found = defaultdict(list)
        for row in taken.values_list("pk", "starts_at", "ends_at", "channel_id"):
            seat = Seat(*row)
            # Also what goes on past midnight stands in the way of that day.
            for day in {seat.starts_at.astimezone(BERLIN).date(), seat.ends_at.astimezone(BERLIN).date()}:
                found[day].append(seat)
        return found

    def _within(self, stretches: Sequence[Times]) -> Q:
        near = reduce(or_, (Q(starts_at__lt=until + DAY, ends_at__gt=after) for after, until in stretches))
        # Where nothing is moved no condition: to exclude None would leave out all meetings.
        return near & ~Q(appointment=self.need.moving) if self.need.moving else near

    def conflict_at(self, start: dt.datetime) -> Conflict | None:
        """What stands in the way of that start; working hours are not asked for: by hand one may book outside them."""
        end = start + self.need.length
        if any(overlap(start, end, *span) for span in self.works.absences):
            return Conflict.ABSENT
        for is_staff, begins, ends in self._busy:
            if overlap(start, end, begins, ends):
                return Conflict.COUNSELLOR_BUSY if is_staff else Conflict.CLIENT_BUSY
        if self.need.mode == Mode.VIDEO and not self._finds_channel(start, end):
            return Conflict.NO_CHANNEL
        return None

    def _finds_channel(self, start: dt.datetime, end: dt.datetime) -> bool:
        span = channel_span(jobcenter=self.jobcenter, starts_at=start, ends_at=end)
        days = {moment.astimezone(BERLIN).date() for moment in (span.starts_at, span.ends_at)}
        # A set: what goes on past midnight stands in both.
        seats = {seat for day in days for seat in self._seats.get(day, ())}
        near = [seat for seat in seats if overlap(seat.starts_at, seat.ends_at, span.starts_at, span.ends_at)]
        if len(near) < len(self._channels):
            return True
        wanted = Seat(NEW, span.starts_at, span.ends_at, None)
        return seat_all(seats=[*near, wanted], channels=self._channels, now=self.now) is not None

    def between(self, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
        """The free starts in working time on quarter hours, earliest first; none for a mode that is not offered."""
        day, last = after.astimezone(BERLIN).date(), until.astimezone(BERLIN).date()
        while self.need.is_offered and day <= last:
            for start in self._starts(day):
                if max(after, self.now) <= start < until and self.conflict_at(start) is None:
                    yield start
            day += DAY

    def _starts(self, day: dt.date) -> Iterator[dt.datetime]:
        """The full quarters of an hour at which something of that length fits into the day's working time."""
        for begins, ends in self.works.windows(day):
            start = begins + -dt.timedelta(minutes=begins.minute) % STEP
            while start + self.need.length <= ends:
                if local_time_exists(start.date(), start.time()):
                    yield start.replace(tzinfo=BERLIN).astimezone(dt.UTC)
                start += STEP


def next_free_times(
    *,
    need: Need,
    after: dt.datetime,
    now: dt.datetime,
    most: int = 4,
    within: dt.timedelta | None = None,
    works: WorkTime | None = None,
) -> list[dt.datetime]:
    """Up to `most` starts from `after` on at which client, counsellor and, for video, a channel are free.

    Looks at the counsellor's working hours (`hours.py`) on quarter hours, at most three weeks ahead or
    `within`. A constant number of queries, whatever the number of appointments; fewer with `works`, for who
    has asked for that time already.
    """
    until = after + (within or dt.timedelta(days=SEARCH_DAYS))
    if works is None:
        first, last = after.astimezone(BERLIN).date(), until.astimezone(BERLIN).date()
        works = work_time(staff=need.counsellor, jobcenter=need.client.jobcenter, first=first, last=last)
    free = FreeTimes(need=need, stretches=[(after, until)], works=works, now=now).between(after, until)
    return [start for start, _number in zip(free, range(most), strict=False)]


def is_free(*, need: Need, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether that very time can be had, in working time or not."""
    ends_at = starts_at + need.length
    first, last = starts_at.astimezone(BERLIN).date(), ends_at.astimezone(BERLIN).date()
    works = work_time(staff=need.counsellor, jobcenter=need.client.jobcenter, first=first, last=last)
    free = FreeTimes(need=need, stretches=[(starts_at, ends_at)], works=works, now=now)
    return starts_at >= now and need.is_offered and free.conflict_at(starts_at) is None
