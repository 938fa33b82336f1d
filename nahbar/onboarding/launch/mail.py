"""A local mail server that accepts everything and keeps it in a folder, for the demo."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Keeps each mail that arrives as one .eml file; the names sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd for a whole mail."""
        arrived = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
        content = envelope.original_content or b""
        (self._folder / f"{arrived}-{next(self._count):04d}.eml").write_bytes(content)
        return "250 2.0.0 kept"
