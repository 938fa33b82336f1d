"""What the retention run would delete, rule by rule; or the run itself, now."""

from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from nahbar.audit.nightly import run_now, trial
from nahbar.audit.rules import SYSTEM


class Command(BaseCommand):
    help = "Carry out tonight's retention run now, or show with --dry-run what it would delete."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count only, and keep the counts.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        run = trial(by=SYSTEM, office="", now=now) if dry_run else run_now(now=now)
        if run is None:
            self.stdout.write("Tonight's run is done, or another clock is at it.")
            return
        entries = run.entries.order_by("rule", "office")
        for (rule, office), group in groupby(entries, key=lambda entry: (entry.rule, entry.office)):
            found = list(group)
            oldest = min((entry.oldest_at for entry in found if entry.oldest_at), default=None)
            since = f", oldest {oldest:%Y-%m-%d}" if oldest else ""
            self.stdout.write(f"{rule} {office or '-'}: {sum(entry.count for entry in found)}{since}")
        self.stdout.write(f"errors: {run.errors or '-'}")
