"""A real CalDAV server (Radicale), and a calendar in it that takes what mails say as mail programs do (RFC 5546)."""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import icalendar

from nahbar.onboarding.launch import ports

USER = "fachkraft"
CALENDAR = b"""<?xml version="1.0"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""


class Calendars:
    """The server, on loopback, in a folder of its own; ended by its process id."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="nahbar-caldav-")
        self.port = ports.any_port("127.0.0.1")
        command = [sys.executable, "-m", "radicale", "--hosts", f"127.0.0.1:{self.port}"]
        command += ["--storage-filesystem-folder", self._folder.name, "--auth-type", "none"]
        self._process = subprocess.Popen(command, cwd=Path(self._folder.name))
        try:
            self._await()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()

    def _await(self) -> None:
        last_try = time.monotonic() + 30
        while not ports.answers("127.0.0.1", self.port):
            assert self._process.poll() is None, "Radicale ended while it started"
            assert time.monotonic() < last_try, "Radicale does not answer"
            time.sleep(0.1)

    def make(self, name: str) -> Mine:
        """An empty calendar."""
        mine = Mine(f"http://127.0.0.1:{self.port}/{USER}/{name}/")
        mine.ask("MKCALENDAR", body=CALENDAR)
        return mine


class Mine:
    """One calendar."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, method: str, name: str = "", body: bytes | None = None, kind: str = "application/xml") -> str:
        """One request; raises HTTPError for a refusal."""
        credentials = base64.b64encode(f"{USER}:".encode()).decode()
        request = urllib.request.Request(  # noqa: S310  our own server
            self._address + name,
            data=body,
            method=method,
            headers={"Authorization": f"Basic {credentials}", "Content-Type": kind},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return str(answer.read().decode())

    def take(self, method: str, text: str) -> None:
        """What a mail program does with the part: by UID, and nothing that is older than what is there."""
        found = icalendar.Calendar.from_ical(text)
        (event,) = found.events
        uid = str(event["UID"])
        there = {str(one["UID"]): one.sequence for one in self.events()}
        if event.sequence < there.get(uid, 0):
            return
        if method == "CANCEL":
            if uid in there:
                self.ask("DELETE", f"{uid}.ics")
            return
        # A stored object has no method (RFC 4791, 4.1).
        del found["METHOD"]
        self.ask("PUT", f"{uid}.ics", found.to_ical(), "text/calendar; charset=utf-8")

    def events(self) -> list[icalendar.Event]:
        """Everything in it."""
        text = self.ask("GET")
        return icalendar.Calendar.from_ical(text).events if "BEGIN:VEVENT" in text else []
