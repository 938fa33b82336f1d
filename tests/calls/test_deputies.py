"""A deputy is told of whoever waits too long, and takes the talk over. On a real media server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from nahbar.calls.models import CallParticipation
from nahbar.calls.operations import (
    admit,
    enter_waiting_room,
    join_as_counsellor,
    notice_waiting,
)
from nahbar.calls.presence import check_joined
from nahbar.calls.queries import access_own_appointment, ask_again, waiting_for, waiting_for_absent
from nahbar.calls.rules import PlaceState
from nahbar.people.models import Deputyship
from nahbar.people.queries import Desk, NotYours
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.operations import take_over
from tests.calls.conftest import Peer, consent, until, visit_of
from tests.conftest import Cast
from tests.factories import at, desk_of
from tests.servers import LiveKitServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def deputy(cast: Cast, now: dt.datetime) -> Desk:
    """The colleague of team 2, who stands in for the owner today."""
    today = dt.date(2026, 3, 3)
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=today, last_day=today
    )
    return desk_of(cast.colleague, cast.office, now)


def client_place(cast: Cast) -> CallParticipation:
    return CallParticipation.objects.get(participation__client=cast.person)


def test_a_deputy_is_told_after_the_offices_minutes(cast: Cast, now: dt.datetime, deputy: Desk) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    place = client_place(cast)
    assert waiting_for_absent(desk=deputy, now=now + 3 * MINUTE - dt.timedelta(seconds=1)) == []
    assert waiting_for_absent(desk=deputy, now=now + 3 * MINUTE) == [(place, cast.owner)]
    assert list(waiting_for(desk=deputy)) == []
    assert list(waiting_for(desk=cast.desk)) == [place]
    for other in (cast.teammate, cast.team_lead, cast.owner):
        assert waiting_for_absent(desk=desk_of(other, cast.office, now), now=now + 9 * MINUTE) == []


def test_a_deputys_pages_ask_as_often_as_the_colleagues(cast: Cast, deputy: Desk, now: dt.datetime) -> None:
    cast.other_appointment.delete()
    moments = [at("2026-03-03 09:20"), at("2026-03-03 09:30")]
    assert [ask_again(desk=deputy, waiting=[], now=moment) for moment in moments] == [30, 2]
    teammate = desk_of(cast.teammate, cast.office, now)
    assert [ask_again(desk=teammate, waiting=[], now=moment) for moment in moments] == [30, 30]


def test_a_deputys_page_says_so_of_the_deputy_only(cast: Cast, now: dt.datetime, deputy: Desk) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    notice_waiting(appointment=cast.appointment, now=now, by_deputy=True)
    place = client_place(cast)
    assert (place.noticed_at, place.deputy_noticed_at) == (None, now)


def test_whoever_takes_over_lets_in_and_the_colleague_no_more(
    cast: Cast, now: dt.datetime, deputy: Desk, media: LiveKitServer, peers: Callable[[], Peer]
) -> None:
    consent(cast, now)
    earlier = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    later = now + 5 * MINUTE
    assert take_over(desk=deputy, appointment=cast.appointment, now=later)
    place = client_place(cast)
    assert (place.state, place.noticed_at, place.deputy_noticed_at) == (PlaceState.WAITING, later, None)
    # The token the colleague still holds leads to no place.
    colleague = peers()
    colleague.join(url=media.url, token=earlier.token)
    check_joined(room=earlier.room, identity=earlier.identity, now=later)
    assert until(lambda: colleague.gone)
    with pytest.raises(NotYours):
        access_own_appointment(desk=cast.desk, public_id=cast.appointment.public_id)
    with pytest.raises(NotYours):
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=later)
    appointment = access_own_appointment(desk=deputy, public_id=cast.appointment.public_id)
    mine = join_as_counsellor(desk=deputy, appointment=appointment, now=later)
    assert mine.identity != earlier.identity
    admit(desk=deputy, appointment=appointment, now=later)
    assert client_place(cast).state == PlaceState.ADMITTED


def test_a_colleague_who_is_in_the_room_is_not_put_out(cast: Cast, now: dt.datetime, deputy: Desk) -> None:
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    check_joined(room=mine.room, identity=mine.identity, now=now)
    with pytest.raises(Refused) as caught:
        take_over(desk=deputy, appointment=cast.appointment, now=now)
    assert caught.value.reason == Reason.IN_TALK
    assert access_own_appointment(desk=cast.desk, public_id=cast.appointment.public_id) == cast.appointment


def test_one_query_for_each_colleague(
    cast: Cast, now: dt.datetime, deputy: Desk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nobody = desk_of(cast.teammate, cast.office, now)
    for desk, queries in ((deputy, 1), (nobody, 0)):
        with django_assert_num_queries(queries):
            waiting_for_absent(desk=desk, now=now)
