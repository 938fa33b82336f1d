"""Free times as buttons: each carries mode and start, and one click books it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import QueryDict

from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.errors import Reason
from nahbar.scheduling.free_times import Need, is_free, next_free_times
from nahbar.scheduling.hours import work_time
from nahbar.scheduling.models import Appointment, Topic
from nahbar.scheduling.rules import BERLIN, day_bounds
from nahbar.scheduling.series import Occurrence

SHOWN_DAYS = 5
# What begins this very minute is over before anybody has pressed the button.
LEAD = dt.timedelta(minutes=5)
# Somebody who works one day a week, and the holidays.
LOOKED_AT = 42
MANY = 500
MOST_SHOWN = 16
MOST_OFFERED = 4
# Refusals that another time answers.
ELSEWHEN = frozenset({Reason.NO_CHANNEL, Reason.COUNSELLOR_BUSY, Reason.COUNSELLOR_ABSENT, Reason.CLIENT_BUSY})


@dataclass(frozen=True)
class Slot:
    """One time that can be had with one click."""

    mode: Mode
    starts_at: dt.datetime
    minutes: int

    @property
    def value(self) -> str:
        """What the button sends."""
        return f"{self.mode} {self.starts_at.astimezone(BERLIN):%Y-%m-%dT%H:%M}"


@dataclass(frozen=True)
class Offers:
    """What is possible where the wish is not: the same mode later, another mode at the wished time."""

    reason: Reason
    mode: Mode
    same_mode: list[Slot]
    other_mode: Mode | None
    other: list[Slot]


@dataclass(frozen=True)
class Wished:
    """The time that could not be had, and for whom; `moving` is the appointment that was to go there."""

    client: Client
    counsellor: StaffMember
    topic: Topic
    mode: Mode
    starts_at: dt.datetime
    minutes: int
    moving: Appointment | None = None

    def need(self, mode: Mode) -> Need:
        """What a free time has to fit."""
        return Need(self.client, self.counsellor, mode, self.minutes, self.moving)


@dataclass(frozen=True)
class FreeDay:
    """A working day and its free starts."""

    day: dt.date
    times: list[dt.datetime]

    @property
    def shown(self) -> list[dt.datetime]:
        """Where there are many, those on the half hour: enough to choose from, and the dock stays near."""
        if len(self.times) <= MOST_SHOWN:
            return self.times
        return [time for time in self.times if time.minute % 30 == 0]


def free_days(*, need: Need, first: dt.date, now: dt.datetime) -> list[FreeDay]:
    """The counsellor's next working days from `first` on with what is free on them, in a few queries."""
    ahead = [first + dt.timedelta(days=days) for days in range(LOOKED_AT)]
    works = work_time(staff=need.counsellor, jobcenter=need.client.jobcenter, first=first, last=ahead[-1])
    days = [day for day in ahead if any(works.windows(day))][:SHOWN_DAYS] or ahead[:1]
    after = max(day_bounds(first)[0], now)
    within = day_bounds(days[-1])[1] - after
    starts = next_free_times(need=need, after=after, now=now, most=MANY, within=within, works=works)
    return [FreeDay(day, [start for start in starts if start.astimezone(BERLIN).date() == day]) for day in days]


@dataclass(frozen=True)
class Suggestion:
    """A time worth one click: `kind` is first (the first that is free) or next_week (the same time a week later)."""

    kind: str
    starts_at: dt.datetime
    is_free: bool = True


def suggestions(*, need: Need, days: list[FreeDay], later: Occurrence | None, now: dt.datetime) -> list[Suggestion]:
    """The first free time, and where there is a time chosen, the same a week `later`, free or not."""
    soonest, own = now + LEAD, need.moving.starts_at if need.moving else None
    shown = (time for free in days for time in free.times if time >= soonest)
    # Where an appointment is now is no place to move it to.
    first = next((time for time in shown if time != own), None)
    if first is None:
        later_on = next_free_times(need=need, after=soonest, now=now, most=2)
        first = next((time for time in later_on if time != own), None)
    found = [Suggestion("first", first)] if first else []
    if later is None:
        return found
    return [*found, Suggestion("next_week", later.starts_at, later.conflict is None and need.is_offered)]


def first_shown(chosen: dt.date | None, *, today: dt.date) -> dt.date:
    """The days shown begin today, unless the chosen one lies further off: choosing must not shift them."""
    return today if chosen is None or chosen - today < dt.timedelta(days=5) else chosen


def with_slot(data: QueryDict) -> QueryDict:
    """The form as sent, with the clicked slot in place of mode, day and start."""
    mode, _, moment = data.get("slot", "").partition(" ")
    day, _, start = moment.partition("T")
    if not start:
        return data
    chosen = data.copy()
    chosen["mode"], chosen["day"], chosen["start"] = mode, day, start
    return chosen


def offers_for(*, wished: Wished, reason: Reason, now: dt.datetime) -> Offers:
    """The next free times in the wished mode; without a channel also telephone, or what the topic allows."""
    same = [] if reason is Reason.CONSENT_WITHDRAWN else _free(wished, wished.mode, now=now)
    other_mode = None
    if reason in {Reason.NO_CHANNEL, Reason.CONSENT_WITHDRAWN}:
        other_mode = next((mode for mode in wished.topic.modes if mode != Mode.VIDEO), None)
    other = _that_day(wished, other_mode, now=now) if other_mode else []
    return Offers(reason, wished.mode, same, other_mode, other)


def _free(wished: Wished, mode: Mode, *, now: dt.datetime) -> list[Slot]:
    starts = next_free_times(need=wished.need(mode), after=wished.starts_at, now=now, most=MOST_OFFERED + 1)
    return _slots(wished, mode, starts)


def _that_day(wished: Wished, mode: Mode, *, now: dt.datetime) -> list[Slot]:
    need = wished.need(mode)
    day_ends = day_bounds(wished.starts_at.astimezone(BERLIN).date())[1]
    starts = next_free_times(need=need, after=wished.starts_at, now=now, within=day_ends - wished.starts_at)
    # Free times are proposed on quarter hours of the day only; the wished one may lie anywhere.
    fits = is_free(need=need, starts_at=wished.starts_at, now=now)
    wanted = [wished.starts_at] if fits and wished.starts_at not in starts else []
    return _slots(wished, mode, [*wanted, *starts])


def _slots(wished: Wished, mode: Mode, starts: list[dt.datetime]) -> list[Slot]:
    """The buttons; where the appointment is now in the same mode is no offer."""
    moving = wished.moving
    own = moving.starts_at if moving and moving.mode == mode else None
    return [Slot(mode, start, wished.minutes) for start in starts if start != own][:MOST_OFFERED]
