"""Every figure of a year, against a recount that has only the tables."""

from __future__ import annotations

from typing import Any

import pytest

from nahbar.jobcenters.models import JobCenter
from nahbar.reporting.figures import Figures
from nahbar.reporting.operations import build_open_months
from nahbar.reporting.queries import figures, team_choices
from nahbar.scheduling.rules import ContactKind
from tests.reporting.recount import read, recount, shown_teams, topics_apart
from tests.reporting.year import MONTHS, NOW, make_year, periods

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> JobCenter:
    """A year of an office, and one of another beside it that no figure may see."""
    make_year("bergedorf", seed=8, appointments=120, late_hours=48)
    office = make_year("altona", seed=7, appointments=900)
    for every in JobCenter.objects.all():
        build_open_months(jobcenter=every, now=NOW)
    return office


def in_plain_words(found: Figures) -> dict[str, Any]:
    """As `recount` says it."""
    return {
        "total": dict(found.total.by_outcome),
        "by_mode": {row.mode: dict(row.tally.by_outcome) for row in found.by_mode},
        "by_topic": found.by_topic and {row.topic: dict(row.tally.by_outcome) for row in found.by_topic},
        "lengths": {row.mode: (row.held, row.planned_minutes, row.minutes) for row in found.lengths},
        "travel": (found.travel.trips, found.travel.km, found.travel.trips_of_unknown_length),
        "contacts": {
            (row.label, row.counts) if row.kind == ContactKind.OTHER else row.kind: (
                row.count,
                row.with_third_party,
                row.counts,
            )
            for row in found.contacts.rows
        },
        "person_months": found.contacts.person_months,
        "funnel": (
            found.funnel.offered,
            found.funnel.chosen,
            found.funnel.prepared,
            found.funnel.tried,
            found.funnel.again,
        ),
    }


def test_figures_of_every_period_and_team_agree_with_a_recount(office: JobCenter) -> None:
    raw, compared = read("altona", now=NOW), 0
    apart = topics_apart(raw, now=NOW)
    teams_seen: set[int | None] = set()
    for first, last in periods():
        choices = team_choices(jobcenter=office, first=first, last=last)
        shown = {choice.team_id for choice in choices if not choice.is_hidden}
        assert shown == shown_teams(raw, first=first, last=last, now=NOW)
        for team in (None, *shown):
            found = figures(jobcenter=office, first=first, last=last, team=team)
            expected = recount(raw, first=first, last=last, team=team, apart=apart)
            assert in_plain_words(found) == expected, (first, last, team)
            compared, teams_seen = compared + 1, teams_seen | {team}
    assert len(teams_seen) == 5
    assert compared > 78 * 2


def test_figures_of_another_office_agree_with_its_recount(office: JobCenter) -> None:
    other = JobCenter.objects.get(slug="bergedorf")
    found = figures(jobcenter=other, first=MONTHS[0], last=MONTHS[-1])
    raw = read("bergedorf", now=NOW)
    apart = topics_apart(raw, now=NOW)
    assert in_plain_words(found) == recount(raw, first=MONTHS[0], last=MONTHS[-1], team=None, apart=apart)
