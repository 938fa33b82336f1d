"""What a page makes the browser fetch, and what that weighs compressed as well as it can be."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]
from playwright.sync_api import Page

Kind = Literal["page", "file", "data"]


@dataclass(frozen=True)
class Fetched:
    """One answer over the network; what the browser had kept is none."""

    # The last part of the page's address: "nachweis", "termin"; the landing page has the link's number.
    page: str
    address: str
    kind: Kind
    weight: int
    asked_at: float

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass
class Ledger:
    """Listens to the browser itself, over its debugging protocol, from the moment it is made.

    `page` is a document as navigated to, redirects on the way included; `file` is a style, script, font,
    picture, or a piece of page that a script fetches; `data` is what scripts say and ask in JSON.
    WebSockets and media are no requests.
    """

    page: Page
    fetched: list[Fetched] = field(default_factory=list)
    _asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    _answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    _from_memory: set[str] = field(default_factory=set)
    _at: str = ""

    def __post_init__(self) -> None:
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.on("Network.requestWillBeSent", self._ask)
        self._session.on("Network.requestServedFromCache", self._kept)
        self._session.on("Network.responseReceived", self._answer)
        self._session.on("Network.loadingFinished", self._finish)
        self._session.send("Network.enable", {"maxTotalBufferSize": 20_000_000, "maxResourceBufferSize": 10_000_000})

    def of(self, *kinds: Kind) -> list[Fetched]:
        """What was fetched of these kinds."""
        return [one for one in self.fetched if one.kind in kinds]

    def _ask(self, event: dict[str, Any]) -> None:
        self._asked[event["requestId"]] = event

    def _kept(self, event: dict[str, Any]) -> None:
        self._from_memory.add(event["requestId"])

    def _answer(self, event: dict[str, Any]) -> None:
        if event["type"] == "Document":
            self._at = urlsplit(event["response"]["url"]).path.rpartition("/")[2]
        self._answered[event["requestId"]] = event

    def _finish(self, event: dict[str, Any]) -> None:
        answered = self._answered.pop(event["requestId"], None)
        if answered is None:
            return
        response = answered["response"]
        kept = response.get("fromDiskCache") or event["requestId"] in self._from_memory
        if kept or not response["url"].startswith("http"):
            return
        body = self._session.send("Network.getResponseBody", {"requestId": event["requestId"]})
        content = _bytes(body)
        self.fetched.append(
            Fetched(
                page=self._at,
                address=response["url"],
                kind=_kind(answered),
                weight=len(brotli.compress(content, quality=11)) if content else 0,
                asked_at=self._asked[event["requestId"]]["wallTime"] * 1000,
            )
        )


def _bytes(body: dict[str, Any]) -> bytes:
    text: str = body["body"]
    # Pictures and fonts come in base64, everything else as the text it is.
    return b64decode(text) if body["base64Encoded"] else text.encode()


def _kind(answered: dict[str, Any]) -> Kind:
    if answered["type"] == "Document":
        return "page"
    return "data" if answered["response"]["mimeType"] == "application/json" else "file"


def weight_of(fetched: list[Fetched]) -> int:
    """All together, in bytes."""
    return sum(one.weight for one in fetched)
