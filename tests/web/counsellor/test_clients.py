"""“Personen” and a person's record: what is shown, what is kept, and what two people do at once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, FormerNumber
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.rules import NotHeldReason
from tests.conftest import Cast
from tests.factories import as_staff, book, desk_of, join_office, make_client, make_staff
from tests.web.counsellor.pages import count_queries, form_of
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def address(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.office.slug, *more])


def test_the_list_has_ones_own_teams_and_pages(desk: Browser, cast: Cast) -> None:
    for number in range(60):
        make_client(cast.office, last_name=f"Zander{number:02}")
    first, second = desk.get(address(cast, "person_list")), desk.get(address(cast, "person_list") + "?seite=2")
    assert "Elif Kaya" in said(first)
    assert "Zander48" in said(first)
    assert "Zander49" not in said(first)
    assert "Zander59" in said(second)
    assert "Amir Rahimi" not in said(first) + said(second)
    assert desk.get(address(cast, "person_list") + "?seite=x").status_code == 200


def test_an_empty_team_is_told_what_to_do(cast: Cast) -> None:
    newcomer = make_staff(cast.office, team=cast.office.teams.create(name="Team 3"))
    page = said(as_staff(Browser(), newcomer).get(address(cast, "person_list")))
    assert "In Ihren Teams ist noch niemand." in page
    assert address(cast, "person_new") in page


def test_the_search_box_gets_a_fragment(desk: Browser, cast: Cast) -> None:
    answer = desk.get(address(cast, "person_list"), {"q": "Kaja"}, headers={"HX-Request": "true"})
    assert "Elif Kaya" in said(answer)
    assert "<html" not in said(answer)


@pytest.mark.parametrize("name", ["person_list", "person_page"])
def test_the_same_queries_however_many(desk: Browser, cast: Cast, now: dt.datetime, name: str) -> None:
    where = address(cast, name, cast.person.public_id) if name == "person_page" else address(cast, name)
    counts = []
    for more in (1, 2, 12):
        for _number in range(more):
            starts_at = cast.appointment.starts_at + dt.timedelta(days=1 + len(Client.objects.all()), hours=more % 5)
            made = cast.person if name == "person_page" else make_client(cast.office)
            if name == "person_page":
                make_client(cast.office)
            book(client=made, staff=cast.owner, starts_at=starts_at, now=now)
        counts.append(count_queries(desk, where))
    assert counts[0] == counts[1] == counts[2]


def test_the_record_says_everything_but_why(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    Client.objects.filter(pk=cast.person.pk).update(
        what_helps="Große Schrift.", preferred_mode="telephone", guardian_name="Regina Thomsen",
        guardian_phone="0171 39200", notes="Zeugnis fehlt.", notes_by=cast.teammate, notes_at=now,
    )  # fmt: skip
    page = said(desk.get(address(cast, "person_page", cast.person.public_id)))
    for words in ("17.04.1990", "0176 1234567", cast.person.email, "Große Schrift.", "Telefon", "Regina Thomsen"):
        assert words in page
    assert "Zeugnis fehlt." in page
    assert "Zuletzt von Mara Vogt, 3. März 2026, 09:30 Uhr" in page
    assert address(cast, "appointment_page", cast.appointment.public_id) in page
    assert f"{address(cast, 'appointment_new')}?client={cast.person.public_id}" in page


def test_a_new_person_is_made_and_kept_as_typed_when_wrong(desk: Browser, cast: Cast) -> None:
    form = form_of(desk.get(address(cast, "person_new")))
    assert form["team"] == str(cast.person.team_id)
    form |= {"first_name": "Nora", "last_name": "Lind", "number": "900A1", "birth_date": "2080-01-01"}
    wrong = desk.post(address(cast, "person_new"), form)
    assert wrong.status_code == 422
    assert 'value="Lind"' in said(wrong)
    assert "Bitte prüfen Sie das Jahr des Geburtsdatums." in said(wrong)
    answer = desk.post(address(cast, "person_new"), form | {"birth_date": "1980-03-12"})
    made = Client.objects.get(number="900A1")
    assert answer["Location"] == address(cast, "person_page", made.public_id)
    assert (made.full_name, made.birth_date, made.team) == ("Nora Lind", dt.date(1980, 3, 12), cast.person.team)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""}, {"last_name": ""}, {"email": "no address"}, {"team": "0"}, {"birth_date": "heute"},
        {"language": "xx"}, {"preferred_mode": "letter"}, {"notes": "x" * 2_001}, {"salutation": ""},
    ],
)  # fmt: skip
def test_what_is_wrong_changes_nothing(desk: Browser, cast: Cast, wrong: dict[str, str]) -> None:
    edit = address(cast, "person_edit", cast.person.public_id)
    answer = desk.post(edit, form_of(desk.get(edit)) | {"first_name": "Anders"} | wrong)
    assert answer.status_code == 422
    assert 'id="error-summary"' in said(answer)
    assert Client.objects.get(pk=cast.person.pk).first_name == "Elif"


def test_no_team_of_another_office_can_be_chosen(desk: Browser, cast: Cast) -> None:
    foreign = cast.other_office.teams.first()
    assert foreign is not None
    edit = address(cast, "person_edit", cast.person.public_id)
    assert desk.post(edit, form_of(desk.get(edit)) | {"team": str(foreign.pk)}).status_code == 422


def test_a_team_that_is_no_more_is_kept_but_given_to_nobody(desk: Browser, cast: Cast) -> None:
    edit, new = address(cast, "person_edit", cast.person.public_id), address(cast, "person_new")
    gone = cast.office.teams.get(name="Team 2")
    cast.office.teams.update(is_active=False)
    assert f'<option value="{gone.pk}"' not in said(desk.get(edit)) + said(desk.get(new))
    assert desk.post(edit, form_of(desk.get(edit)) | {"team": str(gone.pk)}).status_code == 422
    assert desk.post(edit, form_of(desk.get(edit)) | {"first_name": "Elifa"}).status_code == 302
    own = {"team": str(cast.person.team_id), "number": "900A1", "last_name": "Lind", "birth_date": "1980-03-12"}
    assert desk.post(new, form_of(desk.get(new)) | own | {"first_name": "Nora"}).status_code == 422


def test_a_number_of_somebody_else_is_refused_with_the_form(desk: Browser, cast: Cast) -> None:
    edit = address(cast, "person_edit", cast.person.public_id)
    answer = desk.post(edit, form_of(desk.get(edit)) | {"number": cast.other_person.number})
    assert answer.status_code == 422
    assert "Diese Nummer gehört schon zu einer anderen Akte." in said(answer)


def test_nothing_changed_says_so_and_leaves_no_trace(desk: Browser, cast: Cast) -> None:
    edit = address(cast, "person_edit", cast.person.public_id)
    answer = desk.post(edit, form_of(desk.get(edit)), follow=True)
    assert "Es war schon so gespeichert." in said(answer)
    assert Client.objects.get(pk=cast.person.pk).revision == 0


def test_the_second_is_told_what_changed_and_both_keep_what_they_wrote(desk: Browser, cast: Cast) -> None:
    edit = address(cast, "person_edit", cast.person.public_id)
    mine = form_of(desk.get(edit)) | {"notes": "Meine Notiz"}
    theirs = as_staff(Browser(), cast.teammate)
    theirs.post(edit, form_of(theirs.get(edit)) | {"phone_display": "040 99", "notes": "Ihre Notiz"})

    answer = desk.post(edit, mine)
    assert answer.status_code == 409
    page = said(answer)
    assert "Inzwischen hat Mara Vogt diese Akte geändert." in page
    assert "Telefon: 040 99" in page
    assert "Notizen für die Übergabe: Ihre Notiz" in page
    again = form_of(answer)
    # What I did not touch is theirs now, what we both wrote is still mine to decide.
    assert (again["phone_display"], again["notes"]) == ("040 99", "Meine Notiz")

    assert desk.post(edit, again).status_code == 302
    person = Client.objects.get(pk=cast.person.pk)
    assert (person.phone_display, person.notes, person.revision) == ("040 99", "Meine Notiz", 2)


@pytest.mark.parametrize("revision", ["", "x", "-1", "99", "²"])
def test_a_forged_revision_is_stale_not_a_fault(desk: Browser, cast: Cast, revision: str) -> None:
    edit = address(cast, "person_edit", cast.person.public_id)
    answer = desk.post(edit, form_of(desk.get(edit)) | {"email": "neu@example.org", "revision": revision})
    assert answer.status_code == 409
    assert Client.objects.get(pk=cast.person.pk).revision == 0


def test_merging_says_what_moves_and_cannot_be_undone(desk: Browser, cast: Cast) -> None:
    double = make_client(cast.office, first_name="Elif", last_name="Kaja")
    page = said(desk.get(address(cast, "person_page", cast.person.public_id)))
    merging = f"{address(cast, 'person_merge', double.public_id)}?mit={cast.person.public_id}"
    assert f"?mit={double.public_id}" in page
    sides = said(desk.get(merging))
    assert "1 Termine" in sides
    assert "Das lässt sich nicht zurücknehmen." in sides
    data = {"mit": str(cast.person.public_id), "kept": "0", "double": "0", "email": "double", "last_name": "double"}
    answer = desk.post(merging, data)
    assert answer["Location"] == address(cast, "person_page", double.public_id)
    double.refresh_from_db()
    assert (double.last_name, double.email) == ("Kaya", cast.person.email)
    assert desk.post(merging, data).status_code == 404


def test_merging_needs_both_records_open(desk: Browser, cast: Cast) -> None:
    for other in (cast.other_person, cast.foreign_person, cast.person):
        for method in (desk.get, desk.post):
            merging = f"{address(cast, 'person_merge', cast.person.public_id)}?mit={other.public_id}"
            assert method(merging).status_code == 404


# --- the way in from specialist software ----------------------------------------------------------


def test_the_number_leads_to_the_record(desk: Browser, cast: Cast) -> None:
    answer = desk.get(f"/p/{cast.person.number}")
    assert answer["Location"] == address(cast, "person_page", cast.person.public_id)
    FormerNumber.objects.create(jobcenter=cast.office, client=cast.person, number="ALT1")
    assert desk.get("/p/ALT1")["Location"] == answer["Location"]


def test_a_number_is_found_with_strokes_and_without(desk: Browser, cast: Cast) -> None:
    person = make_client(cast.office, number="12345//0012345")
    for written in ("12345//0012345", "12345%2F%2F0012345", "12345/0012345", "123450012345", " 12345//0012345/"):
        answer = desk.get(f"/p/{written}")
        assert answer["Location"] == address(cast, "person_page", person.public_id), written


def test_no_number_leads_anywhere_before_the_second_factor(desk: Browser, cast: Cast) -> None:
    type(cast.office).objects.filter(pk=cast.office.pk).update(requires_second_factor=True)
    for number in (cast.person.number, "nobody"):
        answer = desk.get(f"/p/{number}")
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))


def test_the_number_of_another_team_leads_to_the_reason(cast: Cast) -> None:
    answer = as_staff(Browser(), cast.colleague).get(f"/p/{cast.person.number}", follow=True)
    assert answer.redirect_chain[-1][0] == address(cast, "person_reason", cast.person.public_id)


def test_unknown_and_forbidden_numbers_answer_alike(cast: Cast) -> None:
    for staff in (cast.stranger, cast.guide, cast.administrator):
        browser = as_staff(Browser(), staff)
        unknown, forbidden = browser.get("/p/nobody"), browser.get(f"/p/{cast.person.number}")
        assert unknown.status_code == forbidden.status_code == 404
        assert unknown.content == forbidden.content


def test_whoever_is_not_signed_in_comes_back_after_it(client: Browser, cast: Cast) -> None:
    answer = client.get(f"/p/{cast.person.number}")
    assert answer["Location"] == f"{reverse('account_login')}?next=/p/{cast.person.number}"


def test_a_number_of_two_offices_is_a_choice(desk: Browser, cast: Cast) -> None:
    twin = make_client(cast.other_office, number=cast.person.number, last_name="Anders")
    assert desk.get(f"/p/{cast.person.number}").status_code == 302
    join_office(cast.owner, cast.other_office, Role.COUNSELLOR)
    page = desk.get(f"/p/{cast.person.number}")
    assert page.status_code == 200
    assert reverse("person_page", args=[cast.other_office.slug, twin.public_id]) in said(page)
    assert address(cast, "person_page", cast.person.public_id) in said(page)
    assert "Anders" not in said(page)


# --- facts as text --------------------------------------------------------------------------------


def copied(browser: Browser, cast: Cast) -> list[str]:
    page = said(browser.get(address(cast, "appointment_page", cast.appointment.public_id)))
    found = re.search(r'<pre class="copy[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    return found[1].split("\n")


def test_a_talks_facts_can_be_copied_before_and_after_it(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    Client.objects.filter(pk=cast.person.pk).update(what_helps="Große Schrift.", notes="Geheim.")
    planned = copied(desk, cast)
    assert planned == [
        "Termin: 03.03.2026, 10:00 bis 10:30 Uhr",
        "Dauer: 30 Minuten",
        "Art: Video",
        "Thema: Berufliche Ziele",
        "Ergebnis: geplant",
        f"Person: Elif Kaya, {cast.person.number}",
        "Fachkraft: Inga Petersen",
    ]
    mark_held(appointment=cast.appointment, by=SYSTEM, now=now + dt.timedelta(hours=1), minutes=24)
    held = copied(desk, cast)
    assert (held[1], held[4]) == ("Dauer: 24 Minuten", "Ergebnis: Stattgefunden")


def test_a_talk_that_failed_says_what_it_lay_in(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    mark_not_held(
        appointment=cast.appointment, reason=NotHeldReason.TECHNICAL, by=SYSTEM, now=now + dt.timedelta(hours=1)
    )
    assert copied(desk, cast)[3] == "Ergebnis: Nicht stattgefunden, Technik gestört"


def test_a_person_who_changed_teams_takes_their_appointments_along(cast: Cast) -> None:
    Client.objects.filter(pk=cast.person.pk).update(team=cast.office.teams.get(name="Team 2"))
    colleague = as_staff(Browser(), cast.colleague)
    assert desk_of(cast.colleague, cast.office).team_ids == {cast.office.teams.get(name="Team 2").pk}
    assert colleague.get(address(cast, "appointment_page", cast.appointment.public_id)).status_code == 200
