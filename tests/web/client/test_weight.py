"""P1 of docs/performance.md: what a prepaid card pays until the first button of the device check."""

from __future__ import annotations

import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client as Browser

from nahbar.consent.queries import current_text
from tests.conftest import Cast
from tests.web.client.conftest import Address, link_secret

BYTES_UNTIL_FIRST_BUTTON = 15_000
REQUESTS_A_PAGE = 5
LOADED = re.compile(rf'(?:href|src)="{re.escape(settings.STATIC_URL)}([^"#]+)')
HASH = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")


def compressed(body: bytes) -> int:
    """Bytes as the office serves them."""
    return len(brotli.compress(body, quality=11))


def files_of(page: str) -> set[str]:
    """The static files a page loads by itself."""
    return {HASH.sub("", name) for name in LOADED.findall(page)}


def walk(browser: Browser, cast: Cast, url: Address) -> dict[str, str]:
    """Every page on the way of somebody who comes for the first time."""
    pages = {"landing": browser.get(url()).content.decode()}
    browser.post(url("oeffnen"), {"secret": link_secret(cast.invitation)})
    pages["proof"] = browser.get(url("nachweis")).content.decode()
    browser.post(url("nachweis"), {"digits": "1704"})
    pages["appointment"] = browser.get(url("termin")).content.decode()
    browser.post(url("art"), {"mode": "video"})
    pages["consent"] = browser.get(url("einverstaendnis")).content.decode()
    browser.post(url("einverstaendnis"), {"answer": "yes", "text": current_text(language="de").sha256})
    pages["call"] = browser.get(url("gespraech")).content.decode()
    return pages


def test_everything_until_the_first_button_fits_its_budget(
    client: Browser, cast: Cast, url: Address, frozen: object
) -> None:
    pages = walk(client, cast, url)
    weights = {name: compressed(page.encode()) for name, page in pages.items()}
    for name in set[str]().union(*map(files_of, pages.values())):
        found = finders.find(name)
        assert isinstance(found, str), f"{name} is not built: make build"
        weights[name] = compressed(Path(found).read_bytes())
    assert sum(weights.values()) <= BYTES_UNTIL_FIRST_BUTTON, weights


def test_no_page_asks_for_more_than_five_things(client: Browser, cast: Cast, url: Address, frozen: object) -> None:
    asked = {name: 1 + len(files_of(page)) for name, page in walk(client, cast, url).items()}
    assert max(asked.values()) <= REQUESTS_A_PAGE, asked


def test_no_client_page_brings_a_font_or_htmx(client: Browser, cast: Cast, url: Address, frozen: object) -> None:
    for page in walk(client, cast, url).values():
        assert not [name for name in files_of(page) if "font" in name or "htmx" in name]
