"""What stands in the calendar of some days: a counsellor's, a team's, and the office's channels'."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, colleagues_of
from nahbar.scheduling.meetings import meetings_of
from nahbar.scheduling.models import Appointment, ChannelBooking, Meeting, Participation, VideoChannel
from nahbar.scheduling.queries import appointments_of, only_with_names
from nahbar.scheduling.rules import BERLIN, AppointmentState, Times, day_bounds, overlap

# Of an appointment or of a meeting, the other is None.
OccasionKey = tuple[int | None, int | None]


def team_of_colleagues(desk: Desk) -> list[StaffMember]:
    """The counsellors of the desk's teams, the desk's own staff member first."""
    return [desk.staff, *colleagues_of(desk)]


@dataclass(frozen=True)
class Held:
    """What one counsellor has on a day: what the desk may see, and times of which it knows no more."""

    appointments: list[Appointment] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    busy: list[Times] = field(default_factory=list)

    @property
    def taken(self) -> list[Times]:
        """Every time that is not free any more: what is closed already takes none."""
        planned = [*self.meetings, *(one for one in self.appointments if one.is_planned)]
        return sorted([*self.busy, *((one.starts_at, one.ends_at) for one in planned)])


HeldDays = dict[tuple[int, dt.date], Held]


def held_between(*, desk: Desk, staff: Sequence[StaffMember], first: dt.date, last: dt.date) -> HeldDays:
    """What people have from the first day to the last, by their key and day; a constant number of queries.

    Cancelled appointments are left out. Of what belongs to another team or another office only the time is told.
    """
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    taken = Participation.objects.filter(staff__in=staff, starts_at__gte=start, starts_at__lt=end)
    # The days once more: they are what the indexes of large tables know.
    days = {"starts_at__gte": start, "starts_at__lt": end}
    seen = appointments_of(desk).filter(pk__in=taken.values("appointment_id"), **days)
    appointments = {one.pk: one for one in only_with_names(seen.exclude(state=AppointmentState.CANCELLED))}
    for one in appointments.values():
        one.jobcenter = desk.jobcenter
    meetings = {one.pk: one for one in meetings_of(desk).filter(pk__in=taken.values("meeting_id"), **days)}
    held: HeldDays = defaultdict(Held)
    rows = taken.order_by("starts_at").values_list(
        "staff", "appointment", "meeting", "starts_at", "ends_at", "is_active", named=True
    )
    for row in rows:
        theirs = held[row.staff, row.starts_at.astimezone(BERLIN).date()]
        if row.appointment in appointments:
            theirs.appointments.append(appointments[row.appointment])
        elif row.is_active and row.meeting in meetings:
            theirs.meetings.append(meetings[row.meeting])
        elif row.is_active:
            theirs.busy.append((row.starts_at, row.ends_at))
    return held


@dataclass(frozen=True)
class Taken:
    """One channel taken for a time; `lane` counts the office's active channels from 0."""

    lane: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    key: OccasionKey


@dataclass(frozen=True)
class ChannelUse:
    """Every active channel of an office over some days."""

    lanes: int
    taken: list[Taken]

    def on(self, day: dt.date) -> ChannelUse:
        """The same for one day."""
        start, end = day_bounds(day)
        return ChannelUse(self.lanes, [one for one in self.taken if overlap(one.starts_at, one.ends_at, start, end)])

    def fewest_free(self, starts_at: dt.datetime, ends_at: dt.datetime) -> int:
        """How many channels are free at the fullest moment of that time."""
        within = [one for one in self.taken if overlap(one.starts_at, one.ends_at, starts_at, ends_at)]
        moments = {max(one.starts_at, starts_at) for one in within}
        return self.lanes - max((self._at(moment, within) for moment in moments), default=0)

    @staticmethod
    def _at(moment: dt.datetime, within: list[Taken]) -> int:
        return sum(one.starts_at <= moment < one.ends_at for one in within)

    def full(self) -> list[Times]:
        """The times in which none is free, in order."""
        edges: dict[dt.datetime, int] = defaultdict(int)
        for one in self.taken:
            edges[one.starts_at] += 1
            edges[one.ends_at] -= 1
        found, count, since = [], 0, None
        for moment in sorted(edges):
            count += edges[moment]
            if self.lanes and count >= self.lanes and since is None:
                since = moment
            elif count < self.lanes and since is not None:
                found.append((since, moment))
                since = None
        return found


def channel_use(*, jobcenter: JobCenter, first: dt.date, last: dt.date) -> ChannelUse:
    """Two queries, however many days and channels."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    numbers = VideoChannel.objects.filter(jobcenter=jobcenter, is_active=True).values_list("pk", flat=True)
    lanes = {key: lane for lane, key in enumerate(numbers)}
    rows = ChannelBooking.objects.filter(channel__in=lanes, starts_at__lt=end, ends_at__gt=start)
    found = rows.values_list("channel", "starts_at", "ends_at", "appointment", "meeting")
    taken = [
        Taken(lanes[channel], starts, ends, (appointment, meeting))
        for channel, starts, ends, appointment, meeting in found
    ]
    return ChannelUse(len(lanes), taken)
