"""“Büro schließen”: never with a future, and then only read."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, LegalHold
from nahbar.people.queries import NotYours, offices_of
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import book_appointment, cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.factories import as_staff, desk_of, join_office, make_wish, meet, open_as_client
from tests.traces import send_all
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

NAME = {"name": "jobcenter altona"}


def settle(cast: Cast) -> None:
    """Nothing is to come any more."""
    for one in (cast.appointment, cast.other_appointment):
        cancel_appointment(appointment=one, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=one.created_at)


def is_open(cast: Cast) -> bool:
    return JobCenter.objects.get(pk=cast.office.pk).is_active


def close(setup: Setup, cast: Cast) -> None:
    settle(cast)
    assert setup.post("office_close", **NAME).status_code == 302
    assert not is_open(cast)


def test_an_office_with_a_future_stays_open_and_says_what_it_is(setup: Setup, cast: Cast) -> None:
    page = setup.read("office_close")
    assert "Das geht noch nicht" in page
    assert "Di, 3. März 2026, 10:00 Uhr, Video, Inga Petersen" in page
    assert "Kaya" not in page
    assert setup.post("office_close", **NAME).status_code == 409
    assert is_open(cast)


@pytest.mark.parametrize("left", ["meeting", "call_task", "no_outcome"])
def test_anything_unsettled_keeps_it_open(setup: Setup, cast: Cast, left: str) -> None:
    settle(cast)
    created, starts_at = cast.appointment.created_at, cast.appointment.starts_at
    if left == "meeting":
        meet(cast.owner, cast.office, starts_at=starts_at, now=created)
    elif left == "call_task":
        wish = make_wish(client=cast.person, staff=cast.owner, starts_at=starts_at, agreed_by=None)
        make_call_task(desk=cast.desk, wish=wish, now=created)
    else:
        past = {"starts_at": starts_at.replace(day=1), "ends_at": starts_at.replace(day=1, hour=22)}
        Appointment.objects.filter(pk=cast.appointment.pk).update(state="planned", cancelled_at=None, **past)
    assert setup.post("office_close", **NAME).status_code == 409
    assert is_open(cast)


@pytest.mark.parametrize("typed", ["", "Jobcenter Bergedorf", "altona"])
def test_nobody_closes_an_office_by_a_slip(setup: Setup, cast: Cast, typed: str) -> None:
    settle(cast)
    assert setup.post("office_close", name=typed).status_code == 422
    assert is_open(cast)


def test_a_closed_office_is_nobodys_desk(setup: Setup, cast: Cast) -> None:
    close(setup, cast)
    for who in (cast.owner, cast.team_lead, cast.guide):
        assert as_staff(Browser(), who).get(reverse("office_home", args=[cast.office.slug])).status_code == 404
        assert said(as_staff(Browser(), who).get("/", follow=True)).count("Altona") == 0
        with pytest.raises(NotYours):
            desk_of(who, cast.office)


def test_whoever_had_a_page_open_books_nothing(setup: Setup, cast: Cast) -> None:
    desk = cast.desk
    close(setup, cast)
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=cast.appointment.starts_at)
    with pytest.raises(Refused) as refused:
        book_appointment(desk=desk, wish=wish, now=cast.appointment.created_at)
    assert refused.value.reason is Reason.NOT_COUNSELLING


def test_administrators_read_it_and_change_nothing(setup: Setup, cast: Cast) -> None:
    join_office(cast.administrator, cast.office, Role.COUNSELLOR)
    close(setup, cast)
    assert "Dieses Büro ist geschlossen." in setup.read("office_facts")
    assert "Büro geschlossen" in setup.read("office_log")
    assert setup.post("office_log_file").status_code == 200
    assert setup.post("office_topics", name="Neu", allows_video="on").status_code == 404
    assert setup.browser.get(reverse("appointment_new", args=[cast.office.slug])).status_code == 404
    assert setup.browser.get("/", follow=True).redirect_chain[-1][0] == "/b/altona/einrichtung/"


def test_people_keep_their_rights(setup: Setup, cast: Cast) -> None:
    close(setup, cast)
    send_all(cast.appointment.created_at)
    person = cast.person.public_id
    found = setup.post("office_rights", number=cast.person.number)
    assert (found.status_code, found["Location"]) == (302, setup.address("office_rights_person", person))
    assert cast.person.number in setup.read("office_rights_person", person)
    exported = setup.post("office_rights_export", person, form="json")
    assert exported.json()["sections"][0]["records"][0]["number"] == cast.person.number
    held = setup.post("office_rights_hold", person, reason="claim", last_day="2027-03-01")
    assert held.status_code == 302
    assert LegalHold.objects.filter(client=cast.person).exists()
    assert setup.post("office_rights_hold", person, release="1").status_code == 302
    assert setup.post("office_rights_erase", person, number=cast.person.number).status_code == 302
    assert not Client.objects.filter(pk=cast.person.pk).exists()


def test_pages_of_their_rights_do_not_say_that_nothing_can_be_changed(setup: Setup, cast: Cast) -> None:
    close(setup, cast)
    pages = [
        setup.read("office_facts"),
        setup.read("office_rights"),
        setup.read("office_rights_person", cast.person.public_id),
    ]
    assert [page.count("Dieses Büro ist geschlossen.") for page in pages] == [1, 0, 0]


def test_nobody_else_answers_for_them(setup: Setup, cast: Cast) -> None:
    close(setup, cast)
    find = setup.address("office_rights")
    for who in (cast.owner, cast.guide, cast.foreign_administrator):
        assert as_staff(Browser(), who).post(find, {"number": cast.person.number}).status_code == 404


def test_old_links_say_the_offices_number(setup: Setup, cast: Cast) -> None:
    close(setup, cast)
    browser = Browser()
    open_as_client(browser, cast.invitation)
    page = said(browser.get(f"/t/{cast.invitation.public_id}/termin"))
    assert "tel:+494066969100" in page


def test_it_is_opened_again(setup: Setup, cast: Cast) -> None:
    close(setup, cast)
    for _twice in range(2):
        assert setup.post("office_reopen").status_code == 302
    assert is_open(cast)
    assert desk_of(cast.owner, cast.office).counsels
    told = AuditEntry.objects.filter(action__in=[Action.OFFICE_CLOSED, Action.OFFICE_REOPENED])
    assert list(told.order_by("pk").values_list("action", flat=True)) == [
        Action.OFFICE_CLOSED,
        Action.OFFICE_REOPENED,
    ]


def test_offices_one_can_open_come_first(cast: Cast) -> None:
    join_office(cast.administrator, cast.other_office, Role.ADMINISTRATOR)
    JobCenter.objects.filter(pk=cast.office.pk).update(is_active=False)
    assert list(offices_of(cast.administrator)) == [cast.other_office, cast.office]
    assert list(offices_of(cast.owner)) == []
