"""Whether something can be booked with somebody, asked inside the transaction that books.

Pages know what held when they were shown. What the office offers, its channels, topics and counsellors, cannot change
while the caller's transaction holds it (`seating.hold_offer`); whether somebody offers video can, and then nothing but
what is listed for them afterwards is longer by one.
"""

from __future__ import annotations

from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import StaffMember
from nahbar.people.queries import works_as_counsellor
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Topic


def require_topic_offered(*, topic: Topic) -> None:
    """Raises `Refused(TOPIC_RETIRED)`."""
    if not Topic.objects.filter(pk=topic.pk, is_active=True).exists():
        raise Refused(Reason.TOPIC_RETIRED)


def require_counselling(*, staff: StaffMember, jobcenter: JobCenter) -> None:
    """Raises `Refused(NOT_COUNSELLING)` for who holds no talks in that office any more."""
    if not works_as_counsellor(staff=staff, jobcenter=jobcenter):
        raise Refused(Reason.NOT_COUNSELLING)


def require_video_offered(*, staff: StaffMember) -> None:
    """Raises `Refused(VIDEO_NOT_OFFERED)`."""
    if not StaffMember.objects.filter(pk=staff.pk, offers_video=True).exists():
        raise Refused(Reason.VIDEO_NOT_OFFERED)
