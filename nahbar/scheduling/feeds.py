"""How a counsellor's calendar learns of appointments: by mail, or by reading a secret address."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, works_as_counsellor
from nahbar.scheduling.meetings import meetings_between
from nahbar.scheduling.models import Appointment, CalendarFeed, Occasion
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import AppointmentState, ParticipationRole

SHOWS_PAST, SHOWS_COMING = dt.timedelta(days=30), dt.timedelta(days=400)


def feed_of(desk: Desk) -> CalendarFeed | None:
    """The desk's feed; its address was shown once, when it was made."""
    return CalendarFeed.objects.filter(staff=desk.staff, jobcenter=desk.jobcenter).first()


def find_feed(key: str) -> CalendarFeed | None:
    """The feed with this key; none when it was ended, or its owner no longer counsels there."""
    feed = CalendarFeed.objects.filter(key_hash=_hash(key)).select_related("staff", "jobcenter").first()
    if feed is None:
        return None
    return feed if works_as_counsellor(staff=feed.staff, jobcenter=feed.jobcenter) else None


def appointments_in(feed: CalendarFeed, *, now: dt.datetime) -> list[Occasion]:
    """What the feed shows: the appointments its counsellor holds and their meetings, but what was cancelled."""
    begins, ends = now - SHOWS_PAST, now + SHOWS_COMING
    held = Appointment.objects.filter(
        jobcenter=feed.jobcenter,
        participations__staff=feed.staff,
        participations__role=ParticipationRole.COUNSELLOR,
        starts_at__gte=begins,
        starts_at__lt=ends,
    )
    meetings = meetings_between(staff=feed.staff, jobcenter=feed.jobcenter, begins=begins, ends=ends)
    return [*with_people(held.exclude(state=AppointmentState.CANCELLED)), *meetings]


@transaction.atomic
def make_feed(*, desk: Desk, now: dt.datetime) -> str:
    """A new feed and its key; the old address stops working.

    While there is one, no mails of this office go to the calendar.
    """
    key = secrets.token_urlsafe(32)
    CalendarFeed.objects.filter(staff=desk.staff, jobcenter=desk.jobcenter).delete()
    CalendarFeed.objects.create(staff=desk.staff, jobcenter=desk.jobcenter, key_hash=_hash(key), made_at=now)
    _audit(Action.CALENDAR_FEED_MADE, desk=desk, now=now)
    return key


@transaction.atomic
def end_feed(*, desk: Desk, now: dt.datetime) -> bool:
    """The address stops working; False when there was none."""
    ended, _rows = CalendarFeed.objects.filter(staff=desk.staff, jobcenter=desk.jobcenter).delete()
    if ended:
        _audit(Action.CALENDAR_FEED_ENDED, desk=desk, now=now)
    return ended > 0


def want_mails(*, desk: Desk, wanted: bool) -> None:
    """Whether changes come to the calendar by mail, in every office of theirs without a feed."""
    StaffMember.objects.filter(pk=desk.staff.pk).update(gets_calendar_mails=wanted)
    desk.staff.gets_calendar_mails = wanted


def _hash(key: str) -> str:
    """The key has 256 random bits: nothing slower is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def _audit(action: Action, *, desk: Desk, now: dt.datetime) -> None:
    about = About("staff", str(desk.staff.public_id))
    record(action=action, by=desk.actor, office=desk.jobcenter.slug, about=about, now=now)
