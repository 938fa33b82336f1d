"""What a page says."""

from __future__ import annotations

import json
from typing import Any

NO_BREAK = "\N{NO-BREAK SPACE}"


def said(response: Any) -> str:
    """The page as people read it: a space that no line parts is a space."""
    text: str = response.content.decode()
    return text.replace(NO_BREAK, " ")


def told(response: Any) -> dict[str, Any]:
    """What scripts are told, read the same way."""
    return words_of(response.content.decode())


def words_of(text: str) -> dict[str, Any]:
    """What a JSON text says, read the same way."""
    answer: dict[str, Any] = json.loads(text.replace(r"\u00a0", " "))
    return answer
