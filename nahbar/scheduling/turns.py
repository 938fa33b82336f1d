"""Changes that meet at the same moment: one more try, and objects left as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connection

from nahbar.scheduling.models import Occasion

DEADLOCK_TRIES = 3
Result = TypeVar("Result")


def unless_deadlocked(work: Callable[[], Result]) -> Result:
    """What `work`, a transaction of its own, returns; PostgreSQL may end it as a deadlock and gets it once more.

    Somebody booked by two offices at once: one of two transactions that wait for each other is ended, and once
    more settles it. Inside somebody else's transaction it is theirs to repeat.
    """
    for left in reversed(range(DEADLOCK_TRIES)):
        try:
            return work()
        except OperationalError:
            if left == 0 or connection.in_atomic_block or connection.vendor != "postgresql":
                raise
    raise AssertionError("unreachable")


@contextmanager
def as_it_was(occasion: Occasion) -> Iterator[None]:
    """A change that fails leaves the object as it was: the next try, or the page, begins from there."""
    known = {name: getattr(occasion, name) for name in ("starts_at", "ends_at", "revision", "sequence")}
    try:
        yield
    except BaseException:
        vars(occasion).update(known)
        raise
