"""Runs deferred tasks until SIGTERM; a running task is finished first. Start as many as needed."""

from argparse import ArgumentParser
from typing import Any

from django.core.checks import Tags
from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from nahbar.outbox.pulse import Pulse, reap


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
