"""The set-up's pages about staff: one list, effects said before saving, and nobody elses's people."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.models import AccountLink, GroupRole, Membership, StaffMember
from tests.conftest import Cast
from tests.factories import PASSWORD, as_staff, join_office, make_staff


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The administrator's browser."""
    return as_staff(client, cast.administrator)


def _page(name: str, *args: object) -> str:
    return reverse(name, args=["altona", *args])


def _roles(staff: StaffMember) -> set[str]:
    return set(Membership.objects.filter(staff=staff, jobcenter__slug="altona").values_list("role", flat=True))


def _team(cast: Cast) -> int:
    return int(cast.office.teams.get(name="Team 1").pk)


@pytest.mark.parametrize("more", [1, 3, 40])
def test_the_list_asks_as_often_however_many_there_are(
    cast: Cast, desk: Browser, django_assert_max_num_queries: Any, more: int
) -> None:
    for _one in range(more):
        join_office(make_staff(cast.office), cast.office, Role.GUIDE)
    desk.get(_page("office_staff"))

    with django_assert_max_num_queries(14):
        page = desk.get(_page("office_staff"))

    [working, invited, closed] = [people for _title, people in page.context["groups"]]
    assert (len(working), len(invited), len(closed)) == (6 + more, 0, 0)


def test_somebody_is_invited_from_the_form(cast: Cast, desk: Browser) -> None:
    person = {"email": "kim@example.org", "salutation": "none", "first_name": "Kim", "last_name": "Albers"}
    without = desk.post(_page("staff_invite"), person)
    no_team = desk.post(_page("staff_invite"), {**person, "role_counsellor": "on"})
    desk.post(_page("staff_invite"), {**person, "role_counsellor": "on", "team_counsellor": _team(cast)})

    assert (without.status_code, no_team.status_code) == (422, 422)
    assert "mindestens eine Rolle" in without.content.decode()
    assert 'value="kim@example.org"' in no_team.content.decode()
    staff = StaffMember.objects.get(email="kim@example.org")
    assert _roles(staff) == {"counsellor"}
    page = desk.get(_page("office_staff"))
    assert [one.staff for one in page.context["groups"][1][1]] == [staff]


def test_an_invitation_tells_no_name_of_an_account_elsewhere(cast: Cast, desk: Browser) -> None:
    person = {"email": cast.stranger.email, "salutation": "none", "first_name": "Kim", "last_name": "Albers"}
    answer = desk.post(_page("staff_invite"), {**person, "role_guide": "on"}, follow=True)

    assert [str(message) for message in answer.context["messages"]] == ["Kim Albers bekommt eine Mail."]


@pytest.mark.parametrize("name", ["Kim\nBcc", "Kim\r\n", "Kim\u200b", "Kim\u2028x"])
def test_a_name_of_several_lines_is_refused(cast: Cast, desk: Browser, name: str) -> None:
    person = {"email": "kim@example.org", "salutation": "none", "last_name": "Albers", "role_guide": "on"}
    answer = desk.post(_page("staff_invite"), {**person, "first_name": f"x{name}x"})

    assert (answer.status_code, "in eine Zeile" in answer.content.decode()) == (422, True)


def test_the_factor_of_who_works_elsewhere_too_stays_and_the_page_says_why(cast: Cast, desk: Browser) -> None:
    join_office(cast.owner, cast.other_office, Role.GUIDE)
    Authenticator.objects.create(user=cast.owner, type=Authenticator.Type.TOTP, data={"secret": "x"})

    answer = desk.post(_page("staff_reset", cast.owner.public_id))

    assert (answer.status_code, "wer Nahbar für alle betreibt" in answer.content.decode()) == (422, True)
    assert Authenticator.objects.count() == 1


def test_a_team_of_another_office_is_no_choice(cast: Cast, desk: Browser) -> None:
    foreign = cast.other_office.teams.get(name="Team 1").pk
    answer = desk.post(
        _page("staff_member", cast.teammate.public_id), {"role_counsellor": "on", "team_counsellor": foreign}
    )

    assert answer.status_code == 422


def _surely(desk: Browser, page: str, wish: dict[str, str]) -> Any:
    """Both presses: what it does, and yes."""
    return desk.post(page, {**wish, "sure": desk.post(page, wish).context["sure"]})


def test_what_changes_is_said_before_it_does(cast: Cast, desk: Browser) -> None:
    page = _page("staff_member", cast.teammate.public_id)
    wish = {"role_guide": "on"}

    first = desk.post(page, wish)
    before = _roles(cast.teammate)
    sure = first.context["sure"]
    other = desk.post(page, {"role_guide": "on", "role_administrator": "on", "sure": sure})
    unsaid = _roles(cast.teammate)
    desk.post(page, {**wish, "sure": sure})

    assert first.context["changes"] == ["Fachkraft endet.", "Lotse kommt dazu."]
    assert (other.context["changes"][-1], unsaid) == ("Verwaltung kommt dazu.", {"counsellor"})
    assert (before, _roles(cast.teammate)) == ({"counsellor"}, {"guide"})


@pytest.mark.usefixtures("frozen")
def test_a_counsellor_with_appointments_stays_one(cast: Cast, desk: Browser) -> None:
    answer = _surely(desk, _page("staff_member", cast.owner.public_id), {"role_guide": "on"})

    assert (answer.status_code, _roles(cast.owner)) == (422, {"counsellor"})
    assert answer.context["future"].appointments == [cast.appointment]


def test_the_last_administrator_is_told_so(cast: Cast, desk: Browser) -> None:
    public_id = cast.administrator.public_id
    answers = [
        _surely(desk, _page("staff_member", public_id), {"role_guide": "on"}),
        desk.post(_page("staff_close", public_id)),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert ["noch jemand die Verwaltung hat" in answer.content.decode() for answer in answers] == [True, True]
    assert _roles(cast.administrator) == {"administrator"}


def test_closing_ends_an_open_session_at_once(cast: Cast, desk: Browser) -> None:
    theirs = Browser()
    theirs.post(reverse("account_login"), {"login": cast.owner.email, "password": PASSWORD})
    day = reverse("staff_day", args=["altona"])
    before = theirs.get(day).status_code

    desk.post(_page("staff_close", cast.owner.public_id))

    assert (before, theirs.get(day)["Location"]) == (200, f"/anmelden/?next={day}")
    theirs.post(reverse("account_login"), {"login": cast.owner.email, "password": PASSWORD})
    assert theirs.get(day).status_code == 404
    entry = AuditEntry.objects.get(action=Action.ACCESS_ENDED)
    assert (entry.actor_id, entry.object_id) == (str(cast.administrator.public_id), str(cast.owner.public_id))
    desk.post(_page("staff_open", cast.owner.public_id))
    assert _roles(cast.owner) == {"counsellor"}


def test_colleagues_of_another_office_are_not_there(cast: Cast, desk: Browser) -> None:
    for name in ("staff_close", "staff_open", "staff_again", "staff_reset", "staff_member"):
        assert desk.post(_page(name, cast.stranger.public_id)).status_code == 404
    assert Membership.objects.filter(staff=cast.stranger).count() == 1


def test_the_policy_is_one_switch(cast: Cast, desk: Browser) -> None:
    for factor, required in (("on", True), ("on", True)):
        desk.post(_page("office_staff"), {"factor": factor})
        assert JobCenter.objects.get(slug="altona").requires_second_factor is required

    assert AuditEntry.objects.filter(action=Action.FACTOR_POLICY).count() == 1
    assert not JobCenter.objects.get(slug="bergedorf").requires_second_factor


def test_groups_are_mapped_and_dropped(cast: Cast, desk: Browser) -> None:
    for role, team in (("guide", _team(cast)), ("counsellor", "")):
        desk.post(_page("office_groups"), {"group": "Beratung Nord", "role": role, "team": team})
    mapped = GroupRole.objects.get()

    assert (mapped.group, mapped.role, mapped.team) == ("Beratung Nord", "guide", None)
    desk.post(_page("group_drop", mapped.pk))
    assert not GroupRole.objects.exists()


def test_another_invitation_is_another_generation(cast: Cast, desk: Browser) -> None:
    person = {"email": "kim@example.org", "salutation": "none", "first_name": "Kim", "last_name": "Albers"}
    desk.post(_page("staff_invite"), {**person, "role_guide": "on"})
    staff = StaffMember.objects.get(email="kim@example.org")

    desk.post(_page("staff_again", staff.public_id))
    desk.post(_page("staff_again", cast.owner.public_id))

    assert [link.generation for link in AccountLink.objects.all()] == [2]
