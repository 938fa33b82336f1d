"""Real servers for tests: LiveKit, PostgreSQL, SMTP; on free loopback ports, ended by process id.

Each is a context manager, fit for a session-scoped fixture:

    with LiveKitServer(webhook_url=…) as livekit: …
    with PostgreSQLServer() as postgresql: …
    with MailServer() as mail: …
"""

from __future__ import annotations

import asyncio
import functools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from nahbar.onboarding.launch import ports
from nahbar.onboarding.launch.media import MediaServer, Tls, without_livekit

LOOPBACK = "127.0.0.1"
REPO = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 10.0


class ServerFailed(Exception):
    """A server did not start or did not end."""


@functools.cache
def livekit_binary() -> str:
    """The LiveKit server `make demo` uses as well; built on first need."""
    found = subprocess.run(
        [sys.executable, "-m", "tools.livekit"], cwd=REPO, stdout=subprocess.PIPE, text=True, check=True
    )
    return found.stdout.strip()


class LiveKitServer:
    """One LiveKit on loopback; `kill` and `start` make an outage on the same ports.

    The rooms' timeouts can be set short to see what outlives them.
    """

    def __init__(
        self,
        *,
        host: str = LOOPBACK,
        tcp_port: int = 0,
        turn_tls: Tls | None = None,
        webhook_url: str | None = None,
        empty_timeout_seconds: int | None = None,
        departure_timeout_seconds: int | None = None,
    ) -> None:
        self.media = MediaServer(
            host=host,
            signal_port=ports.any_port(host),
            media_port=ports.any_port(host, udp=True),
            tcp_port=tcp_port,
            turn_port=ports.any_port(host, udp=True),
            turn_tls=turn_tls,
            webhook_url=webhook_url,
        )
        if empty_timeout_seconds is not None:
            self.media = replace(self.media, empty_timeout_seconds=empty_timeout_seconds)
        if departure_timeout_seconds is not None:
            self.media = replace(self.media, departure_timeout_seconds=departure_timeout_seconds)
        self._folder = Path(tempfile.mkdtemp(prefix="nahbar-livekit-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For browsers: ws://…."""
        return self.media.url

    @property
    def api_url(self) -> str:
        """For the application: http://…."""
        return self.media.api_url

    @property
    def key(self) -> str:
        """Names the secret."""
        return self.media.key

    @property
    def secret(self) -> str:
        """Signs tokens and webhooks."""
        return self.media.secret

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make Nahbar use this server."""
        found = {
            "NAHBAR_LIVEKIT_URL": self.url,
            "NAHBAR_LIVEKIT_API_URL": self.api_url,
            "NAHBAR_LIVEKIT_KEY": self.key,
            "NAHBAR_LIVEKIT_SECRET": self.secret,
        }
        turn_tls = self.media.turn_tls
        if turn_tls:
            found |= {
                "NAHBAR_TURN_HOST": turn_tls.domain,
                "NAHBAR_TURN_UDP_PORT": str(self.media.turn_port),
                "NAHBAR_TURN_TLS_PORT": str(turn_tls.port),
            }
        return found

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What the server has said so far, unfiltered: it may hold refused tokens and addresses."""
        return (self._folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start, and return when it answers."""
        assert self._process is None
        config = self._folder / "livekit.json"
        self.media.write_config(config)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [livekit_binary(), "--config", str(config)],
                env=without_livekit(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        await_process(self._process, lambda: _answers(self.api_url), "LiveKit", self.log)

    def kill(self) -> None:
        """End at once, as a crash would; rooms are lost."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """End and forget. LiveKit drains on SIGTERM while somebody is in a room, so it is killed."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class PostgreSQLServer:
    """A cluster of its own in a temporary folder: nothing is kept, nothing is flushed to disk.

    PostgreSQL refuses to run as root; then it runs as Debian's `postgres`, who has no other rights here.
    """

    OPTIONS = (
        *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
        *("-c", "max_connections=200", "-c", "shared_buffers=128MB"),
        *("-c", f"listen_addresses={LOOPBACK}", "-c", "timezone=UTC"),
    )

    def __init__(self) -> None:
        self.port = ports.any_port(LOOPBACK)
        self._folder = Path(tempfile.mkdtemp(prefix="nahbar-postgresql-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._user = _unprivileged_user()

    def url(self, database: str = "nahbar") -> str:
        """As NAHBAR_DATABASE takes it. The database is made by whoever connects first (`create`)."""
        return f"postgresql://nahbar:nahbar@{LOOPBACK}:{self.port}/{database}"

    def create(self, database: str) -> None:
        """Make an empty database."""
        self._run("createdb", "--host", LOOPBACK, "--port", str(self.port), "--username", "nahbar", database)

    def start(self) -> None:
        """Make the cluster, start it, make the database `nahbar`."""
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        data = self._folder / "data"
        self._run(
            *("initdb", "--pgdata", str(data), "--username", "nahbar", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        command = ["postgres", "-D", str(data), "-p", str(self.port), "-k", str(self._folder), *self.OPTIONS]
        log = self._folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(_postgresql_program(command[0])), *command[1:]],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                group=self._user,
            )
        await_process(self._process, self._accepts, "PostgreSQL", lambda: log.read_text(errors="replace"))
        self.create("nahbar")

    def stop(self) -> None:
        """End at once and forget everything."""
        process, self._process = self._process, None
        if process is not None:
            # SIGQUIT is PostgreSQL's immediate shutdown: it ends its own children too.
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accepts(self) -> bool:
        ready = (str(_postgresql_program("pg_isready")), "-q", "-h", LOOPBACK, "-p", str(self.port))
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(_postgresql_program(program)), *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            group=self._user,
        )
        if done.returncode:
            raise ServerFailed(f"{program} failed: {done.stderr.strip()}")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One mail the server took responsibility for."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def text(self, subtype: str = "plain") -> str:
        """The readable part of that kind (`plain` or `html`)."""
        body = self.message.get_body((subtype,))
        assert body is not None
        content: str = body.get_content()
        return content


class MailServer:
    """A real SMTP conversation whose answers a test can script.

    mail.answer("451 4.3.2 try later", "550 5.1.1 unknown")   # the next two mails; then accepts again
    mail.answer_recipient("550 5.1.1 no such user")             # already at RCPT
    mail.vanish_after_data()                                    # takes the mail, hangs up without a word
    mail.stop(); …; mail.start()                                # an outage on the same port
    """

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.port = ports.any_port(LOOPBACK)
        self.deliveries: list[Delivery] = []
        self._script = _Script(self.deliveries)
        self._controller: Controller | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make Nahbar use this server."""
        return {
            "NAHBAR_SMTP_HOST": self.host,
            "NAHBAR_SMTP_PORT": str(self.port),
            "NAHBAR_SMTP_TLS": "no",
        }

    def answer(self, *replies: str) -> None:
        """Answer the next mails' content with these replies, in this order."""
        self._script.data_replies.extend(replies)

    def answer_recipient(self, *replies: str) -> None:
        """Answer the next recipients with these replies, in this order."""
        self._script.recipient_replies.extend(replies)

    def vanish_after_data(self) -> None:
        """Keep the next mail and drop the connection before answering: the sender cannot know."""
        self._script.data_replies.append(VANISH)

    def reset(self) -> None:
        """Forget what arrived and what was scripted."""
        self.deliveries.clear()
        self._script.data_replies.clear()
        self._script.recipient_replies.clear()

    def wait_for(self, count: int, *, within: float = 10.0) -> list[Delivery]:
        """The deliveries, once there are at least that many."""
        deadline = time.monotonic() + within
        while len(self.deliveries) < count:
            if time.monotonic() > deadline:
                raise ServerFailed(f"{len(self.deliveries)} mails after {within} s, not {count}.")
            time.sleep(0.05)
        return list(self.deliveries)

    def start(self) -> None:
        """Listen."""
        assert self._controller is None
        self._controller = Controller(self._script, hostname=self.host, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; what arrived stays readable."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


VANISH = "vanish"
ACCEPT = "250 2.0.0 kept"


class _Script:
    """aiosmtpd's handler; replies are used up one by one, an empty script accepts."""

    def __init__(self, deliveries: list[Delivery]) -> None:
        self.deliveries = deliveries
        self.data_replies: deque[str] = deque()
        self.recipient_replies: deque[str] = deque()
        self._lock = threading.Lock()

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient is named."""
        reply = self._next(self.recipient_replies)
        if reply == ACCEPT:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """A whole mail has arrived."""
        reply = self._next(self.data_replies)
        if reply in {ACCEPT, VANISH}:
            self.deliveries.append(
                Delivery(
                    sender=envelope.mail_from or "",
                    recipients=tuple(envelope.rcpt_tos),
                    content=envelope.original_content or b"",
                )
            )
        if reply == VANISH:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return reply

    def _next(self, replies: deque[str]) -> str:
        with self._lock:
            return replies.popleft() if replies else ACCEPT


def await_process(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], name: str, log: Callable[[], str]
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerFailed(f"{name} did not start:\n{log()[-2000:]}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 (our own loopback server)
            return bool(response.status == 200)
    except OSError:
        return False


@functools.cache
def _postgresql_program(name: str) -> Path:
    """A server program: the newest where Debian keeps its versions, else on the PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), reverse=True
    )
    found = installed[0] if installed else shutil.which(name)
    if found is None:
        raise ServerFailed(f"PostgreSQL's {name} is missing: run `apt-get install postgresql` as root.")
    return Path(found)


def _unprivileged_user() -> str | None:
    """Who runs PostgreSQL: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
