"""What an office offers: topics with their modes, and channels. Taking away is in `retiring.py`.

Skipped in every write: whether `by` may; the doors here say so.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Count, Max, QuerySet

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor, Scalar
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.operations import Values, as_detail, assign, claim, make_active, unique_name
from nahbar.jobcenters.rules import Mode
from nahbar.people.doors import require_administrator
from nahbar.people.queries import Desk, NotYours
from nahbar.scheduling.hours import Hours, WorkTime
from nahbar.scheduling.models import Appointment, ChannelBooking, Topic, VideoChannel
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import BERLIN, AppointmentState, CancelReason, day_bounds
from nahbar.scheduling.seating import hold_offer

# Nobody has more; a slip of the finger has.
MOST_CHANNELS = 99
WEEK = dt.timedelta(days=7)


class NoMore(Exception):
    """Nothing was changed: the office has as many channels as it can have."""


def access_topic(*, desk: Desk, topic: int) -> Topic:
    """A topic of the desk's office, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = Topic.objects.filter(jobcenter=desk.jobcenter, pk=topic).select_related("jobcenter").first()
    if found is None:
        raise NotYours
    return found


def access_channel(*, desk: Desk, channel: int) -> VideoChannel:
    """A channel of the desk's office, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = VideoChannel.objects.filter(jobcenter=desk.jobcenter, pk=channel).select_related("jobcenter").first()
    if found is None:
        raise NotYours
    return found


def to_come(*, jobcenter: JobCenter, now: dt.datetime) -> QuerySet[Appointment]:
    """The office's planned appointments that have not begun."""
    return Appointment.objects.filter(jobcenter=jobcenter, starts_at__gt=now, state=AppointmentState.PLANNED)


def on_site_of(*, teams: Iterable[Team], jobcenter: JobCenter, now: dt.datetime) -> int:
    """To how many planned appointments people come to the house of these teams."""
    return to_come(jobcenter=jobcenter, now=now).filter(team__in=list(teams), mode=Mode.ON_SITE).count()


def planned_by_topic(*, jobcenter: JobCenter, now: dt.datetime) -> dict[int, Counter[str]]:
    """How many appointments are to come, by topic and mode; one query."""
    rows = to_come(jobcenter=jobcenter, now=now).order_by().values_list("topic_id", "mode").annotate(n=Count("pk"))
    found: dict[int, Counter[str]] = {}
    for topic, mode, count in rows:
        found.setdefault(topic, Counter())[mode] = count
    return found


@dataclass(frozen=True)
class Load:
    """How much of the channels' open time in a week is booked."""

    booked: dt.timedelta
    open: dt.timedelta

    @property
    def percent(self) -> int:
        """0 where nothing is open."""
        return round(100 * (self.booked / self.open)) if self.open else 0


def load_of_week(*, jobcenter: JobCenter, hours: Hours, closed: Iterable[dt.date], now: dt.datetime) -> Load:
    """The seven days from tomorrow on: bookings with their buffer, against active channels in the opening hours."""
    first = now.astimezone(BERLIN).date() + dt.timedelta(days=1)
    begins, ends = day_bounds(first)[0], day_bounds(first + WEEK - dt.timedelta(days=1))[1]
    bookings = ChannelBooking.objects.filter(channel__jobcenter=jobcenter, starts_at__gte=begins, starts_at__lt=ends)
    booked = sum((end - start for start, end in bookings.values_list("starts_at", "ends_at")), dt.timedelta())
    work = WorkTime(hours=hours, holidays=dict.fromkeys(closed, ""), absences=())
    days = [first + dt.timedelta(days=n) for n in range(WEEK.days)]
    a_channel = sum((end - start for day in days for start, end in work.windows(day)), dt.timedelta())
    return Load(booked=booked, open=a_channel * jobcenter.channels.filter(is_active=True).count())


def newly_outside(*, jobcenter: JobCenter, before: Hours, after: Hours, now: dt.datetime) -> int:
    """How many appointments to come lie within the hours `before`, and not within those `after`."""
    # Many begin and end alike: each pair of times is looked at once.
    times = to_come(jobcenter=jobcenter, now=now).order_by().values_list("starts_at", "ends_at")
    count = 0
    for starts_at, ends_at, many in times.annotate(many=Count("pk")).iterator():
        start = starts_at.astimezone(BERLIN)
        # As the clock shows it; nobody meets while it is changed.
        end = start + (ends_at - starts_at)
        if _within(before, start, end) and not _within(after, start, end):
            count += many
    return count


def _within(hours: Hours, start: dt.datetime, end: dt.datetime) -> bool:
    return any(
        begins <= start.time() and end.time() <= ends and end.date() == start.date()
        for begins, ends in hours.get(start.weekday(), ())
    )


def on_days(*, jobcenter: JobCenter, days: Iterable[dt.date], now: dt.datetime) -> int:
    """How many appointments are to come on these days."""
    wanted = models.Q(pk__in=[])
    for day in days:
        begins, ends = day_bounds(day)
        wanted |= models.Q(starts_at__gte=begins, starts_at__lt=ends)
    return to_come(jobcenter=jobcenter, now=now).filter(wanted).count()


def appointments_on(*, jobcenter: JobCenter, day: dt.date, now: dt.datetime) -> list[Appointment]:
    """What is to come on a day, with its people, earliest first."""
    begins, ends = day_bounds(day)
    return list(with_people(to_come(jobcenter=jobcenter, now=now).filter(starts_at__gte=begins, starts_at__lt=ends)))


def video_to_come(*, jobcenter: JobCenter, now: dt.datetime) -> int:
    """How many video appointments are to come."""
    return to_come(jobcenter=jobcenter, now=now).filter(mode=Mode.VIDEO).count()


def coming_channel_bookings(*, jobcenter: JobCenter, now: dt.datetime) -> int:
    """How often a channel is taken, with the buffer of the day on which it was booked."""
    return ChannelBooking.objects.filter(channel__jobcenter=jobcenter, starts_at__gt=now).count()


def notices_between(*, jobcenter: JobCenter, low: int, high: int) -> int:
    """How many appointments were called off at least `low` and less than `high` hours before their start."""
    off = Appointment.objects.filter(
        jobcenter=jobcenter, state=AppointmentState.CANCELLED, cancelled_at__lt=models.F("starts_at")
    ).exclude(cancel_reason=CancelReason.MISTAKE)
    early, late = (models.F("starts_at") - dt.timedelta(hours=hours) for hours in (low, high))
    return off.filter(cancelled_at__lte=early, cancelled_at__gt=late).count()


@transaction.atomic
def add_topic(*, jobcenter: JobCenter, values: Values, revision: int, by: Actor, now: dt.datetime) -> Topic:
    """A topic more to book. Raises `Stale` or `NameTaken`."""
    claim(jobcenter=jobcenter, revision=revision)
    with unique_name():
        topic = Topic.objects.create(jobcenter=jobcenter, **values)
    _audit(Action.TOPIC_ADDED, jobcenter=jobcenter, row=topic, by=by, now=now)
    return topic


@transaction.atomic
def change_topic(*, topic: Topic, values: Values, revision: int, by: Actor, now: dt.datetime) -> None:
    """Another name or other modes. What is planned keeps a mode that is not allowed any more.

    Raises `Stale` or `NameTaken`.
    """
    hold_offer(jobcenter=topic.jobcenter, alone=True)
    claim(jobcenter=topic.jobcenter, revision=revision)
    changed = assign(topic, values)
    with unique_name():
        topic.save(update_fields=changed)
    detail = as_detail(values, changed)
    _audit(Action.TOPIC_CHANGED, jobcenter=topic.jobcenter, row=topic, detail=detail, by=by, now=now)


@transaction.atomic
def bring_back_topic(*, topic: Topic, by: Actor, now: dt.datetime) -> bool:
    """The topic can be booked again; False when it could already."""
    back = make_active(Topic.objects.filter(pk=topic.pk), jobcenter=topic.jobcenter)
    if back:
        _audit(Action.TOPIC_RETURNED, jobcenter=topic.jobcenter, row=topic, by=by, now=now)
    return back


@transaction.atomic
def add_channel(*, jobcenter: JobCenter, revision: int, by: Actor, now: dt.datetime) -> VideoChannel:
    """One more talk at a time, under the next number. Raises `Stale` or `NoMore`."""
    claim(jobcenter=jobcenter, revision=revision)
    number = (jobcenter.channels.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > MOST_CHANNELS:
        raise NoMore
    channel = VideoChannel.objects.create(jobcenter=jobcenter, number=number)
    _audit(Action.CHANNEL_ADDED, jobcenter=jobcenter, row=channel, detail={"number": number}, by=by, now=now)
    return channel


@transaction.atomic
def bring_back_channel(*, channel: VideoChannel, by: Actor, now: dt.datetime) -> bool:
    """The channel can be booked again; False when it could already."""
    back = make_active(VideoChannel.objects.filter(pk=channel.pk), jobcenter=channel.jobcenter)
    if back:
        detail: dict[str, Scalar] = {"number": channel.number}
        _audit(Action.CHANNEL_RETURNED, jobcenter=channel.jobcenter, row=channel, detail=detail, by=by, now=now)
    return back


def _audit(
    action: Action,
    *,
    jobcenter: JobCenter,
    row: Topic | VideoChannel,
    by: Actor,
    now: dt.datetime,
    detail: dict[str, Scalar] | None = None,
) -> None:
    kind = "topic" if isinstance(row, Topic) else "channel"
    record(action=action, by=by, office=jobcenter.slug, about=About(kind, str(row.pk)), detail=detail, now=now)
