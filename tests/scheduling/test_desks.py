"""What a desk is shown of calls and talks ends at its teams."""

from __future__ import annotations

import datetime as dt

from nahbar.audit.rules import SYSTEM
from nahbar.people.models import Membership
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.queries import last_contact_before, open_call_tasks
from tests.conftest import Cast
from tests.factories import at, book, make_wish


def test_a_call_left_behind_in_another_team_is_not_listed(cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-04 10:00"), agreed_by=None)
    task = make_call_task(desk=cast.desk, wish=wish, now=now)
    assert list(open_call_tasks(cast.desk)) == [task]
    Membership.objects.filter(staff=cast.owner).update(team=cast.office.teams.get(name="Team 2"))
    assert list(open_call_tasks(cast.desk)) == []


def test_the_last_contact_is_one_of_the_same_team(cast: Cast, now: dt.datetime) -> None:
    earlier = book(
        client=cast.person, staff=cast.teammate, starts_at=at("2026-03-02 10:00"), now=at("2026-03-01 08:00")
    )
    mark_held(appointment=earlier, by=SYSTEM, now=now)
    assert last_contact_before(appointment=cast.appointment) == earlier
    Appointment.objects.filter(pk=earlier.pk).update(team=cast.office.teams.get(name="Team 2"))
    assert last_contact_before(appointment=cast.appointment) is None
