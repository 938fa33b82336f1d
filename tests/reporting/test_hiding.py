"""Nobody works out a hidden team, whatever periods and teams they ask for; and without the second one they would."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.jobcenters.models import JobCenter
from nahbar.reporting.figures import WhyHidden
from nahbar.reporting.models import TeamStanding
from nahbar.reporting.operations import build_open_months
from nahbar.reporting.queries import figures, team_choices
from nahbar.reporting.rules import TeamHidden, TeamMonth, hidden_teams
from tests.factories import at
from tests.reporting.year import MONTHS, make_year, periods

# The whole year is.
FROZEN = at("2026-01-12 03:00")

# A hidden count: of a team in a month.
Cell = tuple[int, dt.date]


def team_month(team: int, *counsellors: int, appointments: int | None = None) -> TeamMonth:
    many = len(counsellors) * 4 if appointments is None else appointments
    return TeamMonth(team, many, bool(many), frozenset(counsellors))


# --- the rule ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("teams", "hidden"),
    [
        pytest.param([team_month(1, 1, 2, 3), team_month(2, 4, 5, 6)], set(), id="none is small"),
        pytest.param([team_month(1, 1, 2, 3), team_month(2, 4, 5)], {1, 2}, id="the only other one goes with it"),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2, 4, 5), team_month(3, 6, 7, 8, 9)],
            {1, 2},
            id="the smallest other one",
        ),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2, 4, 5), team_month(3, 6, 7, 8), team_month(4, 9, 10)],
            {2, 4},
            id="two small ones hide each other",
        ),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2, 4), team_month(3, 5)], {1, 2, 3}, id="two of one each are not enough"
        ),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2, 4, 5), team_month(3, 4, 5)], {1, 2, 3}, id="nor the same two twice"
        ),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2), team_month(3, 4, 5, 6)],
            {2},
            id="with nothing in it, nothing is told",
        ),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2), team_month(3, 4, 5), team_month(4, 6, 7, 8)],
            {1, 2, 3},
            id="one with nothing in it hides nobody",
        ),
        pytest.param([team_month(1, 1)], {1}, id="an office of one"),
        pytest.param(
            [team_month(2, 1, 2, 3), team_month(1, 4, 5, 6), team_month(3, 7)], {1, 3}, id="of two as small the first"
        ),
    ],
)
def test_hidden_teams(teams: list[TeamMonth], hidden: set[int]) -> None:
    assert hidden_teams(teams) == hidden
    assert hidden_teams(reversed(teams)) == hidden


# --- what is asked for ---------------------------------------------------------------------------


@pytest.fixture
def office(db: None) -> JobCenter:
    """A year in which one team always is small, one mostly, and one has nothing at all."""
    office = make_year("altona", seed=11, appointments=500)
    build_open_months(jobcenter=office, now=FROZEN)
    return office


def test_figures_of_a_hidden_team_are_refused(office: JobCenter) -> None:
    for choice in team_choices(jobcenter=office, first=MONTHS[0], last=MONTHS[0]):
        if choice.is_hidden:
            with pytest.raises(TeamHidden):
                figures(jobcenter=office, first=MONTHS[0], last=MONTHS[0], team=choice.team_id)
        else:
            assert figures(jobcenter=office, first=MONTHS[0], last=MONTHS[0], team=choice.team_id).by_topic is None


def test_figures_of_another_offices_team_are_refused(office: JobCenter) -> None:
    other = make_year("bergedorf", seed=12, appointments=40)
    build_open_months(jobcenter=other, now=FROZEN)
    shown = [one for one in team_choices(jobcenter=office, first=MONTHS[0], last=MONTHS[0]) if not one.is_hidden]
    with pytest.raises(TeamHidden):
        figures(jobcenter=other, first=MONTHS[0], last=MONTHS[0], team=shown[0].team_id)


def test_team_is_shown_only_where_it_is_in_every_month(office: JobCenter) -> None:
    for first, last in periods():
        of_period = {one.team_id: one for one in team_choices(jobcenter=office, first=first, last=last)}
        months = [month for month in MONTHS if first <= month <= last]
        by_month = [{o.team_id: o for o in team_choices(jobcenter=office, first=m, last=m)} for m in months]
        for team, choice in of_period.items():
            assert choice.is_hidden == any(month[team].is_hidden for month in by_month)
            assert (choice.why_hidden is WhyHidden.SMALL) == any(
                month[team].why_hidden is WhyHidden.SMALL for month in by_month
            )


def test_team_that_came_later_is_hidden_in_longer_periods(office: JobCenter) -> None:
    late = TeamStanding.objects.filter(month__month=MONTHS[0], is_hidden=False)
    team = late[0].team
    late.delete()
    choices = team_choices(jobcenter=cast.office, first=dt.date(2026, 3, 1), last=dt.date(2026, 3, 1))
    assert {one.team_id: one.why_hidden for one in choices}[team.pk] is WhyHidden.SMALL
