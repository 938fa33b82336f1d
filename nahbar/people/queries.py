"""Who somebody is in an office, and the guarded doors to its clients."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action, Actor
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.models import (
    Client,
    ClientLook,
    Deputyship,
    Membership,
    StaffMember,
)
from nahbar.people.registry import also_known
from nahbar.people.rules import Language, LookReason

# Recovery codes alone are none: they are for whoever lost one of these.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
SEES_CASES = {Role.COUNSELLOR, Role.TEAM_LEAD}


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
    # The moment of the request: what was opened for the rest of a day is asked by it.
    at: dt.datetime
    # Some office of theirs asks for a second factor, and they have none.
    lacks_factor: bool = False

    @property
    def actor(self) -> Actor:
        """How the audit log names them."""
        return Actor(kind="staff", id=str(self.staff.public_id))

    @property
    def counsels(self) -> bool:
        """Whether appointments can be theirs."""
        return Role.COUNSELLOR in self.roles

    @property
    def sees_cases(self) -> bool:
        """Whether pages about clients are theirs at all."""
        return bool(self.roles & SEES_CASES)

    @property
    def leads(self) -> bool:
        """Whether they lead a team."""
        return Role.TEAM_LEAD in self.roles

    @property
    def administers(self) -> bool:
        """Whether they set up the office."""
        return Role.ADMINISTRATOR in self.roles

    @property
    def overviews(self) -> bool:
        """Whether they have a page with what others do."""
        return bool(self.roles & {Role.GUIDE, Role.TEAM_LEAD})

    @property
    def sees_figures(self) -> bool:
        """Whether the office's figures are theirs."""
        return bool(self.roles & {Role.TEAM_LEAD, Role.CONTROLLING})

    @property
    def role_names(self) -> list[str]:
        """Their roles in words, in a fixed order."""
        return [str(role.label) for role in Role if role in self.roles]


def access_desk(*, staff: StaffMember, office: str, now: dt.datetime) -> Desk:
    """The desk of `staff` in the office with slug `office`, on the day of `now`.

    Raises `NotYours` when the office does not exist or they do not work there. A closed one has no desks but its
    administrators'.
    """
    memberships = list(
        Membership.objects.filter(staff=staff, jobcenter__slug=office, staff__is_active=True)
        .select_related("jobcenter")
        .annotate(lacks_factor=_lacks_factor(staff))
    )
    memberships = [one for one in memberships if one.jobcenter.is_active or one.role == Role.ADMINISTRATOR]
    if not memberships:
        raise NotYours
    roles = frozenset(Role(membership.role) for membership in memberships)
    jobcenter = memberships[0].jobcenter
    return Desk(
        staff=staff,
        jobcenter=jobcenter,
        roles=roles,
        deputyships=_active(deputy=staff, jobcenter=jobcenter, now=now) if Role.COUNSELLOR in roles else (),
        lacks_factor=memberships[0].lacks_factor,
        team_ids=frozenset(membership.team_id for membership in memberships if membership.team_id),
        at=now,
    )


def _lacks_factor(staff: StaffMember) -> Q:
    asked = Membership.objects.filter(staff=staff, jobcenter__requires_second_factor=True)
    has = Authenticator.objects.filter(user=staff, type__in=FACTORS)
    return Exists(asked) & ~Exists(has)


def needs_factor(staff: StaffMember) -> bool:
    """Whether some office of theirs asks for a second factor."""
    return Membership.objects.filter(staff=staff, jobcenter__requires_second_factor=True).exists()


def lacks_factor(staff: StaffMember) -> bool:
    """Whether some office of theirs asks for a second factor, and they have none."""
    return StaffMember.objects.filter(_lacks_factor(staff), pk=staff.pk).exists()


def other_administrators(*, jobcenter: JobCenter, staff: StaffMember) -> QuerySet[Membership]:
    """Who else administers an office and has a way to sign in."""
    has_password = ~Q(staff__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    has_identity = Exists(SocialAccount.objects.filter(user=OuterRef("staff")))
    others = Membership.objects.filter(jobcenter=jobcenter, role=Role.ADMINISTRATOR, staff__is_active=True)
    return others.filter(has_password | has_identity).exclude(staff=staff)


def _active(*, deputy: StaffMember, jobcenter: JobCenter, now: dt.datetime) -> tuple[Deputyship, ...]:
    today = timezone.localdate(now)
    active = Deputyship.objects.filter(deputy=deputy, jobcenter=jobcenter, first_day__lte=today, last_day__gte=today)
    return tuple(active.select_related("absent").order_by("pk"))


def works_as_counsellor(*, staff: StaffMember, jobcenter: JobCenter) -> bool:
    """Whether they hold talks in that office, which is not closed, and may sign in."""
    found = Membership.objects.filter(staff=staff, jobcenter=jobcenter, role=Role.COUNSELLOR, staff__is_active=True)
    return found.filter(jobcenter__is_active=True).exists()


def colleagues_of(desk: Desk) -> QuerySet[StaffMember]:
    """The other counsellors of the desk's teams."""
    counselling = Membership.objects.filter(
        jobcenter=desk.jobcenter, team_id__in=desk.team_ids, role=Role.COUNSELLOR, staff__is_active=True
    )
    return StaffMember.objects.filter(pk__in=counselling.values("staff_id")).exclude(pk=desk.staff.pk)


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Names of staff by the ids that actors have."""
    return {str(one.public_id): one.full_name for one in StaffMember.objects.filter(public_id__in=set(ids))}


def team_of(desk: Desk) -> Team:
    """The team in which the desk's staff member counsels; only for those who do."""
    theirs = {"memberships__staff": desk.staff, "memberships__role": Role.COUNSELLOR}
    return Team.objects.get(jobcenter=desk.jobcenter, **theirs)


def offices_of(staff: StaffMember) -> QuerySet[JobCenter]:
    """The offices in which somebody has a desk, closed ones last."""
    has_desk = Q(is_active=True) | Q(memberships__role=Role.ADMINISTRATOR)
    return JobCenter.objects.filter(has_desk, memberships__staff=staff).order_by("-is_active", "name").distinct()


def language_of(client: Client) -> Language:
    """In which language they are written to: their own where the office offers it, else German."""
    language = Language(client.language)
    return language if language in languages_of(client.jobcenter) else Language.GERMAN


def languages_of(jobcenter: JobCenter) -> list[Language]:
    """The languages an office offers; German always is one."""
    return [one for one in Language if one is not Language.PLAIN_GERMAN or jobcenter.offers_plain_german]


def clients_of(desk: Desk) -> QuerySet[Client]:
    """The clients whose cases belong to the desk's teams."""
    return Client.objects.of(desk.jobcenter).filter(team_id__in=desk.team_ids)


def known_clients(desk: Desk) -> QuerySet[Client]:
    """Whom the desk needs to know: clients of its teams, and those of the appointments it stands in for."""
    office = Client.objects.of(desk.jobcenter)
    return office.filter(_is_known(desk)) if desk.sees_cases else office.none()


def other_clients(desk: Desk) -> QuerySet[Client]:
    """The office's clients whom the desk need not know; none for guides and administrators."""
    office = Client.objects.of(desk.jobcenter)
    return office.exclude(_is_known(desk)) if desk.sees_cases else office.none()


def _is_known(desk: Desk) -> Q:
    known = Q(team_id__in=desk.team_ids)
    for more in also_known(desk):
        known |= Q(pk__in=more.values("pk"))
    return known


def open_looks(desk: Desk) -> QuerySet[ClientLook]:
    """The looks for which the desk's staff member gave a reason today."""
    opened = ClientLook.objects.filter(staff=desk.staff, until__gt=desk.at)
    return opened if desk.sees_cases else opened.none()


def access_client(*, desk: Desk, public_id: uuid.UUID) -> Client:
    """One client the desk needs to know, or gave a reason for today; raises `NotYours` for any other."""
    named = {"public_id": public_id, "jobcenter": desk.jobcenter}
    known = known_clients(desk).filter(**named).select_related("jobcenter", "team").first()
    if known is not None:
        return known
    opened = Client.objects.filter(**named, pk__in=open_looks(desk).values("client_id"))
    client = opened.select_related("jobcenter", "team").first()
    if client is None:
        raise NotYours
    return client


def access_door(*, desk: Desk, public_id: uuid.UUID) -> Client:
    """A client of the office for whom the desk may give a reason; raises `NotYours` for everybody else's.

    Of this client a page may tell only what is needed to recognise them.
    """
    if not desk.sees_cases:
        raise NotYours
    client = Client.objects.of(desk.jobcenter).filter(public_id=public_id).select_related("jobcenter", "team").first()
    if client is None:
        raise NotYours
    return client


def needs_reason(*, desk: Desk, client: Client) -> bool:
    """Whether the desk sees the client only by a reason given today."""
    return not known_clients(desk).filter(pk=client.pk).exists()


def may_move(*, desk: Desk, client: Client) -> bool:
    """Whether the desk may give the client to another team: whom it knows, and whom it opened to be handed over.

    Any other reason ends with the day, and so must what it allows.
    """
    if not needs_reason(desk=desk, client=client):
        return True
    return open_looks(desk).filter(client=client, reason=LookReason.HAND_OVER).exists()


def looks_at(client: Client) -> QuerySet[ClientLook]:
    """Who opened the record for a reason, the latest first."""
    return client.looks.select_related("staff")


def looks_for_lead(desk: Desk) -> QuerySet[ClientLook]:
    """The looks at clients of the teams that the desk leads; none for everybody else."""
    looks = ClientLook.objects.select_related("staff", "client__team")
    led = Membership.objects.filter(staff=desk.staff, jobcenter=desk.jobcenter, role=Role.TEAM_LEAD)
    return looks.filter(client__jobcenter=desk.jobcenter, client__team_id__in=led.values("team_id"))


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


def merged_into(client: Client) -> set[str]:
    """Public ids of the records that became one with this one, however many after another; the audit log knows."""
    found: set[str] = set()
    asked = {str(client.public_id)}
    while asked:
        merges = AuditEntry.objects.filter(
            action=Action.CLIENTS_MERGED, object_kind="client", object_id__in=asked, detail__has_key="double"
        )
        asked = set(merges.values_list("detail__double", flat=True)) - found
        found |= asked
    return found
