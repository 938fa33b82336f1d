"""Single sign-on: whose identity counts, and every token that proves nothing."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.account_links import secret_of
from nahbar.people.accounts import Newcomer, RoleWish, close_account, invite
from nahbar.people.groups import map_group
from nahbar.people.models import AccountLink, Membership, StaffMember
from nahbar.web.shared.oidc import names_in
from tests.conftest import Cast
from tests.factories import PASSWORD, as_staff, desk_of
from tests.oidc.servers import Misbehaving, RealProvider, settings_for


def _use(settings: Any, provider: Misbehaving) -> None:
    for name, value in settings_for(provider.issuer).items():
        setattr(settings, name, value)


def _sign_on(browser: Browser, provider: Misbehaving) -> HttpResponse:
    """The way there and back; the answer to the way back."""
    there = browser.post(reverse("openid_connect_login"))
    assert there.status_code == 302
    answer = browser.get(reverse("openid_connect_callback") + "?" + provider.come_back(there["Location"]))
    assert isinstance(answer, HttpResponse)
    return answer


def _guides(cast: Cast, *names: str) -> None:
    desk = desk_of(cast.administrator, cast.office)
    for name in names:
        map_group(desk=desk, group=name, role=Role.GUIDE, team=None, now=timezone.now())


def _is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session


def _roles(staff: StaffMember) -> set[tuple[str, str]]:
    return set(Membership.objects.filter(staff=staff).values_list("jobcenter__slug", "role"))


def test_a_group_opens_an_account_once(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    claims = {"groups": ["lotsen", "other"], "given_name": "Nele", "family_name": "Voss"}
    with Misbehaving(claims=claims) as provider:
        _use(settings, provider)
        answers = [_sign_on(Browser(), provider) for _time in range(2)]

    staff = StaffMember.objects.get(email="neu@example.org")
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (staff.full_name, staff.has_usable_password()) == ("Nele Voss", False)
    assert _roles(staff) == {("altona", "guide")}
    assert SocialAccount.objects.get().extra_data == {}
    assert provider.pkce_holds


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"claims": {"aud": "another"}}, "audience"),
        ({"claims": {"exp": int(time.time()) - 120}}, "expired"),
        ({"claims": {"iss": "http://127.0.0.1:1"}}, "issuer"),
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"azp": "another"}}, "another client"),
        ({"leaves_out": ("nonce",)}, "no nonce"),
        ({"leaves_out": ("exp",)}, "for ever"),
        ({"leaves_out": ("sub",)}, "nobody"),
        ({"signs_with": "other"}, "key of somebody else"),
        ({"signs_with": "nothing"}, "unsigned"),
        ({"signs_with": "secret"}, "signed with what both know"),
        ({"publishes": False}, "unknown key"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_token_that_proves_nothing_opens_nothing(
    cast: Cast, client: Browser, settings: Any, wrong: dict[str, Any], why: str
) -> None:
    _guides(cast, "lotsen")
    wrong = {**wrong, "claims": {"groups": ["lotsen"], **wrong.get("claims", {})}}
    with Misbehaving(**wrong) as provider:
        _use(settings, provider)
        answer = _sign_on(client, provider)

    assert (answer.status_code, _is_signed_in(client)) == (403, False)
    assert "nicht zu Ende gegangen" in answer.content.decode()
    assert not SocialAccount.objects.exists()
    assert AuditEntry.objects.filter(action=Action.IDENTITY_REFUSED, object_id="not_proven").count() == 1


def test_a_provider_that_says_it_is_another_is_not_asked(cast: Cast, client: Browser, settings: Any) -> None:
    with Misbehaving(discovered_issuer="http://127.0.0.1:1") as provider:
        _use(settings, provider)
        answer = client.post(reverse("openid_connect_login"))

    assert answer.status_code == 403
    assert "antwortet nicht" in answer.content.decode()


def test_a_provider_that_is_away_is_said(cast: Cast, client: Browser, settings: Any) -> None:
    with Misbehaving() as provider:
        _use(settings, provider)
    answer = client.post(reverse("openid_connect_login"))

    assert (answer.status_code, "antwortet nicht" in answer.content.decode()) == (403, True)


def test_an_answer_nobody_asked_for_opens_nothing(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"]}) as provider:
        _use(settings, provider)
        query = provider.come_back(Browser().post(reverse("openid_connect_login"))["Location"])
        answer = client.get(reverse("openid_connect_callback") + "?" + query)

    assert (answer.status_code, _is_signed_in(client)) == (403, False)


def test_an_address_that_changed_hands_hands_nothing_over(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    claims = {"email": cast.administrator.email, "email_verified": True, "groups": ["lotsen"]}
    with Misbehaving(claims=claims) as provider:
        _use(settings, provider)
        answer = _sign_on(client, provider)

    assert (answer.status_code, _is_signed_in(client)) == (403, False)
    assert "schon ein Konto" in answer.content.decode()
    assert not SocialAccount.objects.exists()


def test_another_subject_is_somebody_else_whatever_the_address(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"]}) as provider:
        _use(settings, provider)
        _sign_on(Browser(), provider)
        provider.claims["sub"] = "s-2"
        answer = _sign_on(client, provider)

    assert (answer.status_code, _is_signed_in(client)) == (403, False)
    assert SocialAccount.objects.count() == 1


def test_a_new_address_is_the_same_person(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"]}) as provider:
        _use(settings, provider)
        _sign_on(Browser(), provider)
        provider.claims["email"] = "verheiratet@example.org"
        _sign_on(client, provider)

    assert _is_signed_in(client)
    assert StaffMember.objects.filter(email="neu@example.org").count() == 1


def test_roles_follow_the_groups_and_end_with_them(cast: Cast, settings: Any) -> None:
    _guides(cast, "lotsen")
    desk = desk_of(cast.administrator, cast.office)
    team = cast.office.teams.get(name="Team 2")
    map_group(desk=desk, group="beratung", role=Role.COUNSELLOR, team=team, now=timezone.now())
    with Misbehaving(claims={"groups": ["lotsen", "beratung"]}) as provider:
        _use(settings, provider)
        _sign_on(Browser(), provider)
        staff = StaffMember.objects.get(email="neu@example.org")
        both = _roles(staff)
        provider.claims["groups"] = ["beratung"]
        _sign_on(Browser(), provider)

    assert both == {("altona", "guide"), ("altona", "counsellor")}
    assert _roles(staff) == {("altona", "counsellor")}
    assert AuditEntry.objects.filter(action=Action.ROLE_ENDED, object_id=str(staff.public_id)).count() == 1


def test_whoever_has_no_group_any_more_has_no_office(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"]}) as provider:
        _use(settings, provider)
        _sign_on(Browser(), provider)
        provider.claims["groups"] = []
        answer = _sign_on(client, provider)

    assert (answer.status_code, _is_signed_in(client)) == (403, False)
    assert "noch kein Jobcenter freigeschaltet" in answer.content.decode()


def test_a_closed_account_stays_closed_whatever_the_groups(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"]}) as provider:
        _use(settings, provider)
        _sign_on(Browser(), provider)
        staff = StaffMember.objects.get(email="neu@example.org")
        close_account(desk=desk_of(cast.administrator, cast.office), staff=staff, now=timezone.now())
        _sign_on(client, provider)

    assert (_is_signed_in(client), _roles(staff)) == (False, set())


def test_the_last_administrator_stays_one(cast: Cast, settings: Any) -> None:
    desk = desk_of(cast.administrator, cast.office)
    map_group(desk=desk, group="verwaltung", role=Role.ADMINISTRATOR, team=None, now=timezone.now())
    with Misbehaving(claims={"groups": ["verwaltung"]}) as provider:
        _use(settings, provider)
        _sign_on(Browser(), provider)
        Membership.objects.filter(staff=cast.administrator).delete()
        provider.claims["groups"] = []
        _sign_on(Browser(), provider)

    assert _roles(StaffMember.objects.get(email="neu@example.org")) == {("altona", "administrator")}


def test_an_invitation_opened_first_links_the_identity(cast: Cast, client: Browser, settings: Any) -> None:
    desk = desk_of(cast.administrator, cast.office)
    newcomer = Newcomer("gast@example.org", "none", "Kim", "Albers")
    staff = invite(desk=desk, newcomer=newcomer, roles=[RoleWish(Role.GUIDE)], now=timezone.now())
    link = AccountLink.objects.get()
    client.post(reverse("account_link_open", args=[link.public_id]), {"secret": secret_of(link)})
    with Misbehaving() as provider:
        _use(settings, provider)
        _sign_on(client, provider)

    link.refresh_from_db()
    assert (_is_signed_in(client), link.used_at is not None) == (True, True)
    assert SocialAccount.objects.get().user == staff


def test_whoever_is_signed_in_links_their_own_account(cast: Cast, client: Browser, settings: Any) -> None:
    as_staff(client, cast.guide)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    with Misbehaving(claims={"email": cast.guide.email}) as provider:
        _use(settings, provider)
        _sign_on(client, provider)

    assert SocialAccount.objects.get().user == cast.guide
    assert client.session["_auth_user_id"] == str(cast.guide.pk)


def test_an_open_browser_links_nobodys_identity(cast: Cast, client: Browser, settings: Any) -> None:
    as_staff(client, cast.guide)
    with Misbehaving() as provider:
        _use(settings, provider)
        first = client.post(reverse("openid_connect_login"))
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        there = client.post(reverse("openid_connect_login"))["Location"]
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
            late = client.get(reverse("openid_connect_callback") + "?" + provider.come_back(there))

    assert first["Location"] == f"{reverse('account_reauthenticate')}?next={reverse('own_account')}"
    assert (late.status_code, SocialAccount.objects.exists()) == (403, False)


def test_who_lacks_the_second_step_links_nothing(cast: Cast, client: Browser, settings: Any) -> None:
    JobCenter.objects.update(requires_second_factor=True)
    as_staff(client, cast.guide)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    with Misbehaving() as provider:
        _use(settings, provider)
        answer = _sign_on(client, provider)

    assert (answer.status_code, "erst den zweiten Schritt" in answer.content.decode()) == (403, True)
    assert not SocialAccount.objects.exists()


def test_an_invitation_of_somebody_else_links_nobody(cast: Cast, client: Browser, settings: Any) -> None:
    desk = desk_of(cast.administrator, cast.office)
    newcomer = Newcomer("gast@example.org", "none", "Kim", "Albers")
    invite(desk=desk, newcomer=newcomer, roles=[RoleWish(Role.GUIDE)], now=timezone.now())
    link = AccountLink.objects.get()
    as_staff(client, cast.guide)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_link_open", args=[link.public_id]), {"secret": secret_of(link)})
    with Misbehaving() as provider:
        _use(settings, provider)
        answer = _sign_on(client, provider)

    link.refresh_from_db()
    assert (answer.status_code, link.used_at, SocialAccount.objects.exists()) == (403, None, False)
    assert "für jemand anderen" in answer.content.decode()


@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_address_nobody_proved_opens_no_account(
    cast: Cast, client: Browser, settings: Any, verified: object
) -> None:
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"], "email_verified": verified}) as provider:
        _use(settings, provider)
        answer = _sign_on(client, provider)

    assert (answer.status_code, "noch nicht bestätigt" in answer.content.decode()) == (403, True)
    assert not StaffMember.objects.filter(email="neu@example.org").exists()


def test_names_stay_in_one_line() -> None:
    claims = {"given_name": "Nele\r\nBcc: x", "family_name": "Voss\u2028\u200b "}

    assert names_in(claims) == ("Nele Bcc: x", "Voss")


def test_an_identity_is_unlinked_where_a_password_opens_the_account(cast: Cast, client: Browser) -> None:
    as_staff(client, cast.guide)
    SocialAccount.objects.create(user=cast.guide, provider="openid_connect", uid="x")

    asked = client.post(reverse("own_identity_end"))
    before = SocialAccount.objects.count()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("own_identity_end"))

    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert (before, SocialAccount.objects.count(), _is_signed_in(client)) == (1, 0, True)
    assert AuditEntry.objects.filter(action=Action.IDENTITY_UNLINKED).count() == 1


def test_the_only_way_in_is_not_unlinked(cast: Cast, client: Browser) -> None:
    StaffMember.objects.filter(pk=cast.guide.pk).update(password=make_password(None))
    as_staff(client, StaffMember.objects.get(pk=cast.guide.pk))
    SocialAccount.objects.create(user=cast.guide, provider="openid_connect", uid="x")

    client.post(reverse("own_identity_end"))

    assert SocialAccount.objects.count() == 1


def test_single_sign_on_counts_as_the_second_factor(cast: Cast, client: Browser, settings: Any) -> None:
    JobCenter.objects.update(requires_second_factor=True)
    _guides(cast, "lotsen")
    with Misbehaving(claims={"groups": ["lotsen"]}) as provider:
        _use(settings, provider)
        _sign_on(client, provider)

    assert client.get(reverse("office_overview", args=["altona"])).status_code == 200


def test_only_pages_that_lead_there_name_the_provider_in_their_policy(
    cast: Cast, client: Browser, settings: Any
) -> None:
    settings.NAHBAR_OIDC_ISSUER = "https://anmeldung.example.de/realms/haus"
    policies = [client.get(reverse(name))["Content-Security-Policy"] for name in ("account_login", "account_forgotten")]

    assert ["form-action 'self' https://anmeldung.example.de;" in f"{policy};" for policy in policies] == [True, False]


@pytest.mark.slow
def test_a_real_provider_signs_somebody_on(cast: Cast, client: Browser, settings: Any) -> None:
    _guides(cast, "lotsen")
    accounts = {"nele": {"email": "neu@example.org", "given_name": "Nele", "family_name": "V", "groups": ["lotsen"]}}
    with RealProvider(base_url=settings.NAHBAR_BASE_URL, accounts=accounts) as provider:
        for name, value in settings_for(provider.issuer).items():
            setattr(settings, name, value)
        there = client.post(reverse("openid_connect_login"))["Location"]
        with requests.Session() as session:
            page = session.get(there)
            for form in ({"prompt": "login", "login": "nele", "password": "x"}, {"prompt": "consent"}):
                page = session.post(page.url, data=form, allow_redirects=False)
                while "Location" in page.headers and "zurueck" not in page.headers["Location"]:
                    page = session.get(urljoin(page.url, page.headers["Location"]), allow_redirects=False)
        answer = client.get(page.headers["Location"].removeprefix(settings.NAHBAR_BASE_URL))

    assert (answer.status_code, _is_signed_in(client)) == (302, True)
    assert StaffMember.objects.get(email="neu@example.org").full_name == "Nele V"
