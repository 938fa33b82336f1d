"""Real worker and clock processes on the test's own database, ended by their ids."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from nahbar.onboarding.launch import ports
from tests.servers import LOOPBACK

REPO = Path(__file__).resolve().parents[2]

# The process knows the tests' template; everything else is as in production.
PROGRAM = """
import sys, django
django.setup()
from django.core.management import call_command
from tests.outbox import letters
letters.register()
call_command(*sys.argv[1:])
"""


def database_url() -> str:
    """The test database as NAHBAR_DATABASE names it."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    password = f":{quote(config['PASSWORD'])}" if config["PASSWORD"] else ""
    return f"postgresql://{quote(config['USER'])}{password}@{config['HOST']}:{config['PORT']}/{config['NAME']}"


@contextlib.contextmanager
def running(*command: str, smtp_port: int = 9) -> Iterator[subprocess.Popen[str]]:
    """`manage.py command…` as its own process; killed at the end if it still runs."""
    environment = {
        **os.environ,
        "NAHBAR_DATABASE": database_url(),
        "NAHBAR_SMTP_HOST": LOOPBACK,
        "NAHBAR_SMTP_PORT": str(smtp_port),
    }
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command],
        cwd=REPO,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class StallingServer:
    """A mail server that says nothing from the given step on, until it is released."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.port = ports.any_port(LOOPBACK)
        self.reached = threading.Event()
        self.released = threading.Event()
        self.mails: list[bytes] = []
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._stall("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 yes"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.mails.append(envelope.original_content or b"")
        await self._stall("DATA")
        return "250 2.0.0 kept"

    async def _stall(self, step: str) -> None:
        if step == self.step:
            self.reached.set()
            await asyncio.to_thread(self.released.wait)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._controller.stop()
