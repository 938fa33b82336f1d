"""Setting up an office: itself, its sites and teams, when it is open and closed.

Every change raises the office's revision, and most are saved against the one that their page showed (`claim`).
Skipped everywhere: whether `by` may; the caller's door says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor, Scalar
from nahbar.jobcenters.errors import NameTaken, Stale
from nahbar.jobcenters.models import JobCenter, LocalHoliday, OpeningHours, Site, Team

Values = Mapping[str, Any]
Spans = Mapping[int, Sequence[tuple[dt.time, dt.time]]]


def claim(*, jobcenter: JobCenter, revision: int) -> None:
    """Raises the revision by compare-and-set; on PostgreSQL this also is the lock until the transaction ends.

    Raises `Stale` when `revision` is not the stored one. Call it first.
    """
    if not JobCenter.objects.filter(pk=jobcenter.pk, revision=revision).update(revision=revision + 1):
        raise Stale


def touch(*, jobcenter: JobCenter) -> None:
    """Raises the revision whatever it is, for changes that say themselves what they want."""
    JobCenter.objects.filter(pk=jobcenter.pk).update(revision=F("revision") + 1)


def make_active(rows: models.QuerySet[Any], *, jobcenter: JobCenter) -> bool:
    """What was retired is offered again, by compare-and-set; False when it was already."""
    back = rows.filter(is_active=False).update(is_active=True)
    if back:
        touch(jobcenter=jobcenter)
    return back > 0


def make_inactive(rows: models.QuerySet[Any], *, jobcenter: JobCenter) -> bool:
    """What is offered no more goes on naming what is old; by compare-and-set, False when it was retired already."""
    retired = rows.filter(is_active=True).update(is_active=False)
    if retired:
        touch(jobcenter=jobcenter)
    return retired > 0


@contextmanager
def unique_name() -> Iterator[None]:
    """`NameTaken` instead of the database's refusal; what is saved inside breaks no other constraint."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise NameTaken from error


def assign(row: models.Model, values: Values) -> list[str]:
    """Sets fields, and names those that are different now."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def as_detail(values: Values, changed: Iterable[str]) -> dict[str, Scalar]:
    """What the audit log keeps of a change: numbers, switches and codes as they are now, of texts that they changed."""
    kept: dict[str, Scalar] = {}
    for name in changed:
        value = values[name]
        kept[name] = str(value) if isinstance(value, models.TextChoices) else value if isinstance(value, int) else True
    return kept


@transaction.atomic
def change_office(*, jobcenter: JobCenter, values: Values, revision: int, by: Actor, now: dt.datetime) -> bool:
    """Sets fields of the office; False, and no audit row, when they were so already. Raises `Stale`."""
    office = JobCenter.objects.get(pk=jobcenter.pk)
    changed = assign(office, values)
    if not changed:
        return False
    claim(jobcenter=office, revision=revision)
    office.save(update_fields=changed)
    _audit(Action.OFFICE_CHANGED, jobcenter=office, row=office, detail=as_detail(values, changed), by=by, now=now)
    return True


@transaction.atomic
def add_site(*, jobcenter: JobCenter, values: Values, revision: int, by: Actor, now: dt.datetime) -> Site:
    """A house more. Raises `Stale` or `NameTaken`."""
    claim(jobcenter=jobcenter, revision=revision)
    with unique_name():
        site = Site.objects.create(jobcenter=jobcenter, **values)
    _audit(Action.SITE_ADDED, jobcenter=jobcenter, row=site, by=by, now=now)
    return site


@transaction.atomic
def change_site(*, site: Site, values: Values, revision: int, by: Actor, now: dt.datetime) -> None:
    """Another name or address, from now on also for what is planned there. Raises `Stale` or `NameTaken`."""
    claim(jobcenter=site.jobcenter, revision=revision)
    changed = assign(site, values)
    with unique_name():
        site.save(update_fields=changed)
    _audit(Action.SITE_CHANGED, jobcenter=site.jobcenter, row=site, detail=as_detail(values, changed), by=by, now=now)


@transaction.atomic
def retire_site(*, site: Site, by: Actor, now: dt.datetime) -> bool:
    """No team works there any more; False when one still does, or when it was retired already."""
    unused = Site.objects.filter(pk=site.pk).exclude(teams__is_active=True)
    retired = make_inactive(unused, jobcenter=site.jobcenter)
    if retired:
        _audit(Action.SITE_RETIRED, jobcenter=site.jobcenter, row=site, by=by, now=now)
    return retired


@transaction.atomic
def bring_back_site(*, site: Site, by: Actor, now: dt.datetime) -> bool:
    """Teams can work there again; False when they could already."""
    back = make_active(Site.objects.filter(pk=site.pk), jobcenter=site.jobcenter)
    if back:
        _audit(Action.SITE_RETURNED, jobcenter=site.jobcenter, row=site, by=by, now=now)
    return back


@transaction.atomic
def add_team(*, jobcenter: JobCenter, values: Values, revision: int, by: Actor, now: dt.datetime) -> Team:
    """A team more. Raises `Stale` or `NameTaken`. Skipped: that its site is the office's own."""
    claim(jobcenter=jobcenter, revision=revision)
    with unique_name():
        team = Team.objects.create(jobcenter=jobcenter, **values)
    _audit(Action.TEAM_ADDED, jobcenter=jobcenter, row=team, by=by, now=now)
    return team


@transaction.atomic
def change_team(*, team: Team, values: Values, revision: int, by: Actor, now: dt.datetime) -> None:
    """Another name or site; its clients come to the new one from now on, also to what is planned.

    Raises `Stale` or `NameTaken`. Skipped: that the site is the office's own.
    """
    claim(jobcenter=team.jobcenter, revision=revision)
    changed = assign(team, values)
    with unique_name():
        team.save(update_fields=changed)
    detail: dict[str, Scalar] = dict.fromkeys(changed, True)
    _audit(Action.TEAM_CHANGED, jobcenter=team.jobcenter, row=team, detail=detail, by=by, now=now)


@transaction.atomic
def bring_back_team(*, team: Team, by: Actor, now: dt.datetime) -> bool:
    """The team exists again; False when it did already. For the other way see `scheduling.teams.remove_team`."""
    back = make_active(Team.objects.filter(pk=team.pk), jobcenter=team.jobcenter)
    if back:
        _audit(Action.TEAM_RETURNED, jobcenter=team.jobcenter, row=team, by=by, now=now)
    return back


@transaction.atomic
def set_opening_hours(*, jobcenter: JobCenter, hours: Spans, revision: int, by: Actor, now: dt.datetime) -> None:
    """Replaces the office's opening hours; none at all means the usual ones. What is booked stays. Raises `Stale`."""
    claim(jobcenter=jobcenter, revision=revision)
    OpeningHours.objects.filter(jobcenter=jobcenter).delete()
    rows = [
        OpeningHours(jobcenter=jobcenter, weekday=weekday, begins=begins, ends=ends)
        for weekday, spans in hours.items()
        for begins, ends in spans
    ]
    OpeningHours.objects.bulk_create(rows)
    _audit(Action.HOURS_CHANGED, jobcenter=jobcenter, row=jobcenter, detail={"spans": len(rows)}, by=by, now=now)


@transaction.atomic
def add_holiday(
    *, jobcenter: JobCenter, day: dt.date, name: str, revision: int, by: Actor, now: dt.datetime
) -> LocalHoliday:
    """The office is closed on `day`: nothing is proposed then, what is booked stays.

    Raises `Stale`, or `NameTaken` for a day it is closed on already.
    """
    claim(jobcenter=jobcenter, revision=revision)
    with unique_name():
        holiday = LocalHoliday.objects.create(jobcenter=jobcenter, day=day, name=name)
    detail: dict[str, Scalar] = {"day": day.isoformat()}
    _audit(Action.HOLIDAY_ADDED, jobcenter=jobcenter, row=holiday, detail=detail, by=by, now=now)
    return holiday


@transaction.atomic
def remove_holiday(*, jobcenter: JobCenter, day: dt.date, by: Actor, now: dt.datetime) -> bool:
    """The office is open on `day` again; False when it was not closed."""
    removed, _rows = LocalHoliday.objects.filter(jobcenter=jobcenter, day=day).delete()
    if removed:
        touch(jobcenter=jobcenter)
        detail: dict[str, Scalar] = {"day": day.isoformat()}
        _audit(Action.HOLIDAY_REMOVED, jobcenter=jobcenter, row=jobcenter, detail=detail, by=by, now=now)
    return removed > 0


def _audit(
    action: Action,
    *,
    jobcenter: JobCenter,
    row: models.Model,
    by: Actor,
    now: dt.datetime,
    detail: Mapping[str, Scalar] | None = None,
) -> None:
    about = About(row._meta.model_name or "", str(row.pk))
    record(action=action, by=by, office=jobcenter.slug, about=about, detail=detail, now=now)
