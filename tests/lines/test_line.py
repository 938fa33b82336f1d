"""The line itself: what it does to packets is what the drills and the bench rely on."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import pytest

from tests.lines.conditions import Conditions
from tests.lines.emulator import ADDRESSES, NETNS, Direction, namespace, sweep
from tests.lines.line import PERFECT, REPO, Line

# Where there can be no line, all of this is skipped with the reason.
pytestmark = pytest.mark.usefixtures("line")
PORT = 5000
STARTER = """
import time
from tests.lines.line import Line
with Line() as line:
    print(line._process.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def perfect_again(line: Line) -> Iterator[None]:
    yield
    line.become(PERFECT)


@contextmanager
def pair(line: Line) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two UDP sockets, one at each end."""
    made: list[socket.socket] = []
    try:
        for end in ("phone", "office"):
            with line.inside(end):
                one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind((ADDRESSES[end], PORT))
            one.settimeout(1)
            made.append(one)
        yield made[0], made[1]
    finally:
        for one in made:
            one.close()


def round_trips(phone: socket.socket, office: socket.socket, count: int, size: int = 100) -> list[float]:
    """Milliseconds there and back, of those that came back."""
    found = []
    for number in range(count):
        begun = time.monotonic()
        phone.sendto(bytes([number % 256]) * size, (ADDRESSES["office"], PORT))
        try:
            packet, address = office.recvfrom(2000)
            office.sendto(packet, address)
            phone.recv(2000)
        except TimeoutError:
            continue
        found.append((time.monotonic() - begun) * 1000)
    return found


def test_line_delays_both_ways(line: Line) -> None:
    with pair(line) as (phone, office):
        line.become(Conditions(delay=60))
        assert 120 <= median(round_trips(phone, office, 5)) < 140


def test_line_of_64_kbit_takes_125_ms_for_a_kilobyte(line: Line) -> None:
    with pair(line) as (phone, office):
        line.become(Conditions(rate=64))
        # With the headers of IP and UDP; there and back.
        assert 256 <= median(round_trips(phone, office, 3, size=1000)) < 280


def test_cut_line_carries_nothing_until_it_is_mended(line: Line) -> None:
    with pair(line) as (phone, office):
        line.become(Conditions(cut=True))
        phone.settimeout(0.2)
        office.settimeout(0.2)
        assert round_trips(phone, office, 1) == []
        line.become(PERFECT)
        assert len(round_trips(phone, office, 1)) == 1


def test_firewall_swallows_udp_and_one_port_of_tcp(line: Line) -> None:
    with line.inside("office"):
        open_port = socket.create_server((ADDRESSES["office"], 7881))
        other_port = socket.create_server((ADDRESSES["office"], 7880))
    with pair(line) as (phone, office), open_port, other_port, line.inside("phone"):
        line.become(Conditions(blocked=("udp", "tcp/7881")))
        phone.settimeout(0.2)
        office.settimeout(0.2)
        assert round_trips(phone, office, 1) == []
        with pytest.raises(TimeoutError):
            socket.create_connection((ADDRESSES["office"], 7881), timeout=0.3)
        socket.create_connection((ADDRESSES["office"], 7880), timeout=1).close()


@pytest.mark.parametrize("burst", [1, 4])
def test_loss_is_the_share_that_was_asked_for(burst: float) -> None:
    conditions = Conditions(loss=10, burst=burst)
    direction = Direction(0, random.Random(3))  # noqa: S311
    arrived = [direction.arrival(b"E", conditions, number) is not None for number in range(20_000)]
    runs = "".join("1" if came else "0" for came in arrived).replace("1", " ").split()
    assert arrived.count(False) / len(arrived) == pytest.approx(0.1, rel=0.1)
    assert sum(len(run) for run in runs) / len(runs) == pytest.approx(max(burst, 1 / 0.9), rel=0.1)


def test_phone_with_a_new_address_reaches_the_office() -> None:
    with Line() as line:
        line.move_phone("10.77.0.77")
        with line.inside("office"):
            server = socket.create_server((ADDRESSES["office"], PORT))
        with server, line.inside("phone"), socket.create_connection((ADDRESSES["office"], PORT), timeout=2):
            accepted, address = server.accept()
            accepted.close()
        assert address[0] == "10.77.0.77"


def test_ends_know_no_network_but_the_line(line: Line) -> None:
    with line.inside("phone"):
        addresses = subprocess.run(["ip", "-br", "-4", "address"], check=True, capture_output=True, text=True).stdout
    assert [row.split()[0] for row in addresses.splitlines()] == ["lo", "line"]


def test_nothing_is_left_when_the_tests_die() -> None:
    process = subprocess.Popen([sys.executable, "-c", STARTER], cwd=REPO, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as said:
        emulator = int(said.readline())
    left = NETNS / namespace("phone", emulator)
    assert left.exists()
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while left.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_next_line_sweeps_up_after_a_killed_emulator() -> None:
    with Line() as line:
        left = NETNS / namespace("office", line._process.pid)
        os.kill(line._process.pid, signal.SIGKILL)
        line._process.wait()
        assert left.exists()
    sweep()
    assert not left.exists()
