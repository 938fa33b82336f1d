"""Which browser somebody has, as far as the way out of a refused microphone differs.

A guess from the user agent: it chooses a set of instructions and never decides what is allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Apps that open links in a window of their own, where a microphone is often out of reach.
IN_APP = re.compile(
    r"FBAN|FBAV|FB_IAB|Instagram|WhatsApp|Line/|MicroMessenger|Snapchat|TikTok|musical_ly|BytedanceWebview|"
    r"Twitter|LinkedInApp|Pinterest|Telegram|GSA/|; wv\)|DuckDuckGo/\d+ CFNetwork"
)
FAMILIES = (
    ("samsung", re.compile(r"SamsungBrowser/")),
    ("edge", re.compile(r"Edg(e|A|iOS)?/")),
    ("firefox", re.compile(r"Firefox/|FxiOS/")),
    ("other", re.compile(r"OPR/|OPiOS/|YaBrowser|MiuiBrowser|UCBrowser|HuaweiBrowser")),
    ("chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("safari", re.compile(r"Version/[\d.]+.* Safari/")),
)
SYSTEMS = (
    ("android", re.compile(r"Android")),
    ("ios", re.compile(r"iPhone|iPad|iPod")),
    ("windows", re.compile(r"Windows")),
    ("mac", re.compile(r"Macintosh")),
    ("linux", re.compile(r"Linux|CrOS")),
)
# On Apple's phones an app's window has no "Safari/" in its name; a real browser always has.
IOS_WEBVIEW = re.compile(r"(iPhone|iPad|iPod).*AppleWebKit(?!.*Safari/)")


@dataclass(frozen=True)
class Browser:
    """What instructions depend on."""

    family: str
    os: str
    in_app: bool

    @property
    def is_phone(self) -> bool:
        """Whether it is a phone or tablet: those start in saver mode."""
        return self.os in {"android", "ios"}


def browser_of(user_agent: str) -> Browser:
    """Reads a `User-Agent` header; unknown ones are "other"."""
    return Browser(
        family=_first(FAMILIES, user_agent),
        os=_first(SYSTEMS, user_agent),
        in_app=bool(IN_APP.search(user_agent) or IOS_WEBVIEW.search(user_agent)),
    )


def _first(names: tuple[tuple[str, re.Pattern[str]], ...], user_agent: str) -> str:
    return next((name for name, pattern in names if pattern.search(user_agent)), "other")
