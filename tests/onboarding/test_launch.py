"""The launcher's parts: ports, the media server's configuration and log, the supervisor."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nahbar.onboarding.launch import ports
from nahbar.onboarding.launch.media import MediaServer, redact
from nahbar.onboarding.launch.supervisor import Part, PartFailed, Supervisor
from tests.waiting import eventually

LOOPBACK = "127.0.0.1"
SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_free_port_moves_on_from_a_busy_one(busy_port: int) -> None:
    assert ports.free_port(LOOPBACK, first=busy_port) > busy_port


def test_free_port_skips_what_is_taken() -> None:
    first = ports.free_port(LOOPBACK, first=20_000)
    assert ports.free_port(LOOPBACK, first=first, taken={first}) > first


def test_free_port_refuses_a_foreign_address() -> None:
    with pytest.raises(ports.NotOurAddress, match=r"203\.0\.113\.7 is no address of this machine"):
        ports.free_port("203.0.113.7", first=20_000)


def test_free_port_past_the_last_one() -> None:
    with pytest.raises(ports.NoFreePort):
        ports.free_port(LOOPBACK, first=65_536)


def media_server() -> MediaServer:
    return MediaServer(host=LOOPBACK, signal_port=7880, media_port=7882, turn_port=7883)


def test_media_config_names_no_public_server_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "livekit.json"
    media_server().write_config(path)
    config = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config["turn"]["enabled"] is True
    assert config["rtc"]["tcp_port"] == 0
    assert config["bind_addresses"] == [LOOPBACK]
    assert config["room"]["auto_create"] is False
    assert min(config["room"]["empty_timeout"], config["room"]["departure_timeout"]) >= 30 * 60


def test_media_secret_is_not_shown() -> None:
    server = media_server()
    assert server.secret not in repr(server)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("invalid token: eyJhbGci.eyJzdWIi.c2ln, error", "invalid token: [token], error"),
        ("GET /rtc?access_token=abc%20def&auto=1", "GET /rtc?access_token=[token]&auto=1"),
        ("remote 192.0.2.17:50214 gone", "remote [address]:50214 gone"),
        ("remote [2001:db8::17]:50214 gone", "remote [[address]]:50214 gone"),
        ("2026-11-22T05:42:37.108Z WARN 1.13.5 ready", "2026-11-22T05:42:37.108Z WARN 1.13.5 ready"),
    ],
)
def test_redact(line: str, kept: str) -> None:
    assert redact(line) == kept


class Stage:
    """A supervisor whose words are kept, watched in a thread until the test ends."""

    def __init__(self, logs: Path) -> None:
        self.said: list[str] = []
        self.logs = logs
        self.supervisor = Supervisor(environment=dict(os.environ), logs=logs, say=self.said.append)

    def start(self, *commands: str, ready: Callable[[], bool] | None = None) -> None:
        parts = [
            Part(
                name=f"part{number}",
                command=(sys.executable, "-c", command),
                ready=ready or (lambda number=number: "up" in self.log(number)),  # type: ignore[misc]
                clean=redact,
            )
            for number, command in enumerate(commands)
        ]
        self.supervisor.start(parts, within=10)

    def log(self, number: int) -> str:
        path = self.logs / f"part{number}.log"
        return path.read_text() if path.exists() else ""

    def pids(self) -> list[int]:
        return [running.process.pid for running in self.supervisor._running]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path / "log")
    yield stage
    stage.supervisor.stop()


def alive(pid: int) -> bool:
    """Whether the process runs; what is dead but not yet reaped by its parent does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_supervisor_ends_everything_it_started(stage: Stage) -> None:
    parent = f"import subprocess,sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid); {SLEEP}"
    stage.start(SLEEP, parent)
    grandchild = int(stage.log(1).split()[0])
    pids = [*stage.pids(), grandchild]
    assert all(alive(pid) for pid in pids)
    stage.supervisor.stop()
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_supervisor_kills_what_does_not_listen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nahbar.onboarding.launch.supervisor.STOP_SECONDS", 0.5)
    stage.start(STUBBORN)
    (pid,) = stage.pids()
    stage.supervisor.stop()
    assert not alive(pid)


def test_supervisor_starts_again_what_died(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nahbar.onboarding.launch.supervisor.RESTART_SECONDS", 0.1)
    stage.start(SLEEP)
    (pid,) = stage.pids()
    threading.Thread(target=stage.supervisor.watch, daemon=True).start()
    os.kill(pid, 9)
    eventually(lambda: stage.log(0).count("up") == 2)
    assert stage.said == ["part0 ended (by signal 9); starting it again in 0 s."]


def test_supervisor_ends_what_a_dead_part_left_behind(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nahbar.onboarding.launch.supervisor.RESTART_SECONDS", 0.1)
    stage.start(f"import subprocess,sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid); {SLEEP}")
    (pid,) = stage.pids()
    left = int(stage.log(0).split()[0])
    threading.Thread(target=stage.supervisor.watch, daemon=True).start()
    os.kill(pid, 9)
    eventually(lambda: not alive(left))
    eventually(lambda: stage.pids() != [pid])


def test_supervisor_says_what_did_not_start(stage: Stage) -> None:
    with pytest.raises(PartFailed, match="part0 ended while starting") as failure:
        stage.start("print('no such thing'); raise SystemExit(3)")
    assert failure.value.last_lines == ("no such thing",)


def test_supervisor_keeps_logs_clean(stage: Stage) -> None:
    stage.start("print('up from 192.0.2.17', flush=True); import time; time.sleep(60)")
    assert stage.log(0) == "up from [address]\n"
