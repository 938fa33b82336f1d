"""`python -m django mail_sink`: a local mail server that delivers nothing and keeps everything."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from django.core.management.base import BaseCommand, CommandParser

from nahbar.onboarding.launch.mail import Keeper


class Command(BaseCommand):
    """Runs until it is ended."""

    help = "Accepts mail on a local port and keeps it as .eml files; delivers none."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen and where to keep."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--folder", type=Path, required=True)

    def handle(self, *args: Any, host: str, port: int, folder: Path, **options: Any) -> None:
        """Serve."""
        asyncio.run(_serve(host, port, Keeper(folder)))


async def _serve(host: str, port: int, keeper: Keeper) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keeper), host, port)
    async with server:
        await server.serve_forever()
