"""A real nginx for tests, with the configuration that is shipped, and pages behind it that tell what reached them."""

from __future__ import annotations

import datetime as dt
import http.client
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from nahbar.onboarding.launch import ports
from nahbar.onboarding.launch.certificates import authority_for, leaf_for
from nahbar.onboarding.launch.proxy import Proxy, command
from tests.servers import LOOPBACK, STOP_SECONDS, await_process

# Seconds, on a machine that has other things to do.
PATIENCE = 30


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    text: str


class ProxyServer:
    """An nginx of its own in a temporary folder, on free ports; ended by process id."""

    def __init__(
        self,
        *,
        web_url: str,
        media_url: str = f"http://{LOOPBACK}:1",
        edit: Callable[[str], str] = lambda site: site,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nahbar-proxy-"))
        self.plain_port, self.webhook_port = ports.any_port(LOOPBACK), ports.any_port(LOOPBACK)
        self.base_url = f"https://{LOOPBACK}:{ports.any_port(LOOPBACK)}"
        now = dt.datetime.now(dt.UTC)
        authority = authority_for(host=LOOPBACK, address=LOOPBACK, folder=self.folder, now=now)
        leaf = leaf_for(host=LOOPBACK, address=LOOPBACK, authority=authority, folder=self.folder, now=now)
        self.authority_path = authority.path
        self.trusting = ssl.create_default_context(cafile=authority.path)
        self.proxy = Proxy(
            base_url=self.base_url,
            addresses=[LOOPBACK],
            plain_port=self.plain_port,
            webhook_port=self.webhook_port,
            certificate=leaf.path,
            key=leaf.key,
            web_url=web_url,
            media_url=media_url,
            access_log=str(self.folder / "access.log"),
            hsts=True,
            contact_name="Jobcenter »Süd« <$1>",
            contact_phone="040 66969-0",
        )
        self._edit = edit
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def authority(self) -> str:
        """Host and port, as a request names them."""
        return urlsplit(self.base_url).netloc

    @property
    def port(self) -> int:
        """The port of https."""
        return int(self.authority.rpartition(":")[2])

    def access_log(self) -> list[str]:
        """What was written of each request, one line each."""
        return (self.folder / "access.log").read_text().splitlines()

    def said(self) -> str:
        """Everything this nginx has written to anywhere."""
        return "\n".join(path.read_text(errors="replace") for path in self.folder.glob("*") if path.suffix == ".log")

    def ask(
        self, path: str, method: str = "GET", *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Over TLS, the path as it stands."""
        connection = http.client.HTTPSConnection(LOOPBACK, self.port, timeout=PATIENCE, context=self.trusting)
        return _answer(connection, method, path, body, headers or {})

    def ask_plainly(
        self,
        path: str,
        port: int,
        method: str = "GET",
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Without TLS."""
        return _answer(http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE), method, path, body, headers or {})

    def shout(self, request: bytes) -> bytes:
        """Sends bytes over TLS, whatever they are, and reads until the other end hangs up."""
        with (
            socket.create_connection((LOOPBACK, self.port), timeout=PATIENCE) as plain,
            self.trusting.wrap_socket(plain, server_hostname=LOOPBACK) as wrapped,
        ):
            wrapped.sendall(request)
            return b"".join(iter(lambda: wrapped.recv(65536), b""))

    def __enter__(self) -> Self:
        self.proxy.write(self.folder)
        site = self.folder / "site.conf"
        site.write_text(self._edit(site.read_text()))
        with (self.folder / "stderr.log").open("wb") as log:
            self._process = subprocess.Popen(
                command(self.folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        await_process(self._process, lambda: ports.answers(LOOPBACK, self.port), "nginx", self.said)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            # SIGTERM: the master ends its worker and itself, at once.
            self._process.terminate()
            self._process.wait(STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def _answer(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    with closing(connection):
        connection.request(method, path, body=body, headers=dict(headers))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode(errors="replace"))


class Pages:
    """Stands for the application where the proxy's own doing is looked at: answers everything, keeps what arrived."""

    LONG = b"<p>Guten Tag.</p>" * 4000

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Message]] = []
        self._server = ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"

    def _handler(pages: Self) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.arrived.append((self.path, self.headers))
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                if self.path.startswith("/abrupt"):
                    return  # hangs up without a word
                self.send_response(200)
                self.send_header("X-From", "pages")
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(pages.LONG)))
                if self.path.startswith("/complete"):
                    self.send_header("Strict-Transport-Security", "max-age=1")
                    self.send_header("X-Content-Type-Options", "nosniff")
                self.end_headers()
                self.wfile.write(pages.LONG)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
