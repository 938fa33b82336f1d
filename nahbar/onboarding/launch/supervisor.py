"""Keeping a handful of processes running: started together, restarted when they die, ended by id."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_SECONDS = 8.0
POLL_SECONDS = 0.3
RESTART_SECONDS = 1.0
LONGEST_RESTART_SECONDS = 30.0
STEADY_SECONDS = 30.0
KEPT_LINES = 20


def always() -> bool:
    """For parts that answer nobody: running is all that can be asked of them."""
    return True


def unchanged(line: str) -> str:
    """For parts whose log may be kept as it is."""
    return line


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = always
    clean: Callable[[str], str] = unchanged


class PartFailed(Exception):
    """A part did not come up; carries what it said last."""

    def __init__(self, sentence: str, last_lines: Sequence[str]) -> None:
        super().__init__(sentence)
        self.last_lines = tuple(last_lines)


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[str]
    started: float
    log: threading.Thread
    last_lines: deque[str]
    restarts: int = 0
    restart_at: float | None = None


@dataclass(kw_only=True)
class Supervisor:
    """Runs parts with one environment, each with a log file of its own."""

    environment: Mapping[str, str]
    logs: Path
    say: Callable[[str], None]
    _running: list[_Running] = field(default_factory=list)

    def start(self, parts: Sequence[Part], *, within: float) -> None:
        """Start all parts and return when every one is ready, or raise `PartFailed`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for part in parts:
            self._log(part).unlink(missing_ok=True)
            self._running.append(self._launch(part))
        deadline = time.monotonic() + within
        for running in self._running:
            self._await(running, deadline)

    def watch(self) -> None:
        """Restart what dies, for ever; an interrupt leaves."""
        while True:
            time.sleep(POLL_SECONDS)
            for running in list(self._running):
                self._revive(running)

    def stop(self) -> None:
        """End what was started here, last started first; what does not end in time is killed."""
        for running in reversed(self._running):
            _signal(running.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for running in self._running:
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            # Also what the part itself had started: its process group is its own.
            _signal(running.process, signal.SIGKILL, group=True)
            running.process.wait()
        self._running.clear()

    def _launch(self, part: Part) -> _Running:
        try:
            process = subprocess.Popen(
                part.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # A terminal's Ctrl-C goes to its whole group; the parts are to be ended in order.
                start_new_session=True,
            )
        except OSError as error:
            raise PartFailed(f"{part.name} does not start: {error.strerror}.", ()) from error
        last_lines: deque[str] = deque(maxlen=KEPT_LINES)
        assert process.stdout is not None
        log = threading.Thread(
            target=_keep_log, args=(process.stdout, self._log(part), part.clean, last_lines), daemon=True
        )
        log.start()
        return _Running(part, process, time.monotonic(), log, last_lines)

    def _await(self, running: _Running, deadline: float) -> None:
        name, log = running.part.name, self._log(running.part)
        while not running.part.ready():
            if running.process.poll() is not None:
                running.log.join(timeout=1)
                raise PartFailed(f"{name} ended while starting (its log: {log}).", running.last_lines)
            if time.monotonic() > deadline:
                raise PartFailed(f"{name} does not answer (its log: {log}).", running.last_lines)
            time.sleep(POLL_SECONDS)

    def _revive(self, running: _Running) -> None:
        """Start a dead part again, after a wait that grows while it keeps dying."""
        code = running.process.poll()
        now = time.monotonic()
        if code is None:
            return
        if running.restart_at is None:
            # Workers that nginx leaves behind would keep its ports.
            _signal(running.process, signal.SIGKILL, group=True)
            steady = now - running.started > STEADY_SECONDS
            restarts = 0 if steady else running.restarts
            wait = min(RESTART_SECONDS * 2**restarts, LONGEST_RESTART_SECONDS)
            running.restarts, running.restart_at = restarts + 1, now + wait
            self.say(f"{running.part.name} ended ({_fate(code)}); starting it again in {wait:.0f} s.")
        elif now >= running.restart_at:
            revived = self._launch(running.part)
            revived.restarts = running.restarts
            self._running[self._running.index(running)] = revived

    def _log(self, part: Part) -> Path:
        return self.logs / f"{part.name}.log"


def _fate(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with code {code}"


def _signal(process: subprocess.Popen[str], number: signal.Signals, *, group: bool = False) -> None:
    with suppress(ProcessLookupError):
        if group:
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.send_signal(number)


def _keep_log(source: IO[str], target: Path, clean: Callable[[str], str], last_lines: deque[str]) -> None:
    with source, target.open("a") as log:
        for line in source:
            kept = clean(line)
            last_lines.append(kept.rstrip())
            log.write(kept)
            log.flush()
