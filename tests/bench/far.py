"""A talk over a line: the office at one end with everything of Nahbar, a phone at the other."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.actors import head, speech
from tests.bench.talks import PATIENCE, House
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.people import admit_as_counsellor, expect_flow, wait_as_client
from tests.journeys.stack import Stack
from tests.lines.browsers import launch
from tests.lines.conditions import Conditions
from tests.lines.emulator import ADDRESSES, DEVICE
from tests.lines.line import End, Line, missing

# Good enough that a talk begins as it does on an ordinary day.
MOBILE = Conditions(rate=2000, delay=30)
# All that arrives, over every connection the page has: sums of counters.
COUNTERS = (
    "framesDecoded",
    "freezeCount",
    "totalFreezesDuration",
    "packetsReceived",
    "packetsLost",
    "concealedSamples",
    "silentConcealedSamples",
    "totalSamplesReceived",
)


@dataclass
class Talk:
    """Two people who see and hear each other."""

    line: Line
    stack: Stack
    phone: Page
    desk: Page

    @property
    def pages(self) -> tuple[Page, Page]:
        """Both of them."""
        return self.phone, self.desk

    def traffic(self) -> int:
        """Bytes both ways on the phone's end of the line, with all headers, whatever they were for."""
        with self.line.inside("phone"):
            shown = subprocess.run(
                ["ip", "-json", "-statistics", "link", "show", DEVICE], check=True, capture_output=True, text=True
            )
        counted = json.loads(shown.stdout)[0]["stats64"]
        return int(counted["rx"]["bytes"] + counted["tx"]["bytes"])

    def wait(self, seconds: float) -> None:
        """Both pages go on meanwhile."""
        self.phone.wait_for_timeout(seconds * 1000)

    def cameras_off(self) -> None:
        """Both switch them off, as people do who want to talk only."""
        for page in self.pages:
            page.evaluate("document.getElementById('btn-camera').click()")


@contextmanager
def talk(*, speaking: bool = False) -> Iterator[Talk]:
    """Over an ordinary line at first. They take turns in speaking; or both always speak."""
    reason = missing()
    if reason:
        raise RuntimeError(f"no poor line here: {reason}")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="nahbar-far-")))
        line = opened.enter_context(Line())
        playwright = opened.enter_context(sync_playwright())
        opened.enter_context(line.inside("office"))
        stack = opened.enter_context(Stack(host=line.office))
        browsers: dict[End, Browser] = {}
        ends: tuple[End, End] = ("phone", "office")
        for end in ends:
            browsers[end] = launch(
                playwright,
                line=line,
                end=end,
                address=stack.public_url,
                folder=folder,
                more=_devices(folder, end=end, speaking=speaking),
            )
            opened.callback(browsers[end].close)
        line.become(MOBILE)
        yield _begin(line, stack, browsers)


def _devices(folder: Path, *, end: End, speaking: bool) -> list[str]:
    voice = speech(folder, name=end, begins=end == "phone", always=speaking)
    return [
        f"--use-file-for-fake-audio-capture={voice}",
        f"--use-file-for-fake-video-capture={head(folder, name=end)}",
    ]


def _begin(line: Line, stack: Stack, browsers: dict[End, Browser]) -> Talk:
    appointment = House(browsers["phone"], stack.public_url).appointment(consented=True)
    phone, desk = _page(browsers["phone"], stack, PHONE), _page(browsers["office"], stack, DESK)
    wait_as_client(phone, appointment)
    admit_as_counsellor(desk, appointment)
    for page in (phone, desk):
        expect_flow(page, within=60)
    return Talk(line=line, stack=stack, phone=phone, desk=desk)


def _page(browser: Browser, stack: Stack, options: dict[str, Any]) -> Page:
    page = browser.new_context(base_url=stack.public_url, **options).new_page()
    page.set_default_timeout(PATIENCE)
    return page


Streams = dict[str, dict[str, float]]


def arrived(page: Page) -> Streams:
    """The counters of what has arrived, by stream: one that is sent anew begins from nought."""
    stats: dict[str, Any] = page.evaluate("window.nahbar.stats()")
    return {entry["id"]: {name: entry.get(name) or 0 for name in COUNTERS} for entry in stats["inbound"]}


def since(page: Page, before: Streams) -> dict[str, float]:
    """What has arrived since then, over every stream that is there."""
    now = arrived(page)
    nought = dict.fromkeys(COUNTERS, 0.0)
    return {
        name: sum(counted[name] - before.get(stream, nought)[name] for stream, counted in now.items())
        for name in COUNTERS
    }


def home(line: Line) -> None:
    """The phone has its first address again."""
    line.move_phone(ADDRESSES["phone"])
