"""Chromium at one end of a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from tests.journeys.conftest import CHROMIUM, FAKE_MEDIA, QUIET
from tests.lines.line import End, Line


def launch(
    playwright: Playwright, *, line: Line, end: End, address: str, folder: Path, more: Sequence[str] = ()
) -> Browser:
    """A browser there that may open camera and microphone at `address`, though that is plain http."""
    return playwright.chromium.launch(
        executable_path=line.program(end, CHROMIUM, folder),
        args=[
            *(*QUIET, *FAKE_MEDIA),
            f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {line.office}",
            f"--unsafely-treat-insecure-origin-as-secure={address}",
            *more,
        ],
    )
