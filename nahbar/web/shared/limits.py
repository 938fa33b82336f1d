"""How often one address, or one account, may knock. Counted in the shared cache, so for all processes together.

Every try takes a numbered slot; taking one is an INSERT, which two processes cannot both do. Limits are
generous: behind one address may be a whole hostel, or a mobile network.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

IPV6_HOUSEHOLD = 64


@dataclass(frozen=True)
class Limit:
    """At most `tries` in each `window` for one address; with `per_account` for whoever is signed in."""

    scope: str
    tries: int
    window: dt.timedelta = dt.timedelta(minutes=10)
    per_account: bool = False


def is_exhausted(*, limit: Limit, request: HttpRequest, now: dt.datetime) -> bool:
    """Takes one try; True when none was left."""
    seconds = int(limit.window.total_seconds())
    # All tries of a window are forgotten at its end: when a slot runs out says no more than which window it was. The
    # half second keeps what the cache rounds down from falling before it.
    left = seconds - now.timestamp() % seconds + 0.5
    caller = f"account-{request.user.pk}" if limit.per_account else _caller(request, limit.scope)
    prefix = f"limit:{limit.scope}:{int(now.timestamp()) // seconds}:{caller}"
    slots = [f"{prefix}:{number}" for number in range(limit.tries)]
    taken = cache.get_many(slots)
    return not any(cache.add(slot, 1, timeout=left) for slot in slots if slot not in taken)


def _caller(request: HttpRequest, scope: str) -> str:
    """The address, hashed apart for each limit: nobody reads addresses out of the cache, nor who did two things."""
    # The same reading of proxies as the sign-in's limits use (ALLAUTH_TRUSTED_PROXY_COUNT).
    address = str(get_adapter().get_client_ip(request))
    try:
        if ipaddress.ip_address(address).version == 6:
            address = str(ipaddress.ip_network(f"{address}/{IPV6_HOUSEHOLD}", strict=False))
    except ValueError:
        pass  # a socket's name: it still is one caller
    return salted_hmac(f"nahbar.limits.{scope}", address, algorithm="sha256").hexdigest()[:32]
