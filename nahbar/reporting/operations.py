"""Building an office's months every night, and freezing them."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, Literal

from django.db import transaction
from django.db.models import Min

from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action
from nahbar.jobcenters.models import JobCenter
from nahbar.outbox.faults import whereabouts
from nahbar.reporting.counting import Row, Span, appointment_rows, contact_rows, people_rows, team_months, team_topics
from nahbar.reporting.figures import DEFINITIONS
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount, ShownTopic, TeamStanding
from nahbar.reporting.rules import (
    PartMonth,
    built_last,
    freezes_at,
    hidden_parts,
    month_of,
    months_between,
)
from nahbar.reporting.topics import Cell, hidden_topics
from nahbar.scheduling.models import Appointment, CallTask, Contact

logger = logging.getLogger(__name__)

Built = Literal["built", "frozen", "left"]


def hold_months(*, jobcenter: JobCenter, first: dt.date, last: dt.date) -> list[FiguresMonth]:
    """Locks the months, making those that nobody has built yet: who freezes and who corrects take turns."""
    wanted = [FiguresMonth(jobcenter=jobcenter, month=month) for month in months_between(first, last)]
    FiguresMonth.objects.bulk_create(wanted, ignore_conflicts=True)
    months = FiguresMonth.objects.select_for_update().filter(jobcenter=jobcenter, month__range=(first, last))
    return list(months.order_by("month"))


@transaction.atomic
def build_month(*, jobcenter: JobCenter, month: dt.date, now: dt.datetime) -> Built:
    """Counts a month anew from the raw rows, in place of what was built before; the same again changes nothing.

    From the tenth of the next month on it is then "frozen", which is audited; a frozen one is "left" as it is.
    Raises ValueError for a month that has not begun.
    """
    if month > month_of(now):
        raise ValueError("a month to come cannot be built")
    [held] = hold_months(jobcenter=jobcenter, first=month, last=month)
    if held.frozen_at is not None:
        return "left"
    _fill(held, Span(jobcenter, month, now))
    held.built_at, held.definitions = now, DEFINITIONS
    held.frozen_at = now if now >= freezes_at(month) else None
    held.save(update_fields=["built_at", "definitions", "frozen_at"])
    if held.frozen_at is None:
        return "built"
    about = About("figures", f"{month:%Y-%m}")
    record(action=Action.FIGURES_FROZEN, by=SYSTEM, office=jobcenter.slug, about=about, now=now)
    return "frozen"


def _fill(month: FiguresMonth, span: Span) -> None:
    appointments, contacts, people = appointment_rows(span), contact_rows(span), people_rows(span)
    cells = team_topics(span, counted=appointments)
    teams = team_months(span, rows=[*appointments, *contacts, *people], cells=cells)
    _replace(AppointmentCount, month, appointments)
    _replace(ContactCount, month, contacts)
    _replace(PeopleCount, month, people)
    decide_what_is_shown(month, teams=teams, cells=cells)


def decide_what_is_shown(month: FiguresMonth, *, teams: list[PartMonth], cells: list[Cell]) -> None:
    """Keeps which teams and topics of a month are shown by themselves, in place of what was decided before."""
    hidden, folded = hidden_parts(teams), hidden_topics(teams=teams, cells=cells)
    TeamStanding.objects.filter(month=month).delete()
    TeamStanding.objects.bulk_create(
        TeamStanding(month=month, team_id=team.part_id, is_small=team.is_small, is_hidden=team.part_id in hidden)
        for team in teams
    )
    ShownTopic.objects.filter(month=month).delete()
    ShownTopic.objects.bulk_create(
        ShownTopic(month=month, topic_id=topic) for topic in {cell.topic_id for cell in cells} - folded
    )


def _replace(model: type[Any], month: FiguresMonth, rows: list[Row]) -> None:
    names = {"team": "team_id", "topic": "topic_id", "own_type": "own_type_id"}
    model.objects.filter(month=month).delete()
    model.objects.bulk_create(
        [model(month=month, **{names.get(name, name): value for name, value in row.items()}) for row in rows]
    )


def open_months(*, jobcenter: JobCenter, now: dt.datetime) -> list[dt.date]:
    """What can still be built: every month from the office's first on that is not frozen; mostly two."""
    first = _first_moment(jobcenter)
    if first is None:
        return []
    frozen = FiguresMonth.objects.filter(jobcenter=jobcenter, frozen_at__isnull=False)
    done = set(frozen.values_list("month", flat=True))
    return [month for month in months_between(month_of(first), month_of(now)) if month not in done]


def _first_moment(jobcenter: JobCenter) -> dt.datetime | None:
    """When the first thing happened that is counted."""
    moments = [
        Appointment.objects.filter(jobcenter=jobcenter).aggregate(first=Min("starts_at"))["first"],
        Contact.objects.filter(jobcenter=jobcenter).aggregate(first=Min("at"))["first"],
        CallTask.objects.filter(jobcenter=jobcenter).aggregate(first=Min("created_at"))["first"],
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def build_open_months(*, jobcenter: JobCenter, now: dt.datetime) -> list[dt.date]:
    """Builds what was not built since last night, each month in a transaction of its own; returns those months."""
    since_last_night = FiguresMonth.objects.filter(jobcenter=jobcenter, built_at__gte=built_last(now))
    done = set(since_last_night.values_list("month", flat=True))
    due = [month for month in open_months(jobcenter=jobcenter, now=now) if month not in done]
    for month in due:
        build_month(jobcenter=jobcenter, month=month, now=now)
    return due


def nightly(*, now: dt.datetime) -> None:
    """`build_open_months` for every office; one that fails is logged, and keeps no other from its turn."""
    for jobcenter in JobCenter.objects.all():
        try:
            build_open_months(jobcenter=jobcenter, now=now)
        except Exception as exc:  # noqa: BLE001  whatever it is, the other offices go on
            logger.error("figures office=%s failed: %s", jobcenter.slug, whereabouts(exc))
