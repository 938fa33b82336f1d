"""What every browser gets to connect with the media server, whosever it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings

from nahbar.calls.operations import Entry
from nahbar.calls.turn import ice_servers


def connection(entry: Entry, *, now: dt.datetime) -> dict[str, Any]:
    """Where to, with which token, and over which servers of ours; browsers are told of no others."""
    return {"url": settings.NAHBAR_LIVEKIT_URL, "token": entry.token, "iceServers": ice_servers(now=now)}
