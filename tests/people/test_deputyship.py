"""Who stands in for whom, on which days."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Deputyship
from tests.conftest import Cast
from tests.factories import at, desk_of, join_office

TUESDAY = dt.date(2026, 3, 3)
DAY = dt.timedelta(days=1)


def stand_in(cast: Cast, **changes: Any) -> Deputyship:
    values = {"jobcenter": cast.office, "absent": cast.owner, "deputy": cast.colleague}
    return Deputyship.objects.create(**{**values, "first_day": TUESDAY, "last_day": TUESDAY, **changes})


@pytest.mark.parametrize(
    ("moment", "count"),
    [("2026-03-02 23:59", 0), ("2026-03-03 00:00", 1), ("2026-03-03 23:59", 1), ("2026-03-04 00:00", 0)],
)
def test_deputyship_is_active_from_first_to_last_day_in_berlin(cast: Cast, moment: str, count: int) -> None:
    deputyship = stand_in(cast)
    assert desk_of(cast.colleague, cast.office, at(moment)).deputyships == (deputyship,) * count
    assert desk_of(cast.owner, cast.office, at(moment)).deputyships == ()


@pytest.mark.parametrize("moment", ["2026-03-29 00:30", "2026-03-29 23:30"])
def test_deputyship_holds_the_whole_day_the_clocks_change(cast: Cast, moment: str) -> None:
    sunday = dt.date(2026, 3, 29)
    stand_in(cast, first_day=sunday, last_day=sunday)
    assert len(desk_of(cast.colleague, cast.office, at(moment)).deputyships) == 1


def test_deputyship_counts_in_its_office_only(cast: Cast) -> None:
    stand_in(cast)
    join_office(cast.colleague, cast.other_office)
    assert desk_of(cast.colleague, cast.other_office, at("2026-03-03 10:00")).deputyships == ()


def test_deputyship_is_nothing_to_whoever_does_not_counsel(cast: Cast) -> None:
    stand_in(cast, deputy=cast.guide)
    assert desk_of(cast.guide, cast.office, at("2026-03-03 10:00")).deputyships == ()
    join_office(cast.guide, cast.office, Role.COUNSELLOR)
    assert len(desk_of(cast.guide, cast.office, at("2026-03-03 10:00")).deputyships) == 1


def refused(work: Any) -> bool:
    try:
        with transaction.atomic():
            work()
    except IntegrityError:
        return True
    return False


def test_database_refuses_standing_in_for_oneself_and_ends_before_starts(cast: Cast) -> None:
    assert refused(lambda: stand_in(cast, deputy=cast.owner))
    assert refused(lambda: stand_in(cast, last_day=TUESDAY - DAY))
    stand_in(cast)
    assert refused(lambda: stand_in(cast, last_day=TUESDAY + DAY))


def test_database_refuses_minutes_out_of_bounds(cast: Cast) -> None:
    offices = JobCenter.objects.filter(pk=cast.office.pk)
    answers = [refused(partial(offices.update, deputy_after_minutes=minutes)) for minutes in (0, 1, 60, 61)]
    assert answers == [True, False, False, True]
