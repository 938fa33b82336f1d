"""What waits under a key that was dropped: counted, and deleted only by whoever repeats the number."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nahbar.surveys.operations import forget_unreadable
from nahbar.surveys.queries import unreadable


class Command(BaseCommand):
    help = "Count the survey's staged answers that no link key in force opens; delete them with --forget NUMBER."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forget", type=int, metavar="NUMBER", help="delete, if there are exactly so many")

    def handle(self, *, forget: int | None, **options: Any) -> None:
        if forget is None:
            self.stdout.write(f"No key in force opens {len(unreadable())} staged answers.")
        elif forget_unreadable(expected=forget):
            self.stdout.write(f"Deleted {forget} staged answers that no key in force opens.")
        else:
            raise CommandError(f"Nothing was deleted: there are {len(unreadable())}, not {forget}.")
