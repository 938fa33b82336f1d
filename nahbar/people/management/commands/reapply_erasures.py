"""After a restore: erase again whoever was erased since the backup."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from nahbar.people.erasing import erased_ids, reapply
from nahbar.people.ledger import read


class Command(BaseCommand):
    help = "Erase again whoever was erased before the restore, by the ledger and by the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ledger", type=Path, help="a file with one public id a line; else that of the settings")

    def handle(self, *, ledger: Path | None, **options: Any) -> None:
        path = ledger or (Path(settings.NAHBAR_ERASURE_LEDGER) if settings.NAHBAR_ERASURE_LEDGER else None)
        if path is not None and not path.exists():
            raise CommandError("The ledger is not there: nothing was erased again.")
        ids = erased_ids() | (read(path) if path else set())
        many = reapply(ids=ids, now=timezone.now())
        self.stdout.write(f"{len(ids)} known as erased, {many} of them were there again and are erased.")
