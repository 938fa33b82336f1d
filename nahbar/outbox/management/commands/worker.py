"""Runs deferred tasks until SIGTERM; a running task is finished first. Start as many as needed."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.checks import Tags
from django.db import DatabaseError
from django.utils import timezone
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from nahbar.outbox.pulse import Pulse, reap

logger = logging.getLogger(__name__)


class Worker(db_worker.Worker):
    """Goes on where a task's row is gone when the task is done: what became of the message stands in its own row."""

    def run_task(self, db_task_result: Any) -> None:
        """As the library's, which ends the worker when it cannot note the task's end."""
        try:
            super().run_task(db_task_result)
        except DatabaseError:
            if DBTaskResult.objects.filter(pk=db_task_result.pk).exists():
                raise
            logger.warning("task=%s was gone when it was done", db_task_result.pk)


# The library's command takes its worker from there.
db_worker.Worker = Worker  # type: ignore[misc]


class Command(db_worker.Command):
    help = "Run deferred tasks (mail) from the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        # Reloading would run the worker in a thread and cut tasks off.
        parser.set_defaults(reload=False)

    def handle(self, **options: Any) -> None:
        # Looks into the database too: without its guards nothing may run.
        self.check(tags=[Tags.database], databases=["default"])
        reap(now=timezone.now())
        with Pulse():
            super().handle(**options)
