"""A talk that goes on keeps its channel as long as others leave room."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.scheduling.models import Appointment, ChannelBooking, VideoChannel
from nahbar.scheduling.operations import keep_channel
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.seating import can_prolong
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_staff

END = at("2026-03-03 10:40")  # 10:00 to 10:30, and ten minutes after it
LATER = at("2026-03-03 10:45")


def another(cast: Cast, start: str, now: dt.datetime) -> Appointment:
    """Another video appointment of the office, of people who have nothing else."""
    return book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=at(start), now=now, minutes=5)


def booking(appointment: Appointment) -> ChannelBooking:
    return ChannelBooking.objects.get(appointment=appointment)


def keep(appointment: Appointment, *, until: dt.datetime = LATER) -> bool:
    return keep_channel(appointment=appointment, until=until, now=at("2026-03-03 10:35"))


def test_a_channel_is_kept_where_nobody_needs_it(cast: Cast) -> None:
    assert [keep(cast.appointment) for _twice in range(2)] == [True, True]
    assert booking(cast.appointment).ends_at == LATER


def test_those_to_come_are_seated_anew(cast: Cast, now: dt.datetime) -> None:
    own = booking(cast.appointment)
    following = another(cast, "2026-03-03 10:40", now)
    ChannelBooking.objects.filter(appointment=following).update(channel=own.channel)
    assert can_prolong(booking=own, until=LATER, now=at("2026-03-03 10:35"))
    assert keep(cast.appointment)
    kept = booking(cast.appointment)
    assert (kept.channel, kept.starts_at, kept.ends_at) == (own.channel, own.starts_at, LATER)
    assert booking(following).channel != own.channel
    assert booking(following).starts_at == at("2026-03-03 10:40")


def test_a_channel_that_others_need_is_not_kept_and_nobody_is_moved(cast: Cast, now: dt.datetime) -> None:
    for start in ("2026-03-03 10:40", "2026-03-03 10:44"):
        another(cast, start, now)
    before = set(ChannelBooking.objects.values_list("appointment", "channel", "starts_at", "ends_at"))
    assert not keep(cast.appointment)
    assert not can_prolong(booking=booking(cast.appointment), until=LATER, now=at("2026-03-03 10:35"))
    assert set(ChannelBooking.objects.values_list("appointment", "channel", "starts_at", "ends_at")) == before


def test_a_talk_beside_that_has_begun_stays_on_its_channel(cast: Cast, now: dt.datetime) -> None:
    VideoChannel.objects.create(jobcenter=cast.office, number=3)
    beside = another(cast, "2026-03-03 10:20", now)
    following = another(cast, "2026-03-03 10:40", now)
    ChannelBooking.objects.filter(appointment=following).update(channel=booking(cast.appointment).channel)
    channel = booking(beside).channel
    assert keep(cast.appointment)
    assert booking(beside).channel == channel


@pytest.mark.parametrize("minutes", [35, 41])
def test_what_is_closed_or_over_keeps_nothing(cast: Cast, minutes: int) -> None:
    moment = at("2026-03-03 10:00") + dt.timedelta(minutes=minutes)
    if moment < END:
        mark_held(appointment=cast.appointment, by=cast.desk.actor, now=moment)
    assert not keep_channel(appointment=cast.appointment, until=LATER, now=moment)
    assert booking(cast.appointment).ends_at <= END
