"""What staff say about themselves."""

from __future__ import annotations

import datetime as dt

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.people.models import StaffMember
from nahbar.people.operations import offer_video
from tests.conftest import Cast
from tests.factories import PASSWORD, make_staff


def test_nobody_offers_video_unless_they_say_so() -> None:
    assert not StaffMember(email="neu@example.org", password=PASSWORD).offers_video


def test_video_is_switched_and_audited_once(cast: Cast, now: dt.datetime) -> None:
    for offers, action in ((False, Action.VIDEO_NOT_OFFERED), (True, Action.VIDEO_OFFERED)):
        assert offer_video(desk=cast.desk, offers=offers, now=now)
        assert not offer_video(desk=cast.desk, offers=offers, now=now)
        entry = AuditEntry.objects.get(action=action)
        assert (entry.office, entry.actor_id) == ("altona", str(cast.owner.public_id))
        assert (entry.object_kind, entry.object_id) == ("staff", str(cast.owner.public_id))
        assert StaffMember.objects.get(pk=cast.owner.pk).offers_video is offers


def test_it_is_nobody_elses(cast: Cast, now: dt.datetime) -> None:
    other = make_staff(cast.office)
    offer_video(desk=cast.desk, offers=False, now=now)
    assert StaffMember.objects.get(pk=other.pk).offers_video
