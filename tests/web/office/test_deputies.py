"""“Vertretungen”: only counsellors, days that can be, and nobody twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Deputyship
from nahbar.scheduling.hours import enter_absence
from tests.conftest import Cast
from tests.factories import at, desk_of, join_office
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

TODAY = dt.date(2026, 3, 3)
DAY = dt.timedelta(days=1)


def wish(cast: Cast, **changes: Any) -> dict[str, Any]:
    values = {"absent": cast.owner.pk, "deputy": cast.teammate.pk}
    return values | {"first_day": "2026-03-04", "last_day": "2026-03-06"} | changes


def stand_in(cast: Cast, **changes: Any) -> Deputyship:
    values = {"jobcenter": cast.office, "absent": cast.owner, "deputy": cast.teammate}
    return Deputyship.objects.create(**{**values, "first_day": TODAY + DAY, "last_day": TODAY + 3 * DAY, **changes})


def test_a_deputyship_is_entered_and_holds(setup: Setup, cast: Cast) -> None:
    assert setup.post("office_deputies", **wish(cast)).status_code == 302
    assert "Mara Vogt vertritt Inga Petersen" in setup.read("office_deputies")
    assert len(desk_of(cast.teammate, cast.office, at("2026-03-05 10:00")).deputyships) == 1
    assert AuditEntry.objects.get(action=Action.DEPUTY_ADDED).detail == {
        "absent": str(cast.owner.public_id),
        "deputy": str(cast.teammate.public_id),
        "first": "2026-03-04",
        "last": "2026-03-06",
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"last_day": "2026-03-03"}, "Der letzte Tag liegt vor dem ersten."),
        ({"first_day": "2026-03-01", "last_day": "2026-03-02"}, "Diese Zeit ist schon vorbei."),
        ({"last_day": "2028-03-03"}, "Bitte prüfen Sie das Jahr."),
        ({"first_day": "bald"}, "Bitte geben Sie den Tag als Datum an."),
        ({"deputy": ""}, "Bitte füllen Sie dieses Feld aus."),
    ],
)
def test_days_that_cannot_be_are_refused(setup: Setup, cast: Cast, changes: dict[str, Any], told: str) -> None:
    answer = setup.post("office_deputies", **wish(cast, **changes))
    assert answer.status_code == 422
    assert told in said(answer)
    assert Deputyship.objects.count() == 0
    assert setup.revision == 0


@pytest.mark.parametrize("who", ["guide", "stranger", "administrator"])
def test_only_counsellors_of_the_office_stand_in(setup: Setup, cast: Cast, who: str) -> None:
    answer = setup.post("office_deputies", **wish(cast, deputy=getattr(cast, who).pk))
    assert answer.status_code == 422
    assert Deputyship.objects.count() == 0


def test_nobody_stands_in_for_themselves(setup: Setup, cast: Cast) -> None:
    answer = setup.post("office_deputies", **wish(cast, deputy=cast.owner.pk))
    assert "Niemand vertritt sich selbst." in said(answer)


@pytest.mark.parametrize(("first", "last"), [(1, 1), (3, 5), (0, 9), (2, 2)])
def test_nobody_stands_in_twice_on_a_day(setup: Setup, cast: Cast, first: int, last: int) -> None:
    stand_in(cast)
    days = {"first_day": str(TODAY + first * DAY), "last_day": str(TODAY + last * DAY)}
    # Somebody else's deputyship of the same person is told first; this one is the same pair's.
    shown = setup.post("office_deputies", **wish(cast, **days))
    answer = setup.confirm(shown, "office_deputies", **wish(cast, **days))
    assert answer.status_code == 422
    assert Deputyship.objects.count() == 1


def test_a_second_deputy_is_told_first_and_may_be(setup: Setup, cast: Cast) -> None:
    stand_in(cast)
    join_office(cast.colleague, cast.other_office)
    shown = setup.post("office_deputies", **wish(cast, deputy=cast.colleague.pk))
    assert "Mara Vogt vertritt in dieser Zeit auch Inga Petersen." in said(shown)
    assert setup.confirm(shown, "office_deputies", **wish(cast, deputy=cast.colleague.pk)).status_code == 302
    assert Deputyship.objects.count() == 2


def test_a_deputy_who_is_away_is_told_first(setup: Setup, cast: Cast) -> None:
    away = at("2026-03-06 00:00"), at("2026-03-07 00:00")
    enter_absence(desk=desk_of(cast.teammate, cast.office), starts_at=away[0], ends_at=away[1])
    assert "Mara Vogt ist in dieser Zeit selbst abwesend" in said(setup.post("office_deputies", **wish(cast)))
    assert setup.post("office_deputies", **wish(cast, last_day="2026-03-05")).status_code == 302


@pytest.mark.parametrize(("first", "kept"), [(-2, [TODAY - DAY]), (0, []), (1, [])])
def test_an_ended_deputyship_keeps_its_past(setup: Setup, cast: Cast, first: int, kept: list[dt.date]) -> None:
    one = stand_in(cast, first_day=TODAY + first * DAY)
    setup.post("office_deputy_end", one.pk)
    assert list(Deputyship.objects.values_list("last_day", flat=True)) == kept
    assert desk_of(cast.teammate, cast.office, at("2026-03-03 10:00")).deputyships == ()
    assert AuditEntry.objects.filter(action=Action.DEPUTY_ENDED).count() == 1


def test_the_same_end_twice_is_one(setup: Setup, cast: Cast) -> None:
    one = stand_in(cast, first_day=TODAY - DAY)
    statuses = [setup.post("office_deputy_end", one.pk).status_code for _twice in range(2)]
    assert statuses == [302, 302]
    assert AuditEntry.objects.filter(action=Action.DEPUTY_ENDED).count() == 1


def test_whoever_left_is_no_deputy_any_more(setup: Setup, cast: Cast) -> None:
    cast.teammate.memberships.filter(role=Role.COUNSELLOR).delete()
    assert setup.post("office_deputies", **wish(cast)).status_code == 422
