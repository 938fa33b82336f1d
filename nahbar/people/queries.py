"""Who somebody is in an office, and the guarded doors to its clients."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone

from nahbar.audit.rules import Actor
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, Deputyship, Membership, StaffMember


class NotYours(PermissionDenied):
    """Missing or forbidden: the caller cannot tell which, and answers both alike."""


@dataclass(frozen=True)
class Desk:
    """A staff member at work in one office: their roles, the teams whose cases they see, whom they stand in for."""

    staff: StaffMember
    jobcenter: JobCenter
    roles: frozenset[Role]
    team_ids: frozenset[int]
    deputyships: tuple[Deputyship, ...]

    @property
    def actor(self) -> Actor:
        """How the audit log names them."""
        return Actor(kind="staff", id=str(self.staff.public_id))

    @property
    def counsels(self) -> bool:
        """Whether appointments can be theirs."""
        return Role.COUNSELLOR in self.roles

    @property
    def administers(self) -> bool:
        """Whether they set up the office."""
        return Role.ADMINISTRATOR in self.roles

    @property
    def role_names(self) -> list[str]:
        """Their roles in words, in a fixed order."""
        return [str(role.label) for role in Role if role in self.roles]


def access_desk(*, staff: StaffMember, office: str, now: dt.datetime) -> Desk:
    """The desk of `staff` in the office with slug `office`, on the day of `now`.

    Raises `NotYours` when the office does not exist or they do not work there.
    """
    memberships = list(
        Membership.objects.filter(staff=staff, jobcenter__slug=office, staff__is_active=True).select_related(
            "jobcenter"
        )
    )
    if not memberships:
        raise NotYours
    roles = frozenset(Role(membership.role) for membership in memberships)
    jobcenter = memberships[0].jobcenter
    return Desk(
        staff=staff,
        jobcenter=jobcenter,
        roles=roles,
        deputyships=_active(deputy=staff, jobcenter=jobcenter, now=now) if Role.COUNSELLOR in roles else (),
        team_ids=frozenset(membership.team_id for membership in memberships if membership.team_id),
    )


def _active(*, deputy: StaffMember, jobcenter: JobCenter, now: dt.datetime) -> tuple[Deputyship, ...]:
    today = timezone.localdate(now)
    active = Deputyship.objects.filter(deputy=deputy, jobcenter=jobcenter, first_day__lte=today, last_day__gte=today)
    return tuple(active.select_related("absent").order_by("pk"))


def works_as_counsellor(*, staff: StaffMember, jobcenter: JobCenter) -> bool:
    """Whether they hold talks in that office, and may sign in."""
    found = Membership.objects.filter(staff=staff, jobcenter=jobcenter, role=Role.COUNSELLOR, staff__is_active=True)
    return found.exists()


def colleagues_of(desk: Desk) -> QuerySet[StaffMember]:
    """The other counsellors of the desk's teams."""
    counselling = Membership.objects.filter(
        jobcenter=desk.jobcenter, team_id__in=desk.team_ids, role=Role.COUNSELLOR, staff__is_active=True
    )
    return StaffMember.objects.filter(pk__in=counselling.values("staff_id")).exclude(pk=desk.staff.pk)


def team_of(desk: Desk) -> Team:
    """The team in which the desk's staff member counsels; only for those who do."""
    theirs = {"memberships__staff": desk.staff, "memberships__role": Role.COUNSELLOR}
    return Team.objects.get(jobcenter=desk.jobcenter, **theirs)


def offices_of(staff: StaffMember) -> QuerySet[JobCenter]:
    """The offices in which somebody works."""
    return JobCenter.objects.filter(memberships__staff=staff).distinct()


def clients_of(desk: Desk) -> QuerySet[Client]:
    """The clients whose cases belong to the desk's teams."""
    return Client.objects.of(desk.jobcenter).filter(team_id__in=desk.team_ids)


def access_client(*, desk: Desk, public_id: uuid.UUID) -> Client:
    """One client of the desk's teams; raises `NotYours` for any other."""
    client = clients_of(desk).filter(public_id=public_id).select_related("jobcenter").first()
    if client is None or not (desk.roles & {Role.COUNSELLOR, Role.TEAM_LEAD}):
        raise NotYours
    return client


def hold_client(client: Client) -> None:
    """Nobody erases the person before the transaction has ended. Raises `NotYours` when somebody has."""
    if not Client.objects.select_for_update(no_key=True).filter(pk=client.pk).first():
        raise NotYours


def access_file(*, desk: Desk, public_id: uuid.UUID) -> Client:
    """One person of the office, for an administrator who answers for the person's rights; raises `NotYours` else."""
    found = Client.objects.of(desk.jobcenter).filter(public_id=public_id).select_related("jobcenter", "team").first()
    if found is None or not desk.administers:
        raise NotYours
    return found


def search_clients(*, desk: Desk, text: str, most: int = 8) -> list[Client]:
    """At most `most` clients of the desk's teams by name or customer number; none for an empty text."""
    if not text.strip() or not (desk.roles & {Role.COUNSELLOR, Role.TEAM_LEAD}):
        return []
    return list(Client.objects.of(desk.jobcenter).filter(team_id__in=desk.team_ids).matching(text)[:most])
