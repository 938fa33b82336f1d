"""Two network namespaces joined by a poor line: `python -m tests.lines.emulator`, as root.

Neither netem nor any other module of the kernel is needed: each namespace has a TUN device, and this process
carries every IP packet from one to the other, later, or not at all. It names the namespaces after its own
process, says "ready", takes one line of `Conditions` after the other on standard input, and deletes the
namespaces when that ends: so nothing is left when whoever started it has died.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import selectors
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lines.conditions import Conditions

PREFIX, ENDS = "nahbar", ("phone", "office")
ADDRESSES = {"phone": "10.77.0.2", "office": "10.77.0.1"}
NETNS = Path("/run/netns")
DEVICE = "line"
MTU = 1400
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
PROTOCOLS = {6: "tcp", 17: "udp"}


@dataclass
class Direction:
    """One way over the line: when the wire is free again, when the last packet arrives."""

    out: int
    chance: random.Random
    free_at: float = 0
    last_at: float = 0
    losing: bool = False

    def arrival(self, packet: bytes, conditions: Conditions, now: float) -> float | None:
        """When the packet arrives; None when it never does."""
        if conditions.cut or _blocked(packet, conditions.blocked) or self._loses(conditions):
            return None
        left = now
        if conditions.rate:
            if self.free_at - now > conditions.queue / 1000:
                return None
            self.free_at = left = max(self.free_at, now) + len(packet) * 8 / (conditions.rate * 1000)
        stray = self.chance.uniform(-conditions.jitter, conditions.jitter)
        # Never overtaking: most lines keep their order.
        self.last_at = max(self.last_at, left + (conditions.delay + stray) / 1000)
        return self.last_at

    def _loses(self, conditions: Conditions) -> bool:
        """Gilbert's model: runs of `burst` packets on average, `loss` percent in the long run."""
        share = conditions.loss / 100
        if conditions.burst <= 1 or share in {0, 1}:
            return self.chance.random() < share
        stay, enter = 1 - 1 / conditions.burst, share / (conditions.burst * (1 - share))
        self.losing = self.chance.random() < (stay if self.losing else enter)
        return self.losing


def _blocked(packet: bytes, blocked: tuple[str, ...]) -> bool:
    """Whether a firewall swallows this IPv4 packet."""
    if not blocked or packet[0] >> 4 != 4:
        return False
    protocol = PROTOCOLS.get(packet[9], "")
    start = (packet[0] & 0x0F) * 4
    ports = struct.unpack_from("!HH", packet, start) if protocol else ()
    return protocol in blocked or any(f"{protocol}/{port}" in blocked for port in ports)


@dataclass
class Emulator:
    """Carries packets until told to end."""

    phone: int
    office: int
    conditions: Conditions = field(default_factory=Conditions)
    waiting: list[tuple[float, int, int, bytes]] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        chance = random.Random(1)  # noqa: S311
        self.directions = {
            self.phone: Direction(self.office, chance),
            self.office: Direction(self.phone, chance),
        }

    def run(self) -> None:
        """Until standard input ends."""
        with selectors.DefaultSelector() as selector:
            for source in (*self.directions, sys.stdin.fileno()):
                selector.register(source, selectors.EVENT_READ)
            while True:
                until = self.waiting[0][0] - time.monotonic() if self.waiting else None
                for key, _ in selector.select(until if until is None else max(until, 0)):
                    if key.fd in self.directions:
                        self._take(key.fd)
                    elif not self._obey():
                        return
                self._deliver()

    def _take(self, source: int) -> None:
        direction = self.directions[source]
        packet = os.read(source, 65535)
        at = direction.arrival(packet, self.conditions, time.monotonic())
        if at is not None:
            self.number += 1
            heapq.heappush(self.waiting, (at, self.number, direction.out, packet))

    def _deliver(self) -> None:
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, out, packet = heapq.heappop(self.waiting)
            try:
                os.write(out, packet)
            except OSError:
                continue  # the far end is full: one more packet lost

    def _obey(self) -> bool:
        line = sys.stdin.readline()
        if line:
            self.conditions = Conditions.from_json(line)
            _say("done")
        return bool(line)


def namespace(end: str, pid: int) -> str:
    """The name of one end, as `ip netns` knows it."""
    return f"{PREFIX}-{pid}-{end}"


def enter(path: str | Path) -> None:
    """Moves this thread into a network namespace; what it starts from now on is there too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if ctypes.CDLL("libc.so.6", use_errno=True).setns(handle, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {path}")
    finally:
        os.close(handle)


def sweep() -> None:
    """Deletes what an emulator that was killed has left."""
    for path in NETNS.glob(f"{PREFIX}-*-*"):
        if not Path(f"/proc/{path.name.split('-')[1]}").exists():
            _ip("netns", "delete", path.name)


@contextmanager
def _namespaces() -> Iterator[dict[str, int]]:
    """Both ends, each with its device's file descriptor."""
    names = {end: namespace(end, os.getpid()) for end in ENDS}
    made: list[str] = []
    try:
        for name in names.values():
            _ip("netns", "add", name)
            made.append(name)
        yield {end: _open_device(name, ADDRESSES[end]) for end, name in names.items()}
    finally:
        for name in made:
            _ip("netns", "delete", name)


def _open_device(name: str, address: str) -> int:
    enter(NETNS / name)
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    _ip("address", "add", f"{address}/24", "dev", DEVICE)
    _ip("link", "set", DEVICE, "up", "mtu", str(MTU))
    _ip("link", "set", "lo", "up")
    return device


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Until standard input ends or somebody asks it to."""
    # A terminal's Ctrl-C is meant for the tests, which then close our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sweep()
    with _namespaces() as devices:
        _say("ready")
        Emulator(phone=devices["phone"], office=devices["office"]).run()


if __name__ == "__main__":
    main()
