"""What guide, team lead and administrator see so far, and what they do not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.jobcenters.rules import Role
from nahbar.people.models import StaffMember
from tests.conftest import Cast
from tests.factories import as_staff, at, book, join_office, make_client, make_office, make_staff
from tests.web.counsellor.pages import count_queries, open_waiting_room
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


def _page(staff: StaffMember, cast: Cast) -> str:
    answer = as_staff(Browser(), staff).get(reverse("office_overview", args=[cast.office.slug]))
    assert answer.status_code == 200
    return said(answer)


def test_team_lead_sees_the_day_of_their_team_only(cast: Cast) -> None:
    page = _page(cast.team_lead, cast)
    assert "Elif Kaya" in page
    assert "Amir Rahimi" not in page
    assert "Kanal" not in page


def test_guide_sees_times_and_a_count_never_who_or_what_about(cast: Cast, now: dt.datetime) -> None:
    open_waiting_room(cast.other_invitation, now)
    page = _page(cast.guide, cast)
    assert "10:00 bis 10:30 Uhr" in page
    assert "11:00 bis 11:30 Uhr" in page
    assert "1 Person wartet" in page
    for word in ("Kaya", "Rahimi", "Petersen", "Berufliche Ziele"):
        assert word not in page


def test_whoever_only_administers_has_the_set_up_instead(cast: Cast) -> None:
    for page in ("office_overview", "office_home"):
        answer = as_staff(Browser(), cast.administrator).get(reverse(page, args=[cast.office.slug]))
        assert answer["Location"] == "/b/altona/einrichtung/"


def test_whoever_counsels_and_administers_has_their_day_and_no_overview(cast: Cast) -> None:
    join_office(cast.owner, cast.office, Role.ADMINISTRATOR)
    browser = as_staff(Browser(), cast.owner)
    assert browser.get(reverse("office_overview", args=[cast.office.slug]))["Location"] == "/b/altona/heute/"
    page = said(browser.get("/b/altona/heute/"))
    assert 'href="/b/altona/einrichtung/"' in page
    assert "Übersicht" not in page


def test_several_roles_have_their_sections_together(cast: Cast) -> None:
    join_office(cast.owner, cast.office, Role.GUIDE)
    page = _page(cast.owner, cast)
    assert "Videogespräche heute" in page
    assert 'href="/b/altona/heute/"' in page


def test_query_count_does_not_grow(db: None, now: dt.datetime) -> None:
    counts = []
    for slug, people in (("eins", 1), ("drei", 3)):
        office = make_office(slug, channels=people)
        lead = make_staff(office, Role.TEAM_LEAD)
        for role in (Role.GUIDE, Role.ADMINISTRATOR):
            join_office(lead, office, role)
        counsellor = make_staff(office)
        for number in range(people):
            starts_at = at(f"2026-03-03 {10 + number}:00")
            book(client=make_client(office), staff=counsellor, starts_at=starts_at, now=now)
        counts.append(count_queries(as_staff(Browser(), lead), reverse("office_overview", args=[slug])))
    assert counts[0] == counts[1]
