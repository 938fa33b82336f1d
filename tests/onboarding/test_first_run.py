"""The first office: who may found it, what it gets, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from nahbar.audit.models import AuditEntry
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode, Role
from nahbar.onboarding.first_run import (
    Administrator,
    AlreadyFounded,
    Office,
    Taken,
    code_matches,
    found_another_office,
    found_first_office,
    found_office,
    is_needed,
    setup_code,
)
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import AccountLink, StaffMember
from nahbar.scheduling.queries import topics_of
from tests.factories import PASSWORD, make_office, make_staff

pytestmark = pytest.mark.django_db

OFFICE = Office(
    name="Jobcenter Westheide",
    slug="westheide",
    phone="+494066969100",
    phone_display="040 66969-100",
    email="",
    team="Team 1",
    topic="Beratungsgespräch",
    channels=3,
)
NOBODY_YET = Administrator(first_name="Uwe", last_name="Haase", email="uwe.haase@example.org", password=None)
UWE = Administrator(first_name="Uwe", last_name="Haase", email="Uwe.Haase@example.org", password=PASSWORD)


def test_first_office_has_what_a_talk_needs(now: dt.datetime) -> None:
    staff = found_first_office(office=OFFICE, administrator=UWE, now=now)
    office = JobCenter.objects.get()
    assert [team.name for team in office.teams.all()] == ["Team 1"]
    assert [(topic.name, topic.modes) for topic in topics_of(office)] == [
        ("Beratungsgespräch", [Mode.VIDEO, Mode.TELEPHONE, Mode.ON_SITE])
    ]
    assert [(one.number, one.is_active) for one in office.channels.order_by("number")] == [
        (1, True),
        (2, True),
        (3, True),
    ]
    assert [(one.role, one.team) for one in staff.memberships.all()] == [(Role.ADMINISTRATOR, None)]
    assert (staff.email, staff.check_password(PASSWORD)) == ("uwe.haase@example.org", True)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "object_kind")) == [
        ("office_founded", "office"),
        ("role_given", "staff"),
    ]


def test_second_first_office_is_refused(now: dt.datetime) -> None:
    make_office("altona")
    with pytest.raises(AlreadyFounded):
        found_first_office(office=OFFICE, administrator=UWE, now=now)
    assert not is_needed()
    assert not StaffMember.objects.exists()


def test_short_name_of_another_office_is_refused_and_leaves_nothing(now: dt.datetime) -> None:
    make_office("westheide")
    with pytest.raises(Taken, match="slug"):
        found_office(office=OFFICE, administrator=UWE, now=now)
    assert not StaffMember.objects.exists()


def test_account_of_another_office_gets_the_role_and_keeps_its_password(now: dt.datetime) -> None:
    known = make_staff(make_office("altona"), email="uwe.haase@example.org")
    other = Administrator(
        first_name="Nicht", last_name="Er", email="UWE.HAASE@example.org", password="etwas ganz anderes"
    )
    staff = found_office(office=OFFICE, administrator=other, now=now)
    assert staff == known
    assert staff.check_password(PASSWORD)
    assert sorted(staff.memberships.values_list("jobcenter__slug", "role")) == [
        ("altona", "counsellor"),
        ("westheide", "administrator"),
    ]


def test_account_that_is_switched_off_does_not_come_back_this_way(now: dt.datetime) -> None:
    make_staff(make_office("altona"), email="uwe.haase@example.org", is_active=False)
    with pytest.raises(Taken, match="email"):
        found_office(office=OFFICE, administrator=UWE, now=now)
    assert [office.slug for office in JobCenter.objects.all()] == ["altona"]


def test_nonsense_is_refused(now: dt.datetime) -> None:
    wrong = Office(**{**OFFICE.__dict__, "slug": "mit leerzeichen"})
    with pytest.raises(ValidationError):
        found_office(office=wrong, administrator=UWE, now=now)


@pytest.mark.parametrize(
    "change", [str, str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("O", "0")]
)
def test_code_is_known_however_it_is_typed(change: Callable[[str], str]) -> None:
    assert code_matches(change(setup_code()))


def test_code_of_another_installation_does_not_match(settings: Any) -> None:
    here = setup_code()
    settings.SECRET_KEY = "another " * 10
    assert not code_matches(here)
    assert not code_matches("")


def test_another_offices_administrator_is_invited(now: dt.datetime) -> None:
    make_office("altona")
    staff = found_another_office(office=OFFICE, administrator=NOBODY_YET, now=now)
    link = AccountLink.objects.get(staff=staff)
    assert (link.purpose, link.jobcenter.slug if link.jobcenter else "") == ("invitation", "westheide")
    assert not staff.has_usable_password()
    assert list(OutboxMessage.objects.values_list("template", flat=True)) == ["account_invitation"]


def test_administrator_with_an_account_is_told(now: dt.datetime) -> None:
    make_staff(make_office("altona"), email="uwe.haase@example.org")
    found_another_office(office=OFFICE, administrator=NOBODY_YET, now=now)
    assert not AccountLink.objects.exists()
    assert list(OutboxMessage.objects.values_list("template", flat=True)) == ["account_news"]


@pytest.mark.parametrize(("slug", "says"), [("altona", "An office has this short name"), ("Alt ona", "Bitte")])
def test_command_says_what_to_change(slug: str, says: str) -> None:
    make_office("altona")
    told = {"name": "Jobcenter", "phone": "+494066969100", "administrator": "a@example.org"}
    with pytest.raises(CommandError, match=says):
        call_command("new_office", slug=slug, first_name="A", last_name="B", **told)
    assert JobCenter.objects.count() == 1


def test_command_founds_an_office() -> None:
    told = {"name": "Jobcenter", "phone": "+494066969100", "administrator": "a@example.org"}
    call_command("new_office", slug="neu", first_name="A", last_name="B", stdout=StringIO(), **told)
    assert [(office.slug, office.channels.count()) for office in JobCenter.objects.all()] == [("neu", 2)]
