"""A poor line for tests: two ends in namespaces of their own, and what is between them.

with Line() as line:
    line.become(Conditions(rate=150, delay=100))
    with line.inside("office"): …             # sockets and processes made here are there
        line.program("phone", chromium, folder)   # a command that runs at that end
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from tests.lines.conditions import Conditions
from tests.lines.emulator import ADDRESSES, DEVICE, NETNS, enter, namespace

REPO = Path(__file__).resolve().parents[2]
End = Literal["phone", "office"]
STOP_SECONDS = 10
PERFECT = Conditions()


def missing() -> str:
    """Why there can be no line on this machine; empty when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "`ip` is missing: apt-get install iproute2"
    if not Path("/dev/net/tun").exists():
        return "/dev/net/tun is missing"
    made = subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True)
    return "" if made.returncode == 0 else "this machine allows no network namespaces"


@dataclass
class Line:
    """A running emulator. The phone's end and the office's know nothing of the machine's own network."""

    conditions: Conditions = PERFECT
    _process: subprocess.Popen[str] = field(init=False)

    @property
    def office(self) -> str:
        """The office's address."""
        return ADDRESSES["office"]

    def become(self, conditions: Conditions) -> None:
        """From now on the line is like this; returns when it is."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{conditions.as_json()}\n")
        self._process.stdin.flush()
        self._expect("done")
        self.conditions = conditions

    @contextmanager
    def inside(self, end: End) -> Iterator[None]:
        """Puts this thread at that end: what it connects, and whom it starts."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        enter(NETNS / self._name(end))
        try:
            yield
        finally:
            enter(f"/proc/self/fd/{home}")
            os.close(home)

    def move_phone(self, address: str) -> None:
        """As when a phone leaves the Wi-Fi: another address, the old one is gone."""
        for command in (f"address flush dev {DEVICE}", f"address add {address}/24 dev {DEVICE}"):
            subprocess.run(["ip", "-netns", self._name("phone"), *command.split()], check=True)

    def program(self, end: End, path: str, folder: Path) -> str:
        """A script that runs the program at that end, whoever calls it from wherever."""
        script = folder / f"{Path(path).name}-{end}"
        inside = shlex.quote(str(NETNS / self._name(end)))
        script.write_text(f'#!/bin/sh\nexec nsenter --net={inside} {shlex.quote(path)} "$@"\n')
        script.chmod(0o700)
        return str(script)

    def _name(self, end: End) -> str:
        return namespace(end, self._process.pid)

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if said != word:
            raise RuntimeError(f"the emulator said {said!r}, not {word!r}")

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.lines.emulator"],
            cwd=REPO,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self._expect("ready")
            self.become(self.conditions)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
