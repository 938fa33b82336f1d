"""The TURN server that browsers are told of: ours, with credentials it accepts, and a way to nobody else."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aioice import stun
from aioice.turn import TurnTransport, create_turn_endpoint
from django.utils import timezone

from nahbar.calls.turn import LIFETIME, ice_servers
from tests.servers import LOOPBACK, LiveKitServer


def test_nobody_is_named_without_a_turn_server(settings: Any, now: dt.datetime) -> None:
    settings.NAHBAR_TURN_HOST = ""
    assert ice_servers(now=now) == []


def test_browsers_are_told_of_both_ways_to_the_own_server(settings: Any, now: dt.datetime) -> None:
    settings.NAHBAR_LIVEKIT_KEY, settings.NAHBAR_LIVEKIT_SECRET = "nahbar", "secret-" * 6
    settings.NAHBAR_TURN_HOST, settings.NAHBAR_TURN_UDP_PORT = "turn.example.de", 3478
    settings.NAHBAR_TURN_TLS_PORT = 443
    assert ice_servers(now=now) == [
        {
            "urls": ["turn:turn.example.de:3478?transport=udp", "turns:turn.example.de:443?transport=tcp"],
            "username": "wAjM4QTNyczNxwnclN3dvJnY8JXYihWYuB",
            "credential": "Hvtf3PWUTsb7Y9BZM2Jn0GCZUYoAx08DcxOjS03woWY",
        }
    ]


@asynccontextmanager
async def relay(server: dict[str, Any], port: int) -> AsyncIterator[TurnTransport]:
    """An allocation at the real server; raises when it refuses the credentials."""
    try:
        transport, _ = await create_turn_endpoint(
            asyncio.DatagramProtocol, (LOOPBACK, port), server["username"], server["credential"]
        )
        yield transport
        transport.close()
    finally:
        # Sockets are closed in the loop's next rounds.
        await asyncio.sleep(0.1)


def relayed_from(server: dict[str, Any], port: int) -> str:
    """The address from which the server relays."""

    async def ask() -> str:
        async with relay(server, port) as transport:
            address: tuple[str, int] = transport.get_extra_info("sockname")
            return address[0]

    return asyncio.run(ask())


@pytest.fixture
def turn(settings: Any, media: LiveKitServer) -> int:
    """The real media server's TURN, as browsers would be told of it."""
    settings.NAHBAR_TURN_HOST, settings.NAHBAR_TURN_UDP_PORT = LOOPBACK, media.media.turn_port
    return media.media.turn_port


def test_media_server_accepts_our_credentials(turn: int) -> None:
    assert relayed_from(ice_servers(now=timezone.now())[0], turn) == LOOPBACK


def test_credentials_of_yesterday_are_refused(turn: int) -> None:
    old = ice_servers(now=timezone.now() - LIFETIME - dt.timedelta(seconds=2))[0]
    with pytest.raises(stun.TransactionFailed):
        relayed_from(old, turn)


def test_credentials_under_another_secret_are_refused(settings: Any, turn: int) -> None:
    settings.NAHBAR_LIVEKIT_SECRET = "another-" * 5
    with pytest.raises(stun.TransactionFailed):
        relayed_from(ice_servers(now=timezone.now())[0], turn)


def test_relay_leads_to_the_media_server_and_to_nobody_else(turn: int) -> None:
    """A second address of this very machine stands for everybody else."""

    async def reach(address: str) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind((address, 0))
            peer.settimeout(1)
            async with relay(ice_servers(now=timezone.now())[0], turn) as transport:
                inner = transport._TurnTransport__inner_protocol  # type: ignore[attr-defined]
                try:
                    await inner.send_data(b"hello", peer.getsockname())
                except stun.TransactionFailed:
                    return False
                return peer.recv(10) == b"hello"

    assert asyncio.run(reach(LOOPBACK)) is True
    assert asyncio.run(reach("127.0.0.2")) is False
