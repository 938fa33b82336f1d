"""Signing in and out, where it leads, and what the audit log keeps of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.people.models import StaffMember
from tests.conftest import Cast
from tests.factories import PASSWORD, as_staff, join_office


def _sign_in(browser: Browser, email: str, password: str = PASSWORD) -> Any:
    return browser.post(reverse("account_login"), {"login": email, "password": password}, follow=True)


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("owner", "staff_day"),
        ("team_lead", "office_overview"),
        ("guide", "office_overview"),
        ("administrator", "office_setup"),
    ],
)
def test_everybody_lands_where_their_work_begins(cast: Cast, client: Browser, who: str, page: str) -> None:
    answer = _sign_in(client, getattr(cast, who).email)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == reverse(page, args=[cast.office.slug])


def test_wrong_password_says_so_and_is_audited_without_what_was_typed(cast: Cast, client: Browser) -> None:
    answer = _sign_in(client, cast.owner.email, "falsch")
    assert "passen nicht zusammen" in answer.content.decode()
    entry = AuditEntry.objects.get(action=Action.SIGN_IN_FAILED)
    assert (entry.actor_kind, entry.object_id, entry.detail) == ("anonymous", str(cast.owner.public_id), {})
    _sign_in(client, "niemand@example.org", "falsch")
    assert AuditEntry.objects.filter(action=Action.SIGN_IN_FAILED, object_id="unknown").count() == 1


def test_empty_form_says_what_is_missing(db: None, client: Browser) -> None:
    page = _sign_in(client, "", "").content.decode()
    assert "Bitte geben Sie Ihre E-Mail-Adresse ein." in page
    assert "Bitte geben Sie Ihr Kennwort ein." in page
    assert "unvollständig" in _sign_in(client, "petersen", "x").content.decode()


def test_guessing_is_slowed_down(cast: Cast, client: Browser) -> None:
    pages = [_sign_in(client, cast.owner.email, "falsch").content.decode() for _try in range(7)]
    assert "warten" in pages[-1]
    assert "warten" in _sign_in(client, cast.owner.email).content.decode()


def test_sign_in_and_out_are_audited(cast: Cast, client: Browser) -> None:
    _sign_in(client, cast.owner.email)
    client.post(reverse("account_logout"))
    actions = AuditEntry.objects.filter(actor_id=str(cast.owner.public_id), object_kind="account")
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [Action.SIGN_IN, Action.SIGN_OUT]


def test_disabled_account_gets_a_clear_page(cast: Cast, client: Browser) -> None:
    StaffMember.objects.filter(pk=cast.owner.pk).update(is_active=False)
    answer = _sign_in(client, cast.owner.email)
    assert answer.status_code == 200
    assert client.get(reverse("staff_day", args=[cast.office.slug])).status_code == 302


def test_account_without_office_gets_a_clear_page(db: None, client: Browser) -> None:
    staff = StaffMember.objects.create_user("neu@example.org", PASSWORD, first_name="Nina", last_name="Neu")
    assert "noch keinem Jobcenter" in as_staff(client, staff).get("/").content.decode()


def test_two_offices_can_be_switched(cast: Cast, client: Browser) -> None:
    join_office(cast.owner, cast.other_office)
    page = as_staff(client, cast.owner).get(reverse("staff_day", args=[cast.office.slug])).content.decode()
    assert f'href="{reverse("office_home", args=[cast.other_office.slug])}"' in page
    assert client.get(reverse("office_home", args=[cast.other_office.slug])).status_code == 302


def test_signing_in_leads_back_to_the_page_that_was_asked_for(cast: Cast, client: Browser) -> None:
    wanted = reverse("appointment_page", args=[cast.office.slug, cast.appointment.public_id])
    form = client.get(wanted, follow=True)
    assert f'value="{wanted}"' in form.content.decode()
    answer = client.post(reverse("account_login"), {"login": cast.owner.email, "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == wanted


def test_next_to_another_site_is_ignored(cast: Cast, client: Browser) -> None:
    sent = {"login": cast.owner.email, "password": PASSWORD, "next": "https://example.org/"}
    assert client.post(reverse("account_login"), sent).headers["Location"] == "/"


def test_form_without_its_token_gets_a_page_that_helps(cast: Cast) -> None:
    browser = Browser(enforce_csrf_checks=True)
    answer = browser.post(reverse("account_login"), {"login": "a@example.org", "password": "x"})
    assert answer.status_code == 403
    assert "Es wurde nichts gespeichert" in answer.content.decode()


def test_pages_are_private_and_framed_by_nobody(cast: Cast, client: Browser) -> None:
    answer = as_staff(client, cast.owner).get(reverse("staff_week", args=[cast.office.slug]))
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
