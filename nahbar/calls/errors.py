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
    OTHER_DEVICE = "other_device"


class Refused(Exception):
    """Nothing was changed; `reason` says why."""

    def __init__(self, reason: Closed) -> None:
        super().__init__(reason.value)
        self.reason = reason


class NoEntry(StrEnum):
    """Why a code does not let a tablet in."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    OTHER_PERSON = "other_person"


class CodeRefused(Exception):
    """The code was not used up; `reason` says why it does not open."""

    def __init__(self, reason: NoEntry) -> None:
        super().__init__(reason.value)
        self.reason = reason
