"""The demo shows a year, of which most never was; nowhere else anything is invented."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nahbar.reporting.demo_months import MONTHS, fill_past
from nahbar.reporting.models import FiguresMonth
from nahbar.reporting.operations import build_open_months
from nahbar.reporting.queries import figures, months, team_choices
from tests.conftest import Cast
from tests.factories import at

NOW = at("2026-03-20 03:00")


def test_fill_past_makes_a_year_of_frozen_months_once(cast: Cast) -> None:
    assert fill_past(jobcenter=cast.office, now=NOW) == MONTHS
    assert fill_past(jobcenter=cast.office, now=NOW) == 0
    build_open_months(jobcenter=cast.office, now=NOW)
    standings = months(cast.office)
    assert [standing.is_frozen for standing in standings] == [True] * MONTHS + [False]
    assert (standings[0].month, standings[-1].month) == (dt.date(2025, 4, 1), dt.date(2026, 3, 1))


def test_fill_past_makes_figures_that_fit_together(cast: Cast) -> None:
    fill_past(jobcenter=cast.office, now=NOW)
    first, last = dt.date(2025, 4, 1), dt.date(2026, 2, 1)
    found = figures(jobcenter=cast.office, first=first, last=last)
    funnel = found.funnel
    steps = [funnel.offered, funnel.chosen, funnel.prepared, funnel.tried, funnel.again]
    assert all(more >= less > 0 for more, less in pairwise(steps))
    assert found.by_mode[0].tally.planned == funnel.chosen
    assert found.travel.trips == funnel.tried
    assert found.contacts.total > sum(row.held for row in found.lengths)
    assert [choice.is_hidden for choice in team_choices(jobcenter=cast.office, first=first, last=last)] == [
        False,
        False,
    ]
    assert found.by_topic is not None
    assert {row.topic for row in found.by_topic} == {topic.name for topic in cast.office.topics.all()}


def test_fill_past_of_an_office_without_appointments_makes_nothing(cast: Cast) -> None:
    assert fill_past(jobcenter=cast.other_office, now=NOW) == 0
    assert not FiguresMonth.objects.exists()


def test_demo_figures_are_refused_outside_the_demo(cast: Cast) -> None:
    with pytest.raises(CommandError, match="demo only"):
        call_command("demo_figures")
    assert not FiguresMonth.objects.exists()


def test_demo_figures_build_what_was(cast: Cast, settings: Any) -> None:
    settings.NAHBAR_DEMO = True
    call_command("demo_figures")
    assert FiguresMonth.objects.filter(jobcenter=cast.office, frozen_at__isnull=False).count() >= MONTHS
