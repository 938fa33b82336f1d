"""What a deputy sees and takes over, and when."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import Deputyship
from nahbar.people.queries import NotYours
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import cancel_appointment, take_over
from nahbar.scheduling.queries import access_appointment, access_held_or_deputised, in_the_way
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.factories import at, book, day_of, desk_of, join_office

TUESDAY = dt.date(2026, 3, 3)


@pytest.fixture
def deputyship(cast: Cast) -> Deputyship:
    """The colleague of team 2 stands in for the owner today and tomorrow."""
    return Deputyship.objects.create(
        jobcenter=cast.office,
        absent=cast.owner,
        deputy=cast.colleague,
        first_day=TUESDAY,
        last_day=TUESDAY + dt.timedelta(days=1),
    )


def sees(cast: Cast, appointment: Appointment, moment: str) -> bool:
    try:
        access_appointment(desk=desk_of(cast.colleague, cast.office, at(moment)), public_id=appointment.public_id)
    except NotYours:
        return False
    return True


@pytest.mark.usefixtures("deputyship")
def test_deputy_sees_while_standing_in_and_not_before_or_after(cast: Cast) -> None:
    moments = ["2026-03-02 12:00", "2026-03-03 08:00", "2026-03-04 20:00", "2026-03-05 08:00"]
    assert [sees(cast, cast.appointment, moment) for moment in moments] == [False, True, True, False]


@pytest.mark.usefixtures("deputyship")
def test_deputy_sees_the_days_they_stand_in_for_and_no_others(cast: Cast, now: dt.datetime) -> None:
    days = {"2026-03-04 16:00": True, "2026-03-05 09:00": False, "2026-03-17 09:00": False}
    for start, expected in days.items():
        appointment = book(client=cast.person, staff=cast.owner, starts_at=at(start), now=now)
        assert sees(cast, appointment, "2026-03-03 09:00") is expected, start


@pytest.mark.usefixtures("deputyship")
def test_nobody_else_sees_anything_new(cast: Cast, now: dt.datetime) -> None:
    for staff, office in ((cast.stranger, cast.other_office), (cast.guide, cast.office)):
        with pytest.raises(NotYours):
            access_held_or_deputised(desk=desk_of(staff, office, now), public_id=cast.appointment.public_id)
    # A teammate sees the appointment, but may not take it over.
    with pytest.raises(NotYours):
        access_held_or_deputised(desk=desk_of(cast.teammate, cast.office, now), public_id=cast.appointment.public_id)
    # It works in one direction.
    with pytest.raises(NotYours):
        access_appointment(desk=desk_of(cast.owner, cast.office, now), public_id=cast.other_appointment.public_id)


def test_taking_over_moves_the_appointment_for_good(cast: Cast, now: dt.datetime, deputyship: Deputyship) -> None:
    desk = desk_of(cast.colleague, cast.office, now)
    appointment = access_held_or_deputised(desk=desk, public_id=cast.appointment.public_id)
    assert [take_over(desk=desk, appointment=appointment, now=now) for _twice in range(2)] == [True, False]
    deputyship.delete()
    later = desk_of(cast.colleague, cast.office, now)
    mine = access_held_or_deputised(desk=later, public_id=cast.appointment.public_id)
    assert (mine.counsellor, mine.revision) == (cast.colleague, cast.appointment.revision)
    assert mine in day_of(later, TUESDAY).appointments
    assert mine not in day_of(cast.desk, TUESDAY).appointments
    entry = AuditEntry.objects.get(action=Action.TAKEN_OVER)
    assert (entry.actor_id, entry.object_id) == (str(cast.colleague.public_id), str(mine.public_id))
    assert list(mine.changes.values_list("kind", flat=True)) == ["booked", "taken_over"]
    # What still waits to be sent is neither dropped nor sent twice.
    assert OutboxMessage.objects.filter(about_id__startswith=str(cast.invitation.public_id)).count() == 1


def refusal(**arguments: Any) -> Reason:
    with pytest.raises(Refused) as caught:
        take_over(**arguments)
    return caught.value.reason


@pytest.mark.usefixtures("deputyship")
def test_a_deputy_who_is_busy_is_refused_and_learns_what_is_in_the_way(cast: Cast, now: dt.datetime) -> None:
    busy = book(
        client=cast.other_person, staff=cast.colleague, starts_at=at("2026-03-03 10:15"), now=now, mode=Mode.TELEPHONE
    )
    desk = desk_of(cast.colleague, cast.office, now)
    assert refusal(desk=desk, appointment=cast.appointment, now=now) == Reason.COUNSELLOR_BUSY
    assert in_the_way(staff=cast.colleague, appointment=cast.appointment) == busy
    assert Appointment.objects.get(pk=cast.appointment.pk).counsellor == cast.owner
    assert not AuditEntry.objects.filter(action=Action.TAKEN_OVER).exists()


@pytest.mark.usefixtures("deputyship")
def test_another_office_is_in_the_way_too(cast: Cast, now: dt.datetime) -> None:
    join_office(cast.colleague, cast.other_office)
    start = at("2026-03-03 10:00")
    elsewhere = book(client=cast.foreign_person, staff=cast.colleague, starts_at=start, now=now)
    desk = desk_of(cast.colleague, cast.office, now)
    assert refusal(desk=desk, appointment=cast.appointment, now=now) == Reason.COUNSELLOR_BUSY
    assert in_the_way(staff=cast.colleague, appointment=cast.appointment) == elsewhere


@pytest.mark.usefixtures("deputyship")
def test_what_is_cancelled_is_not_taken_over(cast: Cast, now: dt.datetime) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=now)
    desk = desk_of(cast.colleague, cast.office, now)
    assert refusal(desk=desk, appointment=cast.appointment, now=now) == Reason.NOT_PLANNED


@pytest.mark.django_db(transaction=True)
def test_of_two_deputies_at_once_one_takes_over_and_the_other_sees_whose_it_is(
    cast: Cast, now: dt.datetime, deputyship: Deputyship
) -> None:
    Deputyship.objects.create(
        jobcenter=cast.office,
        absent=cast.owner,
        deputy=cast.teammate,
        first_day=TUESDAY,
        last_day=TUESDAY,
    )
    desks = [desk_of(staff, cast.office, now) for staff in (cast.colleague, cast.teammate)]
    together = Barrier(2)

    def take(desk: Any) -> bool:
        together.wait(5)
        try:
            appointment = access_held_or_deputised(desk=desk, public_id=cast.appointment.public_id)
            return take_over(desk=desk, appointment=appointment, now=now)
        except (NotYours, Refused):
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = [done.result(20) for done in [threads.submit(take, desk) for desk in desks]]
    assert sum(answers) == 1
    assert AuditEntry.objects.filter(action=Action.TAKEN_OVER).count() == 1
