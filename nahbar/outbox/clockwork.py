"""Periodic duties: rooms register them in AppConfig.ready(), `manage.py clock` runs them.

Several clocks may run at once (a restart overlaps, two machines): every duty is idempotent.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections, connections
from django.utils import timezone

from nahbar.outbox.faults import whereabouts

logger = logging.getLogger(__name__)

Run = Callable[[datetime], object]

# A duty that keeps failing (database down) is tried less often, up to this.
LONGEST_PAUSE = 60.0
TICK = 1.0


@dataclass(frozen=True, slots=True)
class Duty:
    name: str
    seconds: float
    run: Run


_duties: dict[str, Duty] = {}


def every(seconds: float, name: str) -> Callable[[Run], Run]:
    """Have the clock call `run(now)` that often; a decorator."""

    def register(run: Run) -> Run:
        if name in _duties:
            raise ValueError(f"duty {name!r} is registered twice")
        _duties[name] = Duty(name, seconds, run)
        return run

    return register


def duties() -> list[Duty]:
    return list(_duties.values())


def perform(duty: Duty, *, now: datetime) -> bool:
    """Run the duty once; whatever it raises is logged without its message. False if it failed."""
    began = time.monotonic()
    close_old_connections()
    try:
        duty.run(now)
    except Exception as exc:  # noqa: BLE001  whatever it is, the other duties go on
        logger.error("clock duty=%s failed: %s", duty.name, whereabouts(exc))
        return False
    finally:
        close_old_connections()
    took = time.monotonic() - began
    if took > duty.seconds:
        logger.warning("clock duty=%s took %.1f s of its %.0f", duty.name, took, duty.seconds)
    return True


class Clock:
    """A thread for each duty, so that none can delay another."""

    def __init__(self, entries: list[Duty]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(duty,), name=duty.name, daemon=True) for duty in entries
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()

    def wait(self, *, patience: float) -> list[str]:
        """Block until stopped, then let running duties end; return those that did not."""
        while not self._stop.wait(TICK):
            pass
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _go_on(self, duty: Duty) -> None:
        pause = duty.seconds
        while not self._stop.is_set():
            began = time.monotonic()
            done = perform(duty, now=timezone.now())
            pause = duty.seconds if done else max(duty.seconds, min(pause * 2, LONGEST_PAUSE))
            self._stop.wait(max(TICK, pause - (time.monotonic() - began)))
        connections.close_all()
