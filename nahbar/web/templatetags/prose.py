"""What offices write, as markup: paragraphs, lists, headings and links, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

register = template.Library()
# The page has the one h1; what is deeper than a sub-heading is one.
HIGHEST, DEEPEST = 2, 3
# To the web, to a mail program, to a telephone, or to a page of ours.
TARGET = re.compile(r"(?:https?://|mailto:|tel:|/(?!/))", re.IGNORECASE)


def _reader() -> MarkdownIt:
    """Nothing but these is understood: markup that somebody types is shown as they typed it."""
    reader = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
        ["heading", "list", "link", "newline", "escape"]
    )
    reader.validateLink = lambda url: TARGET.match(url) is not None  # type: ignore[method-assign]
    return reader


READER = _reader()


@register.filter
def prose(body: str) -> SafeString:
    """An office's text as markup."""
    tokens = READER.parse(body)
    _level(tokens)
    # The renderer escapes every text, and raw markup is not understood.
    markup: str = READER.renderer.render(tokens, READER.options, {})
    return mark_safe(markup)  # noqa: S308


def _level(tokens: Sequence[Token]) -> None:
    """Headings begin below the page's own, and none is left out on the way down."""
    above = HIGHEST - 1
    for token in tokens:
        if token.type == "heading_open":
            above = min(max(int(token.tag[1:]), HIGHEST), above + 1, DEEPEST)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{above}"
