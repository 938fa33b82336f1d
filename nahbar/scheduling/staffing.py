"""A change of roles, which for counsellors asks what they still hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from nahbar.jobcenters.rules import Role
from nahbar.people.accounts import RoleWish, give_role, take_role
from nahbar.people.models import Membership, StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.retiring import retire_counsellor


@transaction.atomic
def change_roles(*, desk: Desk, staff: StaffMember, wishes: Collection[RoleWish], now: dt.datetime) -> None:
    """Exactly these roles in the desk's office from now on; audited one by one. What stays as it is, groups still end.

    Raises HasFuture while somebody who is to be counsellor no longer still holds something there, and
    LastAdministrator; nothing is then changed. Skipped: whether there is a role at all (forms ask for one).
    """
    wanted = {wish.role for wish in wishes}
    office, by = desk.jobcenter, desk.actor
    held = {Role(one.role): one.team_id for one in Membership.objects.filter(staff=staff, jobcenter=office)}
    for role in held:
        if role in wanted:
            continue
        if role == Role.COUNSELLOR:
            retire_counsellor(staff=staff, jobcenter=office, by=by, now=now)
        else:
            take_role(staff=staff, jobcenter=office, role=role, by=by, now=now)
    for wish in wishes:
        if wish.role not in held or held[wish.role] != (wish.team.pk if wish.team else None):
            give_role(staff=staff, jobcenter=office, wish=wish, by=by, now=now)
