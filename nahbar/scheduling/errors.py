"""Why a booking or change is refused. Each carries a `reason` that pages turn into words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nahbar.scheduling.models import Appointment, CallTask, Contact, Meeting

from nahbar.people.models import StaffMember


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
    NO_OUTCOME = "no_outcome"
    TALK_LENGTH = "talk_length"
    IN_FUTURE = "in_future"
    BEFORE_FILE = "before_file"
    CONTACT_LENGTH = "contact_length"
    CONTACT_TYPE = "contact_type"
    TOO_LATE = "too_late"
    NOT_UNDOABLE = "not_undoable"
    CALL_DONE = "call_done"


class Refused(Exception):
    """Nothing was changed; `reason` says why, and `colleague` who of several is busy or absent."""

    def __init__(self, reason: Reason, *, colleague: StaffMember | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.colleague = colleague


class HasFuture(Exception):
    """Nothing was changed: these are still to come, and must be moved or settled first."""

    def __init__(
        self,
        *,
        appointments: Sequence[Appointment] = (),
        call_tasks: Sequence[CallTask] = (),
        meetings: Sequence[Meeting] = (),
    ) -> None:
        counts = len(appointments), len(meetings), len(call_tasks)
        super().__init__("{} appointments, {} meetings and {} call tasks to come".format(*counts))
        self.appointments = list(appointments)
        self.call_tasks = list(call_tasks)
        self.meetings = list(meetings)


class Alike(Exception):
    """Nothing was entered: these may be the same contact, or will count it by themselves."""

    def __init__(self, *, contacts: Sequence[Contact], appointments: Sequence[Appointment]) -> None:
        super().__init__(f"{len(contacts)} contacts and {len(appointments)} planned talks look the same")
        self.contacts = list(contacts)
        self.appointments = list(appointments)

    @property
    def public_ids(self) -> list[uuid.UUID]:
        """What all of them are called."""
        return [*(one.public_id for one in self.contacts), *(one.public_id for one in self.appointments)]
