"""What is audited, by whom and about what; and what an entry may never carry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from django.db.models import TextChoices

ActorKind = Literal["staff", "client", "system", "anonymous"]
ACTOR_KINDS: list[str] = list(get_args(ActorKind))
Scalar = str | int | bool | None

# Longer than any dispute about an appointment, shorter than a person's file.
AUDIT_PERIOD = timedelta(days=3 * 365)

# A code, an id, a time of day: no spaces and no "@", so that neither a full name nor an
# address fits, and too short for a signed token.
_CODE = re.compile(r"[A-Za-z0-9_.:+/-]{0,40}")


class Action(TextChoices):
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    DENIED = "denied"
    STAFF_INVITED = "staff_invited"
    STAFF_LINK_ISSUED = "staff_link_issued"
    STAFF_LINK_USED = "staff_link_used"
    ROLE_GIVEN = "role_given"
    ACCESS_ENDED = "access_ended"
    ACCESS_RESTORED = "access_restored"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_RESET = "factor_reset"
    FACTOR_FAILED = "factor_failed"
    FACTOR_POLICY = "factor_policy"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    IDENTITY_REFUSED = "identity_refused"
    GROUP_ROLES_SET = "group_roles_set"
    SESSION_ENDED = "session_ended"

    APPOINTMENT_BOOKED = "appointment_booked"
    MOVED = "moved"
    MODE_CHANGED = "mode_changed"
    TAKEN_OVER = "taken_over"
    CANCELLED = "cancelled"
    OUTCOME = "outcome"
    OUTCOME_CORRECTED = "outcome_corrected"
    UNDONE = "undone"
    MEETING_BOOKED = "meeting_booked"

    INVITATION_ISSUED = "invitation_issued"
    REISSUED = "reissued"
    LINK_OPENED = "link_opened"
    PROOF_PASSED = "proof_passed"
    PROOF_FAILED = "proof_failed"
    UNLOCKED = "unlocked"

    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"

    WAITING = "waiting"
    ADMITTED = "admitted"
    EJECTED = "ejected"
    DEVICE_ASKED = "device_asked"
    DEVICE_CHANGED = "device_changed"
    DEVICE_REFUSED = "device_refused"
    SECOND_DEVICE_JOINED = "second_device_joined"
    SECOND_DEVICE_LEFT = "second_device_left"
    CALL_STARTED = "call_started"
    CALL_ENDED = "call_ended"

    MESSAGE_RETRIED = "message_retried"
    MESSAGE_SETTLED = "message_settled"
    VIDEO_OFFERED = "video_offered"
    VIDEO_NOT_OFFERED = "video_not_offered"
    CHANNEL_RETIRED = "channel_retired"
    TOPIC_RETIRED = "topic_retired"
    ROLE_ENDED = "role_ended"
    OFFICE_FOUNDED = "office_founded"
    CALENDAR_FEED_MADE = "calendar_feed_made"
    CALENDAR_FEED_ENDED = "calendar_feed_ended"
    TEXT_DRAFTED = "text_drafted"
    TEXT_DRAFT_DROPPED = "text_draft_dropped"
    TEXT_PUBLISHED = "text_published"
    BARRIER_REPORTED = "barrier_reported"
    OFFICE_CHANGED = "office_changed"
    OFFICE_CLOSED = "office_closed"
    OFFICE_REOPENED = "office_reopened"
    SITE_ADDED = "site_added"
    SITE_CHANGED = "site_changed"
    SITE_RETIRED = "site_retired"
    SITE_RETURNED = "site_returned"
    TEAM_ADDED = "team_added"
    TEAM_CHANGED = "team_changed"
    TEAM_REMOVED = "team_removed"
    TEAM_RETURNED = "team_returned"
    TOPIC_ADDED = "topic_added"
    TOPIC_CHANGED = "topic_changed"
    TOPIC_RETURNED = "topic_returned"
    CHANNEL_ADDED = "channel_added"
    CHANNEL_RETURNED = "channel_returned"
    HOURS_CHANGED = "hours_changed"
    HOLIDAY_ADDED = "holiday_added"
    HOLIDAY_REMOVED = "holiday_removed"
    DEPUTY_ADDED = "deputy_added"
    DEPUTY_ENDED = "deputy_ended"
    CLIENT_CREATED = "client_created"
    CLIENT_CHANGED = "client_changed"
    CLIENT_DOOR_SHOWN = "client_door_shown"
    CLIENT_OPENED = "client_opened"
    CLIENTS_MERGED = "clients_merged"
    CLIENTS_PREVIEWED = "clients_previewed"
    CLIENTS_IMPORTED = "clients_imported"
    IMPORT_UNDONE = "import_undone"
    IMPORT_DISCARDED = "import_discarded"
    PERSON_FOUND = "person_found"
    HOLD_SET = "hold_set"
    HOLD_RELEASED = "hold_released"
    RETENTION_SET = "retention_set"
    RETENTION_TRIED = "retention_tried"
    FIGURES_FROZEN = "figures_frozen"
    CONTACT_ENTERED = "contact_entered"
    CONTACT_REMOVED = "contact_removed"
    CONTACT_MARKED = "contact_marked"
    CONTACT_TYPE_ADDED = "contact_type_added"
    CONTACT_TYPE_CHANGED = "contact_type_changed"
    CONTACT_TYPE_RETIRED = "contact_type_retired"
    CONTACT_TYPE_RETURNED = "contact_type_returned"
    PLACE_ADDED = "place_added"
    PLACES_LISTED = "places_listed"
    PLACE_CHANGED = "place_changed"
    PLACE_RETIRED = "place_retired"
    PLACE_RETURNED = "place_returned"
    EXPORTED = "exported"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acted; `id` is a primary or public id, never a name."""

    kind: ActorKind
    id: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What was acted upon, by kind ("appointment") and id."""

    kind: str
    id: str


SYSTEM = Actor("system")
ANONYMOUS = Actor("anonymous")


def checked_detail(detail: Mapping[str, Scalar] | None) -> dict[str, Scalar]:
    """The detail as it may be stored; ValueError for anything that is not a plain code."""
    checked = dict(detail or {})
    for key, value in checked.items():
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ValueError(f"audit detail {key!r} must be a code, not free text")
        if not isinstance(value, str | int | None):
            raise ValueError(f"audit detail {key!r} must be a scalar")  # noqa: TRY004  one error for both
    return checked
