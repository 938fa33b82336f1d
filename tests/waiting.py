"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(true: Callable[[], object], *, within: float = 20.0, said: Callable[[], str] | None = None) -> None:
    """Returns as soon as `true()` is; fails after `within` seconds, with what `said()` then says."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, said() if said else "it did not come true in time"
        time.sleep(0.02)
