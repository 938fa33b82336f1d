"""“Standorte” and “Teams”: where people come to, and what a team still has."""

from __future__ import annotations

import uuid

import icalendar
import pytest
from django.db import connection
from django.forms import ModelChoiceField
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.invitations import mails
from nahbar.invitations.rules import Reference, Template
from nahbar.jobcenters.models import Site, Team
from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.models import GroupRole, SuspendedMembership
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.operations import cancel_appointment, switch_mode
from nahbar.scheduling.rules import CancelledBy, ContactKind
from nahbar.web.office.groups import GroupForm
from nahbar.web.office.staff import RolesForm
from tests.conftest import Cast
from tests.factories import make_client, make_staff, open_as_client
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

HOUSE = {"name": "Haus B", "street": "Hafenweg 5", "postcode": "22765", "city": "Hamburg"}


@pytest.fixture
def house(cast: Cast) -> Site:
    """A second house, with a word on how to find it."""
    return Site.objects.create(jobcenter=cast.office, directions="Eingang im Hof", **HOUSE)


def team_1(cast: Cast) -> Team:
    return cast.office.teams.get(name="Team 1")


def on_site(cast: Cast) -> None:
    switch_mode(appointment=cast.appointment, mode=Mode.ON_SITE, by=cast.desk.actor, now=cast.appointment.created_at)


# --- sites ----------------------------------------------------------------------------------------


def test_a_site_is_added_and_changed(setup: Setup) -> None:
    assert setup.post("office_sites", **HOUSE).status_code == 302
    site = Site.objects.get()
    assert setup.post("office_site", site.pk, **HOUSE | {"directions": "2. Stock"}).status_code == 302
    site.refresh_from_db()
    assert (site.name, site.directions) == ("Haus B", "2. Stock")
    details = AuditEntry.objects.filter(object_kind="site").order_by("pk").values_list("action", "detail")
    assert list(details) == [("site_added", {}), ("site_changed", {"directions": True})]


def test_a_name_that_is_taken_is_said_at_its_field(setup: Setup, house: Site) -> None:
    answer = setup.post("office_sites", **HOUSE)
    assert answer.status_code == 422
    assert "Das gibt es schon" in said(answer)
    assert Site.objects.count() == 1
    assert setup.revision == 0


def test_whoever_comes_on_site_is_told_the_teams_house(cast: Cast, house: Site, client: Browser) -> None:
    Team.objects.filter(pk=team_1(cast).pk).update(site=house)
    on_site(cast)
    open_as_client(client, cast.invitation)
    page = said(client.get(f"/t/{cast.invitation.public_id}/termin"))
    assert "Haus B, Hafenweg 5, 22765 Hamburg" in page
    assert "Eingang im Hof" in page

    cast.appointment.refresh_from_db()
    reference = Reference(str(cast.invitation.public_id), cast.appointment.revision, cast.invitation.generation)
    mail = mails.render(Template.MODE_CHANGED, str(reference))
    for body in (mail.text, mail.html):
        assert "Haus B, Hafenweg 5, 22765 Hamburg" in body
        assert "Eingang im Hof" in body
    assert mail.calendar is not None
    (event,) = icalendar.Calendar.from_ical(mail.calendar.text).events
    assert str(event["LOCATION"]) == "Jobcenter Altona, Haus B, Hafenweg 5, 22765 Hamburg"


def test_without_a_site_it_is_the_offices_address(cast: Cast, client: Browser) -> None:
    cast.office.street, cast.office.postcode = "Platz 1", "22765"
    cast.office.save()
    on_site(cast)
    open_as_client(client, cast.invitation)
    assert "Platz 1, 22765 Hamburg" in said(client.get(f"/t/{cast.invitation.public_id}/termin"))


def test_nobody_is_told_an_address_for_another_mode(cast: Cast, house: Site) -> None:
    Team.objects.filter(pk=team_1(cast).pk).update(site=house)
    reference = Reference(str(cast.invitation.public_id), cast.appointment.revision, cast.invitation.generation)
    mail = mails.render(Template.INVITATION, str(reference))
    assert "Hafenweg" not in mail.text + (mail.html or "")


def test_a_house_that_moves_says_first_who_comes(setup: Setup, cast: Cast, house: Site) -> None:
    Team.objects.filter(pk=team_1(cast).pk).update(site=house)
    assert setup.post("office_site", house.pk, **HOUSE | {"street": "Hafenweg 6"}).status_code == 302
    on_site(cast)
    shown = setup.post("office_site", house.pk, **HOUSE | {"street": "Hafenweg 7"})
    assert "1 Termin vor Ort steht bevor" in said(shown)
    assert setup.confirm(shown, "office_site", house.pk, **HOUSE | {"street": "Hafenweg 7"}).status_code == 302


def test_a_house_in_which_a_team_works_is_not_retired(setup: Setup, cast: Cast, house: Site) -> None:
    Team.objects.filter(pk=team_1(cast).pk).update(site=house)
    setup.post("office_site_offer", house.pk, wanted="off")
    assert "Dort arbeiten noch Teams" in setup.read("office_sites")
    Team.objects.update(site=None)
    for wanted, active in (("off", False), ("off", False), ("on", True), ("on", True), ("", True)):
        setup.post("office_site_offer", house.pk, wanted=wanted)
        house.refresh_from_db()
        assert house.is_active is active
    kinds = list(AuditEntry.objects.filter(object_kind="site").order_by("pk").values_list("action", flat=True))
    assert kinds == [Action.SITE_RETIRED, Action.SITE_RETURNED]


# --- teams ----------------------------------------------------------------------------------------


def test_a_team_moves_after_its_effect_was_read(setup: Setup, cast: Cast, house: Site) -> None:
    on_site(cast)
    wished = {"name": "Team Eins", "site": house.pk}
    shown = setup.post("office_team", team_1(cast).pk, **wished)
    assert "1 Termin vor Ort steht bevor" in said(shown)
    team = team_1(cast)
    assert setup.confirm(shown, "office_team", team.pk, **wished).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.site) == ("Team Eins", house)


def test_a_team_gets_no_house_of_another_office(setup: Setup, cast: Cast) -> None:
    foreign = Site.objects.create(jobcenter=cast.other_office, **HOUSE)
    retired = Site.objects.create(jobcenter=cast.office, is_active=False, **HOUSE)
    for site in (foreign, retired):
        assert setup.post("office_team", team_1(cast).pk, name="Team 1", site=site.pk).status_code == 422
    assert team_1(cast).site is None


def test_a_team_in_use_stays_and_says_what_hangs_on_it(setup: Setup, cast: Cast) -> None:
    answer = setup.post("office_team_offer", team_1(cast).pk, wanted="off")
    page = said(answer)
    assert answer.status_code == 409
    for words in ("Inga Petersen", "Mara Vogt", "Karin Behrens", "1 Person wird begleitet", "1 Termin steht bevor"):
        assert words in page
    assert "Kaya" not in page
    assert team_1(cast).is_active


@pytest.mark.parametrize(
    ("kept", "words"), [("group", "1 Gruppe der Anmeldung führt hierher"), ("closed", "Jonas Brandt")]
)
def test_a_team_somebody_would_come_back_to_stays(setup: Setup, cast: Cast, kept: str, words: str) -> None:
    team = cast.office.teams.create(name="Team 3")
    role = {"jobcenter": cast.office, "role": Role.COUNSELLOR, "team": team}
    if kept == "group":
        GroupRole.objects.create(group="beratung", **role)
    else:
        SuspendedMembership.objects.create(staff=cast.colleague, suspended_at=cast.appointment.created_at, **role)
    answer = setup.post("office_team_offer", team.pk, wanted="off")
    assert answer.status_code == 409
    assert words in said(answer)
    assert Team.objects.filter(pk=team.pk, is_active=True).exists()


def test_a_team_that_is_no_more_is_offered_to_nobody(setup: Setup, cast: Cast) -> None:
    cast.office.teams.create(name="Team 3", is_active=False)
    forms = [RolesForm(office=cast.office).fields["team_counsellor"], GroupForm(office=cast.office).fields["team"]]
    for field in forms:
        assert isinstance(field, ModelChoiceField)
        assert [team.name for team in field.queryset or ()] == ["Team 1", "Team 2"]


def test_an_empty_team_is_gone(setup: Setup, cast: Cast) -> None:
    setup.post("office_teams", name="Team 3")
    team = Team.objects.get(name="Team 3")
    assert setup.post("office_team_offer", team.pk, wanted="off").status_code == 302
    assert not Team.objects.filter(name="Team 3").exists()


def test_a_team_with_a_past_stays_readable_and_comes_back(setup: Setup, cast: Cast) -> None:
    by, now = cast.desk.actor, cast.appointment.created_at
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=by, now=now)
    team = team_1(cast)
    team.memberships.all().delete()
    cast.office.clients.filter(team=team).update(team=cast.office.teams.get(name="Team 2"))
    setup.post("office_team_offer", team.pk, wanted="off")
    assert Team.objects.filter(pk=team.pk, is_active=False).exists()
    assert "aufgelöst" in setup.read("office_teams")
    setup.post("office_team_offer", team.pk, wanted="on")
    assert Team.objects.filter(pk=team.pk, is_active=True).exists()
    kinds = list(AuditEntry.objects.filter(object_kind="team").order_by("pk").values_list("action", flat=True))
    assert kinds == [Action.TEAM_REMOVED, Action.TEAM_RETURNED]


def test_a_team_in_which_a_contact_was_is_retired(setup: Setup, cast: Cast) -> None:
    setup.post("office_teams", name="Team 3")
    team, now = Team.objects.get(name="Team 3"), cast.appointment.created_at
    client = make_client(cast.office, team=team, created_at=now)
    enter_contact(desk=cast.desk, entry=Entry(client=client, kind=ContactKind.TELEPHONE, key=uuid.uuid4()), now=now)
    assert setup.post("office_team_offer", team.pk, wanted="off").status_code == 409
    cast.office.clients.filter(pk=client.pk).update(team=team_1(cast))
    assert setup.post("office_team_offer", team.pk, wanted="off").status_code == 302
    assert list(Team.objects.filter(pk=team.pk).values_list("is_active", flat=True)) == [False]


@pytest.mark.parametrize(
    "page", ["office_teams", "office_sites", "office_topics", "office_channels", "office_deputies"]
)
def test_query_count_does_not_grow(setup: Setup, cast: Cast, page: str) -> None:
    counts = []
    for round_ in (1, 3):
        for number in range(round_):
            name = f"{round_}.{number}"
            site = Site.objects.create(jobcenter=cast.office, **HOUSE | {"name": name})
            team = Team.objects.create(jobcenter=cast.office, name=name, site=site)
            make_staff(cast.office, team=team)
            make_client(cast.office, team)
            cast.office.topics.create(name=name)
            cast.office.channels.create(number=round_ * 10 + number)
        setup.read(page)
        with CaptureQueriesContext(connection) as captured:
            setup.read(page)
        counts.append(len(captured))
    assert counts[0] == counts[1]
