"""Roles that come from the groups of the single sign-on, brought up to date whenever somebody signs in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import IntegrityError, transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.accounts import AddressTaken, LastAdministrator, RoleWish, give_role, take_role
from nahbar.people.models import GroupRole, Membership, StaffMember, SuspendedMembership
from nahbar.people.queries import Desk, NotYours


def opens_an_office(groups: Collection[str]) -> bool:
    """Whether some office has a role for one of these groups."""
    return GroupRole.objects.filter(group__in=groups).exists()


@transaction.atomic
def make_account_from_groups(
    *, email: str, first_name: str, last_name: str, groups: Collection[str], now: dt.datetime
) -> StaffMember:
    """An account without a password, with the roles of its groups.

    Raises AddressTaken when somebody signs in with that address: an address that changed hands opens no account.
    Skipped: whether the groups open an office (`opens_an_office`).
    """
    if StaffMember.objects.filter(email__iexact=email).exists():
        raise AddressTaken
    try:
        with transaction.atomic():
            staff = StaffMember.objects.create_user(email, first_name=first_name, last_name=last_name)
    except IntegrityError:
        raise AddressTaken from None
    update_roles(staff=staff, groups=groups, now=now)
    return staff


@transaction.atomic
def update_roles(*, staff: StaffMember, groups: Collection[str], now: dt.datetime) -> None:
    """Gives the roles of these groups and ends those that groups gave before and give no longer. Audited.

    What people gave by hand stays, and an account that its office closed stays closed. The last administrator of an
    office keeps that role. Talks of a counsellor whose role ends stay with them until colleagues move them.
    """
    wanted = {(one.jobcenter_id, one.role): one for one in _of_groups(groups)}
    closed = set(SuspendedMembership.objects.filter(staff=staff).values_list("jobcenter_id", flat=True))
    held = list(Membership.objects.filter(staff=staff).select_related("jobcenter"))
    by_hand = {(one.jobcenter_id, one.role) for one in held if not one.from_groups}
    for key, one in wanted.items():
        if one.jobcenter_id not in closed and key not in by_hand:
            wish = RoleWish(Role(one.role), one.team)
            give_role(staff=staff, jobcenter=one.jobcenter, wish=wish, by=SYSTEM, from_groups=True, now=now)
    for membership in held:
        if membership.from_groups and (membership.jobcenter_id, membership.role) not in wanted:
            _end(membership, staff=staff, now=now)


def _of_groups(groups: Collection[str]) -> list[GroupRole]:
    # The first mapping of a role wins, in the order of the page; two teams for one role there cannot be.
    found = GroupRole.objects.filter(group__in=groups).select_related("jobcenter", "team")
    return list(reversed(found))


def _end(membership: Membership, *, staff: StaffMember, now: dt.datetime) -> None:
    try:
        with transaction.atomic():
            take_role(staff=staff, jobcenter=membership.jobcenter, role=Role(membership.role), by=SYSTEM, now=now)
    except LastAdministrator:
        pass  # an office nobody can set up helps nobody


@transaction.atomic
def map_group(*, desk: Desk, group: str, role: Role, team: Team | None, now: dt.datetime) -> None:
    """From their next sign-in on, whoever is in the group has the role; mapped again, the team is another."""
    GroupRole.objects.update_or_create(jobcenter=desk.jobcenter, group=group, role=role, defaults={"team": team})
    _note(desk.jobcenter, desk=desk, role=role.value, now=now)


@transaction.atomic
def unmap_group(*, desk: Desk, pk: int, now: dt.datetime) -> None:
    """The group gives the role no longer, which ends with the next sign-in; raises NotYours for another office's."""
    found = GroupRole.objects.filter(jobcenter=desk.jobcenter, pk=pk).first()
    if found is None:
        raise NotYours
    found.delete()
    _note(desk.jobcenter, desk=desk, role=found.role, now=now)


def _note(jobcenter: JobCenter, *, desk: Desk, role: str, now: dt.datetime) -> None:
    about = About("jobcenter", str(jobcenter.pk))
    record(
        action=Action.GROUP_ROLES_SET, by=desk.actor, office=jobcenter.slug, about=about, detail={"role": role}, now=now
    )
