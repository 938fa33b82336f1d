"""The whole of Nahbar for a browser: gunicorn, worker, clock, LiveKit and a mail server.

They share the suite's test database, so that a test may prepare and look with the product's own
operations. Everything is ended by process id.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection

from nahbar.onboarding.launch import ports
from nahbar.onboarding.launch.media import Tls
from tests.servers import LOOPBACK, LiveKitServer, MailServer

REPO = Path(__file__).resolve().parents[2]
START_SECONDS = 40


def database_address() -> str:
    """The test database in the form of NAHBAR_DATABASE."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    place = f"{values['HOST']}:{values['PORT']}" if values["PORT"] else values["HOST"]
    return f"postgresql://{values['USER']}:{values['PASSWORD']}@{place}/{values['NAME']}"


@dataclass
class Stack:
    """Running processes and where they answer."""

    settings_module: str = "nahbar.config.settings.test"
    port: int = field(default_factory=lambda: ports.any_port(LOOPBACK))
    # Where browsers on other machines find pages and media; everything else stays on loopback.
    host: str = LOOPBACK
    tcp_port: int = 0
    turn_tls: Tls | None = None
    # What a test adds to the environment; holds for what is started from then on.
    extra: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base_url = f"http://localhost:{self.port}"
        self.livekit = LiveKitServer(
            host=self.host,
            tcp_port=self.tcp_port,
            turn_tls=self.turn_tls,
            webhook_url=f"{self.base_url}/api/livekit/webhook",
        )
        self.mail = MailServer()
        self.logs = Path(tempfile.mkdtemp(prefix="nahbar-journey-"))

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the stack is started with."""
        return {
            **os.environ,
            **self.livekit.environment,
            **self.mail.environment,
            "DJANGO_SETTINGS_MODULE": self.settings_module,
            "NAHBAR_DATABASE": database_address(),
            "NAHBAR_BASE_URL": self.base_url,
            "NAHBAR_HOSTS": f"localhost,127.0.0.1,{self.host}",
            "PYTHONPATH": str(REPO),
            **self.extra,
        }

    @property
    def public_url(self) -> str:
        """The pages' address from the other end of a line."""
        return f"http://{self.host}:{self.port}"

    def start(self, name: str) -> None:
        """Starts one of web, worker, clock."""
        commands = {
            "web": [
                *(sys.executable, "-m", "gunicorn", "nahbar.config.wsgi:application"),
                *(f"--bind={host}:{self.port}" for host in {LOOPBACK, self.host}),
                *("--worker-class", "gthread", "--threads", "8"),
                *("--graceful-timeout", "1", "--log-level", "warning"),
            ],
            "worker": [sys.executable, "-m", "django", "worker"],
            "clock": [sys.executable, "-m", "django", "clock"],
        }
        with (self.logs / name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                commands[name],
                cwd=REPO,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if name == "web":
            self._await_web()

    def end(self, name: str) -> None:
        """Ends one process at once, as a crash would."""
        process = self.processes.pop(name, None)
        if process is not None:
            process.kill()
            process.wait(10)

    def restart(self, name: str) -> None:
        """Ends one process in peace, so that its port is free, and starts it anew."""
        process = self.processes.pop(name)
        process.terminate()
        process.wait(15)
        self.start(name)

    def said(self, name: str) -> str:
        """What a process has logged so far."""
        return (self.logs / name).read_text(errors="replace")

    def _await_web(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.base_url}/anmelden/", timeout=2)  # noqa: S310
            except (OSError, urllib.error.URLError):
                if self.processes["web"].poll() is not None:
                    break
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the web process did not start:\n{self.said('web')}")

    def __enter__(self) -> Self:
        try:
            self.livekit.start()
            self.mail.start()
            self._work()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _work(self) -> None:
        for name in ("web", "worker", "clock"):
            self.start(name)
        # The suite's own process speaks to the same servers and derives the same links.
        for name, value in {**self.livekit.environment, "NAHBAR_BASE_URL": self.base_url}.items():
            setattr(settings, name, value)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Leaves the database to another stack: two clocks with two media servers would fight over it."""
        for name in list(self.processes):
            self.end(name)
        try:
            yield
        finally:
            self._work()

    def __exit__(self, *_: object) -> None:
        for name in list(self.processes):
            self.end(name)
        self.mail.stop()
        self.livekit.stop()
