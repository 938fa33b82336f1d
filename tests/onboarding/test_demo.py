"""`make demo` from its first sentence to its last: everything answers, survives a death, and ends."""

from __future__ import annotations

import http.cookiejar
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nahbar.onboarding.launch import ports
from tests.servers import LOOPBACK, REPO, livekit_binary
from tests.waiting import eventually

START_SECONDS = 120.0
PARTS = ("livekit", "mail", "web", "worker", "clock")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        os.environ.get("NAHBAR_DATABASE", "").startswith("postgresql"), reason="the demo is on SQLite, always"
    ),
]


@dataclass
class Demo:
    """A running demo in a folder of its own."""

    process: subprocess.Popen[str]
    var: Path
    links: dict[str, Any]

    def children(self) -> list[int]:
        """Its processes and theirs."""
        return _descendants(self.process.pid)

    def pid_of(self, word: str) -> int:
        """The direct child whose command line has that word."""
        command = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _children(self.process.pid)}
        (found,) = (pid for pid, line in command.items() if word.encode() in line.split(b"\0"))
        return found

    def said(self) -> str:
        return (self.var / "said").read_text()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    var = tmp_path_factory.mktemp("demo")
    with socket.create_server((LOOPBACK, 0)) as busy, (var / "said").open("w") as said:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.demo",
            "NAHBAR_HOME": str(var / "home"),
            "NAHBAR_VAR": str(var),
            "NAHBAR_LIVEKIT_BINARY": livekit_binary(),
            "PORT": str(busy.getsockname()[1]),
            "LIVEKIT_PORT": str(ports.any_port(LOOPBACK)),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "demo"],
            cwd=REPO,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            links = var / "demo.json"
            eventually(lambda: links.exists() or process.poll() is not None, within=START_SECONDS)
            assert process.poll() is None, (var / "said").read_text()
            yield Demo(process, var, json.loads(links.read_text()))
        finally:
            process.terminate()
            process.wait(20)


def test_demo_moves_on_from_a_busy_port(demo: Demo) -> None:
    wanted, _, rest = demo.said().partition(" is busy, taking ")
    assert wanted.startswith("Port ")
    assert demo.links["base_url"] == f"http://localhost:{rest.split()[0]}"


def test_demo_prints_every_door(demo: Demo) -> None:
    doors = [*demo.links["sign_in"].values(), demo.links["client"]["now"], demo.links["outbox"]]
    said = demo.said()
    assert [door for door in doors if door not in said] == []


@pytest.mark.parametrize("role", ["counsellor", "deputy", "team_lead", "guide", "administrator"])
def test_demo_signs_in_with_one_click(demo: Demo, role: str) -> None:
    status, address = _open(_browser(), demo.links["sign_in"][role])
    assert (status, "anmelden" in address) == (200, False)


def test_demo_pages_answer(demo: Demo) -> None:
    browser = _browser()
    _open(browser, demo.links["sign_in"]["counsellor"])
    doors = {
        **demo.links["pages"],
        "outbox": demo.links["outbox"],
        "now": demo.links["client"]["now"],
        "upcoming": demo.links["client"]["upcoming"],
    }
    assert {name: _open(browser, url)[0] for name, url in doors.items()} == dict.fromkeys(doors, 200)


def test_demo_restarts_a_dead_worker(demo: Demo) -> None:
    dead = demo.pid_of("worker")
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: "worker ended (by signal 9)" in demo.said(), within=10)
    eventually(lambda: len(_children(demo.process.pid)) == len(PARTS), within=10)
    assert demo.pid_of("worker") != dead


def test_demo_ends_everything_it_started(demo: Demo) -> None:
    started = demo.children()
    assert len(started) > len(PARTS)  # gunicorn has a worker of its own
    for _ in range(3):  # an impatient person, or a terminal and make at once
        demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(20) == 0
    eventually(lambda: not any(_runs(pid) for pid in started), within=2)
    assert not (demo.var / "demo.json").exists()
    assert demo.said().endswith("Everything this demo started has ended.\n")


def _browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def _open(browser: urllib.request.OpenerDirector, url: str) -> tuple[int, str]:
    with browser.open(url, timeout=10) as response:
        return response.status, response.url


def _children(pid: int) -> list[int]:
    task = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in task.read_text().split()] if task.exists() else []


def _descendants(pid: int) -> list[int]:
    found = _children(pid)
    return found + [below for child in found for below in _descendants(child)]


def _runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
