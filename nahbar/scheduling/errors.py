"""Why a booking or change is refused. Each carries a `reason` that pages turn into words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nahbar.scheduling.models import Appointment, CallTask


class Reason(StrEnum):
    """What stands in the way."""

    IN_PAST = "in_past"
    LENGTH = "length"
    MODE_NOT_ALLOWED = "mode_not_allowed"
    NOT_AGREED = "not_agreed"
    VIDEO_NOT_OFFERED = "video_not_offered"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    TOPIC_RETIRED = "topic_retired"
    NOT_COUNSELLING = "not_counselling"
    COUNSELLOR_BUSY = "counsellor_busy"
    COUNSELLOR_ABSENT = "counsellor_absent"
    CLIENT_BUSY = "client_busy"
    NO_CHANNEL = "no_channel"
    NOT_PLANNED = "not_planned"
    STALE = "stale"
    IN_TALK = "in_talk"
    NOT_BEGUN = "not_begun"
    CALL_DONE = "call_done"


class Refused(Exception):
    """Nothing was changed; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class HasFuture(Exception):
    """Nothing was changed: these are still to come, and must be moved or settled first."""

    def __init__(self, *, appointments: Sequence[Appointment], call_tasks: Sequence[CallTask] = ()) -> None:
        super().__init__(f"{len(appointments)} appointments and {len(call_tasks)} call tasks to come")
        self.appointments = list(appointments)
        self.call_tasks = list(call_tasks)
