"""“Mein Konto”, and the pages behind a mail: the same answers for everybody, sessions that really end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import ANONYMOUS, Action
from nahbar.outbox.models import OutboxMessage
from nahbar.people.account_links import issue_link, secret_of
from nahbar.people.models import AccountLink, StaffMember, StaffSession
from nahbar.people.retention import SESSIONS
from nahbar.people.rules import LinkPurpose
from nahbar.people.sessions import end_sessions
from tests.conftest import Cast
from tests.factories import PASSWORD, as_staff

NEW = "drei lange neue Wörter"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _sign_in(staff: StaffMember, password: str = PASSWORD) -> Browser:
    browser = Browser(headers={"User-Agent": FIREFOX})
    browser.post(reverse("account_login"), {"login": staff.email, "password": password})
    return browser


def _works(browser: Browser) -> bool:
    return bool(browser.get(reverse("staff_day", args=["altona"])).status_code == 200)


def _open(browser: Browser, link: AccountLink, secret: str | None = None) -> Any:
    sent = {"secret": secret_of(link) if secret is None else secret}
    return browser.post(reverse("account_link_open", args=[link.public_id]), sent)


def test_sessions_are_listed_by_browser_and_hold_no_address(cast: Cast) -> None:
    here, _there = _sign_in(cast.owner), _sign_in(cast.owner)
    _elsewhere = _sign_in(cast.teammate)

    page = here.get(reverse("own_account"))

    rows = page.context["sessions"]
    assert [(row.browser, row.is_this) for row in rows] == [("Firefox, Windows", True), ("Firefox, Windows", False)]
    assert {field.name for field in StaffSession._meta.get_fields()} == {
        "id",
        "public_id",
        "staff",
        "session_key",
        "browser",
        "began_at",
    }


def test_one_session_ends_and_nobody_elses(cast: Cast) -> None:
    here, there, other = _sign_in(cast.owner), _sign_in(cast.owner), _sign_in(cast.teammate)
    for session in StaffSession.objects.exclude(session_key=here.session.session_key):
        here.post(reverse("own_session_end", args=[session.public_id]))

    assert [_works(browser) for browser in (here, there, other)] == [True, False, True]
    assert AuditEntry.objects.filter(action=Action.SESSION_ENDED).count() == 1


def test_all_others_end_at_once(cast: Cast) -> None:
    here, *others = [_sign_in(cast.owner) for _browser in range(3)]

    here.post(reverse("own_sessions_end"))

    assert [_works(browser) for browser in (here, *others)] == [True, False, False]


def test_a_new_password_ends_the_others_and_tells(cast: Cast) -> None:
    here, there = _sign_in(cast.owner), _sign_in(cast.owner)
    asked = here.post(reverse("own_password"), {"password": NEW})
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    short = here.post(reverse("own_password"), {"password": "kurz"})
    here.post(reverse("own_password"), {"password": NEW})

    assert (asked.status_code, short.status_code) == (302, 422)
    assert [_works(browser) for browser in (here, there, _sign_in(cast.owner))] == [True, False, False]
    assert _works(_sign_in(cast.owner, NEW))
    assert OutboxMessage.objects.filter(template="account_news").count() == 1


@pytest.mark.parametrize("how", ["password", "link"])
def test_a_session_is_still_listed_and_ended_after_its_key_changed(cast: Cast, how: str) -> None:
    here = _sign_in(cast.owner)
    if how == "password":
        here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        here.post(reverse("own_password"), {"password": NEW})
    else:
        _open(here, issue_link(staff=cast.owner, purpose=LinkPurpose.PASSWORD, by=ANONYMOUS, now=timezone.now()))
    listed = [row.is_this for row in here.get(reverse("own_account")).context["sessions"]]

    end_sessions(staff=cast.owner, by=ANONYMOUS, now=timezone.now())

    assert (listed, _works(here)) == ([True], False)


def test_new_addresses_are_limited(cast: Cast) -> None:
    here = _sign_in(cast.owner)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    sent = [here.post(reverse("own_email"), {"email": f"n{one}@example.org"}).status_code for one in range(11)]

    assert (sent[9], sent[10]) == (302, 429)


def test_a_new_address_of_somebody_else_is_told_to_nobody(cast: Cast) -> None:
    here = _sign_in(cast.owner)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    answers = [
        here.post(reverse("own_email"), {"email": email}, follow=True).content.decode()
        for email in (cast.teammate.email, "neu@example.org")
    ]

    assert ["an die neue Adresse einen Link geschickt" in answer for answer in answers] == [True, True]
    assert [link.new_email for link in AccountLink.objects.all()] == ["neu@example.org"]


def test_what_is_over_is_forgotten(cast: Cast) -> None:
    _sign_in(cast.owner)

    assert SESSIONS.delete(now=timezone.now(), limit=5) == {}
    SESSIONS.delete(now=timezone.now() + dt.timedelta(hours=13), limit=5)

    assert not StaffSession.objects.exists()


def test_forgotten_passwords_answer_the_same_for_everybody(cast: Cast, client: Browser) -> None:
    pages = [
        client.post(reverse("account_forgotten"), {"email": email}).content
        for email in (cast.owner.email, "niemand@example.org")
    ]

    assert pages[0] == pages[1]
    assert OutboxMessage.objects.filter(template="account_password").count() == 1


def test_asking_is_limited(cast: Cast, client: Browser) -> None:
    statuses = [
        client.post(reverse("account_forgotten"), {"email": f"n{number}@example.org"}).status_code
        for number in range(11)
    ]

    assert (statuses[9], statuses[10]) == (200, 429)


def test_the_way_from_the_mail_to_a_new_password(cast: Cast, client: Browser) -> None:
    link = issue_link(staff=cast.owner, purpose=LinkPurpose.PASSWORD, by=ANONYMOUS, now=timezone.now())
    working = _sign_in(cast.owner)
    client.get(reverse("account_link", args=[link.public_id]))
    wrong = _open(client, link, "x" * 24)
    before = client.get(reverse("account_begin")).status_code

    _open(client, link)
    client.post(reverse("account_begin"), {"password": NEW})

    again = client.post(reverse("account_begin"), {"password": "noch ein anderes Kennwort"})
    assert (wrong.status_code, before, again.status_code) == (410, 410, 410)
    assert (_works(_sign_in(cast.owner, NEW)), _works(working)) == (True, False)
    assert not _works(client), "a mail alone signs nobody in"


def test_looking_at_a_link_uses_nothing_up(cast: Cast, client: Browser) -> None:
    link = issue_link(staff=cast.owner, purpose=LinkPurpose.PASSWORD, by=ANONYMOUS, now=timezone.now())
    for _time in range(2):
        client.get(reverse("account_link", args=[link.public_id]))
        client.head(reverse("account_link", args=[link.public_id]))

    assert _open(client, link)["Location"] == reverse("account_begin")


def test_a_newer_link_ends_a_page_that_is_open(cast: Cast, client: Browser) -> None:
    link = issue_link(staff=cast.owner, purpose=LinkPurpose.PASSWORD, by=ANONYMOUS, now=timezone.now())
    _open(client, link)
    issue_link(staff=cast.owner, purpose=LinkPurpose.PASSWORD, by=ANONYMOUS, now=timezone.now())

    assert client.post(reverse("account_begin"), {"password": NEW}).status_code == 410


@pytest.mark.parametrize("who", ["owner", "guide", "administrator", "team_lead"])
def test_everybody_finds_their_account(cast: Cast, client: Browser, who: str) -> None:
    page = as_staff(client, getattr(cast, who)).get("/", follow=True).content.decode()

    assert f'href="{reverse("own_account")}"' in page
