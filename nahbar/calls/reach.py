"""What of the media server can be reached from this machine, in an operator's words (`check_media`).

It joins a room of its own as a browser would, up to the point where the server says where its media are, and
then knocks at each of these doors with what the connection's own checks are made of (STUN).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import secrets
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aioice import stun
from aioice.turn import create_turn_endpoint
from django.conf import settings
from livekit.protocol import rtc

from nahbar.calls import sfu
from nahbar.calls.models import random_name
from nahbar.calls.turn import ice_servers

PATIENCE_SECONDS = 4.0
AGAIN_SECONDS = 0.5
# Let's Encrypt renews thirty days ahead; whoever is later has forgotten it.
CERTIFICATE_DAYS = 14
PROTOCOL = 15
Address = tuple[str, int]


@dataclass(frozen=True)
class Finding:
    """One door: whether it is open, and in a sentence or two what to do if not."""

    open: bool
    says: str


@dataclass
class Offered:
    """What the media server has told a browser that joins, and what that browser calls itself."""

    servers: list[str] = field(default_factory=list)
    ufrag: str = ""
    password: str = field(default="", repr=False)
    udp: list[Address] = field(default_factory=list)
    tcp: list[Address] = field(default_factory=list)
    own_ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    own_password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def request(self) -> stun.Message:
        """A connection check, as either side of every talk sends them."""
        message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self.ufrag}:{self.own_ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.add_message_integrity(self.password.encode())
        return message

    def description(self) -> str:
        """The shortest offer that makes the server say where its media are, and listen there."""
        fingerprint = ":".join(["00"] * 32)
        lines = [
            *("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0"),
            *("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:0", "a=sctp-port:5000"),
            *(f"a=ice-ufrag:{self.own_ufrag}", f"a=ice-pwd:{self.own_password}"),
            *(f"a=fingerprint:sha-256 {fingerprint}", "a=setup:actpass"),
        ]
        return "\r\n".join([*lines, ""])

    def note(self, candidate: str) -> None:
        """One of the server's addresses, as SDP has them."""
        _foundation, _part, protocol, _priority, host, port, *_ = candidate.split()
        (self.udp if protocol.lower() == "udp" else self.tcp).append((host, int(port)))


def examine(*, now: dt.datetime) -> list[Finding]:
    """Every door there is, or the first that is shut where the others lie behind it."""
    room = f"probe-{random_name()}"
    try:
        sfu.ensure_probe_room(name=room)
    except sfu.MediaUnavailable as error:
        return [_commands_fail(str(error))]
    try:
        return [
            Finding(open=True, says=f"Commands: {settings.NAHBAR_LIVEKIT_API_URL} answers and knows our key."),
            *asyncio.run(_examine(room, now)),
        ]
    finally:
        sfu.delete_room(name=room)


def _commands_fail(error: str) -> Finding:
    if error == "unauthenticated":
        return Finding(
            open=False,
            says="Commands: the media server refuses our key. NAHBAR_LIVEKIT_KEY and NAHBAR_LIVEKIT_SECRET must "
            "stand in its `keys`.",
        )
    address = settings.NAHBAR_LIVEKIT_API_URL
    return Finding(
        open=False,
        says=f"Commands: {address} does not answer ({error}). Start LiveKit, and open TCP port {_port(address)} "
        "to this machine.",
    )


async def _examine(room: str, now: dt.datetime) -> list[Finding]:
    address = settings.NAHBAR_LIVEKIT_URL
    try:
        async with _joined(room) as offered:
            signalling = await _signalling(address)
            doors = [*_media_doors(offered), *_turn_doors(offered, now)]
            return [signalling, _servers(offered), *await asyncio.gather(*doors)]
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        status = f"HTTP {error.status}" if isinstance(error, aiohttp.WSServerHandshakeError) else type(error).__name__
        return [
            Finding(
                open=False,
                says=f"Signalling: {address} does not answer as browsers need it ({status}). Open TCP port "
                f"{_port(address)}, let the proxy pass /rtc with its WebSocket, and look at its certificate.",
            )
        ]


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or (443 if parts.scheme in {"https", "wss"} else 80)


@asynccontextmanager
async def _joined(room: str) -> AsyncIterator[Offered]:
    """In the room like a browser, while the server waits for the first packet."""
    token = sfu.token(room=room, identity=random_name(), rights=sfu.Rights(may_talk=False), minutes=1)
    query = urlencode({"access_token": token, "protocol": PROTOCOL, "auto_subscribe": 0})
    timeout = aiohttp.ClientTimeout(total=None, connect=PATIENCE_SECONDS)
    offered = Offered()
    async with (
        aiohttp.ClientSession(timeout=timeout, headers={"Origin": settings.NAHBAR_BASE_URL}) as session,
        session.ws_connect(f"{settings.NAHBAR_LIVEKIT_URL}/rtc?{query}") as socket,
    ):
        description = rtc.SessionDescription(type="offer", sdp=offered.description())
        await socket.send_bytes(rtc.SignalRequest(offer=description).SerializeToString())
        await asyncio.wait_for(_listen(socket, offered), PATIENCE_SECONDS)
        yield offered


async def _listen(socket: aiohttp.ClientWebSocketResponse, offered: Offered) -> None:
    """Reads until the last of the server's addresses has come."""
    async for message in socket:
        said = rtc.SignalResponse.FromString(message.data)
        kind = said.WhichOneof("message")
        if kind == "join":
            offered.servers = [url for server in said.join.ice_servers for url in server.urls]
        elif kind == "answer":
            offered.ufrag, offered.password = (_value(said.answer.sdp, name) for name in ("ice-ufrag", "ice-pwd"))
        elif kind == "trickle":
            candidate = json.loads(said.trickle.candidateInit)["candidate"]
            if candidate:
                offered.note(candidate)
            if said.trickle.final:
                return
    raise ConnectionResetError


def _value(description: str, name: str) -> str:
    start = f"a={name}:"
    return next(line.removeprefix(start) for line in description.splitlines() if line.startswith(start))


async def _signalling(address: str) -> Finding:
    parts = urlsplit(address)
    if parts.scheme != "wss":
        return Finding(open=True, says=f"Signalling: {address} answers.")
    assert parts.hostname
    days = await _certificate_days(parts.hostname, _port(address))
    return _with_certificate("Signalling", address, days)


def _with_certificate(what: str, address: str, days: int) -> Finding:
    if days < CERTIFICATE_DAYS:
        return Finding(open=False, says=f"{what}: the certificate of {address} ends in {days} days. Renew it now.")
    return Finding(open=True, says=f"{what}: {address} answers; its certificate holds for {days} more days.")


async def _certificate_days(host: str, port: int) -> int:
    """How long the certificate is valid; raises `ssl.SSLError` when nobody would trust it."""
    opening = asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    _reader, writer = await asyncio.wait_for(opening, PATIENCE_SECONDS)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    left = ssl.cert_time_to_seconds(certificate["notAfter"]) - dt.datetime.now(dt.UTC).timestamp()
    return int(left // 86400)


def _servers(offered: Offered) -> Finding:
    """Our pages name their own servers and ignore these; whoever connects without our pages does not."""
    own = {settings.NAHBAR_TURN_HOST, *(host for host, _ in offered.udp)}
    foreign = sorted(url for url in offered.servers if url.split(":")[1].split("?")[0] not in own)
    if foreign:
        return Finding(
            open=False,
            says=f"STUN: LiveKit names servers of others: {', '.join(foreign)}. Give it `turn` with `enabled` and "
            "`udp_port`; `python -m django media_config` writes that.",
        )
    return Finding(open=True, says="STUN: LiveKit names no servers of others.")


def _media_doors(offered: Offered) -> Iterator[Awaitable[Finding]]:
    for host, port in offered.udp:
        yield _knock(f"Media over UDP: {host}:{port}", f"UDP port {port}", _over_udp(offered, (host, port)))
    for host, port in offered.tcp:
        yield _knock(f"Media over TCP: {host}:{port}", f"TCP port {port}", _over_tcp(offered, (host, port)))
    if not offered.udp:
        yield _nothing("Media over UDP: LiveKit has no port for it. Set `rtc.udp_port`, and open that port.")
    if not offered.tcp:
        yield _nothing("Media over TCP: LiveKit has no port for it. Set `rtc.tcp_port`, and open that port.")


def _turn_doors(offered: Offered, now: dt.datetime) -> Iterator[Awaitable[Finding]]:
    host = settings.NAHBAR_TURN_HOST
    if not host:
        yield _nothing(
            "TURN: there is none, so nobody gets through a firewall that lets only port 443 pass. "
            "Set NAHBAR_TURN_HOST, here and for `python -m django media_config`."
        )
        return
    (server,) = ice_servers(now=now)
    for transport, port in (("udp", settings.NAHBAR_TURN_UDP_PORT), ("tcp", settings.NAHBAR_TURN_TLS_PORT)):
        name = "TURN over UDP" if transport == "udp" else "TURN over TLS"
        protocol = "UDP" if transport == "udp" else "TCP"
        relayed = _over_turn(offered, (host, int(port)), server, transport)
        yield _knock(f"{name}: {host}:{port}", f"{protocol} port {port}", relayed)


async def _nothing(says: str) -> Finding:
    return Finding(open=False, says=says)


async def _knock(door: str, what: str, knocking: Awaitable[str]) -> Finding:
    try:
        more = await asyncio.wait_for(knocking, PATIENCE_SECONDS)
    except ssl.SSLCertVerificationError as error:
        return Finding(
            open=False, says=f"{door} has no valid certificate: {error.verify_message}. Renew it and restart LiveKit."
        )
    except stun.TransactionFailed as error:
        return Finding(
            open=False,
            says=f"{door} refuses us ({error}). LiveKit's `keys` and `turn.deny_peer_cidrs` must be as "
            "`python -m django media_config` writes them.",
        )
    except (OSError, TimeoutError, stun.TransactionTimeout):
        return Finding(open=False, says=f"{door} does not answer. Open {what} to that address.")
    return Finding(open=True, says=f"{door} answers{more}.")


class _Knocking(asyncio.DatagramProtocol):
    """Waits for the answer to one request."""

    def __init__(self, request: stun.Message) -> None:
        self._request = request
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """The door is shut again."""
        self.closed.set()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Anything the server sends: its own checks come here, too."""
        if not self.answered.done() and _is_answer(data, self._request):
            self.answered.set_result(None)

    async def until_answered(self, send: Callable[[bytes], object]) -> None:
        """Asks again and again: a packet may be lost, and the server may not be ready yet."""
        while not self.answered.done():
            send(bytes(self._request))
            await asyncio.wait([self.answered], timeout=AGAIN_SECONDS)


def _is_answer(data: bytes, request: stun.Message) -> bool:
    try:
        message = stun.parse_message(data)
    except ValueError:
        return False
    return message.transaction_id == request.transaction_id and message.message_class == stun.Class.RESPONSE


async def _over_udp(offered: Offered, to: Address) -> str:
    request = offered.request()
    loop = asyncio.get_running_loop()
    transport, knocking = await loop.create_datagram_endpoint(lambda: _Knocking(request), remote_addr=to)
    try:
        await knocking.until_answered(transport.sendto)
    finally:
        transport.close()
    return ""


async def _over_tcp(offered: Offered, to: Address) -> str:
    request = offered.request()
    reader, writer = await asyncio.open_connection(*to)
    try:
        packet = bytes(request)
        writer.write(struct.pack("!H", len(packet)) + packet)
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            if _is_answer(await reader.readexactly(length), request):
                return ""
    except asyncio.IncompleteReadError:
        raise ConnectionResetError from None
    finally:
        writer.close()


async def _over_turn(offered: Offered, at: Address, server: dict[str, Any], transport: str) -> str:
    """Through the relay to the media server, as somebody behind a strict firewall goes."""
    request = offered.request()
    tls = transport == "tcp"
    days = await _certificate_days(*at) if tls else 0
    relay, knocking = await create_turn_endpoint(
        lambda: _Knocking(request),
        at,
        server["username"],
        server["credential"],
        ssl=ssl.create_default_context() if tls else None,
        transport=transport,
    )
    try:
        await knocking.until_answered(lambda packet: relay.sendto(packet, offered.udp[0]))
    finally:
        relay.close()
        await asyncio.wait_for(knocking.closed.wait(), AGAIN_SECONDS)
    return f" and relays; its certificate holds for {days} more days" if tls else " and relays"
