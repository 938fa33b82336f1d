"""“Zahlen”: who sees it, what an address asks for, what is hidden, and what an office without figures reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.models import StaffMember
from nahbar.reporting.models import AppointmentCount, FiguresMonth, ShownTopic
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import Outcome
from nahbar.surveys.figures import Audience
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_office, make_staff
from tests.web.counsellor.pages import count_queries
from tests.web.lead.figured import NOW, answer, build, call_off, fill
from tests.web.lead.seen import panels_of
from tests.web.reading import said

SMALL = "zu wenige Fachkräfte, oder ein kleines Team ließe sich sonst ausrechnen"


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    """The month after the cast's."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def controlling(cast: Cast) -> StaffMember:
    """Of the cast's office."""
    return make_staff(cast.office, Role.CONTROLLING, first_name="Henrike", last_name="Albers")


def ask(staff: StaffMember, office: JobCenter, query: str = "") -> Any:
    """The page's answer."""
    return as_staff(Browser(), staff).get(reverse("office_figures", args=[office.slug]) + query)


def title(answer: Any) -> str:
    """The page's heading."""
    [found] = re.findall(r"<h1>(.*?)</h1>", said(answer))
    return str(found)


def planned(answer: Any) -> list[tuple[str, str]]:
    """How many of each mode were planned."""
    first = panels_of(answer.content.decode())[0]
    assert first.section == "Termine nach Art und Ergebnis"
    return [(row[0], row[1]) for row in first.rows]


# --- who -------------------------------------------------------------------------------------------


def test_team_lead_and_controlling_see_it_and_nobody_else(cast: Cast, controlling: StaffMember) -> None:
    people = {
        "controlling": controlling,
        "lead": cast.team_lead,
        "counsellor": cast.owner,
        "guide": cast.guide,
        "administrator": cast.administrator,
        "stranger": cast.stranger,
        "other controlling": make_staff(cast.other_office, Role.CONTROLLING),
    }
    answers = {name: ask(staff, cast.office).status_code for name, staff in people.items()}
    assert answers == {name: 200 if name in {"controlling", "lead"} else 404 for name in people}


def test_forbidden_answers_like_missing(cast: Cast) -> None:
    browser = as_staff(Browser(), cast.owner)
    forbidden, missing = browser.get("/b/altona/zahlen/"), browser.get("/b/nirgendwo/zahlen/")
    assert (forbidden.status_code, forbidden.content) == (missing.status_code, missing.content)


def test_controlling_begins_here_and_sees_no_page_about_people(cast: Cast, controlling: StaffMember) -> None:
    browser = as_staff(Browser(), controlling)
    assert browser.get("/")["Location"] == "/b/altona/zahlen/"
    page = said(browser.get("/b/altona/zahlen/"))
    assert re.findall(r'class="s-link" href="([^"]+)"', page) == ["/b/altona/zahlen/"]
    for name in ("person_list", "office_setup"):
        assert browser.get(reverse(name, args=["altona"])).status_code == 404


def test_no_name_of_anybody_stands_there(cast: Cast, controlling: StaffMember) -> None:
    fill(cast.office)
    build(cast.office)
    page = said(ask(controlling, cast.office, "?zeitraum=2026-03"))
    for name in ("Kaya", "Rahimi", "Petersen", "Brandt", "Vogt"):
        assert name not in page


def test_two_offices_have_figures_of_their_own(cast: Cast, controlling: StaffMember) -> None:
    fill(cast.office)
    fill(cast.other_office, talks=1)
    build(cast.office)
    build(cast.other_office)
    there = make_staff(cast.other_office, Role.CONTROLLING)
    # The cast has two appointments besides.
    assert planned(ask(controlling, cast.office))[-1] == ("Alle", "8")
    assert planned(ask(there, cast.other_office))[-1] == ("Alle", "3")


def test_reading_writes_nothing(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    browser = as_staff(Browser(), controlling)
    before = AuditEntry.objects.count()
    browser.get("/b/altona/zahlen/")
    assert browser.get("/b/altona/zahlen/datei/").status_code == 405
    assert AuditEntry.objects.count() == before


# --- which months ----------------------------------------------------------------------------------


def test_without_a_question_it_is_the_last_month_that_is_over(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    page = ask(controlling, cast.office)
    assert (page.status_code, title(page)) == (200, "Zahlen, März 2026")
    assert planned(page)[0] == ("Video", "2")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?zeitraum=2026-03", "März 2026"),
        ("?zeitraum=2026-Q1", "1. Quartal 2026"),
        ("?zeitraum=2026", "2026"),
        ("?von=2026-01&bis=2026-04", "Januar 2026 bis April 2026"),
        ("?von=2026-03&bis=2026-03", "März 2026"),
        ("?von=2026-01&bis=2026-12", "2026"),
        ("?bis=2026-04", "April 2026"),
    ],
)
def test_an_address_names_months(cast: Cast, controlling: StaffMember, query: str, words: str) -> None:
    build(cast.office)
    page = ask(controlling, cast.office, query)
    assert (page.status_code, title(page)) == (200, f"Zahlen, {words}")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?zeitraum=gestern", "Diesen Zeitraum gibt es nicht."),
        ("?zeitraum=2026-13", "Diesen Zeitraum gibt es nicht."),
        ("?zeitraum=2026-Q5", "Diesen Zeitraum gibt es nicht."),
        ("?zeitraum=0000", "Diesen Zeitraum gibt es nicht."),
        ("?zeitraum=9999-12", "Diesen Zeitraum gibt es nicht."),
        ("?zeitraum=" + "2" * 5000, "Diesen Zeitraum gibt es nicht."),
        ("?von=%00&bis=2026-03", "Diesen Zeitraum gibt es nicht."),
        ("?von=2026-04&bis=2026-03", "Dieser Zeitraum endet, bevor er beginnt."),
        ("?zeitraum=2026-05", "Dieser Zeitraum liegt in der Zukunft."),
        ("?zeitraum=2999", "Dieser Zeitraum liegt in der Zukunft."),
        ("?von=2023-04&bis=2026-04", "Mehr als drei Jahre zeigt diese Seite nicht."),
        ("?von=1900-01&bis=2026-04", "Mehr als drei Jahre zeigt diese Seite nicht."),
        ("?zeitraum=1900", "Für diesen Zeitraum gibt es keine Zahlen: Er liegt vor dem ersten Termin."),
        ("?zeitraum=2026-02", "Für diesen Zeitraum gibt es keine Zahlen: Er liegt vor dem ersten Termin."),
    ],
)
def test_what_cannot_be_shown_is_said_and_something_is_shown(
    cast: Cast, controlling: StaffMember, query: str, words: str
) -> None:
    build(cast.office)
    page = ask(controlling, cast.office, query)
    assert (page.status_code, title(page)) == (422, "Zahlen, März 2026")
    [note] = re.findall(r'role="status">.*?<p>(.*?)</p>', said(page))
    assert note.startswith(words)
    assert note.endswith("Sie sehen stattdessen März 2026.")


def test_what_was_typed_stands_in_the_form(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    page = said(ask(controlling, cast.office, "?von=2026-04&bis=2026-03"))
    assert re.findall(r'<option value="([\d-]+)" selected', page) == ["2026-04", "2026-03"]


def test_earlier_and_later_go_on_with_the_same_team_and_end_where_figures_end(
    cast: Cast, controlling: StaffMember
) -> None:
    fill(cast.office)
    build(cast.office)
    team = cast.office.teams.get(name="Team 1")
    Team.objects.filter(jobcenter=cast.office, name="Team 2").update(is_active=False)
    page = said(ask(controlling, cast.office, "?zeitraum=2026-03"))
    links = re.findall(r'<a href="\?([^"]+)">', page)
    assert "zeitraum=2026-04" in links
    assert "zeitraum=2026-02" not in links
    assert f"team={team.pk}" not in page


def test_a_year_that_goes_on_has_what_there_is(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    page = ask(controlling, cast.office, "?zeitraum=2026")
    assert planned(page)[-1] == ("Alle", "2")
    standing = re.search(r'<ul class="figs__standing">(.*?)</ul>', said(page))
    assert standing is not None
    assert re.findall(r"</svg>(.*?)</li>", standing[1]) == [
        "ohne Zahlen: Januar 2026, Februar 2026",
        "vorläufig: April 2026",
        "sonst festgeschrieben",
    ]


def test_a_month_says_whether_it_is_settled_and_when_it_was_corrected(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    page = said(ask(controlling, cast.office, "?zeitraum=2026-03"))
    assert "festgeschrieben am 15. April 2026" in page
    assert "Jobcenter Altona, ganzes Jobcenter. Stand: 15. April 2026</p>" in page
    assert "vorläufig" in said(ask(controlling, cast.office, "?zeitraum=2026-04"))
    FiguresMonth.objects.filter(jobcenter=cast.office, frozen_at__isnull=False).update(
        built_at=at("2026-04-10 03:00"), corrected_at=at("2026-04-15 08:30")
    )
    page = said(ask(controlling, cast.office, "?zeitraum=2026-03"))
    assert "berichtigt am 15. April 2026" in page
    assert "Stand: 15. April 2026</p>" in page


# --- which team ------------------------------------------------------------------------------------


@pytest.fixture
def three_teams(cast: Cast) -> dict[str, Team]:
    """Two small teams, one that is hidden with them, and one that is shown."""
    office = cast.office
    more = [Team.objects.create(jobcenter=office, name=f"Team {number}") for number in (3, 4)]
    fill(office, team=more[0], talks=3)
    fill(office, team=more[1])
    build(office)
    return {team.name: team for team in office.teams.all()}


def test_a_team_is_a_filter_and_small_ones_say_why_they_are_none(
    cast: Cast, controlling: StaffMember, three_teams: dict[str, Team]
) -> None:
    page = ask(controlling, cast.office, f"?zeitraum=2026-03&team={three_teams['Team 3'].pk}")
    assert page.status_code == 200
    assert "Jobcenter Altona, Team 3." in said(page)
    assert planned(page)[-1] == ("Alle", "9")
    offered = re.search(r'<select class="field" id="team".*?</select>', said(page), re.DOTALL)
    assert offered is not None
    assert "Team 1" not in offered[0]
    hidden = re.findall(r"<b>(Team \d)</b>: (.*?)</span>", said(page))
    # Which of them is small is not said.
    assert hidden == [(f"Team {number}", SMALL) for number in (1, 2, 4)]


def test_an_open_month_shows_no_team(cast: Cast, controlling: StaffMember, three_teams: dict[str, Team]) -> None:
    page = ask(controlling, cast.office, f"?von=2026-03&bis=2026-04&team={three_teams['Team 3'].pk}")
    assert page.status_code == 422
    why = "erst, wenn alle Monate festgeschrieben sind"
    assert f"Team „Team 3“ wird in diesem Zeitraum nicht gezeigt: {why}. Sie sehen" in said(page)
    hidden = re.findall(r"<b>(Team \d)</b>: (.*?)</span>", said(page))
    assert hidden == [(f"Team {number}", why) for number in range(1, 5)]


def test_the_page_says_by_which_definitions_its_months_were_counted(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    FiguresMonth.objects.filter(jobcenter=cast.office, month=dt.date(2026, 3, 1)).update(definitions=0)
    assert "Zählweise 0." in said(ask(controlling, cast.office, "?zeitraum=2026-03"))
    assert "Zählweise 0, 1." in said(ask(controlling, cast.office, "?von=2026-03&bis=2026-04"))


def test_a_team_has_no_topics_and_no_survey(cast: Cast, controlling: StaffMember, three_teams: dict[str, Team]) -> None:
    answer(cast.office, Audience.CLIENTS, "2026Q1", yes=12)
    whole = {one.section for one in panels_of(ask(controlling, cast.office).content.decode())}
    page = ask(controlling, cast.office, f"?zeitraum=2026-03&team={three_teams['Team 3'].pk}")
    of_team = {one.section for one in panels_of(page.content.decode())}
    assert whole - of_team == {
        "Termine nach Thema und Ergebnis",
        "Umfrage unter Gesprächspartnern",
        "Umfrage unter Fachkräften",
    }
    assert "Themen und Umfragen gibt es nur für das ganze Jobcenter: In einem Team" in said(page)


def test_topics_of_few_and_of_an_open_month_are_one_row(cast: Cast, controlling: StaffMember) -> None:
    fill(cast.office)
    build(cast.office)
    ShownTopic.objects.all().delete()
    [topics] = [
        one
        for one in panels_of(ask(controlling, cast.office, "?zeitraum=2026-03").content.decode())
        if one.section == "Termine nach Thema und Ergebnis"
    ]
    assert [row[0] for row in topics.rows] == ["Weitere Themen zusammen", "Alle"]
    assert topics.rows[0][1:] == topics.rows[1][1:]
    assert topics.sentence == "Hier steht kein Thema einzeln da."


def test_a_topic_of_some_months_is_called_the_most_frequent_of_none(cast: Cast, controlling: StaffMember) -> None:
    """Its row is of the months in which it stands by itself, and the page says so."""
    fill(cast.office)
    build(cast.office)
    march = AppointmentCount.objects.filter(month__jobcenter=cast.office, outcome=Outcome.HELD)[0]
    april = FiguresMonth.objects.get(jobcenter=cast.office, month=dt.date(2026, 4, 1))
    AppointmentCount.objects.create(
        month=april, team=march.team, topic=march.topic, mode=march.mode, outcome=Outcome.HELD, count=30
    )
    page = ask(controlling, cast.office, "?von=2026-03&bis=2026-04")
    [topics] = [one for one in panels_of(page.content.decode()) if one.section == "Termine nach Thema und Ergebnis"]
    assert [tuple(row[:2]) for row in topics.rows] == [
        ("Berufliche Ziele", "8"),
        ("Weitere Themen zusammen", "30"),
        ("Alle", "38"),
    ]
    assert topics.sentence == "8 von 38 Terminen stehen bei einem einzelnen Thema."
    assert "Über mehrere Monate zählt die Zeile eines Themas nur die Monate, in denen es einzeln dasteht." in said(page)


def test_a_hidden_team_is_not_shown_even_when_asked_for(
    cast: Cast, controlling: StaffMember, three_teams: dict[str, Team]
) -> None:
    page = ask(controlling, cast.office, f"?zeitraum=2026-03&team={three_teams['Team 1'].pk}")
    assert page.status_code == 422
    assert f"Team „Team 1“ wird in diesem Zeitraum nicht gezeigt: {SMALL}." in said(page)
    assert "Jobcenter Altona, ganzes Jobcenter." in said(page)


@pytest.mark.parametrize("team", ["0", "-1", "x", "9" * 400, "1%27%20OR%201=1"])
def test_a_team_that_is_none_is_said(cast: Cast, controlling: StaffMember, team: str) -> None:
    build(cast.office)
    page = ask(controlling, cast.office, f"?team={team}")
    assert page.status_code == 422
    assert "Dieses Team gibt es hier nicht. Sie sehen das ganze Jobcenter." in said(page)


def test_another_offices_team_is_none_here(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    fill(cast.other_office)
    build(cast.other_office)
    page = ask(controlling, cast.office, f"?team={cast.other_office.teams.get(name='Team 1').pk}")
    assert page.status_code == 422
    assert "Dieses Team gibt es hier nicht." in said(page)


def test_names_are_text_and_no_markup(cast: Cast, controlling: StaffMember) -> None:
    fill(cast.office)
    cast.office.topics.filter(name="Berufliche Ziele").update(name="<b>Ziele & Wege</b>")
    cast.office.teams.filter(name="Team 1").update(name="<i>Team")
    build(cast.office)
    page = said(ask(controlling, cast.office))
    assert "&lt;b&gt;Ziele &amp; Wege&lt;/b&gt;" in page
    assert "<b>Ziele" not in page
    assert "<i>Team" not in page


# --- little and nothing ----------------------------------------------------------------------------


def test_an_office_without_anything_says_when_figures_come(db: None) -> None:
    office = make_office("neu")
    page = ask(make_staff(office, Role.CONTROLLING), office)
    assert page.status_code == 200
    assert "Noch gibt es keine Zahlen." in said(page)
    assert panels_of(page.content.decode()) == []


def test_a_month_without_anything_says_so(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    page = ask(controlling, cast.office, "?zeitraum=2026-04")
    assert "Für April 2026 gibt es keine Zahlen: keine Termine und keine Kontakte." in said(page)
    assert panels_of(page.content.decode()) == []


def test_an_office_with_few_talks_sees_them(db: None) -> None:
    office = make_office("klein")
    fill(office, counsellors=1, talks=10)
    build(office)
    page = ask(make_staff(office, Role.TEAM_LEAD), office, "?zeitraum=2026")
    assert planned(page)[-1] == ("Alle", "10")
    assert "Von 10 Terminen fanden 9 statt, das sind 90 %." in said(page)


def test_survey_answers_below_ten_are_never_a_number(cast: Cast, controlling: StaffMember) -> None:
    build(cast.office)
    answer(cast.office, Audience.CLIENTS, "2026Q1", yes=7, no=2)
    answer(cast.office, Audience.STAFF, "2026Q1", yes=8, no=4)
    surveys = [one for one in panels_of(ask(controlling, cast.office).content.decode()) if "Umfrage" in one.section]
    rows = {(one.section, one.title): one.rows for one in surveys}
    assert rows["Umfrage unter Gesprächspartnern", "Würde es empfehlen"] == [
        ["1. Quartal 2026", *["unter 10 Antworten"] * 6]
    ]
    assert rows["Umfrage unter Fachkräften", "Würde es empfehlen"] == [
        ["1. Quartal 2026", "12", "8", "0", "4", "0", "67 %"]
    ]


def test_called_off_ones_are_told_apart(cast: Cast, controlling: StaffMember) -> None:
    early: Appointment = book(
        client=make_client(cast.office),
        staff=cast.owner,
        starts_at=at("2026-03-20 10:00"),
        now=at("2026-03-03 09:40"),
    )
    call_off(early, cast.owner, at("2026-03-10 10:00"))
    build(cast.office)
    [one] = [
        panel
        for panel in panels_of(ask(controlling, cast.office).content.decode())
        if panel.section == "Abgesagte Termine"
    ]
    assert one.rows[0] == ["Video", "1", "1", "0", "0"]
    assert one.sentence == "1 Termin wurde abgesagt: 1 rechtzeitig, 0 kurzfristig, 0 im Nachhinein."


def test_query_count_does_not_grow(db: None) -> None:
    counts = []
    for slug, teams in (("eins", 1), ("drei", 3), ("viele", 8)):
        office = make_office(slug, channels=teams * 3)
        for number in range(teams):
            fill(office, team=Team.objects.create(jobcenter=office, name=f"Neu {number}"))
        build(office)
        lead = make_staff(office, Role.CONTROLLING)
        counts.append(count_queries(as_staff(Browser(), lead), f"/b/{slug}/zahlen/?zeitraum=2026"))
    assert counts[0] == counts[1] == counts[2]
