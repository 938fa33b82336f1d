"""What came of it, all the way: a talk, its outcome, what the client thought of it, and the figures."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.reporting.operations import build_month
from nahbar.reporting.rules import month_of
from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.outcomes import mark_held
from nahbar.surveys.figures import Answer, Question
from nahbar.surveys.models import SpentTicket, StagedAnswer, StoredAnswer
from nahbar.surveys.operations import answer, move_lots
from nahbar.surveys.queries import ticket_for_client
from tests.factories import book, desk_of, make_client, make_staff
from tests.journeys.conftest import DESK, PHONE, watch
from tests.journeys.people import WAIT, Contexts, admit_as_counsellor, elsewhere, expect_flow, sign_in, wait_as_client
from tests.journeys.stack import Stack
from tests.surveys.talks import talk

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
YES = dict.fromkeys(Question, Answer.YES)


def _nine_others(like: Appointment) -> None:
    """Nine more talks of that day, had, held and answered: their tickets are spent as the page does it."""
    for number in range(1, 10):
        start = like.starts_at - dt.timedelta(minutes=30 * number)
        office = like.jobcenter
        one = book(client=make_client(office), staff=make_staff(office), starts_at=start, minutes=20, now=start)
        talk(one)
        mark_held(appointment=one, by=desk_of(like.counsellor, like.jobcenter).actor, now=one.ends_at, minutes=20)
        token = ticket_for_client(appointment=one, now=timezone.now())
        answer(token=token, answers=YES, now=timezone.now())


def _count(office: JobCenter) -> tuple[dt.date, dt.date]:
    """What the next night does, whatever the stack's clock has counted already; the first month and the last."""
    months = sorted({month_of(starts_at) for starts_at in Appointment.objects.values_list("starts_at", flat=True)})
    for month in months:
        build_month(jobcenter=office, month=month, now=timezone.now())
    return months[0], months[-1]


def _answer(phone: Page) -> None:
    """Three of the four questions, each with one tap."""
    phone.get_by_role("button", name="Fragen ansehen").click()
    for question, said in (("zufrieden", "Ja"), ("einfach", "Ja"), ("empfehlen", "Vielleicht")):
        phone.get_by_role("group", name=re.compile(question)).get_by_text(said, exact=True).click()
    phone.get_by_role("button", name="Absenden").click()
    expect(phone.get_by_role("heading", name="Danke für Ihre Antwort")).to_be_visible()


def test_talk_outcome_survey_figures(stack: Stack, context: Contexts, over: Appointment) -> None:
    phone, desk = context(**PHONE).new_page(), context(**DESK).new_page()
    complaints = watch(desk)
    wait_as_client(phone, over)
    admit_as_counsellor(desk, over)
    for page in (phone, desk):
        expect_flow(page)
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    desk.get_by_role("button", name="Stimmt, eintragen").click()
    expect(desk.locator("#messages").get_by_text("als stattgefunden eingetragen")).to_be_visible(timeout=WAIT)

    expect(phone.get_by_role("heading", name="Danke für das Gespräch")).to_be_visible(timeout=WAIT)
    _answer(phone)
    assert (SpentTicket.objects.count(), StagedAnswer.objects.count()) == (1, 1)

    elsewhere(lambda: _nine_others(over))
    elsewhere(lambda: move_lots(timezone.now()))
    first, last = elsewhere(lambda: _count(over.jobcenter))
    assert (StoredAnswer.objects.count(), Contact.objects.count()) == (10, 10)

    controlling = elsewhere(lambda: make_staff(over.jobcenter, Role.CONTROLLING))
    board = context(**DESK).new_page()
    sign_in(board, controlling.email)
    expect(board.get_by_role("heading", level=1, name=re.compile("^Zahlen"))).to_be_visible()
    board.goto(f"/b/westheide/zahlen/?von={first:%Y-%m}&bis={last:%Y-%m}")
    expect(board.get_by_text(re.compile(r"Von 10 Terminen fanden 10 statt"))).to_be_visible()
    survey = board.get_by_role("table", name="Umfrage unter Gesprächspartnern: Würde es empfehlen")
    [row] = survey.get_by_role("rowgroup").last.get_by_role("row").all()
    assert row.get_by_role("cell").all_inner_texts() == ["10", "9", "1", "0", "0", "90\xa0%"]
    assert complaints == []
