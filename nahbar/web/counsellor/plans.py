"""What a booking form comes to while it is filled in: what is free, what would be booked, on which days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from nahbar.consent.queries import is_withdrawn
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.people.queries import Desk
from nahbar.scheduling.free_times import Need
from nahbar.scheduling.models import Appointment, Topic
from nahbar.scheduling.queries import latest_with, topics_of
from nahbar.scheduling.rules import BERLIN
from nahbar.scheduling.series import Occurrence, preview
from nahbar.web.counsellor.forms import EXPLAIN, BookingForm
from nahbar.web.counsellor.slots import LEAD, FreeDay, first_shown, free_days, suggestions
from nahbar.web.counsellor.words import CONFLICTS

# What templates read.
Plan = dict[str, Any]
LOCAL = "%Y-%m-%dT%H:%M"


def prefilled(asked: QueryDict, *, desk: Desk, person: Client, now: dt.datetime) -> QueryDict:
    """The form as most would fill it in: as last time with this person, else as they like it, and the first free time.

    What the address says stays; nothing is filled in that cannot be booked.
    """
    filled = asked.copy()
    last = latest_with(desk=desk, client=person)
    is_untouched = not filled.get("topic") and not filled.get("mode")
    if last is not None and is_untouched:
        _as_last_time(filled, last, desk=desk, person=person)
    topic = None if filled.get("topic") else _only_topic(filled, desk=desk)
    if last is None and is_untouched:
        _as_they_like(filled, topic, desk=desk, person=person)
    if filled.get("mode") == Mode.VIDEO and not desk.staff.offers_video:
        filled["mode"] = filled["agreed"] = ""
    mode = filled.get("mode", "")
    if mode in Mode.values and not filled.get("minutes"):
        filled["minutes"] = str(desk.jobcenter.default_minutes(mode))
    return filled


def _as_last_time(filled: QueryDict, last: Appointment, *, desk: Desk, person: Client) -> None:
    if not last.topic.is_active:
        return
    filled["topic"] = str(last.topic_id)
    possible = _possible(last.topic.modes, desk=desk, person=person)
    if last.mode in possible:
        filled["mode"], filled["minutes"] = last.mode, filled.get("minutes") or str(last.minutes)
    elif possible:
        filled["mode"] = possible[0]


def _as_they_like(filled: QueryDict, topic: Topic | None, *, desk: Desk, person: Client) -> None:
    """The wish in the record, where it can be with the only topic; of several none is chosen yet."""
    possible = _possible(topic.modes if topic else list(Mode), desk=desk, person=person)
    if person.preferred_mode in possible:
        filled["mode"] = person.preferred_mode


def _possible(modes: Sequence[Mode], *, desk: Desk, person: Client) -> list[Mode]:
    """Those that can be with this counsellor and this person."""
    if desk.staff.offers_video and not is_withdrawn(client=person):
        return list(modes)
    return [mode for mode in modes if mode != Mode.VIDEO]


def _only_topic(filled: QueryDict, *, desk: Desk) -> Topic | None:
    """Where there is nothing to choose, nobody has to."""
    topics = list(topics_of(desk.jobcenter)[:2])
    if len(topics) != 1:
        return None
    filled["topic"] = str(topics[0].pk)
    return topics[0]


def with_first_free(filled: QueryDict, plan: Plan) -> QueryDict:
    """The first free time of the plan in day and start, where the form has none yet."""
    first = plan["first_free"]
    if filled.get("start") or not isinstance(first, dt.datetime):
        return filled
    local, chosen = first.astimezone(BERLIN), filled.copy()
    chosen["day"], chosen["start"] = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    return chosen


@dataclass(frozen=True)
class SeriesRow:
    """One day of a series as the page shows it; `value` is what its box sends, None where nothing is free."""

    occurrence: Occurrence
    why: str
    value: str | None
    is_chosen: bool

    @property
    def starts_at(self) -> dt.datetime:
        """The time its box stands for: the wished one, or the free one instead of it."""
        return self.occurrence.instead or self.occurrence.starts_at


def plan_of(desk: Desk, form: BookingForm, person: Client, *, now: dt.datetime) -> Plan:
    """What would be booked as far as it is known, and what is free; complaints are not its business."""
    form.is_valid()
    known = form.cleaned_data
    mode, minutes, starts_at = known.get("mode"), known.get("minutes"), None
    if known.get("day") and known.get("start"):
        starts_at = form.starts_at
    days: list[FreeDay] = []
    context: Plan = {"suggestions": [], "series": [], "first_free": None, "in_the_way": ""}
    need = Need(person, desk.staff, Mode(mode), minutes) if mode and minutes else None
    if need and starts_at and form.repeats:
        # Its days stand in place of the free ones.
        context["series"] = _series(need, form, starts_at, now=now)
    elif need:
        days = free_days(need=need, first=first_shown(known.get("day"), today=form.today), now=now)
        chosen = preview(need=need, starts_at=starts_at, weeks=1, count=2, now=now) if starts_at else []
        offered = suggestions(need=need, days=days, later=chosen[1] if chosen else None, now=now)
        context["suggestions"] = offered
        context["in_the_way"] = _why(chosen[0]) if chosen else ""
        first = next((one.starts_at for one in offered if one.kind == "first"), None)
        context["first_free"] = _first_from(known.get("day"), days, soonest=now + LEAD) or first
    return context | {
        "person": person,
        "mode": Mode(mode) if mode else None,
        "starts_at": starts_at if minutes else None,
        "ends_at": starts_at + dt.timedelta(minutes=minutes or 0) if starts_at else None,
        "is_over": bool(starts_at and starts_at < now),
        "explains": mode == Mode.VIDEO and known.get("agreed") == EXPLAIN,
        "agreed": form.agreed_label,
        "days": days,
        "chosen_day": known.get("day") or next((free.day for free in days if free.times), None),
        "base": _base(form, person),
    }


def _first_from(day: dt.date | None, days: Sequence[FreeDay], *, soonest: dt.datetime) -> dt.datetime | None:
    times = (time for free in days if day is None or free.day >= day for time in free.times)
    return next((time for time in times if time >= soonest), None)


def _series(need: Need, form: BookingForm, starts_at: dt.datetime, *, now: dt.datetime) -> list[SeriesRow]:
    weeks, count = form.cleaned_data["weeks"], form.cleaned_data["count"]
    shown, chosen = set(form.shown), set(form.chosen)
    found = preview(need=need, starts_at=starts_at, weeks=weeks, count=count, now=now)
    return [_series_row(one, shown=shown, chosen=chosen) for one in found]


def _why(occurrence: Occurrence) -> str:
    """What stands in the way, in words; a holiday by its name."""
    if occurrence.conflict is None:
        return ""
    return occurrence.holiday or str(CONFLICTS[occurrence.conflict])


def _series_row(occurrence: Occurrence, *, shown: set[str], chosen: set[str]) -> SeriesRow:
    """Free days are chosen from the start, others only by hand; what was unchosen by hand stays so."""
    time = occurrence.instead if occurrence.conflict else occurrence.starts_at
    value = f"{time.astimezone(BERLIN):{LOCAL}}" if time else None
    is_chosen = value in chosen if value in shown else occurrence.conflict is None
    return SeriesRow(occurrence, _why(occurrence), value, is_chosen)


def _base(form: BookingForm, person: Client) -> str:
    """What was chosen but the time, as a query: the links to free times keep it."""
    chosen = QueryDict(mutable=True)
    chosen["client"] = str(person.public_id)
    for name in ("topic", "mode", "minutes", "agreed", "task", "weeks", "count"):
        if form[name].value():
            chosen[name] = str(form[name].value())
    return chosen.urlencode()
