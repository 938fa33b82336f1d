"""How often one address may knock."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory

from nahbar.outbox.clockwork import duties
from nahbar.web.models import Counter
from nahbar.web.retention import forget_counters
from nahbar.web.shared.limits import Limit, is_exhausted
from tests.factories import at

THREE = Limit(scope="test", tries=3)
NOW = at("2026-03-03 09:30")


def asks(address: str = "203.0.113.7") -> HttpRequest:
    return RequestFactory().get("/", REMOTE_ADDR=address)


def answers(count: int, *, address: str = "203.0.113.7", now: dt.datetime = NOW) -> list[bool]:
    return [is_exhausted(limit=THREE, request=asks(address), now=now) for _try in range(count)]


@pytest.mark.usefixtures("db")
def test_the_fourth_of_three_tries_is_refused() -> None:
    assert answers(5) == [False, False, False, True, True]


@pytest.mark.usefixtures("db")
def test_the_next_window_begins_anew() -> None:
    answers(4)
    assert answers(1, now=NOW + dt.timedelta(minutes=10)) == [False]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("second", [0, 1, 299.4, 598.9, 599.999])
def test_when_a_try_runs_out_says_only_which_window_it_was(second: float) -> None:
    tried = NOW + dt.timedelta(seconds=second)
    with time_machine.travel(tried, tick=False):
        answers(1, now=tried)

    assert [one.expires for one in Counter.objects.all()] == [NOW + dt.timedelta(minutes=10)]


@pytest.mark.usefixtures("db")
def test_tries_are_forgotten_as_soon_as_their_window_is_over() -> None:
    end = NOW + dt.timedelta(minutes=10)
    with time_machine.travel(NOW, tick=False):
        answers(2)

    assert [forget_counters(end), Counter.objects.count()] == [0, 2]
    assert [forget_counters(end + dt.timedelta(seconds=1)), Counter.objects.count()] == [2, 0]
    assert [duty.seconds for duty in duties() if duty.name == "web.counters"] == [60]


@pytest.mark.usefixtures("db")
def test_addresses_and_scopes_count_apart() -> None:
    answers(4)
    assert answers(1, address="203.0.113.8") == [False]
    assert not is_exhausted(limit=Limit(scope="other", tries=3), request=asks(), now=NOW)


@pytest.mark.usefixtures("db")
def test_one_household_has_one_ipv6_network() -> None:
    answers(3, address="2001:db8:1:2::1")
    assert answers(1, address="2001:db8:1:2:ffff::9") == [True]
    assert answers(1, address="2001:db8:1:3::1") == [False]


@pytest.mark.usefixtures("db")
def test_the_cache_holds_no_address() -> None:
    answers(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM nahbar_cache")
        assert "203.0.113" not in repr(cursor.fetchall())
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_get_no_more() -> None:
    def knock(_number: int) -> bool:
        try:
            return is_exhausted(limit=THREE, request=asks(), now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(knock, range(24)))
    assert refused.count(False) == 3
