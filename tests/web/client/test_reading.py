"""What a scanner's reading does (nothing), languages, the privacy notice."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from nahbar.invitations.models import Invitation
from nahbar.web.client import urls
from tests.conftest import Cast
from tests.web.client.conftest import Address, link_secret

LINK_PAGES = [page for page in urls.urlpatterns if (page.name or "").startswith("client_")]


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_reading_changes_nothing_for_a_stranger(client: Browser, cast: Cast, frozen: object, method: str) -> None:
    before = everything()
    for invitation in (cast.invitation.public_id, uuid.uuid4()):
        for page in LINK_PAGES:
            getattr(client, method)(reverse(page.name, args=[invitation]))
    for address in ("/datenschutz", "/sprache", "/sprache?next=/t/x"):
        getattr(client, method)(address)
    assert everything() == before
    assert not set(client.cookies) - {settings.CSRF_COOKIE_NAME}


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_changes_nothing_for_the_person_either(agreed: Browser, cast: Cast, method: str) -> None:
    before = everything()
    for page in LINK_PAGES:
        getattr(agreed, method)(reverse(page.name, args=[cast.invitation.public_id]))
    assert everything() == before


def test_dump_sees_a_change(cast: Cast) -> None:
    before = everything()
    Invitation.objects.update(wrong_proofs=1)
    assert everything() != before


@pytest.mark.parametrize("name", ["client_open", "client_mode", "client_withdraw", "client_call_arrive"])
def test_changes_are_posts(agreed: Browser, cast: Cast, name: str) -> None:
    assert agreed.get(reverse(name, args=[cast.invitation.public_id])).status_code == 405


def test_personal_pages_are_not_kept_and_not_indexed(agreed: Browser, url: Address) -> None:
    for page in ("", "termin", "gespraech", "datenschutz"):
        response = agreed.get(url(page))
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
        assert "default-src 'none'" in response["Content-Security-Policy"]


# --- languages ------------------------------------------------------------------------------------


def test_plain_german_at_a_tap_and_back(client: Browser, cast: Cast, url: Address) -> None:
    assert 'value="de-simple" aria-pressed="false"' in client.get(url()).content.decode()
    answer = client.post("/sprache", {"language": "de-simple", "next": url()})
    assert (answer.status_code, answer["Location"]) == (302, url())
    page = client.get(url())
    assert 'value="de" aria-pressed="true"' in page.content.decode()
    assert "Tippen Sie auf „Weiter“." in page.content.decode()
    assert page["Content-Language"] == "de"


def test_language_on_the_landing_page_keeps_the_secret_out_of_addresses(
    client: Browser, cast: Cast, url: Address
) -> None:
    secret = link_secret(cast.invitation)
    choice = client.post("/sprache", {"next": url(), "secret": secret})
    assert f'name="secret" value="{secret}"' in choice.content.decode()
    answer = client.post("/sprache", {"language": "de-simple", "next": url(), "secret": secret})
    assert answer["Location"] == f"{url()}#{secret}"


@pytest.mark.parametrize("secret", ["a b", "x\r\nSet-Cookie: a=b", "<script>", "a" * 65, "ü"])
def test_language_takes_no_odd_secret_back(client: Browser, cast: Cast, url: Address, secret: str) -> None:
    answer = client.post("/sprache", {"language": "de", "next": url(), "secret": secret})
    assert answer["Location"] == url()


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/t/x#y", "t/x"],
)
def test_language_leads_nowhere_else(client: Browser, db: None, target: str) -> None:
    answer = client.post("/sprache", {"language": "de", "next": target})
    assert answer["Location"] == "/datenschutz"


def test_unknown_language_shows_the_choice(client: Browser, db: None) -> None:
    page = client.post("/sprache", {"language": "fr", "next": "/datenschutz"}).content.decode()
    assert "Einfache Sprache" in page
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_choice_of_languages_keeps_the_offices_number(client: Browser, cast: Cast, url: Address) -> None:
    assert "040 66969-100" in client.get("/sprache", {"next": url()}).content.decode()
    installation = settings.NAHBAR_CONTACT["phone"]
    assert installation in client.get("/sprache", {"next": "/t/no-uuid/"}).content.decode()


def test_pseudo_language_runs_from_right_to_left(client: Browser, cast: Cast, url: Address) -> None:
    client.post("/sprache", {"language": "qps", "next": url()})
    page = client.get(url()).content.decode()
    assert 'dir="rtl"' in page
    assert "[Wweiiterr]" in page


# --- privacy --------------------------------------------------------------------------------------


def test_privacy_notice_needs_no_link(client: Browser, cast: Cast, url: Address) -> None:
    page = client.get("/datenschutz").content.decode()
    assert settings.NAHBAR_CONTACT["phone"] in page
    assert "höchstens drei Monate" in page
    office = client.get(url("datenschutz")).content.decode()
    assert "Jobcenter Altona" in office
    assert "Petersen" not in office


def test_privacy_notice_of_an_unknown_link_is_the_installations(client: Browser, db: None) -> None:
    response = client.get(f"/t/{uuid.uuid4()}/datenschutz")
    assert settings.NAHBAR_CONTACT["phone"] in response.content.decode()
