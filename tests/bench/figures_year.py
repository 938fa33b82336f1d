"""P20 and P21: building the figures of an office's year, and reading them with a correction for every cell."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Max, Min
from django.test.utils import CaptureQueriesContext

from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth
from nahbar.reporting.operations import build_month, open_months
from nahbar.reporting.queries import figures, months, team_choices
from nahbar.reporting.rules import next_month
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import AppointmentState
from tests.bench.contention import NAMES
from tests.bench.figures import Figure, middle, spread
from tests.bench.office_year import APPOINTMENTS, QUICK_APPOINTMENTS, Year, fill, open_year
from tests.bench.retention_run import hang

BUILD_SECONDS, READ_MS = 60, 150
READS = 40


def measure(*, quick: bool) -> list[Figure]:
    """Fill a year, let it be over, build all of it, correct everything once, and read it."""
    year = open_year()
    count = fill(year, QUICK_APPOINTMENTS if quick else APPOINTMENTS)
    hang(year)
    # Also what was still to come: it all has a contact.
    Appointment.objects.update(state=AppointmentState.HELD)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return [_build(year, count), *_read(year, count)]


def _build(year: Year, count: int) -> Figure:
    over = Appointment.objects.aggregate(last=Max("ends_at"))["last"]
    due = open_months(jobcenter=year.office, now=over)
    began, worked = time.perf_counter(), time.process_time()
    for month in due:
        build_month(jobcenter=year.office, month=month, now=over)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    assert sum(AppointmentCount.objects.values_list("count", flat=True)) == count
    # What PostgreSQL works is another process's: there the clock on the wall counts.
    value, by = (seconds, "the wall's clock") if connection.vendor == "postgresql" else (cpu, "processor time")
    return Figure(
        id="P20",
        what=f"building {len(due)} months with {count:,} appointments, {by}, {NAMES[connection.vendor]}",
        value=value,
        unit="s",
        at_most=BUILD_SECONDS,
        note=f"{seconds:.1f} s on the wall, {cpu:.1f} s of this processor",
    )


def _read(year: Year, count: int) -> list[Figure]:
    _correct_everything()
    # Teams are shown in frozen months only.
    frozen = FiguresMonth.objects.filter(frozen_at__isnull=False)
    span = frozen.aggregate(first=Min("month"), last=Max("month"))
    period: dict[str, dt.date] = {"first": max(span["first"], _year_before(span["last"])), "last": span["last"]}
    shown = [one.team_id for one in team_choices(jobcenter=year.office, **period) if not one.is_hidden]
    parts: list[tuple[str, int | None]] = [("the whole office", None), ("one team", shown[0])]
    return [_figure(year, what, count, partial(figures, team=team), period) for what, team in parts]


def _figure(year: Year, what: str, count: int, read: Callable[..., object], period: dict[str, dt.date]) -> Figure:
    def page() -> None:
        months(year.office)
        team_choices(jobcenter=year.office, **period)
        read(jobcenter=year.office, **period)

    with CaptureQueriesContext(connection) as captured:
        page()
    times = []
    for _ in range(READS):
        began = time.perf_counter()
        page()
        times.append((time.perf_counter() - began) * 1000)
    return Figure(
        id="P21",
        what=f"a year's figures of {what} and its teams, {count:,} appointments, {NAMES[connection.vendor]}",
        value=middle(times),
        unit="ms",
        at_most=READ_MS,
        note=f"spread {spread(times)}, {len(captured)} queries",
    )


def _year_before(month: dt.date) -> dt.date:
    return next_month(month.replace(year=month.year - 1))


def _correct_everything() -> None:
    """A correction beside every cell: more than a year can bring."""
    models: tuple[type[Any], ...] = (AppointmentCount, ContactCount)
    for model in models:
        rows = list(model.objects.all())
        for row in rows:
            row.pk, row.is_correction = None, True
        model.objects.bulk_create(rows, batch_size=500)
