"""Runs the rooms' periodic duties until SIGTERM, apart from the workers they look after."""

import logging
import signal
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from nahbar.outbox.clockwork import Clock, duties, perform

logger = logging.getLogger(__name__)

# Shorter than a supervisor's patience before SIGKILL.
PATIENCE = 8.0


class Command(BaseCommand):
    help = "Run periodic duties."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Each duty once, then end.")

    def handle(self, *, once: bool, **options: Any) -> None:
        # Looks into the database too: without its guards nothing may run.
        self.check(tags=[Tags.database], databases=["default"])
        if once:
            for duty in duties():
                perform(duty, now=timezone.now())
            return
        clock = Clock(duties())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: clock.stop())
        logger.info("clock started duties=%s", ",".join(duty.name for duty in duties()))
        clock.start()
        unfinished = clock.wait(patience=PATIENCE)
        logger.info("clock stopped unfinished=%s", ",".join(unfinished) or "-")
