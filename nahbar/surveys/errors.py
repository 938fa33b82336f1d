"""Why an answer is not taken."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What pages turn into words."""

    # Forged, expired, or of an office that is no more: the caller cannot tell which.
    TICKET = "ticket"
    ANSWERED = "answered"
    EMPTY = "empty"


class Refused(Exception):
    """The answer is not taken, and nothing was stored."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
