"""The end of a team: what hangs on it, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import ProtectedError, Q

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import Team
from nahbar.jobcenters.operations import make_inactive
from nahbar.people.models import Client, GroupRole, Membership, StaffMember, SuspendedMembership
from nahbar.scheduling.models import Meeting
from nahbar.scheduling.offered import to_come
from nahbar.scheduling.seating import hold_offer


@dataclass(frozen=True)
class Hanging:
    """What a team still has: its people, closed accounts too, and how many clients, appointments and meetings to come.

    And how many groups of the single sign-on bring somebody into it.
    """

    staff: list[StaffMember]
    clients: int
    appointments: int
    meetings: int
    groups: int

    def __bool__(self) -> bool:
        return bool(self.staff or self.clients or self.appointments or self.meetings or self.groups)


class TeamInUse(Exception):
    """Nothing was changed: `hanging` must find another team first."""

    def __init__(self, hanging: Hanging) -> None:
        super().__init__("a team in use")
        self.hanging = hanging


def what_hangs_on(*, team: Team, now: dt.datetime) -> Hanging:
    """What keeps a team from being removed; five queries."""
    members = Membership.objects.filter(team=team).values("staff_id")
    # Whoever gets their account back would get the team back.
    closed = SuspendedMembership.objects.filter(team=team).values("staff_id")
    coming = Meeting.objects.filter(team=team, is_cancelled=False, ends_at__gt=now)
    return Hanging(
        staff=list(StaffMember.objects.filter(Q(pk__in=members) | Q(pk__in=closed))),
        clients=Client.objects.filter(team=team).count(),
        appointments=to_come(jobcenter=team.jobcenter, now=now).filter(team=team).count(),
        meetings=coming.count(),
        groups=GroupRole.objects.filter(team=team).count(),
    )


@transaction.atomic
def remove_team(*, team: Team, by: Actor, now: dt.datetime) -> bool:
    """The team is no more; one with a past stays readable. False when it was removed already.

    Raises `TeamInUse` while anything hangs on it; nothing is then changed.
    """
    hold_offer(jobcenter=team.jobcenter, alone=True)
    hanging = what_hangs_on(team=team, now=now)
    if hanging:
        raise TeamInUse(hanging)
    removed = make_inactive(Team.objects.filter(pk=team.pk), jobcenter=team.jobcenter)
    if removed:
        _delete_where_nothing_was(team)
        about = About("team", str(team.pk))
        record(action=Action.TEAM_REMOVED, by=by, office=team.jobcenter.slug, about=about, now=now)
    return removed


def _delete_where_nothing_was(team: Team) -> None:
    try:
        Team.objects.filter(pk=team.pk).delete()
    except ProtectedError:
        return
