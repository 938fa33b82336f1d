"""“Zahlen” in a real browser: axe, keyboard, paper, and what a screen reader reads."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.models import StaffMember
from nahbar.surveys.figures import Audience
from nahbar.web.lead.periods import after, month_of, quarter_of
from tests.factories import make_office, make_staff
from tests.journeys.conftest import DESK
from tests.journeys.people import Contexts, sign_in
from tests.journeys.stack import Stack
from tests.journeys.test_access import NARROW, problems
from tests.web.lead.figured import answer
from tests.web.lead.made import store
from tests.web.reading import NO_BREAK

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
DARK = {**DESK, "color_scheme": "dark"}
SENTENCE = (
    "Gespräche per Video haben 176 Fahrten gespart, zusammen mindestens 4.210 Kilometer. "
    "Bei 12 Fahrten ist die Strecke nicht bekannt."
)


@pytest.fixture
def controlling(stack: Stack) -> StaffMember:
    """Of an office with two months; lately too few have answered."""
    office, last = make_office("westheide"), after(month_of(timezone.localdate()), -1)
    for month in (last, after(last, -1)):
        store(office, month)
    answer(office, Audience.CLIENTS, quarter_of(last).code.replace("-", ""), yes=7, no=2)
    answer(office, Audience.STAFF, quarter_of(last).code.replace("-", ""), yes=8, no=4)
    return make_staff(office, Role.CONTROLLING)


def _page(context: Contexts, staff: StaffMember, screen: dict[str, Any], query: str = "") -> Page:
    page = context(**screen).new_page()
    sign_in(page, staff.email)
    page.goto(f"/b/westheide/zahlen/{query}")
    expect(page.locator("h1")).to_have_count(1)
    return page


@pytest.mark.parametrize("screen", [DESK, DARK, NARROW], ids=["desk", "dark", "narrow"])
def test_figures_are_accessible_and_fit(
    stack: Stack, context: Contexts, controlling: StaffMember, screen: dict[str, Any]
) -> None:
    page = _page(context, controlling, screen)
    assert problems(page) == []
    page.locator("summary").first.click()
    assert problems(page) == []
    for query in ("?von=2026-04&bis=2026-03", f"?team={_team().pk}", "?zeitraum=2019"):
        page.goto(f"/b/westheide/zahlen/{query}")
        assert problems(page) == []


def _team() -> Team:
    return JobCenter.objects.get(slug="westheide").teams.get(name="Team 1")


def test_figures_go_by_keyboard_alone(stack: Stack, context: Contexts, controlling: StaffMember) -> None:
    page = _page(context, controlling, DESK)
    last = after(month_of(timezone.localdate()), -1)
    page.locator("#inhalt").focus()
    reached = []
    for _press in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText.trim() || document.activeElement.id"))
        if reached[-1].startswith("So wird"):
            break
    assert [word for word in reached if word in {"CSV", "Excel", "Drucken", "Monat", "Quartal", "Jahr", "Zeigen"}] == [
        "CSV",
        "Excel",
        "Drucken",
        "Monat",
        "Quartal",
        "Jahr",
        "Zeigen",
    ]
    page.keyboard.press("Enter")
    expect(page.get_by_text("Zählweise 1.").first).to_be_visible()
    page.locator("#von").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"von="))
    assert f"von={after(last, -1):%Y-%m}&bis={last:%Y-%m}" in page.url
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").press("Enter")
    assert taken.value.suggested_filename == f"zahlen-{after(last, -1):%Y-%m}-{last:%Y-%m}.csv"


def test_paper_has_all_tables_and_no_navigation(stack: Stack, context: Contexts, controlling: StaffMember) -> None:
    page = _page(context, controlling, DESK)
    page.emulate_media(media="print")
    for hidden in (".s-nav", ".figs__ask", ".figs__out", ".s-acts"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text("festgeschrieben am")).to_be_visible()
    for table in page.locator("table").all():
        expect(table).to_be_visible()
    # What is counted how is on the paper, too.
    expect(page.get_by_text("Zählweise 1.").first).to_be_visible()
    paper = page.pdf(format="A4")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 10


def test_a_screen_reader_reads_the_table_and_one_sentence_for_the_chart(
    stack: Stack, context: Contexts, controlling: StaffMember
) -> None:
    page = _page(context, controlling, DESK)
    read = page.get_by_role("region", name="Gesparte Wege").aria_snapshot().replace(NO_BREAK, " ")
    assert (
        read
        == """
- region "Gesparte Wege":
  - heading "Gesparte Wege" [level=2]
  - paragraph: SENTENCE
  - table "Gesparte Wege":
    - rowgroup:
      - row "Hin und zurück Fahrten Kilometer":
        - columnheader "Hin und zurück"
        - columnheader "Fahrten"
        - columnheader "Kilometer"
    - rowgroup:
      - row "Strecke bekannt 164 4.210":
        - rowheader "Strecke bekannt"
        - cell "164"
        - cell "4.210"
      - row "Strecke nicht bekannt 12 nicht bekannt":
        - rowheader "Strecke nicht bekannt"
        - cell "12"
        - cell "nicht bekannt"
      - row "Alle 176 mindestens 4.210":
        - rowheader "Alle"
        - cell "176"
        - cell "mindestens 4.210"
  - img "SENTENCE"
  - group: So wird gezählt
""".strip().replace("SENTENCE", SENTENCE)
    )
    kept = page.get_by_role("region", name="Umfrage unter Gesprächspartnern").get_by_role("table").first
    [cell] = kept.get_by_role("cell").all()
    assert cell.inner_text().strip() == "unter 10 Antworten"


def test_chromium_hands_a_chart_on_as_one_picture_with_its_sentence(
    stack: Stack, context: Contexts, controlling: StaffMember
) -> None:
    page = _page(context, controlling, DESK)
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in nodes if not node.get("ignored")]
    pictures = [node for node in shown if node["role"]["value"] == "image"]
    sentences = page.locator(".fig__says").all_inner_texts()
    assert [_plain(node["name"]["value"]) for node in pictures] == [_plain(one) for one in sentences]
    below = {child for node in pictures for child in node.get("childIds", [])}
    assert [node["nodeId"] for node in shown if node["nodeId"] in below] == []


def _plain(text: str) -> str:
    return " ".join(text.replace(NO_BREAK, " ").split())
