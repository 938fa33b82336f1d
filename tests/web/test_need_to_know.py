"""Every address about a client or an appointment, as a colleague of another team before and after giving a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, ClientLook
from nahbar.people.rules import LookReason
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.web.counsellor import client_links, clients
from nahbar.web.shared.limits import Limit
from tests.conftest import Cast
from tests.factories import as_staff, desk_of, join_office, make_client, make_staff, make_wish
from tests.web.counsellor.pages import form_of
from tests.web.reading import said
from tests.web.test_matrix import DOOR, NAMES, NO_GET, STAFF

ABOUT_PERSON = sorted(name for name in STAFF if name.startswith("person_"))
# The talk itself, and calls to make, stay with whoever holds them.
HOLDERS = {"absence_drop", "appointment_take_over", "call_task", "meeting_page", "meeting_cancel"}
ABOUT_APPOINTMENT = sorted(
    name for name in STAFF if name.startswith(("appointment_", "invitation_", "message_")) and name not in HOLDERS
)
TALK = sorted(name for name in STAFF if name.startswith("staff_") and STAFF[name].get[1] == 404) + sorted(
    name for name in STAFF if name.startswith("staff_") and STAFF[name].get == NO_GET and STAFF[name].post[1] == 404
)
pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def colleague(cast: Cast) -> Browser:
    """Team 2 of the same office."""
    return as_staff(Browser(), cast.colleague)


def address(cast: Cast, name: str) -> str:
    about = cast.person if name.startswith("person_") else cast.appointment
    kwargs: dict[str, Any] = {"office": cast.office.slug, "public_id": about.public_id}
    if name == "message_decide":
        kwargs["message"] = about.public_id
    if name in {"person_contact_remove", "person_contact_third"}:
        kwargs["contact"] = about.public_id
    return reverse(name, kwargs=kwargs)


def give_reason(browser: Browser, cast: Cast, **data: str) -> Any:
    return browser.post(address(cast, "person_reason"), {"reason": LookReason.PERSON_ASKS, **data})


def answers(browser: Browser, cast: Cast, names: list[str]) -> dict[str, int]:
    """What each page answers: read where it can be read, else with an empty form."""
    found = {}
    for name in names:
        method = "post" if STAFF[name].get == NO_GET else "get"
        found[name] = int(getattr(browser, method)(address(cast, name)).status_code)
    return found


WITH_ID = [name for name in ABOUT_APPOINTMENT if name != "appointment_new"]
CONTACTS = ["person_contact_new", "person_contact_remove", "person_contact_third", "person_contacts"]
OF_PERSON = ["person_page", "person_edit", *CONTACTS]


def test_no_address_is_forgotten() -> None:
    about_nobody = {"person_list", "person_looks", "person_new", "person_by_number", "person_reason", "person_merge"}
    assert set(ABOUT_PERSON) == about_nobody | set(OF_PERSON)
    assert {name for name in NAMES if name and name.startswith("appointment_")} - HOLDERS - {"appointment_new"} == {
        name for name in WITH_ID if name.startswith("appointment_")
    }


def test_before_a_reason_nothing_opens_but_the_way_to_it(cast: Cast, colleague: Browser) -> None:
    before = answers(colleague, cast, WITH_ID + OF_PERSON + TALK)
    doors = {"appointment_page", "person_page"}
    assert {name for name in before if before[name] != 404} == doors
    assert all(STAFF[name].get == DOOR for name in doors)
    for name in doors:
        answer = colleague.get(address(cast, name))
        assert answer["Location"].startswith(address(cast, "person_reason"))


def test_the_way_to_it_tells_only_what_is_needed_to_recognise(cast: Cast, colleague: Browser) -> None:
    cast.person.what_helps = "Große Schrift."
    cast.person.save()
    page = said(colleague.get(address(cast, "person_reason")))
    assert cast.person.full_name in page
    assert cast.person.number in page
    for secret in (cast.person.email, cast.person.phone_display, "Große Schrift", "17.04.1990", "10:00"):
        assert secret not in page


def test_after_a_reason_record_and_appointments_are_open_but_not_the_talk(cast: Cast, colleague: Browser) -> None:
    assert give_reason(colleague, cast)["Location"] == address(cast, "person_page")
    after = answers(colleague, cast, WITH_ID + OF_PERSON)
    # There is no mail with the appointment's id: what is missing stays so.
    assert {name for name, status in after.items() if status == 404} == {"message_decide"}
    assert set(answers(colleague, cast, TALK).values()) == {404}


def test_a_reason_opens_one_record_for_one_person(cast: Cast, colleague: Browser) -> None:
    third = make_client(cast.office, first_name="Nora", last_name="Lindqvist")
    give_reason(colleague, cast)
    other = reverse("person_edit", args=[cast.office.slug, third.public_id])
    assert colleague.get(other).status_code == 404
    neighbour = as_staff(Browser(), make_staff(cast.office, team=cast.office.teams.get(name="Team 2")))
    assert neighbour.get(address(cast, "person_edit")).status_code == 404


def test_it_is_over_with_the_day(cast: Cast, colleague: Browser, frozen: time_machine.Traveller) -> None:
    give_reason(colleague, cast)
    frozen.move_to(dt.datetime(2026, 3, 3, 22, 59, tzinfo=dt.UTC))
    colleague = as_staff(Browser(), cast.colleague)
    assert colleague.get(address(cast, "person_edit")).status_code == 200
    frozen.move_to(dt.datetime(2026, 3, 3, 23, 0, tzinfo=dt.UTC))
    assert colleague.get(address(cast, "person_edit")).status_code == 404


def test_a_role_that_was_lost_closes_it_at_once(cast: Cast, colleague: Browser) -> None:
    give_reason(colleague, cast)
    cast.colleague.memberships.all().delete()
    join_office(cast.colleague, cast.office, Role.GUIDE)
    assert colleague.get(address(cast, "person_page")).status_code == 404
    assert colleague.get(address(cast, "appointment_page")).status_code == 404


def test_the_look_is_kept_and_audited_and_the_team_sees_it(cast: Cast, colleague: Browser, now: dt.datetime) -> None:
    give_reason(colleague, cast, note="Anruf für Frau Petersen")
    look = ClientLook.objects.get()
    kept = (look.client, look.staff, look.reason, look.note, look.at)
    assert kept == (cast.person, cast.colleague, "person_asks", "Anruf für Frau Petersen", now)
    entry = AuditEntry.objects.get(action=Action.CLIENT_OPENED)
    assert (entry.actor_id, entry.object_id) == (str(cast.colleague.public_id), str(cast.person.public_id))
    assert entry.detail == {"reason": "person_asks"}
    page = said(as_staff(Browser(), cast.owner).get(address(cast, "person_page")))
    assert "Jonas Brandt" in page
    assert "Die Person ist hier oder am Telefon, Anruf für Frau Petersen" in page


def test_the_lead_of_the_team_sees_all_looks_and_nobody_else(cast: Cast, colleague: Browser) -> None:
    give_reason(colleague, cast)
    looks = reverse("person_looks", args=[cast.office.slug])
    assert "Jonas Brandt" in said(as_staff(Browser(), cast.team_lead).get(looks))
    other_lead = make_staff(cast.office, Role.TEAM_LEAD, team=cast.office.teams.get(name="Team 2"))
    assert "Jonas Brandt" not in said(as_staff(Browser(), other_lead).get(looks)).split("</nav>")[1]
    for staff in (cast.owner, cast.guide, cast.administrator, cast.stranger):
        assert as_staff(Browser(), staff).get(looks).status_code == 404


@pytest.mark.parametrize("data", [{"reason": ""}, {"reason": "curious"}, {"reason": "other"}, {"note": "x" * 121}])
def test_no_reason_opens_nothing(cast: Cast, colleague: Browser, data: dict[str, str]) -> None:
    answer = give_reason(colleague, cast, **data)
    assert answer.status_code == 422
    assert 'id="error-summary"' in said(answer)
    assert ClientLook.objects.count() == 0
    assert colleague.get(address(cast, "person_edit")).status_code == 404


def test_the_reason_leads_on_to_the_appointment_one_came_from(cast: Cast, colleague: Browser) -> None:
    to_door = colleague.get(address(cast, "appointment_page"))["Location"]
    assert str(cast.appointment.public_id) in said(colleague.get(to_door))
    answer = give_reason(colleague, cast, termin=str(cast.appointment.public_id))
    assert answer["Location"] == address(cast, "appointment_page")


@pytest.mark.parametrize("forged", ["no id", "other"])
def test_the_reason_leads_to_no_other_place(cast: Cast, colleague: Browser, forged: str) -> None:
    where = str(cast.other_appointment.public_id) if forged == "other" else forged
    assert give_reason(colleague, cast, termin=where)["Location"] == address(cast, "person_page")


def test_the_search_finds_other_teams_only_by_what_one_must_know(cast: Cast, colleague: Browser) -> None:
    people = reverse("person_list", args=[cast.office.slug])
    finder = reverse("client_search", args=[cast.office.slug])
    for vague in ("Elif", "Kaya", cast.person.number[:6], "17.04.1990"):
        assert "Elif Kaya" not in said(colleague.get(people, {"q": vague})), vague
    for exact in (cast.person.number, "Kaya 17.04.1990", "17.04.1990 elif"):
        page = said(colleague.get(people, {"q": exact}))
        assert "Elif Kaya" in page, exact
        assert cast.person.email not in page
        # Booking knows one's own people only.
        assert "Elif Kaya" not in said(colleague.get(finder, {"q": exact})), exact
    for staff in (cast.stranger, cast.guide, cast.administrator):
        browser, slug = as_staff(Browser(), staff), cast.office.slug
        for name in ("person_list", "client_search"):
            assert "Elif" not in said(browser.get(reverse(name, args=[slug]), {"q": cast.person.number}))


def test_trying_out_who_is_with_other_teams_ends_soon(
    cast: Cast, colleague: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "ELSEWHERE", Limit("elsewhere", tries=2, per_account=True))
    people, exact = reverse("person_list", args=[cast.office.slug]), "Kaya 17.04.1990"
    for tried in ("Kaya 15.04.1990", "Rahimi", "Rahimi", "Kaya 16.04.1990"):
        assert "Das waren viele Suchen." not in said(colleague.get(people, {"q": tried})), tried
    page = said(colleague.get(people, {"q": exact}))
    assert "Das waren viele Suchen." in page
    assert "Elif" not in page
    # One's own people are found as before, and others at the same address go on.
    assert "Amir Rahimi" in said(colleague.get(people, {"q": "Rahimi"}))
    neighbour = as_staff(Browser(), make_staff(cast.office, team=cast.office.teams.get(name="Team 2")))
    assert "Elif Kaya" in said(neighbour.get(people, {"q": exact}))


def test_trying_out_numbers_ends_soon(cast: Cast, colleague: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_links, "KNOCKING", Limit("knocking", tries=2, per_account=True))
    tried = [colleague.get(f"/p/{number}").status_code for number in ("1", "2", cast.person.number)]
    assert tried == [404, 404, 429]


def test_every_door_that_was_shown_is_audited(cast: Cast, colleague: Browser) -> None:
    shown = AuditEntry.objects.filter(action=Action.CLIENT_DOOR_SHOWN)
    colleague.get(f"/p/{cast.person.number}", follow=True)
    give_reason(colleague, cast, reason="")
    about = (str(cast.colleague.public_id), str(cast.person.public_id))
    assert list(shown.values_list("actor_id", "object_id")) == [about, about]
    as_staff(Browser(), cast.owner).get(address(cast, "person_reason"))
    assert shown.count() == 2


def test_booking_for_another_team_needs_the_reason_too(cast: Cast, colleague: Browser) -> None:
    booking = reverse("appointment_new", args=[cast.office.slug]) + f"?client={cast.person.public_id}"
    assert colleague.get(booking).status_code == 404
    give_reason(colleague, cast)
    assert colleague.get(booking).status_code == 200


def test_call_tasks_stay_with_the_team(cast: Cast, colleague: Browser, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=cast.appointment.ends_at, agreed_by=None)
    task = make_call_task(desk=desk_of(cast.owner, cast.office), wish=wish, now=now)
    give_reason(colleague, cast)
    assert colleague.get(reverse("call_task", args=[cast.office.slug, task.public_id])).status_code == 404


# --- what a reason does not allow: it ends with the day --------------------------------------------


def move_to_own_team(browser: Browser, cast: Cast) -> Any:
    edit = address(cast, "person_edit")
    own = cast.office.teams.get(name="Team 2")
    return browser.post(edit, form_of(browser.get(edit)) | {"team": str(own.pk), "email": "neu@example.org"})


@pytest.mark.parametrize("reason", sorted(set(LookReason.values) - {LookReason.HAND_OVER}))
def test_a_reason_gives_nobody_another_team(cast: Cast, colleague: Browser, reason: str) -> None:
    give_reason(colleague, cast, reason=reason, note="Vertretung")
    answer = move_to_own_team(colleague, cast)
    assert answer.status_code == 422
    assert "Das Team ändert, wer zu ihm gehört" in said(answer)
    kept = Client.objects.get(pk=cast.person.pk)
    assert (kept.team, kept.revision) == (cast.person.team, 0)


def test_what_else_stands_in_the_record_can_be_put_right(cast: Cast, colleague: Browser) -> None:
    give_reason(colleague, cast)
    edit = address(cast, "person_edit")
    assert colleague.post(edit, form_of(colleague.get(edit)) | {"email": "neu@example.org"}).status_code == 302
    assert Client.objects.get(pk=cast.person.pk).email == "neu@example.org"


def test_who_takes_a_case_over_gives_it_their_team(cast: Cast, colleague: Browser) -> None:
    give_reason(colleague, cast, reason=LookReason.HAND_OVER)
    assert move_to_own_team(colleague, cast).status_code == 302
    assert Client.objects.get(pk=cast.person.pk).team.name == "Team 2"


@pytest.mark.parametrize("reason", [LookReason.DOUBLE, LookReason.HAND_OVER])
@pytest.mark.parametrize("stays", ["own", "theirs"])
def test_a_reason_merges_nothing(cast: Cast, colleague: Browser, reason: str, stays: str) -> None:
    own = make_client(cast.office, cast.office.teams.get(name="Team 2"), first_name="Elif", last_name="Kaja")
    kept, double = (own, cast.person) if stays == "own" else (cast.person, own)
    give_reason(colleague, cast, reason=reason)
    merging = reverse("person_merge", args=[cast.office.slug, kept.public_id])
    shown = said(colleague.get(merging, {"mit": str(double.public_id)}))
    assert "ist nur heute für Sie offen" in shown
    answer = colleague.post(merging, {"mit": str(double.public_id), "kept": "0", "double": "0"})
    assert answer.status_code == 409
    assert "ist nur heute für Sie offen" in said(answer)
    assert Client.objects.filter(pk__in=[own.pk, cast.person.pk]).count() == 2
