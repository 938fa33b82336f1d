"""What staff say about themselves, and the end of a role."""

from __future__ import annotations

import datetime as dt

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.jobcenters.rules import Role
from nahbar.people.models import StaffMember
from nahbar.people.operations import end_role, offer_video
from tests.conftest import Cast
from tests.factories import PASSWORD, desk_of, join_office, make_staff


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


def test_one_role_ends_and_the_others_stay(cast: Cast, now: dt.datetime) -> None:
    join_office(cast.owner, cast.office, Role.GUIDE)
    join_office(cast.owner, cast.other_office)
    for ended in (True, False):
        assert ended is end_role(staff=cast.owner, jobcenter=cast.office, role=Role.COUNSELLOR, by=SYSTEM, now=now)
    assert desk_of(cast.owner, cast.office).roles == {Role.GUIDE}
    assert desk_of(cast.owner, cast.other_office).counsels
    assert AuditEntry.objects.filter(action=Action.ROLE_ENDED).count() == 1
