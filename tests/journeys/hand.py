"""A hand on a mouse and a keyboard that counts: how much work something is stands in the docs, not a wish."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PICTURES = Path(__file__).resolve().parents[2] / "build/pictures/first-afternoon"


@dataclass
class Hand:
    """Presses and fills in on one page; `clicks` and `fields` are what it took so far."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def press(self, what: Locator) -> None:
        """One click or tap."""
        what.click()
        self.clicks += 1

    def fill(self, label: str, text: str) -> None:
        """One field, by its label."""
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def choose(self, label: str, option: str) -> None:
        """One of a list."""
        self.page.get_by_label(label, exact=True).select_option(label=option)
        self.clicks += 1

    def button(self, name: str) -> None:
        """The button of that name."""
        self.press(self.page.get_by_role("button", name=name, exact=True))

    def link(self, name: str) -> None:
        """The link of that name."""
        self.press(self.page.get_by_role("link", name=name, exact=True).first)

    def take(self, name: str) -> None:
        """A picture for docs/operate/first-afternoon.md."""
        expect(self.page.locator("h1").first).to_be_visible()
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")
