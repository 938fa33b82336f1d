"""Nobody works out a hidden team, whatever periods and teams they ask for; and without the second one they would."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection
from fractions import Fraction
from typing import Any

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.reporting.figures import TeamChoice, WhyHidden
from nahbar.reporting.models import AppointmentCount, ContactCount, PeopleCount, TeamStanding
from nahbar.reporting.operations import build_month, build_open_months
from nahbar.reporting.queries import figures, team_choices
from nahbar.reporting.rules import PartMonth, TeamHidden, hidden_parts
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.outcomes import mark_held
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_office, make_staff
from tests.reporting.year import MONTHS, make_year, periods

# The whole year is.
FROZEN = at("2026-01-12 03:00")

# A hidden count: of a team in a month.
Cell = tuple[int, dt.date]


def team_month(team: int, *counsellors: int) -> PartMonth:
    return PartMonth(team, bool(counsellors), frozenset(counsellors))


# --- the rule ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("teams", "hidden"),
    [
        pytest.param([team_month(1, 1, 2, 3), team_month(2, 4, 5, 6)], set(), id="none is small"),
        pytest.param([team_month(1, 1, 2, 3), team_month(2, 4, 5)], {1, 2}, id="the only other one goes with it"),
        pytest.param(
            [team_month(1, 1, 2, 3), team_month(2, 4, 5), team_month(3, 6, 7, 8, 9)],
            {2, 3},
            id="the newest other one",
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
            {2, 3, 4},
            id="one with nothing in it hides nobody",
        ),
        pytest.param([team_month(1, 1)], {1}, id="an office of one"),
        pytest.param(
            [team_month(2, 1, 2, 3), team_month(1, 4, 5, 6), team_month(3, 7)], {2, 3}, id="in whatever order"
        ),
    ],
)
def test_hidden_parts(teams: list[PartMonth], hidden: set[int]) -> None:
    assert hidden_parts(teams) == hidden
    assert hidden_parts(reversed(teams)) == hidden


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
    [choice] = [
        one for one in team_choices(jobcenter=office, first=MONTHS[0], last=MONTHS[1]) if one.team_id == team.pk
    ]
    assert choice.is_hidden


def test_retired_team_with_nothing_in_it_is_not_there(cast: Cast) -> None:
    Team.objects.create(jobcenter=cast.office, name="Team 3", is_active=False)
    Team.objects.create(jobcenter=cast.office, name="Team 4")
    month = dt.date(2026, 3, 1)
    build_month(jobcenter=cast.office, month=month, now=at("2026-04-10 03:00"))
    names = [choice.name for choice in team_choices(jobcenter=cast.office, first=month, last=month)]
    assert names == ["Team 1", "Team 2", "Team 4"]


# --- the attacker --------------------------------------------------------------------------------


# Every column that is published, by the table it is kept in.
COLUMNS: dict[str, Any] = {
    "appointments": (AppointmentCount, "count"),
    "planned_minutes": (AppointmentCount, "planned_minutes"),
    "minutes": (AppointmentCount, "minutes"),
    "timed": (AppointmentCount, "timed"),
    "km": (AppointmentCount, "km"),
    "unknown_km": (AppointmentCount, "unknown_km"),
    "contacts": (ContactCount, "count"),
    **{name: (PeopleCount, name) for name in ("persons", "offered", "chosen", "prepared", "tried", "again")},
}
EVERYTHING = tuple(COLUMNS)


def counts_of(office: JobCenter, *columns: str) -> dict[Cell, tuple[int, ...]]:
    """What each team had in each month, where it had anything in one of these columns."""
    sums: dict[str, Counter[Cell]] = {name: Counter() for name in columns}
    for name in columns:
        model, field = COLUMNS[name]
        rows = model.objects.filter(month__jobcenter=office)
        for team, month, many in rows.values_list("team", "month__month", field):
            sums[name][team, month] += many
    cells = {cell for counted in sums.values() for cell, many in counted.items() if many}
    return {cell: tuple(sums[name][cell] for name in columns) for cell in cells}


def published(
    office: JobCenter, is_shown: Callable[[int, dt.date, dt.date], bool], *columns: str
) -> list[frozenset[Cell]]:
    """The sums that the page shows of every team and period; `is_shown` says which of them it does.

    That a team had nothing in these columns in a month the attacker knows beforehand.
    """
    teams = [one.team_id for one in team_choices(jobcenter=office, first=MONTHS[0], last=MONTHS[-1])]
    cells = counts_of(office, *columns).keys()
    sums = []
    for first, last in periods():
        asked = [{team} for team in teams if is_shown(team, first, last)]
        there = [cell for cell in cells if first <= cell[1] <= last]
        sums += [frozenset(cell for cell in there if cell[0] in those) for those in (*asked, set(teams))]
    return sums


def worked_out(sums: list[frozenset[Any]]) -> set[Any]:
    """The cells that follow from the sums alone: those whose row in reduced echelon form stands by itself."""
    cells = sorted({cell for there in sums for cell in there})
    column = {cell: number for number, cell in enumerate(cells)}
    rows: dict[int, dict[int, Fraction]] = {}
    for there in dict.fromkeys(sums):
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


def hidden_cells(office: JobCenter, *columns: str) -> set[Cell]:
    """What nobody may know: of the small teams that have anything in these columns."""
    small = TeamStanding.objects.filter(month__jobcenter=office, is_small=True, month__month__in=MONTHS)
    return set(small.values_list("team", "month__month")) & counts_of(office, *columns).keys()


def test_worked_out_solves_what_can_be_solved() -> None:
    a, b, c = ((team, MONTHS[0]) for team in (1, 2, 3))
    assert worked_out([frozenset({a, b, c}), frozenset({a, b})]) == {c}
    assert worked_out([frozenset({a, b, c}), frozenset({a, b}), frozenset({b, c})]) == {a, b, c}
    assert worked_out([frozenset({a, b, c}), frozenset({a})]) == {a}


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(("appointments",), id="appointments"),
        pytest.param(("contacts",), id="contacts"),
        pytest.param(("minutes",), id="minutes"),
        pytest.param(("persons",), id="persons"),
        pytest.param(EVERYTHING, id="any column"),
    ],
)
def test_attacker_with_every_team_and_period_works_out_no_hidden_count(
    office: JobCenter, columns: tuple[str, ...]
) -> None:
    """Also who knows of each column alone where nothing was; of rarer ones only where there was nothing at all."""
    shown = {
        (choice.team_id, first, last)
        for first, last in periods()
        for choice in team_choices(jobcenter=office, first=first, last=last)
        if not choice.is_hidden
    }
    secret = hidden_cells(office, *columns)
    assert len(secret) >= 12
    assert len(shown) > 12
    found = worked_out(published(office, lambda *asked: asked in shown, *columns))
    assert not found & secret


def test_small_team_with_nothing_but_files_hides_another_one(db: None) -> None:
    """Its person-months would be the office's less those of all the others."""
    office = make_office("altona", channels=9)
    small = Team.objects.create(jobcenter=office, name="Team 3")
    for number, team in enumerate(office.teams.exclude(pk=small.pk).order_by("name")):
        for hour in (8, 9, 10):
            hold_talk(office, team, at(f"2026-03-{4 + number:02} {hour:02}:00"))
    make_client(office, small, created_at=at("2026-03-02 09:00"))
    month = dt.date(2026, 3, 1)
    build_month(jobcenter=office, month=month, now=at("2026-04-10 03:00"))
    why = [choice.why_hidden for choice in team_choices(jobcenter=office, first=month, last=month)]
    assert why == [None, WhyHidden.TOGETHER, WhyHidden.SMALL]


def hold_talk(office: JobCenter, team: Team, starts_at: dt.datetime, staff: StaffMember | None = None) -> StaffMember:
    """By somebody new, or again by the same."""
    staff = staff or make_staff(office, team=team)
    client = make_client(office, team, created_at=at("2026-03-02 09:00"))
    talk = book(client=client, staff=staff, starts_at=starts_at, now=at("2026-03-02 09:00"), mode=Mode.TELEPHONE)
    mark_held(appointment=talk, by=SYSTEM, now=talk.ends_at)
    return staff


# --- the same month, read twice ------------------------------------------------------------------


def test_attacker_who_reads_an_open_month_twice_works_out_nobody(db: None) -> None:
    """One day the second team is hidden with the small one, the next day that is small no more: then each is told."""
    office, month = make_office("altona", channels=9), dt.date(2026, 3, 1)
    first, second = office.teams.order_by("name")
    small = Team.objects.create(jobcenter=office, name="Team 3")
    for hour in (8, 9, 10):
        hold_talk(office, first, at(f"2026-03-04 {hour:02}:00"))
        hold_talk(office, second, at(f"2026-03-05 {hour:02}:00"))
    hold_talk(office, small, at("2026-03-06 08:00"))
    readings = [read_month(office, month, at("2026-03-10 03:00"))]
    for hour in (12, 13):
        hold_talk(office, small, at(f"2026-03-10 {hour}:00"))
    readings.append(read_month(office, month, at("2026-03-11 03:00")))
    # What each would show if an open month showed teams as a frozen one does.
    assert [hidden for _counts, hidden, _choices in readings] == [{second.pk, small.pk}, set()]
    by_standing = [sums_of(counts, counts.keys() - hidden) for counts, hidden, _choices in readings]
    by_page = [
        sums_of(counts, {one.team_id for one in choices if not one.is_hidden}) for counts, _hidden, choices in readings
    ]
    secret = {(small.pk, 1)}
    assert secret <= worked_out([one for of_day in by_standing for one in of_day])
    assert not worked_out([one for of_day in by_page for one in of_day])
    assert {one.why_hidden for _counts, _hidden, choices in readings for one in choices} == {WhyHidden.OPEN}


def read_month(office: JobCenter, month: dt.date, now: dt.datetime) -> tuple[Counter[int], set[int], list[TeamChoice]]:
    """A night's build: appointments by team, which teams its standing hides, and what the page offers."""
    build_month(jobcenter=office, month=month, now=now)
    counts: Counter[int] = Counter()
    for team, many in AppointmentCount.objects.values_list("team", "count"):
        counts[team] += many
    hidden = set(TeamStanding.objects.filter(is_hidden=True).values_list("team", flat=True))
    return counts, hidden, team_choices(jobcenter=office, first=month, last=month)


def sums_of(counts: Counter[int], shown: Collection[int]) -> list[frozenset[tuple[int, int]]]:
    """The office and each shown team; a count that has not changed is the same unknown on another day."""
    return [frozenset(counts.items()), *(frozenset({(team, counts[team])}) for team in shown)]


def test_period_with_an_open_month_shows_no_team(db: None) -> None:
    office = make_year("altona", seed=11, appointments=300)
    build_open_months(jobcenter=office, now=at("2026-01-05 03:00"))
    november, december = MONTHS[-2], MONTHS[-1]
    assert {one.why_hidden for one in team_choices(jobcenter=office, first=november, last=december)} == {WhyHidden.OPEN}
    frozen = team_choices(jobcenter=office, first=november, last=november)
    assert WhyHidden.OPEN not in {one.why_hidden for one in frozen}
    assert None in {one.why_hidden for one in frozen}
    shown = next(one.team_id for one in frozen if not one.is_hidden)
    with pytest.raises(TeamHidden):
        figures(jobcenter=office, first=november, last=december, team=shown)


# --- weaker rules --------------------------------------------------------------------------------


def test_attacker_without_the_second_hidden_team_works_them_out(office: JobCenter) -> None:
    """The same attack, where only small teams are hidden: it does find something."""
    small = {
        (team, month) for team, month in TeamStanding.objects.filter(is_small=True).values_list("team", "month__month")
    }

    def is_shown(team: int, first: dt.date, last: dt.date) -> bool:
        return not any((team, month) in small for month in MONTHS if first <= month <= last)

    assert worked_out(published(office, is_shown, "appointments")) & hidden_cells(office, "appointments")


def test_attacker_who_asks_for_periods_only_works_them_out_where_a_year_shows_what_a_month_hides(
    office: JobCenter,
) -> None:
    """Where a team's year were shown although one of its months is hidden, the difference would be that month."""
    rarely = {team for team, _month in hidden_cells(office, "appointments")}

    def is_shown(team: int, first: dt.date, last: dt.date) -> bool:
        hidden = TeamStanding.objects.filter(team=team, month__month__range=(first, last), is_hidden=True).count()
        return not hidden or (team in rarely and hidden == 1 and first != last)

    assert worked_out(published(office, is_shown, "appointments")) & hidden_cells(office, "appointments")


def test_what_hidden_parts_have_together_leaves_room_for_each(office: JobCenter) -> None:
    """Counts are never negative, so a sum of nothing or of one thing would tell: there is always more behind it."""
    for month in MONTHS:
        hidden = TeamStanding.objects.filter(month__jobcenter=office, month__month=month, is_hidden=True)
        counts = AppointmentCount.objects.filter(month__month=month, team__in=hidden.values("team"))
        by_team: dict[int, int] = {}
        for team, many in counts.values_list("team", "count"):
            by_team[team] = by_team.get(team, 0) + many
        assert len(by_team) != 1
        assert all(many < sum(by_team.values()) for many in by_team.values())


def test_whoever_stands_in_makes_no_team_of_three(cast: Cast) -> None:
    """One counsellor's team stays small, whoever of another team held a talk for it."""
    team = cast.appointment.team
    others = [make_staff(cast.office, team=Team.objects.create(jobcenter=cast.office, name=name)) for name in "AB"]
    for number, staff in enumerate([cast.owner, *others]):
        talk = book(
            client=make_client(cast.office, team=team),
            staff=staff,
            starts_at=at(f"2026-03-1{number} 09:00"),
            now=at("2026-03-03 09:00"),
            mode=Mode.ON_SITE,
        )
        Appointment.objects.filter(pk=talk.pk).update(team=team)
        mark_held(appointment=talk, by=SYSTEM, now=talk.ends_at, minutes=20)
    march = dt.date(2026, 3, 1)
    build_month(jobcenter=cast.office, month=march, now=at("2026-04-10 03:00"))
    choices = team_choices(jobcenter=cast.office, first=march, last=march)
    assert {one.team_id: one.why_hidden for one in choices}[team.pk] is WhyHidden.SMALL
