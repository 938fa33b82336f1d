"""Why somebody does not get into a call."""

from __future__ import annotations

from enum import StrEnum


class Closed(StrEnum):
    """What stands in the way; browsers get the value as `reason`."""

    NOT_OPEN = "not_open"
    CONSENT = "consent"
    ENDED = "ended"
    MODE = "mode"
    REMOVED = "removed"
    ELSEWHERE = "taken_over"
    NOBODY_WAITS = "nobody_waits"
    NOBODY_ASKS = "nobody_asks"


class Refused(Exception):
    """Nothing was changed; `reason` says why."""

    def __init__(self, reason: Closed) -> None:
        super().__init__(reason.value)
        self.reason = reason
