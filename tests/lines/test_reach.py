"""The operator's self-test: a real media server behind a real firewall, asked from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nahbar.calls import sfu
from nahbar.calls.reach import Offered, _servers
from nahbar.onboarding.launch.media import Tls
from tests.certificates import make_certificate
from tests.conftest import use_media
from tests.lines.conditions import Conditions
from tests.lines.line import PERFECT, Line
from tests.servers import LiveKitServer

pytestmark = pytest.mark.slow
ICE_TCP, TURN_TLS = 7881, 443
DAYS = re.compile(r"\d+ more days")
Check = Callable[..., tuple[int, list[str]]]


@pytest.fixture(scope="module")
def server(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    """The office's media server with every door there is."""
    folder = tmp_path_factory.mktemp("certificate")
    made = make_certificate(folder, address=line.office)
    tls = Tls(domain=line.office, port=TURN_TLS, certificate=made.path, key=made.key)
    with line.inside("office"), LiveKitServer(host=line.office, tcp_port=ICE_TCP, turn_tls=tls) as running:
        yield running


@pytest.fixture
def check(line: Line, server: LiveKitServer) -> Iterator[Check]:
    """Runs the command at the phone's end; gives its exit code and what it said, without what changes."""
    assert server.media.turn_tls is not None
    trusted = str(server.media.turn_tls.certificate)

    def run(**changed: str) -> tuple[int, list[str]]:
        environment = {**os.environ, **server.environment, "SSL_CERT_FILE": trusted, **changed}
        with line.inside("phone"):
            done = subprocess.run(
                [sys.executable, "-m", "django", "check_media"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.stderr == ""
        lines = DAYS.sub("many more days", done.stdout).splitlines()
        return done.returncode, [one.replace(line.office, "HERE") for one in lines]

    yield run
    line.become(PERFECT)


def doors(server: LiveKitServer, *shut: str) -> list[str]:
    """What the command says with these doors shut."""
    media = server.media
    said = [
        f"open  Commands: http://HERE:{media.signal_port} answers and knows our key.",
        f"open  Signalling: ws://HERE:{media.signal_port} answers.",
        "open  STUN: LiveKit names no servers of others.",
    ]
    for name, kind, port, more in (
        ("Media over UDP", "UDP", media.media_port, ""),
        ("Media over TCP", "TCP", ICE_TCP, ""),
        ("TURN over UDP", "UDP", media.turn_port, " and relays"),
        ("TURN over TLS", "TCP", TURN_TLS, " and relays; its certificate holds for many more days"),
    ):
        if name in shut:
            said.append(f"SHUT  {name}: HERE:{port} does not answer. Open {kind} port {port} to that address.")
        else:
            said.append(f"open  {name}: HERE:{port} answers{more}.")
    return [*said, _verdict(len(shut))]


def _verdict(shut: int) -> str:
    if shut:
        return f"Not fit: {shut} to be opened or mended."
    return "Fit, seen from this machine. People are outside: run it there, too."


def test_every_door_is_open(server: LiveKitServer, check: Check) -> None:
    assert check() == (0, doors(server))


@pytest.mark.parametrize(
    ("blocked", "shut"),
    [
        ("udp", ["Media over UDP", "TURN over UDP"]),
        ("udp/media", ["Media over UDP"]),
        ("tcp/7881", ["Media over TCP"]),
        ("tcp/443", ["TURN over TLS"]),
    ],
)
def test_shut_door_is_named(line: Line, server: LiveKitServer, check: Check, blocked: str, shut: list[str]) -> None:
    line.become(Conditions(blocked=(blocked.replace("media", str(server.media.media_port)),)))
    assert check() == (1, doors(server, *shut))


def test_media_server_behind_a_wall_is_one_sentence(line: Line, server: LiveKitServer, check: Check) -> None:
    line.become(Conditions(cut=True))
    port = server.media.signal_port
    said = (
        f"SHUT  Commands: http://HERE:{port} does not answer (TimeoutError). Start LiveKit, and open TCP port {port} "
        "to this machine."
    )
    assert check() == (1, [said, _verdict(1)])


def test_command_through_a_cut_line_is_given_up_after_seconds(line: Line, server: LiveKitServer, settings: Any) -> None:
    use_media(settings, server)
    line.become(Conditions(cut=True))
    begun = time.monotonic()
    with line.inside("phone"), pytest.raises(sfu.MediaUnavailable, match="TimeoutError"):
        sfu.existing(names=["somewhere"])
    line.become(PERFECT)
    assert time.monotonic() - begun < sfu.COMMAND_SECONDS + 2


def test_signalling_behind_a_wall(server: LiveKitServer, check: Check) -> None:
    said = (
        "SHUT  Signalling: ws://HERE:1 does not answer as browsers need it (ClientConnectorError). Open TCP port 1, "
        "let the proxy pass /rtc with its WebSocket, and look at its certificate."
    )
    assert check(NAHBAR_LIVEKIT_URL="ws://10.77.0.1:1") == (1, [doors(server)[0], said, _verdict(1)])


def test_another_secret_is_named(check: Check) -> None:
    said = (
        "SHUT  Commands: the media server refuses our key. NAHBAR_LIVEKIT_KEY and NAHBAR_LIVEKIT_SECRET must stand "
        "in its `keys`."
    )
    assert check(NAHBAR_LIVEKIT_SECRET="another-" * 5) == (1, [said, _verdict(1)])


def test_missing_turn_server_is_named(server: LiveKitServer, check: Check) -> None:
    expected = doors(server)[:-3]
    expected.append(
        "SHUT  TURN: there is none, so nobody gets through a firewall that lets only port 443 pass. "
        "Set NAHBAR_TURN_HOST, here and for `python -m django media_config`."
    )
    assert check(NAHBAR_TURN_HOST="") == (1, [*expected, _verdict(1)])


@pytest.mark.parametrize(("days", "reason"), [(-5, "certificate has expired"), (90, "self-signed certificate")])
def test_certificate_nobody_trusts_is_named(line: Line, check: Check, tmp_path: Path, days: int, reason: str) -> None:
    made = make_certificate(tmp_path, address=line.office, days=days)
    tls = Tls(domain=line.office, port=TURN_TLS + 1, certificate=made.path, key=made.key)
    with line.inside("office"), LiveKitServer(host=line.office, tcp_port=0, turn_tls=tls) as other:
        # The expired one is trusted, the other is not.
        trusted = {"SSL_CERT_FILE": str(made.path)} if days < 0 else {}
        code, said = check(**other.environment, **trusted)
    assert (code, said[-2]) == (
        1,
        f"SHUT  TURN over TLS: HERE:444 has no valid certificate: {reason}. Renew it and restart LiveKit.",
    )


def test_public_servers_that_livekit_would_name_are_told(settings: Any) -> None:
    settings.NAHBAR_TURN_HOST = "turn.example.de"
    own = Offered(udp=[("203.0.113.10", 7882)], servers=["turn:203.0.113.10:3478?transport=udp"])
    foreign = replace(own, servers=[*own.servers, "stun:stun.l.google.com:19302"])
    assert _servers(own).open
    assert _servers(foreign).says == (
        "STUN: LiveKit names servers of others: stun:stun.l.google.com:19302. Give it `turn` with `enabled` and "
        "`udp_port`; `python -m django media_config` writes that."
    )
