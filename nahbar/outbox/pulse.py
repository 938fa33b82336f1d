"""The lease django-tasks-db lacks: without it a killed worker's task stays RUNNING for ever.

A thread beside the worker touches `started_at` of the running task, and puts tasks whose worker
has fallen silent back, by compare-and-set on that same column.
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.signals import task_finished, task_started
from django_tasks_db.models import DBTaskResult

from nahbar.outbox.faults import whereabouts

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# A task that kills its workers must not kill them for ever.
STARTS = 5
# A task that hangs loses its lease, so that at least somebody else can run it.
LONGEST_TASK = timedelta(minutes=15)


def reap(*, now: datetime) -> int:
    """Make the tasks of dead workers ready again, or failed after five starts; return how many."""
    silent = DBTaskResult.objects.running().filter(started_at__lt=now - LEASE)
    return sum(_put_back(result, now=now) for result in silent)


def _put_back(result: "DBTaskResult[Any, Any]", *, now: datetime) -> int:
    unchanged = DBTaskResult.objects.running().filter(pk=result.pk, started_at=result.started_at)
    if len(result.worker_ids) < STARTS:
        moved = unchanged.update(status=TaskResultStatus.READY, started_at=None)
    else:
        moved = unchanged.update(
            status=TaskResultStatus.FAILED,
            finished_at=now,
            exception_class_path="nahbar.outbox.pulse.WorkerLost",
        )
    if moved:
        logger.warning("task=%s worker lost starts=%d", result.pk, len(result.worker_ids))
    return moved


class WorkerLost(Exception):
    """Stands in a task's row when its workers died again and again."""


class Pulse:
    """Beats while the worker runs; use as a context manager around it."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="pulse", daemon=True)
        self._running: tuple[str, float] | None = None

    def __enter__(self) -> Self:
        task_started.connect(self._on_start)
        task_finished.connect(self._on_finish)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(LEASE.total_seconds() / 4)
        task_started.disconnect(self._on_start)
        task_finished.disconnect(self._on_finish)

    def _on_start(self, *, task_result: Any, **kwargs: Any) -> None:
        self._running = task_result.id, time.monotonic()

    def _on_finish(self, **kwargs: Any) -> None:
        self._running = None

    def _go_on(self) -> None:
        while not self._stop.wait(LEASE.total_seconds() / 4):
            try:
                close_old_connections()
                self._beat(now=timezone.now())
                reap(now=timezone.now())
            except (DatabaseError, InterfaceError) as exc:
                logger.warning("pulse missed: %s", whereabouts(exc))
        connections.close_all()

    def _beat(self, *, now: datetime) -> None:
        # Read once: the worker's thread may finish the task meanwhile.
        running = self._running
        if running and time.monotonic() - running[1] < LONGEST_TASK.total_seconds():
            DBTaskResult.objects.running().filter(pk=running[0]).update(started_at=now)
