"""Asked after a talk, in real browsers: answered once, later by the mail's link, and by no robot."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.scheduling.models import Appointment
from nahbar.surveys.asking import link_of
from nahbar.surveys.figures import Answer, Audience, Question
from nahbar.surveys.models import SpentTicket, StagedAnswer
from nahbar.surveys.sealing import unseal
from nahbar.surveys.tickets import ticket_of_talk
from tests.factories import book, invitation_for, make_client, make_office, make_staff
from tests.journeys.conftest import PHONE, watch
from tests.journeys.people import MEDIA_WAIT, WAIT, Contexts, admitting_desk, expect_media, waiting_phone
from tests.journeys.stack import Stack
from tests.journeys.test_access import NARROW, problems
from tests.journeys.test_arrival import click_everything
from tests.surveys.talks import talk

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment that begins now."""
    office = make_office("westheide")
    now = timezone.now().replace(microsecond=0)
    start = now + dt.timedelta(minutes=5)
    return book(client=make_client(office), staff=make_staff(office), starts_at=start, now=now)


def mailed(appointment: Appointment, language: str = "de") -> str:
    """The link as the mail carries it, at the stack's address."""
    return link_of(appointment, language=language).removeprefix(settings.NAHBAR_BASE_URL)


def choose(page: Page, question: Question, word: str) -> None:
    """A tap on one of the large answers."""
    group = page.locator("fieldset", has=page.locator(f"input[name={question.value}]"))
    group.get_by_text(word, exact=True).click()


def answers() -> list[dict[Question, Answer]]:
    """What waits, unsealed."""
    opened = [
        unseal(bytes(one.sealed), office=one.jobcenter_id, audience=Audience(one.audience))
        for one in StagedAnswer.objects.all()
    ]
    return [dict(one.answers) for one in opened if one]


def test_after_a_talk_the_last_page_asks_and_one_answer_counts(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    complaints = watch(phone)
    desk = admitting_desk(context, appointment)
    expect(phone.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    expect_media(phone)
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(phone.get_by_role("heading", name="Wie war es für Sie?")).to_be_visible(timeout=MEDIA_WAIT)

    phone.get_by_role("button", name="Fragen ansehen").click()
    choose(phone, Question.ACCEPTANCE, "Ja")
    choose(phone, Question.AGAIN, "Egal")
    phone.get_by_role("button", name="Absenden").click()
    expect(phone.get_by_role("heading", name="Danke für Ihre Antwort")).to_be_visible()
    assert answers() == [{Question.ACCEPTANCE: Answer.YES, Question.AGAIN: Answer.PARTLY}]

    phone.goto(f"/t/{invitation_for(appointment).public_id}/ende")
    phone.get_by_role("button", name="Fragen ansehen").click()
    expect(phone.get_by_role("heading", name="Ihre Antwort ist schon da")).to_be_visible()
    assert len(answers()) == 1
    # The second time the page answers 409, which Chromium notes.
    assert [one for one in complaints if "409" not in one] == []


def test_later_by_the_mails_link(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    talk(appointment, client_leaves=5)
    phone = context(**PHONE).new_page()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(mailed(appointment))
    phone.get_by_role("button", name="Weiter").click()

    phone.get_by_role("button", name="Absenden").click()
    expect(phone.get_by_text("mindestens eine Antwort")).to_be_visible()
    choose(phone, Question.EASE, "Teils")
    # In plain German what was chosen stays.
    phone.get_by_role("button", name="Einfach").click()
    phone.wait_for_url("**/meinung/de-simple/")
    assert phone.locator("input[name=ease][value=partly]").is_checked()
    phone.locator("button[value=send]").click()

    expect(phone.locator(".big--ok")).to_be_visible()
    assert answers() == [{Question.EASE: Answer.PARTLY}]
    assert not [url for url in asked if ticket_of_talk(appointment) in url.split("#")[0]]
    assert phone.context.cookies() == []


def test_no_thanks_leaves_without_a_trace(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    talk(appointment)
    phone = context(**PHONE).new_page()
    phone.goto(mailed(appointment))
    phone.get_by_role("button", name="Weiter").click()
    phone.get_by_role("button", name="Nein danke").click()

    expect(phone.get_by_text("Sie können diese Seite schließen.")).to_be_visible()
    assert SpentTicket.objects.count() == 0


def test_a_robot_that_presses_everything_answers_nothing(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    talk(appointment)
    robot = context().new_page()
    robot.goto(mailed(appointment))
    assert click_everything(robot) > 0
    assert (SpentTicket.objects.count(), StagedAnswer.objects.count()) == (0, 0)

    # One that comes further, and fills in whatever there is before it presses.
    robot.goto("about:blank")
    robot.goto(mailed(appointment))
    robot.get_by_role("button", name="Weiter").click()
    robot.locator("#meinung").wait_for()
    robot.evaluate("document.querySelectorAll('#meinung input').forEach((one) => one.click())")
    robot.locator("button[value=send]").click()
    expect(robot.locator(".big")).to_be_visible(timeout=WAIT)
    assert (SpentTicket.objects.count(), StagedAnswer.objects.count()) == (0, 0)


def test_the_keyboard_answers_too(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    talk(appointment)
    desk = context().new_page()
    desk.goto(mailed(appointment))
    desk.get_by_role("button", name="Weiter").press("Enter")
    desk.locator("input[name=ease]").first.focus()
    desk.keyboard.press("ArrowRight")
    desk.locator("button[value=send]").press("Enter")

    expect(desk.get_by_role("heading", name="Danke für Ihre Antwort")).to_be_visible()
    assert answers() == [{Question.EASE: Answer.PARTLY}]


@pytest.mark.parametrize("screen", [PHONE, NARROW], ids=["phone", "narrow"])
@pytest.mark.parametrize("language", ["de", "de-simple", "qps"])
def test_the_survey_is_accessible_and_fits(
    stack: Stack, context: Contexts, appointment: Appointment, screen: dict[str, Any], language: str
) -> None:
    talk(appointment)
    page = context(**screen).new_page()
    found: dict[str, list[str]] = {}
    page.goto(mailed(appointment, language))
    found["landing"] = problems(page)
    page.locator("#landing button").click()
    page.locator("#meinung").wait_for()
    found["questions"] = problems(page)
    if language == "de":
        sizes = page.locator(".tile").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
        assert min(sizes) >= 44
    page.locator("button[value=send]").click()
    page.locator("[role=alert]").wait_for()
    found["nothing chosen"] = problems(page)
    page.locator("label.tile").first.click()
    page.locator("button[value=send]").click()
    page.locator(".big--ok").wait_for()
    found["thanks"] = problems(page)
    page.goto("/meinung/")
    found["no ticket"] = problems(page)

    assert {name: what for name, what in found.items() if what} == {}
