"""`python -m django demo` (`make demo`): everything on this machine, with demo data, until Ctrl-C."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from nahbar.onboarding.launch import demo


class Command(BaseCommand):
    """Only supervises: it opens no database itself, its children get their settings from it."""

    help = "Starts web, worker, clock, LiveKit and a mail sink with demo data, and prints the links."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until interrupted."""
        demo.listen_for_interrupts()
        try:
            demo.run(say=self._say)
        except KeyboardInterrupt:
            self._say("Everything this demo started has ended.")
        except demo.DemoFailed as failure:
            self._say(str(failure))
            sys.exit(1)

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
