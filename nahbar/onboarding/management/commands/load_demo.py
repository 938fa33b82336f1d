"""`python -m django load_demo`: the demo's database, with offices, people and appointments around now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from nahbar.onboarding.demo_data import load


class Command(BaseCommand):
    """Prints the paths of the demo's doors as JSON, for the launcher."""

    help = "Loads the demo data and moves the appointment that can be entered to now."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate and load, in one process: starting Django takes longer than either."""
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        paths = load(now=timezone.now())
        # By its name: the figures' room is on the same floor.
        call_command("demo_figures", verbosity=0)
        self.stdout.write(json.dumps(paths))
