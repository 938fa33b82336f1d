"""A talk that takes longer: its channel is kept, or the counsellor is told; nobody is cut off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from nahbar.calls.models import Call, CallParticipation
from nahbar.calls.operations import admit, enter_waiting_room
from nahbar.calls.overrun import keep_channels, needed_from
from nahbar.calls.presence import check_joined
from nahbar.calls.reconcile import reconcile
from nahbar.invitations.queries import Visit
from nahbar.outbox.clockwork import duties
from nahbar.scheduling.models import Appointment, ChannelBooking
from nahbar.scheduling.queries import with_people
from tests.calls.conftest import Peer, consent, visit_of
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_staff
from tests.servers import LiveKitServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]
END = at("2026-03-03 10:40")  # 10:00 to 10:30, and ten minutes after it
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Talk:
    """A call, and the device that is in it."""

    call: Call
    visit: Visit


@pytest.fixture
def talk(cast: Cast, now: dt.datetime, media: LiveKitServer) -> Talk:
    """The person is in the talk."""
    visit = visit_of(cast, now)
    consent(cast, now)
    entry = enter_waiting_room(visit=visit, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    return Talk(Call.objects.get(), visit)


def ends_at(cast: Cast) -> dt.datetime:
    return ChannelBooking.objects.get(appointment=cast.appointment).ends_at


def needed(cast: Cast, now: dt.datetime) -> dt.datetime | None:
    appointment = with_people(Appointment.objects.all()).get(pk=cast.appointment.pk)
    return needed_from(appointment=appointment, call=Call.objects.get(), now=now)


def fill(cast: Cast, now: dt.datetime) -> None:
    """Both channels of the office are taken from the end on."""
    for _channel in range(2):
        book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=END, now=now, minutes=5)


@pytest.mark.usefixtures("talk")
def test_the_clock_keeps_the_channel_for_as_long_as_the_talk_goes_on(cast: Cast) -> None:
    keep_channels(END - 8 * MINUTE)
    assert ends_at(cast) == END
    for minute in range(-7, 61):
        keep_channels(END + minute * MINUTE)
    # Never far ahead of what is needed: a talk that ends now takes little from others.
    assert END + 67 * MINUTE <= ends_at(cast) <= END + 72 * MINUTE
    assert [duty.seconds for duty in duties() if duty.name == "calls.keep_channels"] == [15]


def test_nobody_there_keeps_nothing(cast: Cast, talk: Talk) -> None:
    CallParticipation.objects.filter(call=talk.call).update(connected_at=None)
    keep_channels(END - 5 * MINUTE)
    assert ends_at(cast) == END


@pytest.mark.usefixtures("talk")
def test_when_others_need_the_channel_it_is_known_five_minutes_before(cast: Cast, now: dt.datetime) -> None:
    fill(cast, now)
    moments = [END - 6 * MINUTE, END - 5 * MINUTE, END - MINUTE, END, END + 4 * MINUTE]
    for moment in moments:
        keep_channels(moment)
    assert [needed(cast, moment) for moment in moments] == [None, END, END, END, END]


@pytest.mark.usefixtures("talk")
def test_while_a_channel_is_free_nobody_is_warned_whether_or_not_the_clock_runs(cast: Cast) -> None:
    assert [needed(cast, END + minute * MINUTE) for minute in (-5, -1, 0, 20)] == [None] * 4


def test_past_the_end_the_talk_goes_on(
    cast: Cast, now: dt.datetime, talk: Talk, media: LiveKitServer, peers: Callable[[], Peer]
) -> None:
    fill(cast, now)
    peer = peers()
    peer.join(url=media.url, token=enter_waiting_room(visit=talk.visit, now=now).token)
    late = END + 50 * MINUTE
    keep_channels(late)
    reconcile(late)
    talk.call.refresh_from_db()
    assert (talk.call.state, peer.gone) == ("active", [])
