"""Several at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from nahbar.calls.errors import Refused as CallRefused
from nahbar.scheduling.errors import HasFuture, Refused


def at_once(*works: Callable[[], object]) -> None:
    """Runs them in threads that start together; a refusal is an answer, anything else is raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        except (Refused, CallRefused, HasFuture):
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        for running in [threads.submit(run, work) for work in works]:
            running.result(60)
