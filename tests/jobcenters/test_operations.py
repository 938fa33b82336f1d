"""Setting up an office: what is compared, what is audited, and two who do it at once."""

from __future__ import annotations

import contextlib
import datetime as dt
from functools import partial

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.jobcenters.errors import NameTaken, Stale
from nahbar.jobcenters.models import JobCenter, Site, Team
from nahbar.jobcenters.operations import add_holiday, add_site, add_team, change_office, claim, remove_holiday
from nahbar.jobcenters.places import place_of
from tests.factories import at, make_office
from tests.scheduling.together import at_once

NOW = at("2026-03-03 09:30")
HOUSE = {"name": "Haus B", "street": "Weg 1", "postcode": "22765", "city": "Hamburg"}


@pytest.fixture
def office(db: None) -> JobCenter:
    """An office as it was shown at revision 0."""
    return make_office("altona")


def revision(office: JobCenter) -> int:
    return JobCenter.objects.get(pk=office.pk).revision


def test_a_revision_is_claimed_once(office: JobCenter) -> None:
    claim(jobcenter=office, revision=0)
    with pytest.raises(Stale):
        claim(jobcenter=office, revision=0)
    assert revision(office) == 1


def test_a_name_that_is_taken_changes_nothing(office: JobCenter) -> None:
    with pytest.raises(NameTaken):
        add_team(jobcenter=office, values={"name": "Team 1"}, revision=0, by=SYSTEM, now=NOW)
    assert revision(office) == 0
    assert AuditEntry.objects.count() == 0


def test_the_same_name_in_another_office_is_free(office: JobCenter) -> None:
    other = make_office("bergedorf")
    for one in (office, other):
        add_site(jobcenter=one, values=HOUSE, revision=0, by=SYSTEM, now=NOW)
    assert Site.objects.count() == 2


def test_audit_keeps_numbers_and_codes_and_of_texts_only_that_they_changed(office: JobCenter) -> None:
    values = {"name": "Jobcenter Nord", "buffer_minutes": 5, "names_client_in_calendars": True, "city": "Hamburg"}
    assert change_office(jobcenter=office, values=values, revision=0, by=SYSTEM, now=NOW)
    detail = AuditEntry.objects.get(action=Action.OFFICE_CHANGED).detail
    assert detail == {"name": True, "buffer_minutes": 5, "names_client_in_calendars": True}


def test_a_day_is_closed_once_and_opened_once(office: JobCenter) -> None:
    day = dt.date(2026, 5, 15)
    add_holiday(jobcenter=office, day=day, name="Zu", revision=0, by=SYSTEM, now=NOW)
    with pytest.raises(NameTaken):
        add_holiday(jobcenter=office, day=day, name="Auch zu", revision=1, by=SYSTEM, now=NOW)
    assert [remove_holiday(jobcenter=office, day=day, by=SYSTEM, now=NOW) for _twice in range(2)] == [True, False]
    assert revision(office) == 2


def test_people_come_to_the_site_of_the_team_else_to_the_office(office: JobCenter) -> None:
    team = Team.objects.get(jobcenter=office, name="Team 1")
    here = place_of(team=team, jobcenter=office)
    assert (here.line, here.is_known) == ("Hamburg", False)
    team.site = Site.objects.create(jobcenter=office, directions="Im Hof", **HOUSE)
    there = place_of(team=team, jobcenter=office)
    assert (there.line, there.is_known, there.directions) == ("Haus B, Weg 1, 22765 Hamburg", True, "Im Hof")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told() -> None:
    office = make_office("altona")
    told: list[str] = []

    def save(minutes: int, seen: int) -> None:
        try:
            values = {"buffer_minutes": minutes}
            change_office(jobcenter=office, values=values, revision=seen, by=SYSTEM, now=NOW)
        except Stale:
            told.append("stale")

    for round_ in range(8):
        at_once(partial(save, 2 * round_ + 20, round_), partial(save, 2 * round_ + 21, round_))
        assert revision(office) == round_ + 1
        assert AuditEntry.objects.filter(action=Action.OFFICE_CHANGED).count() == round_ + 1
    assert told == ["stale"] * 8


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_teams_of_one_name_there_is_one() -> None:
    office = make_office("altona")

    def add(seen: int) -> None:
        with contextlib.suppress(Stale, NameTaken):
            add_team(jobcenter=office, values={"name": "Team 3"}, revision=seen, by=SYSTEM, now=NOW)

    at_once(partial(add, 0), partial(add, 0))
    assert Team.objects.filter(name="Team 3").count() == 1
    assert revision(office) == 1
