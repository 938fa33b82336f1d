"""Icons, names and times for templates."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
ICONS = Path(__file__).resolve().parents[1] / "icons"
SHAPE = re.compile(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", re.DOTALL)

# They point along the line of reading: mirrored where it runs from right to left.
POINTS_ALONG = {"arrow_forward", "chevron_left", "chevron_right", "undo", "logout", "login"}
# What a line may not part: “Frau Petersen”, “zehn Uhr”, “24. November”, “30 Minuten”, “Absatz 1”.
# Each begins with the space and looks back from behind it: so the search goes from one space to the next.
GAP = re.compile(
    r" (?:"
    r"(?=\w)(?:(?<=\bFrau )|(?<=\bHerr )|(?<=\bHerrn ))"
    r"|(?=Uhr\b)(?<=\w )"
    r"|(?=Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)(?<=\d\. )"
    r"|(?=(?:MB|Min\.|Minuten?)(?:\W|$))(?<=\d )"
    r"|(?=\d)(?:(?<=\bArtikel )|(?<=\bAbsatz ))"
    r")"
)
# From the end of a tag on and without a step back: tried at each letter of each tag, it took longer than the page.
BETWEEN_TAGS = re.compile(r"(?<![^>])[^<>]++(?=<)")
NO_BREAK = "\N{NO-BREAK SPACE}"

MODE_ICONS = {
    "video": "videocam",
    "telephone": "call",
    "on_site": "apartment",
    "outreach_visit": "directions_walk",
}


@cache
def _shape(name: str) -> tuple[str, SafeString]:
    found = SHAPE.search((ICONS / f"{name}.svg").read_text(encoding="utf-8"))
    if found is None:
        raise template.TemplateSyntaxError(f"{name}.svg is not an icon")
    # Our own files, checked in; nothing a person typed.
    return found[1], mark_safe(found[2].strip())  # noqa: S308


@register.filter
def words(text: str) -> list[str]:
    """What stands between the spaces: a message says in words what can be done about it."""
    return text.split()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An inline icon; the word beside it says what it means, so it is hidden from screen readers.

    `name` is a file in `nahbar/web/icons` without its ending; `size` is "", "s", "xs" or "l".
    """
    box, shape = _shape(name)
    extra = (f" nb-i--{size}" if size else "") + (" nb-i--flip" if name in POINTS_ALONG else "")
    return format_html('<svg class="nb-i{}" viewBox="{}" aria-hidden="true">{}</svg>', extra, box, shape)


@register.simple_tag
def mode_icon(mode: str, size: str = "") -> SafeString:
    """The icon of a mode."""
    return icon(MODE_ICONS[mode], size)


def unbroken(text: str) -> str:
    """Plain text whose names and times no line parts: for what scripts show."""
    return GAP.sub(NO_BREAK, text)


@register.filter
def unparted(page: str) -> SafeString:
    """Markup whose names and times no line parts; attributes, and so what forms send back, stay as they are."""
    # Only spaces change: what was escaped stays so.
    return mark_safe(BETWEEN_TAGS.sub(lambda text: unbroken(text[0]), page))  # noqa: S308
