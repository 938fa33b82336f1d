"""Make `nahbar/web/static/nb/client-icons.svg`: the icons that client pages name, each once."""

from __future__ import annotations

import re
from pathlib import Path

from tools.console import REPO, say

TEMPLATES = REPO / "nahbar/web/client/templates/client"
ICONS = REPO / "nahbar/web/icons"
SPRITE = REPO / "nahbar/web/static/nb/client-icons.svg"
NAMED = re.compile(r"{% glyph \"([\w-]+)\"")
# Chosen by a variable in the templates: the ways to talk.
ALWAYS = {"videocam", "call", "apartment"}
SHAPE = re.compile(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", re.DOTALL)
# Ours, not Material's: the mark, and a globe of a tenth of the bytes.
MARK = """
<rect width="32" height="32" rx="9" fill="#2044aa"/>
<path d="M9 24V11.6a1.6 1.6 0 0 1 2.8-1.1l8.4 11a1.6 1.6 0 0 0 2.8-1.1V8"
 fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
"""
GLOBE = """
<g fill="none" stroke="currentColor" stroke-width="1.5"><circle cx="12" cy="12" r="9.2"/>
<ellipse cx="12" cy="12" rx="4" ry="9.2"/><path d="M3.5 9h17M3.5 15h17"/></g>
"""
# Ours, not Material's: the mark, and a globe of a tenth of the bytes.
OWN = {
    "mark": ("0 0 32 32", MARK.replace("\n", "")),
    "globe": ("0 0 24 24", GLOBE.replace("\n", "")),
}


def sprite() -> str:
    """The file's text; the same icons always give the same bytes."""
    used = {name for page in TEMPLATES.glob("*.html") for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    shapes = OWN | {name: _shape(ICONS / f"{name}.svg") for name in (used | ALWAYS) - OWN.keys()}
    symbols = [f'<symbol id="{name}" viewBox="{box}">{shape}</symbol>' for name, (box, shape) in sorted(shapes.items())]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def _shape(path: Path) -> tuple[str, str]:
    found = SHAPE.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name} is not an icon")
    return found[1], found[2].strip()


def main() -> None:
    """Write it."""
    SPRITE.write_text(sprite(), encoding="utf-8")
    say(f"Wrote {SPRITE.relative_to(REPO)}.")


if __name__ == "__main__":
    main()
