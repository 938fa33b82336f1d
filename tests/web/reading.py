"""What a page says."""

from __future__ import annotations

from typing import Any

NO_BREAK = "\N{NO-BREAK SPACE}"


def said(response: Any) -> str:
    """The page as people read it: a space that no line parts is a space."""
    text: str = response.content.decode()
    return text.replace(NO_BREAK, " ")
