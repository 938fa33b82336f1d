"""Who works in an office, as its administrators see them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.models import AccountLink, Membership, StaffMember, SuspendedMembership
from nahbar.people.queries import FACTORS, Desk, NotYours
from nahbar.people.rules import LinkPurpose


class Standing(StrEnum):
    """Where an account stands in one office."""

    ACTIVE = "active"
    INVITED = "invited"
    CLOSED = "closed"


@dataclass(frozen=True)
class Colleague:
    """One line of the list."""

    staff: StaffMember
    standing: Standing
    memberships: Sequence[Membership | SuspendedMembership]
    has_factor: bool
    signs_on: bool

    @property
    def role_names(self) -> list[str]:
        """Their roles in words, each with its team."""
        held = {Role(one.role): one.team for one in self.memberships}
        return [f"{role.label}, {held[role]}" if held[role] else str(role.label) for role in Role if role in held]


def colleagues_in(jobcenter: JobCenter, *, public_id: uuid.UUID | None = None) -> list[Colleague]:
    """Everybody who works in an office, was invited, or whose account it closed; by name, in five queries."""
    one = {"staff__public_id": public_id} if public_id else {}
    of_office = {"jobcenter": jobcenter, **one}
    held = list(Membership.objects.filter(**of_office).select_related("staff", "team"))
    closed = list(SuspendedMembership.objects.filter(**of_office).select_related("staff", "team"))
    rows: dict[int, list[Membership | SuspendedMembership]] = {}
    both: list[Membership | SuspendedMembership] = [*held, *closed]
    for membership in both:
        rows.setdefault(membership.staff_id, []).append(membership)
    working = {membership.staff_id for membership in held}
    invited = _of(AccountLink.objects.filter(purpose=LinkPurpose.INVITATION, used_at=None, staff__in=rows), "staff_id")
    protected = _of(Authenticator.objects.filter(type__in=FACTORS, user__in=rows), "user_id")
    signing_on = _of(SocialAccount.objects.filter(user__in=rows), "user_id")
    found = [
        Colleague(
            staff=memberships[0].staff,
            standing=_standing(pk, working=working, invited=invited),
            memberships=memberships,
            has_factor=pk in protected,
            signs_on=pk in signing_on,
        )
        for pk, memberships in rows.items()
    ]
    return sorted(found, key=lambda row: (row.staff.last_name, row.staff.first_name, row.staff.pk))


def _standing(pk: int, *, working: set[int], invited: set[int]) -> Standing:
    if pk not in working:
        return Standing.CLOSED
    return Standing.INVITED if pk in invited else Standing.ACTIVE


def _of(rows: QuerySet[Any], field: str) -> set[int]:
    return set(rows.values_list(field, flat=True))


def access_colleague(*, desk: Desk, public_id: uuid.UUID) -> Colleague:
    """Somebody of the desk's office; raises NotYours for anybody else, and for who does not administer it."""
    found = colleagues_in(desk.jobcenter, public_id=public_id)
    if not found or not desk.administers:
        raise NotYours
    return found[0]
