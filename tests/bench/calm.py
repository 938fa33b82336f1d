"""Waits for a moment in which nobody else needs the processor; a shared machine has few, but has them."""

from __future__ import annotations

import time
from pathlib import Path

ENOUGH = 0.6
PATIENCE_SECONDS = 15
STAT = Path("/proc/stat")


def wait_for_calm() -> float:
    """Returns the share of the processor that was idle just now: at least `ENOUGH`, or patience ran out."""
    end = time.monotonic() + PATIENCE_SECONDS
    idle = _idle()
    while idle < ENOUGH and time.monotonic() < end:
        idle = _idle()
    return idle


def _idle() -> float:
    """Over the next half second; where the system does not tell, all of it."""
    if not STAT.exists():
        return 1.0
    before = _ticks()
    time.sleep(0.5)
    idle, total = (now - then for now, then in zip(_ticks(), before, strict=True))
    return idle / total if total else 1.0


def _ticks() -> tuple[int, int]:
    """Idle ones, and all: the file names user, nice, system, idle, waiting for disks and so on."""
    spent = [int(ticks) for ticks in STAT.read_text().partition("\n")[0].split()[1:]]
    return spent[3] + spent[4], sum(spent)
