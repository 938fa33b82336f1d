"""The first page of a new installation."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from nahbar.jobcenters.models import JobCenter
from nahbar.onboarding.first_run import setup_code
from nahbar.people.models import StaffMember
from tests.factories import make_office

pytestmark = pytest.mark.django_db

URL = "/erste-einrichtung/"
PASSWORD = "vier Wörter und ein Fluss"


def filled(**changes: str) -> dict[str, str]:
    """The form as somebody fills it in."""
    return {
        "code": setup_code().lower(),
        "name": "Jobcenter Süderbrarup",
        "slug": "",
        "phone": "04641 12345",
        "email": "",
        "team": "Team 1",
        "topic": "Beratungsgespräch",
        "channels": "2",
        "first_name": "Uwe",
        "last_name": "Haase",
        "login": "uwe.haase@example.org",
        "password": PASSWORD,
    } | changes


def test_root_leads_to_it_while_there_is_no_office() -> None:
    answer = Browser().get("/")
    assert (answer.status_code, answer["Location"]) == (302, URL)
    assert Browser().get(URL).status_code == 200


def test_office_is_founded_and_its_administrator_signed_in() -> None:
    browser = Browser()
    answer = browser.post(URL, filled())
    assert (answer.status_code, answer["Location"]) == (302, "/b/jobcenter-suederbrarup/einrichtung/")
    # Every office asks for a second step unless it says otherwise; the set-up comes after it.
    assert browser.get(answer["Location"])["Location"] == "/konto/schutz/"
    assert browser.get("/konto/schutz/").status_code == 200
    office = JobCenter.objects.get()
    assert (office.phone, office.phone_display) == ("+49464112345", "04641 12345")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "AAAAA-AAAAA-AAAAA-AAAAA"}, "code"),
        ({"code": ""}, "code"),
        ({"name": " "}, "name"),
        ({"phone": "12"}, "phone"),
        ({"phone": "ruf an"}, "phone"),
        ({"email": "nichts"}, "email"),
        ({"channels": "0"}, "channels"),
        ({"channels": "viele"}, "channels"),
        ({"login": "uwe"}, "login"),
        ({"password": "kurz"}, "password"),
        ({"password": "password1234"}, "password"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(changes: dict[str, str], field: str) -> None:
    answer = Browser().post(URL, filled(**changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["last_name"].value() == "Haase"
    assert (JobCenter.objects.count(), StaffMember.objects.count()) == (0, 0)


def test_page_is_gone_once_there_is_an_office() -> None:
    make_office("altona")
    assert Browser().get(URL).status_code == 404
    assert Browser().post(URL, filled()).status_code == 404
    assert JobCenter.objects.count() == 1


def test_code_cannot_be_tried_without_end() -> None:
    browser = Browser()
    answers = [browser.post(URL, filled(code=f"try {number}")).status_code for number in range(21)]
    assert answers == [422] * 20 + [429]
    assert Browser().post(URL, filled()).status_code == 429
