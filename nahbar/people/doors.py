"""The guarded doors to what an administrator sets up, and how many people depend on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from nahbar.jobcenters.models import Place, Site, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, Deputyship, Membership, StaffMember
from nahbar.people.queries import Desk, NotYours


def require_administrator(desk: Desk) -> None:
    """Raises `NotYours` for everybody else."""
    if not desk.administers:
        raise NotYours


def access_site(*, desk: Desk, site: int) -> Site:
    """A site of the desk's office, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = Site.objects.filter(jobcenter=desk.jobcenter, pk=site).select_related("jobcenter").first()
    if found is None:
        raise NotYours
    return found


def access_living_place(*, desk: Desk, place: int) -> Place:
    """A place where people of the desk's office live, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = Place.objects.filter(jobcenter=desk.jobcenter, pk=place).select_related("jobcenter").first()
    if found is None:
        raise NotYours
    return found


def access_team(*, desk: Desk, team: int) -> Team:
    """A team of the desk's office, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = Team.objects.filter(jobcenter=desk.jobcenter, pk=team).select_related("jobcenter", "site").first()
    if found is None:
        raise NotYours
    return found


def access_deputyship(*, desk: Desk, deputyship: int) -> Deputyship:
    """A deputyship of the desk's office, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = Deputyship.objects.filter(jobcenter=desk.jobcenter, pk=deputyship).first()
    if found is None:
        raise NotYours
    return found


def sites_of(desk: Desk) -> QuerySet[Site]:
    """The office's sites, retired ones last, with `works`: how many teams work there."""
    counted = Site.objects.filter(jobcenter=desk.jobcenter).annotate(
        works=Count("teams", filter=Q(teams__is_active=True))
    )
    return counted.order_by("-is_active", "name")


def living_places_of(desk: Desk) -> QuerySet[Place]:
    """Where people of the desk's office live, retired places last, with `lives`: how many of them."""
    counted = Place.objects.filter(jobcenter=desk.jobcenter).annotate(lives=Count("clients"))
    return counted.order_by("-is_active", "name")


def living_in(places: Iterable[Place]) -> int:
    """How many people live in these places."""
    return Client.objects.filter(place__in=list(places)).count()


def teams_of(desk: Desk) -> QuerySet[Team]:
    """The office's teams with their sites, those that are no more last."""
    return Team.objects.filter(jobcenter=desk.jobcenter).select_related("site").order_by("-is_active", "name")


def staff_by_team(desk: Desk) -> dict[int, int]:
    """How many people work in each team."""
    rows = Membership.objects.filter(jobcenter=desk.jobcenter, team__isnull=False).values_list("team_id")
    return dict(rows.annotate(n=Count("staff_id", distinct=True)))


def clients_by_team(desk: Desk) -> dict[int, int]:
    """How many clients belong to each team."""
    return dict(Client.objects.of(desk.jobcenter).order_by().values_list("team_id").annotate(n=Count("pk")))


def counsellors_of(desk: Desk) -> QuerySet[StaffMember]:
    """Who holds talks in the desk's office."""
    counselling = Membership.objects.filter(jobcenter=desk.jobcenter, role=Role.COUNSELLOR)
    return StaffMember.objects.filter(is_active=True, pk__in=counselling.values("staff_id"))


def deputyships_of(*, desk: Desk, day: dt.date) -> QuerySet[Deputyship]:
    """The office's deputyships that are not over on `day`, earliest first."""
    found = Deputyship.objects.filter(jobcenter=desk.jobcenter, last_day__gte=day).select_related("absent", "deputy")
    return found.order_by("first_day", "absent__last_name", "pk")
