"""Takes the pictures of a page in every look, and notes what can be found without looking."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, ConsoleMessage, Page

from tests.pictures.looks import GERMAN, Look

REPO = Path(__file__).resolve().parents[2]
AXE = (REPO / "node_modules/axe-core/axe.min.js").read_text()
INSPECT = Path(__file__).with_name("inspect.js").read_text()
MOST_NODES = 4
TOKEN = re.compile(r"access_token=\S+")


@dataclass(frozen=True)
class Finding:
    """Something to look into."""

    picture: str
    kind: str
    text: str


@dataclass
class Camera:
    """One scene's pictures in one language."""

    folder: Path
    scene: str
    language: str
    looks: tuple[Look, ...]
    findings: list[Finding] = field(default_factory=list)
    taken: int = 0

    def take(self, page: Page, state: str = "") -> None:
        """Pictures of the page as it stands; `state` tells several of one scene apart."""
        name = f"{self.scene}.{state}" if state else self.scene
        for number, look in enumerate(self.looks):
            self._pose(page, look)
            self._shoot(page, f"{name}.{look.name}", look)
            self._inspect(page, f"{name}.{look.name}", look, thorough=number == 0)
        self._pose(page, self.looks[0])

    def watch(self, page: Page) -> None:
        """From now on errors of the page's scripts are findings."""
        page.on("pageerror", lambda error: self._note(self.scene, "script error", str(error)))
        page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        refused = "the server responded with a status of 4" in message.text
        # Many scenes are refusals; what a page is built from never may be one.
        if message.type == "error" and not (refused and "/static/" not in message.location["url"]):
            self._note(self.scene, "console", TOKEN.sub("access_token=…", message.text))

    def _pose(self, page: Page, look: Look) -> None:
        page.set_viewport_size({"width": look.width, "height": look.height})
        scheme: Any = "dark" if look.dark else "light"
        page.emulate_media(media="print" if look.printed else "screen", color_scheme=scheme, reduced_motion="reduce")

    def _shoot(self, page: Page, name: str, look: Look) -> None:
        scale: Any = "device" if look.width < 600 else "css"
        page.screenshot(path=self.folder / f"{name}.png", animations="disabled", scale=scale)
        self.taken += 1
        length = page.evaluate("document.documentElement.scrollHeight")
        if look.whole and length > look.height + 8:
            # A window as long as the page: what sticks to an edge then stands at the page's edge.
            page.set_viewport_size({"width": look.width, "height": length})
            page.screenshot(path=self.folder / f"{name}-whole.png", animations="disabled", scale="css")
            self.taken += 1
            self._pose(page, look)

    def _inspect(self, page: Page, name: str, look: Look, *, thorough: bool) -> None:
        # Over the debugger: the pages' own policy lets no other script in.
        session = page.context.new_cdp_session(page)
        for kind, text in _evaluate(session, f"{INSPECT}inspectPicture({look.width})"):
            self._note(name, kind, text)
        if self.language == GERMAN and (thorough or look.dark):
            if _evaluate(session, "typeof axe") == "undefined":
                _evaluate(session, f"{AXE}; 1")
            rules = {"runOnly": ["color-contrast"]} if look.dark else {}
            for violation in _evaluate(session, f"axe.run(document, {json.dumps(rules)})")["violations"]:
                nodes = ", ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:MOST_NODES])
                self._note(name, f"axe {violation['id']}", f"{violation['help']}: {nodes}")
        session.detach()

    def _note(self, picture: str, kind: str, text: str) -> None:
        self.findings.append(Finding(picture, kind, text))


def _evaluate(session: CDPSession, expression: str) -> Any:
    answer = session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    if "exceptionDetails" in answer:
        raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", "evaluation failed"))
    return answer["result"].get("value")
