"""`python -m django check_media`: which doors of the media server are open, and which are shut."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from nahbar.calls.reach import examine


class Command(BaseCommand):
    """Ends with 0 when every door is open."""

    help = "Knocks at every door of the media server, and names those that are shut."
    # Needs no database: it can run on any machine that has the environment, also outside the firewall.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a door, the shut ones marked."""
        findings = examine(now=timezone.now())
        for finding in findings:
            self.stdout.write(f"{'open' if finding.open else 'SHUT'}  {finding.says}")
        shut = sum(not finding.open for finding in findings)
        if shut:
            self.stdout.write(f"Not fit: {shut} to be opened or mended.")
            sys.exit(1)
        self.stdout.write("Fit, seen from this machine. People are outside: run it there, too.")
