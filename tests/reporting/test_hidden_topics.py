"""No topic is one colleague's figure, and topics and teams together tell of no small one; an open month shows none."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.reporting.figures import Tally, TopicRow
from nahbar.reporting.operations import build_month, build_open_months
from nahbar.reporting.queries import figures
from nahbar.reporting.rules import PartMonth, hidden_parts
from nahbar.reporting.topics import Cell, hidden_topics
from nahbar.scheduling.models import Appointment, Topic
from nahbar.scheduling.outcomes import Correction, mark_held
from nahbar.scheduling.rules import NotHeldReason, Outcome
from tests.factories import at, book, make_client, make_office, make_staff
from tests.reporting.recount import too_few_follow
from tests.reporting.test_corrections import correct
from tests.reporting.year import MONTHS, make_year

MARCH = dt.date(2026, 3, 1)
OPEN, FROZEN = at("2026-04-09 03:00"), at("2026-04-10 03:00")

Talk = dict[str, Any]


def talk(team: int, topic_id: int, staff: int, *, held: bool = True) -> Talk:
    return {"team": team, "topic_id": topic_id, "staff": staff, "state": "held" if held else "planned"}


def parts_of(talks: list[Talk], part: str) -> list[PartMonth]:
    return [
        PartMonth(
            one,
            has_anything=True,
            counsellors=frozenset(row["staff"] for row in talks if row[part] == one and row["state"] == "held"),
        )
        for one in sorted({row[part] for row in talks})
    ]


def hidden_of(talks: list[Talk]) -> set[int]:
    cells = {(row["team"], row["topic_id"]) for row in talks}
    return hidden_topics(teams=parts_of(talks, "team"), cells=[_cell(talks, *cell) for cell in cells])


def _cell(talks: list[Talk], team: int, topic: int) -> Cell:
    own = [row for row in talks if (row["team"], row["topic_id"]) == (team, topic)]
    held = [row["staff"] for row in own if row["state"] == "held"]
    return Cell(team, topic, frozenset(held), is_held=bool(held), is_missed=len(held) < len(own))


def tells(talks: list[Talk], topics: set[int]) -> bool:
    """By the recount's way, with these topics hidden and the teams that are."""
    return too_few_follow(talks, {"team": hidden_parts(parts_of(talks, "team")), "topic_id": topics})


# --- the rule ------------------------------------------------------------------------------------

# Two teams of three, 1 and 2, each with topics 10 and 20.
BOTH = [talk(team, topic, team * 100 + staff) for team in (1, 2) for topic in (10, 20) for staff in range(3)]


@pytest.mark.parametrize(
    ("talks", "hidden"),
    [
        pytest.param([], set(), id="nothing"),
        pytest.param(BOTH, set(), id="none is small"),
        pytest.param([*BOTH, talk(1, 30, 100)], {20, 30}, id="one of one colleague, and the newest other"),
        pytest.param(
            [*BOTH, talk(1, 30, 100), talk(1, 40, 101), talk(2, 40, 201)],
            {30, 40},
            id="two of three together",
        ),
        pytest.param([talk(1, 10, 100), talk(1, 20, 101)], {10, 20}, id="an office of two"),
        pytest.param([talk(1, 10, staff, held=False) for staff in range(3)], {10}, id="planned is not held"),
    ],
)
def test_hidden_topics(talks: list[Talk], hidden: set[int]) -> None:
    assert hidden_of(talks) == hidden
    assert hidden_of(talks[::-1]) == hidden


def of(team: int, topic: int, *staff: int, held: bool = True) -> list[Talk]:
    return [talk(team, topic, one, held=held) for one in staff]


# Team 1 is small and has topic 10 alone; team 3, hidden with it, has topic 20 alone; team 2 has the rest.
ONE_TOPIC_EACH = [*of(1, 10, 1, 2), *of(3, 20, 3, 4, 5), *of(2, 30, 6, 7, 8, 9), *of(2, 40, 6, 7, 8, 9)]


@pytest.mark.parametrize(
    ("talks", "of_each"),
    [
        # The office less team 2 less topic 20 is team 1.
        pytest.param(ONE_TOPIC_EACH, {10, 40}, id="a small team"),
        # Team 2 less topics 30 and 40 is topic 50.
        pytest.param([*ONE_TOPIC_EACH, *of(2, 50, 6)], {10, 50}, id="a small team and a small topic"),
        # Nothing is small, and topic 10 less team 1 is what one of team 2 did.
        pytest.param([*of(1, 10, 1, 2, 3), *of(2, 20, 4, 5, 6), *of(2, 10, 4, 4)], set(), id="a colleague's part"),
        # Topic 10 less team 2 is what the only one of team 1 did.
        pytest.param(
            [*of(1, 10, 1), *of(1, 20, 1), *of(2, 10, 2, 3, 4), *of(3, 20, 5, 6, 7), *of(3, 30, 5, 6, 7)],
            set(),
            id="a part of a small team",
        ),
        # One appointment that was not held joins topic 20 to team 2: in what was held nothing does.
        pytest.param([*ONE_TOPIC_EACH, *of(2, 20, 6, held=False)], {10, 40}, id="what was held"),
    ],
)
def test_what_each_table_hides_for_itself_is_told_by_both(talks: list[Talk], of_each: set[int]) -> None:
    """The attack finds something where topics are hidden as teams are and no more, and nothing in what is shown."""
    assert hidden_parts(parts_of(talks, "topic_id")) == of_each
    assert tells(talks, of_each)
    hidden = hidden_of(talks)
    assert hidden > of_each
    assert not tells(talks, hidden)


def test_what_was_not_held_of_one_colleague_is_not_told() -> None:
    """Team 1 held all of its own, so what is missing of topic 10 is of the one of team 2 who has it."""
    held = [*of(1, 10, 1, 2, 3), *of(1, 20, 1, 2, 3), *of(2, 10, 5), *of(2, 20, 5, 6, 7)]
    assert hidden_of(held) == set()
    missed = [*held, *of(2, 10, 5, held=False)]
    assert tells(missed, set())
    hidden = hidden_of(missed)
    assert hidden
    assert not tells(missed, hidden)


def test_whatever_teams_alone_tell_hides_no_topic() -> None:
    """Team 1's only failure is one colleague's: its own row says so, whatever topics do."""
    team_1 = [*of(1, 10, 4), *of(1, 20, 4, 5, 6), *of(1, 30, 4, 5, 6)]
    team_2 = [one for topic in (10, 20, 30) for one in [*of(2, topic, 8, 9, 10), *of(2, topic, 8, held=False)]]
    assert hidden_of([*team_1, *team_2, *of(1, 10, 4, held=False)]) == set()


def test_where_there_is_too_much_to_be_tried_no_topic_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build holds its month meanwhile, and must not take minutes."""
    talks = [*of(1, 10, 1, 2), *of(1, 20, 3, 4), *of(2, 10, 5, 6), *of(2, 20, 7, 8)]
    assert hidden_of(talks) == set()
    monkeypatch.setattr("nahbar.reporting.topics.MOST_STEPS", 3)
    assert hidden_of(talks) == {10, 20}


def test_an_office_of_three_hundred_counsellors_is_decided() -> None:
    """By pairs of them it took hours; the suite's limit is three minutes."""
    chance = random.Random(5)  # noqa: S311
    everybody = {team: frozenset(range(team * 8, team * 8 + 8)) for team in range(40)}
    teams = [PartMonth(team, has_anything=True, counsellors=who) for team, who in everybody.items()]
    cells = [
        Cell(team, topic, frozenset({chance.choice(sorted(who))}), is_held=True, is_missed=True)
        for team, who in everybody.items()
        for topic in chance.sample(range(200), 20)
    ]
    there = {cell.topic_id for cell in cells}
    small = {topic for topic in there if len({cell.counsellors for cell in cells if cell.topic_id == topic}) < 3}
    assert hidden_topics(teams=teams, cells=cells) > small


def test_topics_on_which_everybody_works_are_shown() -> None:
    """Also where in one team only one colleague works on one of them."""
    talks = [
        one
        for team in (1, 2, 3)
        for topic in (10, 20, 30, 40)
        for one in of(team, topic, *(team * 10 + number for number in range(1 if (team, topic) == (1, 10) else 4)))
    ]
    assert hidden_of(talks) == set()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            talk, st.integers(1, 4), st.integers(10, 13), st.integers(1, 8), held=st.sampled_from([True, True, False])
        ),
        max_size=40,
    )
)
def test_nobody_works_out_what_fewer_than_three_did_from_both_tables(talks: list[Talk]) -> None:
    """But where no topic at all is shown: then the teams alone say what they say."""
    hidden = hidden_of(talks)
    assert hidden >= hidden_parts(parts_of(talks, "topic_id"))
    if hidden != {row["topic_id"] for row in talks}:
        assert not tells(talks, hidden)


# --- what is shown -------------------------------------------------------------------------------


@pytest.fixture
def office(db: None) -> JobCenter:
    """One team: three colleagues with one topic in March, one of them with another too."""
    office = make_office("altona", channels=9)
    first, second = office.topics.order_by("name")[:2]
    staff = [make_staff(office) for _number in range(3)]
    for hour, one in enumerate(staff):
        _hold(office, one, first, hour=8 + hour)
        _hold(office, one, _third(office), hour=11 + hour)
    _hold(office, staff[0], second, hour=15)
    return office


def _first(office: JobCenter) -> Topic:
    return office.topics.order_by("name")[0]


def _third(office: JobCenter) -> Topic:
    return Topic.objects.get_or_create(jobcenter=office, name="Zuletzt", allows_telephone=True)[0]


def _hold(office: JobCenter, staff: StaffMember, topic: Topic, *, hour: int) -> Appointment:
    made = book(
        client=make_client(office),
        staff=staff,
        starts_at=at(f"2026-03-04 {hour:02}:00"),
        now=at("2026-03-03 09:00"),
        mode=Mode.TELEPHONE,
    )
    Appointment.objects.filter(pk=made.pk).update(topic=topic)
    mark_held(appointment=Appointment.objects.get(pk=made.pk), by=SYSTEM, now=made.ends_at, minutes=20)
    return made


def by_topic(office: JobCenter, first: dt.date = MARCH, last: dt.date = MARCH) -> dict[str | None, int]:
    found = figures(jobcenter=office, first=first, last=last)
    return {row.topic: row.tally.planned for row in found.by_topic or []}


def test_small_topic_stands_with_another_one(office: JobCenter) -> None:
    build_month(jobcenter=office, month=MARCH, now=FROZEN)
    assert by_topic(office) == {_first(office).name: 3, None: 4}


def test_open_month_shows_no_topic(office: JobCenter) -> None:
    """On another night it may be others that are hidden, and both nights together would tell."""
    build_month(jobcenter=office, month=MARCH, now=OPEN)
    assert by_topic(office) == {None: 7}


def test_correction_of_a_topic_stands_where_the_month_put_it(office: JobCenter) -> None:
    build_month(jobcenter=office, month=MARCH, now=FROZEN)
    for topic in office.topics.filter(pk__in=Appointment.objects.values("topic")):
        correct(Appointment.objects.filter(topic=topic)[0], Correction(Mode.TELEPHONE, NotHeldReason.NOT_REACHED))
    found = figures(jobcenter=office, first=MARCH, last=MARCH)
    assert found.by_topic == [
        TopicRow(_first(office).name, Tally({Outcome.HELD: 2, Outcome.CLIENT: 1})),
        TopicRow(None, Tally({Outcome.HELD: 2, Outcome.CLIENT: 2})),
    ]


def test_every_period_has_all_topics_together(db: None) -> None:
    """Whatever is shown by itself in which month, nothing is lost and nothing counted twice."""
    office = make_year("altona", seed=21, appointments=300)
    build_open_months(jobcenter=office, now=at("2026-01-12 03:00"))
    for last in MONTHS:
        found = figures(jobcenter=office, first=MONTHS[0], last=last)
        assert sum(row.tally.planned for row in found.by_topic or []) == found.total.planned
        months = [by_topic(office, month, month) for month in MONTHS if month <= last]
        assert by_topic(office, MONTHS[0], last) == {
            topic: many
            for topic in {name for month in months for name in month}
            if (many := sum(month.get(topic, 0) for month in months))
        }
