"""The staff's own survey: a card once a month, and the way to have it gone."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client as Browser

from nahbar.audit.models import AuditEntry
from nahbar.jobcenters.rules import Role
from nahbar.surveys.figures import Answer, Question
from nahbar.surveys.models import SpentTicket
from nahbar.surveys.operations import answer
from nahbar.surveys.tickets import ticket_of_staff
from tests.conftest import Cast
from tests.factories import as_staff, join_office

CARD = "Wie ist Video für Sie?"


@pytest.fixture
def desk(client: Browser, cast: Cast, frozen: time_machine.Traveller) -> Browser:
    """The owner, signed in."""
    return as_staff(client, cast.owner)


def shows_card(browser: Browser, cast: Cast, office: str = "") -> bool:
    return CARD in browser.get(f"/b/{office or cast.office.slug}/heute/").content.decode()


def test_a_counsellor_is_asked_with_the_ticket_of_the_month(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    response = desk.get(f"/b/{cast.office.slug}/heute/")
    page = response.content.decode()

    # The survey's page must not learn from where.
    assert response["Referrer-Policy"] == "strict-origin"
    ticket = ticket_of_staff(staff=cast.owner.pk, office=cast.office.pk, day=now.date())
    assert (CARD in page, page.count(ticket)) == (True, 1)
    assert SpentTicket.objects.count() == 0


def test_whoever_has_answered_is_not_asked_again_until_the_next_month(
    desk: Browser, cast: Cast, now: dt.datetime, frozen: time_machine.Traveller
) -> None:
    ticket = ticket_of_staff(staff=cast.owner.pk, office=cast.office.pk, day=now.date())
    answer(token=ticket, answers={Question.EASE: Answer.YES}, now=now)
    assert not shows_card(desk, cast)

    as_staff(desk, cast.teammate)
    assert shows_card(desk, cast)

    frozen.move_to(dt.datetime(2026, 4, 1, 6, tzinfo=dt.UTC))
    as_staff(desk, cast.owner)
    assert shows_card(desk, cast)


def test_not_this_month_is_known_to_this_browser_alone(
    desk: Browser, cast: Cast, frozen: time_machine.Traveller
) -> None:
    audited = AuditEntry.objects.count()

    skipped = desk.post(f"/b/{cast.office.slug}/umfrage-spaeter/")

    assert (skipped.status_code, skipped["Location"]) == (302, f"/b/{cast.office.slug}/heute/")
    assert (AuditEntry.objects.count(), SpentTicket.objects.count()) == (audited, 0)
    assert not shows_card(desk, cast)
    other = as_staff(Browser(), cast.owner)
    assert shows_card(other, cast)
    frozen.move_to(dt.datetime(2026, 4, 1, 6, tzinfo=dt.UTC))
    as_staff(desk, cast.owner)
    assert shows_card(desk, cast)


def test_in_two_offices_each_asks(desk: Browser, cast: Cast) -> None:
    join_office(cast.owner, cast.other_office)
    desk.post(f"/b/{cast.office.slug}/umfrage-spaeter/")

    assert not shows_card(desk, cast)
    assert shows_card(desk, cast, cast.other_office.slug)


def test_whoever_counsels_nobody_has_no_card(client: Browser, cast: Cast, frozen: time_machine.Traveller) -> None:
    browser = as_staff(client, cast.guide)

    assert CARD not in browser.get(f"/b/{cast.office.slug}/heute/", follow=True).content.decode()
    assert not cast.guide.memberships.exclude(role=Role.GUIDE).exists()
