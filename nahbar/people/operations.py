"""What staff say about themselves, the end of a role, and what an office sets about its people's files."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import FILE_YEARS, Role
from nahbar.people.models import Client, Membership, StaffMember
from nahbar.people.queries import Desk, NotYours
from nahbar.people.search import find_numbered


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


@transaction.atomic
def find_file(*, desk: Desk, number: str, now: dt.datetime) -> Client | None:
    """The person with this customer number, whole, in the desk's office; that it was opened is audited. None else.

    Also by a number that was merged into the record. Raises `NotYours` for whoever is no administrator.
    """
    if not desk.administers:
        raise NotYours
    client = find_numbered(jobcenter=desk.jobcenter, number=number)
    if client is not None:
        about = About("client", str(client.public_id))
        record(action=Action.PERSON_FOUND, by=desk.actor, office=desk.jobcenter.slug, about=about, now=now)
    return client


@transaction.atomic
def set_file_years(*, desk: Desk, years: int, now: dt.datetime) -> bool:
    """How long the office keeps files after the last contact; False when it was so already. Audited.

    Raises ValueError for a period the law does not allow: the form says so in words.
    """
    if not FILE_YEARS[0] <= years <= FILE_YEARS[1]:
        raise ValueError("outside FILE_YEARS")
    changed = JobCenter.objects.filter(pk=desk.jobcenter.pk).exclude(file_years=years).update(file_years=years)
    if changed:
        about, detail = About("jobcenter", desk.jobcenter.slug), {"years": years}
        record(
            action=Action.RETENTION_SET, by=desk.actor, office=desk.jobcenter.slug, about=about, detail=detail, now=now
        )
    return changed == 1
