"""What staff say about themselves, and the end of a role."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Membership, StaffMember
from nahbar.people.queries import Desk


@transaction.atomic
def offer_video(*, desk: Desk, offers: bool, now: dt.datetime) -> bool:
    """Whether the desk's staff member can be booked by video from now on, in each of their offices.

    Nobody must, and nobody asks why. What is booked stays as it is. Writes an audit row; False when it was so
    already.
    """
    changed = StaffMember.objects.filter(pk=desk.staff.pk).exclude(offers_video=offers).update(offers_video=offers)
    desk.staff.offers_video = offers
    if changed:
        record(
            action=Action.VIDEO_OFFERED if offers else Action.VIDEO_NOT_OFFERED,
            by=desk.actor,
            office=desk.jobcenter.slug,
            about=About("staff", str(desk.staff.public_id)),
            now=now,
        )
    return changed == 1


@transaction.atomic
def end_role(*, staff: StaffMember, jobcenter: JobCenter, role: Role, by: Actor, now: dt.datetime) -> bool:
    """Somebody has a role in an office no longer; False when they had not. Writes an audit row.

    Skipped: what depends on the role; for counsellors use `scheduling.retiring.retire_counsellor`.
    """
    ended, _rows = Membership.objects.filter(staff=staff, jobcenter=jobcenter, role=role).delete()
    if ended:
        about = About("staff", str(staff.public_id))
        detail = {"role": role.value}
        record(action=Action.ROLE_ENDED, by=by, office=jobcenter.slug, about=about, detail=detail, now=now)
    return ended > 0
