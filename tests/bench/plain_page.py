"""The baseline page, served for real: livekit-client's own prebuilt bundle and twenty lines around it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import parse_qs, urlsplit

import brotli  # type: ignore[import-untyped]
from django.conf import settings

from nahbar.calls import sfu
from tests.servers import LOOPBACK, REPO

FOLDER = Path(__file__).with_name("plain")
BUNDLE = REPO / "node_modules/livekit-client/dist/livekit-client.umd.js"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass
class PlainPage:
    """A small server on loopback; `address` opens the page in one room as one person."""

    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        files = [FOLDER / "index.html", FOLDER / "plain.js", BUNDLE]
        packed = {file.name: (TYPES[file.suffix], brotli.compress(file.read_bytes(), quality=11)) for file in files}

        class Handler(_Handler):
            served = packed
            rooms: ClassVar[set[str]] = set()

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.server.daemon_threads = True

    @property
    def base_url(self) -> str:
        """Of the same kind as Nahbar's own."""
        return f"http://localhost:{self.server.server_port}"

    def address(self, *, room: str, identity: str) -> str:
        """The page of one person."""
        return f"{self.base_url}/index.html?room={room}&identity={identity}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Files compressed beforehand, kept by the browser as Nahbar's are; and a token for everybody."""

    protocol_version = "HTTP/1.1"
    served: ClassVar[dict[str, tuple[str, bytes]]]
    rooms: ClassVar[set[str]]

    def do_GET(self) -> None:
        """A file, or the token."""
        address = urlsplit(self.path)
        name = address.path.strip("/")
        if name == "token":
            asked = parse_qs(address.query)
            self._send("application/json", self._token(room=asked["room"][0], identity=asked["identity"][0]))
        elif name in self.served:
            self._send(*self.served[name], "br")
        else:
            self.send_error(404)

    def _token(self, *, room: str, identity: str) -> bytes:
        if room not in self.rooms:
            sfu.ensure_room(name=room)
            self.rooms.add(room)
        token = sfu.token(room=room, identity=identity, rights=sfu.Rights(may_talk=True))
        return json.dumps({"url": settings.NAHBAR_LIVEKIT_URL, "token": token}).encode()

    def _send(self, kind: str, body: bytes, encoding: str = "identity") -> None:
        self.send_response(200)
        for header, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Encoding": encoding,
            "Cache-Control": "max-age=60",
        }.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the table is what this part says."""
