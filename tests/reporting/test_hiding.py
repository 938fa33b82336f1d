"""Nobody works out a hidden team, whatever periods and teams they ask for; and without the second one they would."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.reporting.models import AppointmentCount, TeamStanding
from nahbar.reporting.operations import build_month, build_open_months
from nahbar.reporting.queries import figures, team_choices
from nahbar.reporting.rules import TeamHidden, TeamMonth, hidden_teams
from tests.conftest import Cast
from tests.factories import at
from tests.reporting.year import MONTHS, NOW, make_year, periods

# A hidden count: of a team in a month.
Cell = tuple[int, dt.date]
# One published number: the cells it is the sum of, and what it says.
Equation = tuple[frozenset[Cell], int]


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
    build_open_months(jobcenter=office, now=NOW)
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
    build_open_months(jobcenter=other, now=NOW)
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
            assert choice.is_small == any(month[team].is_small for month in by_month)


def test_team_that_came_later_is_hidden_in_longer_periods(office: JobCenter) -> None:
    late = TeamStanding.objects.filter(month__month=MONTHS[0], is_hidden=False)
    team = late[0].team
    late.delete()
    [choice] = [
        one for one in team_choices(jobcenter=office, first=MONTHS[0], last=MONTHS[1]) if one.team_id == team.pk
    ]
    assert choice.is_hidden


def test_retired_team_with_nothing_in_it_is_not_there(cast: Cast) -> None:
    Team.objects.create(jobcenter=cast.office, name="Team 3", is_active=False)
    Team.objects.create(jobcenter=cast.office, name="Team 4")
    month = dt.date(2026, 3, 1)
    build_month(jobcenter=cast.office, month=month, now=at("2026-04-01 03:00"))
    names = [choice.name for choice in team_choices(jobcenter=cast.office, first=month, last=month)]
    assert names == ["Team 1", "Team 2", "Team 4"]


# --- the attacker --------------------------------------------------------------------------------


def published(office: JobCenter, is_shown: Callable[[int, dt.date, dt.date], bool]) -> list[Equation]:
    """Everything that the page says of every team and period; `is_shown` says which of them it does.

    That a team had nothing in a month the attacker knows beforehand.
    """
    teams = [one.team_id for one in team_choices(jobcenter=office, first=MONTHS[0], last=MONTHS[-1])]
    counts: Counter[Cell] = Counter()
    for team, month, many in AppointmentCount.objects.values_list("team", "month__month", "count"):
        counts[team, month] += many
    equations = []
    for first, last in periods():
        asked = [{team} for team in teams if is_shown(team, first, last)]
        for those in (*asked, set(teams)):
            there = frozenset(cell for cell in counts if cell[0] in those and first <= cell[1] <= last)
            equations.append((there, sum(counts[cell] for cell in there)))
    return equations


def worked_out(equations: list[Equation]) -> set[Cell]:
    """The cells that follow from the equations alone: those whose row in reduced echelon form stands by itself."""
    cells = sorted({cell for there, _ in equations for cell in there})
    column = {cell: number for number, cell in enumerate(cells)}
    rows: dict[int, dict[int, Fraction]] = {}
    for there, _ in equations:
        row = {column[cell]: Fraction(1) for cell in there}
        for pivot in sorted(rows.keys() & row.keys()):
            _subtract(row, rows[pivot], row.get(pivot, Fraction(0)))
        # Subtracting may bring in columns that have a pivot themselves.
        while common := rows.keys() & row.keys():
            _subtract(row, rows[min(common)], row[min(common)])
        if not row:
            continue
        pivot = min(row)
        row = {number: value / row[pivot] for number, value in row.items()}
        for other in rows.values():
            _subtract(other, row, other.get(pivot, Fraction(0)))
        rows[pivot] = row
    return {cells[pivot] for pivot, row in rows.items() if len(row) == 1}


def _subtract(row: dict[int, Fraction], other: dict[int, Fraction], times: Fraction) -> None:
    if not times:
        return
    for number, value in other.items():
        rest = row.get(number, Fraction(0)) - times * value
        row.pop(number, None)
        if rest:
            row[number] = rest


def hidden_cells(office: JobCenter) -> set[Cell]:
    """What nobody may know: of the small teams in which anything was."""
    small = TeamStanding.objects.filter(month__jobcenter=office, is_small=True, month__month__in=MONTHS)
    counted = set(AppointmentCount.objects.values_list("team", "month__month"))
    return set(small.values_list("team", "month__month")) & counted


def test_worked_out_solves_what_can_be_solved() -> None:
    a, b, c = ((team, MONTHS[0]) for team in (1, 2, 3))
    assert worked_out([(frozenset({a, b, c}), 9), (frozenset({a, b}), 5)]) == {c}
    assert worked_out([(frozenset({a, b, c}), 9), (frozenset({a, b}), 5), (frozenset({b, c}), 7)]) == {a, b, c}
    assert worked_out([(frozenset({a, b, c}), 9), (frozenset({a}), 2)]) == {a}


def test_attacker_with_every_team_and_period_works_out_no_hidden_count(office: JobCenter) -> None:
    def is_shown(team: int, first: dt.date, last: dt.date) -> bool:
        try:
            figures(jobcenter=office, first=first, last=last, team=team)
        except TeamHidden:
            return False
        return True

    secret = hidden_cells(office)
    assert len(secret) >= 12
    assert not worked_out(published(office, is_shown)) & secret


def test_attacker_without_the_second_hidden_team_works_them_out(office: JobCenter) -> None:
    """The same attack, where only small teams are hidden: it does find something."""
    small = {
        (team, month) for team, month in TeamStanding.objects.filter(is_small=True).values_list("team", "month__month")
    }

    def is_shown(team: int, first: dt.date, last: dt.date) -> bool:
        return not any((team, month) in small for month in MONTHS if first <= month <= last)

    assert worked_out(published(office, is_shown)) & hidden_cells(office)


def test_attacker_who_asks_for_periods_only_works_them_out_where_a_year_shows_what_a_month_hides(
    office: JobCenter,
) -> None:
    """Where a team's year were shown although one of its months is hidden, the difference would be that month."""
    rarely = {team for team, _month in hidden_cells(office)}

    def is_shown(team: int, first: dt.date, last: dt.date) -> bool:
        hidden = TeamStanding.objects.filter(team=team, month__month__range=(first, last), is_hidden=True).count()
        return not hidden or (team in rarely and hidden == 1 and first != last)

    assert worked_out(published(office, is_shown)) & hidden_cells(office)


def test_what_hidden_teams_have_together_leaves_room_for_each(office: JobCenter) -> None:
    """Counts are never negative, so a sum of nothing or of one thing would tell: there is always more behind it."""
    for month in MONTHS:
        hidden = TeamStanding.objects.filter(month__jobcenter=office, month__month=month, is_hidden=True)
        counts = AppointmentCount.objects.filter(month__month=month, team__in=hidden.values("team"))
        by_team: dict[int, int] = {}
        for team, many in counts.values_list("team", "count"):
            by_team[team] = by_team.get(team, 0) + many
        assert len(by_team) != 1
        assert all(many < sum(by_team.values()) for many in by_team.values())
