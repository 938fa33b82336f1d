"""Days side by side on one scale of hours: where each appointment, gap and closed time stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from nahbar.people.models import StaffMember
from nahbar.scheduling.hours import WorkTime
from nahbar.scheduling.models import Appointment, Meeting
from nahbar.scheduling.rules import BERLIN, Times, day_bounds
from nahbar.scheduling.weeks import ChannelUse, OccasionKey
from nahbar.web.counsellor.words import Chip

# One row of the grid; frontend/build/styles.mjs makes a class for each row and each length.
ROW = 5
DAY = 24 * 60
TWO_LINES = 8
# What is shown of a day on which nothing is worked and nothing is booked.
USUAL_HOURS = (8, 17)


@dataclass(frozen=True)
class Place:
    """Rows of the grid, counted from 1 at the first hour shown."""

    row: int
    span: int

    def __str__(self) -> str:
        """The classes that put something there."""
        return f"gr{self.row} gs{self.span}"


@dataclass(frozen=True)
class Block:
    """One thing in a column.

    `kind` is appointment, meeting, busy, gap, off (nothing is proposed), absent or full (no channel free).
    """

    kind: str
    place: Place
    starts_at: dt.datetime
    ends_at: dt.datetime
    appointment: Appointment | None = None
    meeting: Meeting | None = None
    chip: Chip | None = None
    may_move: bool = False

    @property
    def is_brief(self) -> bool:
        """Whether there is room for one line only."""
        return self.place.span < TWO_LINES


@dataclass(frozen=True)
class Hour:
    """One full hour of the scale, and how many channels are free at its fullest moment."""

    hour: int
    place: Place
    free: int | None = None


@dataclass
class Column:
    """One day, or one colleague's day."""

    day: dt.date
    blocks: list[Block]
    staff: StaffMember | None = None
    holiday: str = ""
    now: Place | None = None
    hours: list[Hour] = field(default_factory=list)
    # Shapes of the taken channels in the strip beside the day, own ones and others'.
    mine: str = ""
    others: str = ""
    full: list[Block] = field(default_factory=list)

    @property
    def video_count(self) -> int:
        """How many video channels that takes."""
        return sum(
            bool((block.appointment and block.appointment.is_video) or (block.meeting and block.meeting.uses_channel))
            for block in self.blocks
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return all(block.kind not in {"appointment", "meeting", "busy"} for block in self.blocks)


@dataclass(frozen=True)
class Frame:
    """The hours shown, the same for every column."""

    first: int
    last: int

    @property
    def hours(self) -> list[Hour]:
        """The scale."""
        return [Hour(hour, _place(at * 60, at * 60 + 60)) for at, hour in enumerate(range(self.first, self.last))]

    @property
    def minutes(self) -> int:
        """How long the frame is."""
        return (self.last - self.first) * 60

    @property
    def whole(self) -> Place:
        """All of it."""
        return _place(0, self.minutes)

    def clip(self, day: dt.date, times: Times) -> tuple[int, int] | None:
        """From and to in minutes of the frame as the clock in the office shows them; None outside of it."""
        first, last = _minute(day, times[0]), _minute(day, times[1])
        if times[0].astimezone(BERLIN).date() == day:
            # In the night in which the clock goes back it may end before it began.
            last = max(last, first + int((times[1] - times[0]) / dt.timedelta(minutes=1)))
        begins, ends = (min(max(minute - self.first * 60, 0), self.minutes) for minute in (first, last))
        return (begins, ends) if begins < ends else None

    def place(self, day: dt.date, times: Times) -> Place | None:
        """Where that time stands on that day; None outside of the frame."""
        clipped = self.clip(day, times)
        return _place(*clipped) if clipped else None


def _place(begins: int, ends: int) -> Place:
    """The rows that hold those minutes of a frame."""
    row = begins // ROW
    return Place(row + 1, max(-(-ends // ROW) - row, 1))


def _minute(day: dt.date, moment: dt.datetime) -> int:
    """The minute of `day` on the office's clock; what lies before or after it is at its edge."""
    local = moment.astimezone(BERLIN)
    if local.date() != day:
        return 0 if local.date() < day else DAY
    return local.hour * 60 + local.minute


def frame_for(spans: Iterable[tuple[dt.date, Times]]) -> Frame:
    """The full hours in which all of that fits; the usual ones where there is nothing."""
    minutes = [_minute(day, moment) for day, times in spans for moment in times]
    if not minutes:
        return Frame(*USUAL_HOURS)
    return Frame(min(minutes) // 60, max(-(-max(minutes) // 60), min(minutes) // 60 + 1))


def off_times(works: WorkTime, day: dt.date) -> list[Times]:
    """The times of a day in which nothing is proposed."""
    start, end = day_bounds(day)
    edges = [start, *(moment for times in works.open_times(day) for moment in times), end]
    return [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2) if edges[at] < edges[at + 1]]


def strip(column: Column, *, frame: Frame, use: ChannelUse, mine: Collection[OccasionKey]) -> Column:
    """Adds what is taken of the channels on the column's day: lanes, free ones an hour, and the full times."""
    day, today = column.day, use.on(column.day)
    clipped = ((one, frame.clip(day, (one.starts_at, one.ends_at))) for one in today.taken)
    shapes = [(one.key in mine, lane(one.lane, *there)) for one, there in clipped if there]
    column.mine = "".join(shape for is_mine, shape in shapes if is_mine)
    column.others = "".join(shape for is_mine, shape in shapes if not is_mine)
    column.hours = [_hour(day, one, today) for one in frame.hours]
    column.full = blocks("full", today.full(), day=day, frame=frame)
    return column


def lane(channel: int, begins: int, ends: int) -> str:
    """A bar of the strip as a piece of an SVG path: across it count channels, down minutes.

    One path for all bars: an office has hundreds a week, and each would be an element of its own on an old phone.
    """
    return f"M{channel} {begins}h.8v{ends - begins}h-.8z"


def _hour(day: dt.date, hour: Hour, use: ChannelUse) -> Hour:
    start = dt.datetime.combine(day, dt.time(hour.hour), tzinfo=BERLIN)
    return Hour(hour.hour, hour.place, use.fewest_free(start, start + dt.timedelta(hours=1)))


def blocks(kind: str, times: Sequence[Times], *, day: dt.date, frame: Frame) -> list[Block]:
    """Those of the times that the frame shows."""
    return [Block(kind, place, *one) for one in times if (place := frame.place(day, one))]
