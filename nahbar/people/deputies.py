"""Who stands in for whom, as the office's administrators enter it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db import models, transaction
from django.utils import timezone

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action
from nahbar.jobcenters.operations import claim, touch
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Deputyship, Membership, StaffMember
from nahbar.people.queries import Desk

# Longer is no deputyship but another team.
LONGEST = dt.timedelta(days=400)


class DeputyReason(StrEnum):
    """What stands in the way."""

    SAME_PERSON = "same_person"
    NOT_COUNSELLING = "not_counselling"
    ENDS_BEFORE = "ends_before"
    OVER = "over"
    TOO_LONG = "too_long"
    TWICE = "twice"


class DeputyRefused(Exception):
    """Nothing was changed; `reason` says why."""

    def __init__(self, reason: DeputyReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class StandIn:
    """Who shall stand in for whom, from the first day to the last, both included."""

    absent: StaffMember
    deputy: StaffMember
    first_day: dt.date
    last_day: dt.date


def _require_possible(*, desk: Desk, wish: StandIn, today: dt.date) -> None:
    counselling = Membership.objects.filter(
        jobcenter=desk.jobcenter, role=Role.COUNSELLOR, staff__in=[wish.absent, wish.deputy], staff__is_active=True
    )
    if wish.absent == wish.deputy:
        raise DeputyRefused(DeputyReason.SAME_PERSON)
    if counselling.count() != 2:
        raise DeputyRefused(DeputyReason.NOT_COUNSELLING)
    if wish.last_day < wish.first_day:
        raise DeputyRefused(DeputyReason.ENDS_BEFORE)
    if wish.last_day < today:
        raise DeputyRefused(DeputyReason.OVER)
    if wish.last_day - wish.first_day > LONGEST:
        raise DeputyRefused(DeputyReason.TOO_LONG)
    if _within(desk=desk, wish=wish).filter(absent=wish.absent, deputy=wish.deputy).exists():
        raise DeputyRefused(DeputyReason.TWICE)


def _within(*, desk: Desk, wish: StandIn) -> models.QuerySet[Deputyship]:
    """The office's deputyships that share a day with the wished one."""
    return Deputyship.objects.filter(
        jobcenter=desk.jobcenter, first_day__lte=wish.last_day, last_day__gte=wish.first_day
    )


def others_within(*, desk: Desk, wish: StandIn) -> list[Deputyship]:
    """Who else stands in for the absent one on some of these days, and who then stands in for the deputy."""
    concerned = models.Q(absent=wish.absent) | models.Q(absent=wish.deputy)
    found = _within(desk=desk, wish=wish).filter(concerned)
    return list(found.select_related("absent", "deputy").order_by("first_day", "pk"))


@transaction.atomic
def add_deputyship(*, desk: Desk, wish: StandIn, revision: int, now: dt.datetime) -> Deputyship:
    """From the first day to the last the deputy sees what the absent one holds, and may take it over.

    Raises `Stale` or `DeputyRefused`. Skipped: that the deputy is there themselves (`others_within`).
    """
    # Also the lock: two of the same pair that overlap cannot both pass the look below.
    claim(jobcenter=desk.jobcenter, revision=revision)
    _require_possible(desk=desk, wish=wish, today=timezone.localdate(now))
    deputyship = Deputyship.objects.create(
        jobcenter=desk.jobcenter,
        absent=wish.absent,
        deputy=wish.deputy,
        first_day=wish.first_day,
        last_day=wish.last_day,
    )
    _audit(Action.DEPUTY_ADDED, desk=desk, deputyship=deputyship, now=now)
    return deputyship


@transaction.atomic
def end_deputyship(*, desk: Desk, deputyship: Deputyship, now: dt.datetime) -> bool:
    """The deputy stands in no longer; what they took over stays theirs. False when it was over already.

    What has begun keeps its past days, what has not is deleted.
    """
    today = timezone.localdate(now)
    mine = Deputyship.objects.filter(pk=deputyship.pk, last_day__gte=today)
    ended = mine.filter(first_day__lt=today).update(last_day=today - dt.timedelta(days=1))
    ended = ended or mine.filter(first_day__gte=today).delete()[0]
    if ended:
        touch(jobcenter=desk.jobcenter)
        _audit(Action.DEPUTY_ENDED, desk=desk, deputyship=deputyship, now=now)
    return ended > 0


def _audit(action: Action, *, desk: Desk, deputyship: Deputyship, now: dt.datetime) -> None:
    detail = {"absent": str(deputyship.absent.public_id), "deputy": str(deputyship.deputy.public_id)}
    detail |= {"first": deputyship.first_day.isoformat(), "last": deputyship.last_day.isoformat()}
    about = About("deputyship", str(deputyship.pk))
    record(action=action, by=desk.actor, office=desk.jobcenter.slug, about=about, detail=dict(detail), now=now)
