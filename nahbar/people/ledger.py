"""Who was erased, by public id, in a file beside the database: a backup that is put back knows nothing of it.

One id a line, no name. Written after the commit; what a full disk or another machine lost, the nightly run adds.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


def append(ids: Iterable[str]) -> None:
    """Add ids to the file of the settings; does nothing without one, and never raises: the erasure has happened."""
    if not settings.NAHBAR_ERASURE_LEDGER:
        return
    lines = "".join(f"{one}\n" for one in ids)
    try:
        with Path(settings.NAHBAR_ERASURE_LEDGER).open("a", encoding="ascii") as file:
            # In one piece: several processes append to the same file.
            file.write(lines)
    except OSError as exc:
        logger.error("erasure ledger not written: %s", type(exc).__name__)


def read(path: Path) -> set[str]:
    """The ids of a file; a line that is none, such as one that a crash cut off, is passed over."""
    lines = path.read_text(encoding="ascii", errors="replace").splitlines() if path.exists() else []
    return {line for line in map(str.strip, lines) if _is_id(line)}


def top_up(ids: set[str]) -> None:
    """Add those of `ids` that the file lacks."""
    if settings.NAHBAR_ERASURE_LEDGER and (lacking := ids - read(Path(settings.NAHBAR_ERASURE_LEDGER))):
        append(sorted(lacking))


def _is_id(line: str) -> bool:
    try:
        return str(uuid.UUID(line)) == line
    except ValueError:
        return False
