"""The second factor: who is led to one, and what it does to signing in."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import StaffMember
from nahbar.web.shared.factors import FactorAdapter
from tests.conftest import Cast
from tests.factories import PASSWORD, as_staff, join_office


def _sign_in(browser: Browser, staff: StaffMember) -> Any:
    return browser.post(reverse("account_login"), {"login": staff.email, "password": PASSWORD})


def _code(secret: str) -> str:
    return f"{int(hotp_value(secret, int(time.time()) // 30)):06}"


def _with_app(staff: StaffMember) -> str:
    secret = generate_totp_secret()
    TOTP.activate(staff, secret)
    return str(secret)


@pytest.fixture
def strict(cast: Cast) -> None:
    """The office asks for a second factor."""
    JobCenter.objects.filter(pk=cast.office.pk).update(requires_second_factor=True)


def test_an_office_asks_for_it_unless_it_says_otherwise() -> None:
    assert JobCenter(slug="neu").requires_second_factor


@pytest.mark.usefixtures("strict")
def test_nobody_works_without_one(cast: Cast, client: Browser) -> None:
    as_staff(client, cast.owner)
    day = reverse("staff_day", args=["altona"])

    page = client.get(day)
    scripted = client.get(day, headers={"HX-Request": "true"})
    json = client.get(reverse("waiting_poll", args=["altona"]), headers={"Accept": "application/json"})

    assert (page.status_code, page["Location"]) == (302, reverse("mfa_index"))
    assert scripted["HX-Redirect"] == reverse("mfa_index")
    assert (json.status_code, json.json()) == (403, {"reason": "second_factor"})
    assert client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.usefixtures("strict")
def test_one_office_that_asks_is_enough(cast: Cast, client: Browser) -> None:
    join_office(cast.owner, cast.other_office)
    as_staff(client, cast.owner)

    assert client.get(reverse("staff_day", args=["bergedorf"])).status_code == 302
    assert as_staff(Browser(), cast.stranger).get(reverse("staff_day", args=["bergedorf"])).status_code == 200


@pytest.mark.usefixtures("strict")
def test_recovery_codes_alone_are_none(cast: Cast, client: Browser) -> None:
    Authenticator.objects.create(user=cast.owner, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert as_staff(client, cast.owner).get(reverse("staff_day", args=["altona"])).status_code == 302


@pytest.mark.usefixtures("strict")
def test_an_app_is_set_up_and_then_asked_for(
    cast: Cast, client: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    _sign_in(client, cast.owner)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    picture = client.get(reverse("mfa_totp_picture"))
    secret = page.context["form"].secret

    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(reverse("mfa_activate_totp"), {"code": _code(secret)})
    codes = client.get(done["Location"])

    assert (picture["Content-Type"], "data:" in page.content.decode()) == ("image/svg+xml", False)
    assert "Dieser Code passt nicht" in wrong.content.decode()
    assert len(codes.context["unused_codes"]) == 10
    assert client.get(reverse("staff_day", args=["altona"])).status_code == 200
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert AuditEntry.objects.filter(action=Action.FACTOR_ADDED).count() == 2
    assert OutboxMessage.objects.filter(template="account_news").count() == 1

    other = Browser()
    first = _sign_in(other, cast.owner)
    assert (first["Location"], other.get(reverse("home"))["Location"]) == (
        reverse("mfa_authenticate"),
        "/anmelden/?next=/",
    )
    refused = other.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Dieser Code passt nicht" in refused.content.decode()
    assert AuditEntry.objects.filter(action=Action.FACTOR_FAILED).count() == 1
    other.post(reverse("mfa_authenticate"), {"code": _code(secret)})
    assert other.get(reverse("staff_day", args=["altona"])).status_code == 200


def test_a_recovery_code_opens_once(cast: Cast) -> None:
    _with_app(cast.owner)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: PLC0415

    code = RecoveryCodes.activate(cast.owner).get_unused_codes()[0]
    results = []
    for _time in range(2):
        browser = Browser()
        _sign_in(browser, cast.owner)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        results.append("_auth_user_id" in browser.session)

    assert results == [True, False]


def test_tries_of_the_second_step_are_limited(cast: Cast, client: Browser) -> None:
    secret = _with_app(cast.owner)
    _sign_in(client, cast.owner)
    pages = [client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode() for _try in range(7)]

    assert "warten" in pages[-1]
    client.post(reverse("mfa_authenticate"), {"code": _code(secret)})
    assert "_auth_user_id" not in client.session


def test_secrets_outlive_a_new_key_and_fit_nothing_under_a_lost_one(settings: Any) -> None:
    adapter, [old] = FactorAdapter(), settings.NAHBAR_LINK_KEYS
    sealed = adapter.encrypt("GEHEIM")
    settings.NAHBAR_LINK_KEYS = ["another-key-of-the-suite-0123456789", old]
    assert adapter.decrypt(sealed) == "GEHEIM"
    settings.NAHBAR_LINK_KEYS = ["another-key-of-the-suite-0123456789"]

    assert len({adapter.decrypt(sealed) for _time in range(2)} - {"GEHEIM", ""}) == 2


def test_the_policy_costs_pages_no_query(cast: Cast, django_assert_num_queries: Any, client: Browser) -> None:
    as_staff(client, cast.owner)
    page = reverse("own_video", args=["altona"])
    client.get(page)
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as lenient:
        client.get(page)
    _with_app(cast.owner)
    JobCenter.objects.update(requires_second_factor=True)
    with django_assert_num_queries(len(lenient)):
        client.get(page)


def test_who_has_both_is_told_the_ways_apart(cast: Cast, client: Browser) -> None:
    _with_app(cast.owner)
    data = {"name": "Laptop", "credential": {}}
    Authenticator.objects.create(user=cast.owner, type=Authenticator.Type.WEBAUTHN, data=data)
    as_staff(client, cast.owner)

    page = client.get(reverse("mfa_reauthenticate")).content.decode()

    ways = re.findall(r'<a href="([^"]+)">(\w+)</a>', page.partition('class="ways"')[2].partition("</ul>")[0])
    assert sorted(ways) == [
        (reverse("account_reauthenticate"), "Kennwort"),
        (reverse("mfa_reauthenticate_webauthn"), "Passkey"),
    ]


def test_an_app_alone_offers_no_passkey(cast: Cast, client: Browser) -> None:
    _with_app(cast.owner)
    _sign_in(client, cast.owner)

    page = client.get(reverse("mfa_authenticate")).content.decode()

    assert (page.count('id="id_code"'), page.count("data-passkey")) == (1, 0)
