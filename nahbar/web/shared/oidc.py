"""Single sign-on by OpenID Connect: allauth's flow with PKCE, and an ID token that is verified.

allauth takes the identity from the userinfo endpoint, fetches no keys and sends no nonce. Here the ID token is the
only source: signed by a key the issuer publishes, of this issuer, for this client, not expired, and of this very
sign-in. Who somebody is, is issuer and subject, never an address: those change hands.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import jwt
import requests
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.signals import user_logged_in
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action, Actor
from nahbar.people.account_links import LinkOver, use_link
from nahbar.people.account_mails import tell
from nahbar.people.accounts import AddressTaken
from nahbar.people.groups import make_account_from_groups, opens_an_office, update_roles
from nahbar.people.models import Membership, StaffMember
from nahbar.people.queries import lacks_factor
from nahbar.people.rules import LinkPurpose, News
from nahbar.web.shared.account_links import OPENED, opened_link
from nahbar.web.shared.desks import SIGNED_ON_ELSEWHERE

PROVIDER = "openid_connect"
# Signatures with a key that both sides know prove nothing about who signed.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "iat"]
LEEWAY_SECONDS = 30
LONGEST_NAME = 80


def is_configured() -> bool:
    """Whether this installation has a single sign-on."""
    return bool(settings.NAHBAR_OIDC_ISSUER)


class VerifiedAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """allauth's client of the provider; the identity comes from the verified ID token."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the issuer publishes about itself; it must be the issuer that was configured."""
        config = super().openid_config
        needed = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"}
        if not isinstance(config, dict) or needed - config.keys() or config["issuer"] != settings.NAHBAR_OIDC_ISSUER:
            raise OAuth2Error("the issuer's configuration is not the issuer's")
        return dict(config)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """As it is registered with the provider; never from the request's host."""
        return f"{settings.NAHBAR_BASE_URL}{reverse('openid_connect_callback')}"

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Who signed in; OAuth2Error when the token proves nothing."""
        claims = self._verify(str(kwargs["response"].get("id_token") or ""), app.client_id)
        login = self.get_provider().sociallogin_from_response(request, claims)
        login.claims = claims
        return login

    def _verify(self, id_token: str, client_id: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key(id_token),
                algorithms=ALGORITHMS,
                audience=client_id,
                issuer=settings.NAHBAR_OIDC_ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED_CLAIMS},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(type(error).__name__) from None
        if not self.nonce or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), self.nonce.encode()):
            raise OAuth2Error("another sign-in's token")
        if claims.get("azp", client_id) != client_id:
            raise OAuth2Error("another client's token")
        return claims

    def _key(self, id_token: str) -> jwt.PyJWK:
        header = jwt.get_unverified_header(id_token)
        with SingleSignOn().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(response.json()).keys
        for key in keys:
            if key.key_id == header.get("kid") and key.public_key_use in {None, "sig"}:
                return key
        raise jwt.InvalidKeyError


class VerifiedProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The one provider of this installation."""

    oauth2_adapter_class = VerifiedAdapter
    pkce_enabled_default = True

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Issuer and subject, as a hash: of any length, and nothing anybody could use elsewhere."""
        return hashlib.sha256(f"{data['iss']}\n{data['sub']}".encode()).hexdigest()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing is kept of what the provider tells."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """None: an address proves nothing here."""
        return []


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who may come in this way, and with which roles."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> VerifiedProvider:
        """The one of the environment; a 404 where there is none."""
        if not is_configured():
            raise Http404
        app = SocialApp(
            provider=PROVIDER,
            provider_id=PROVIDER,
            name=settings.NAHBAR_OIDC_NAME,
            client_id=settings.NAHBAR_OIDC_CLIENT_ID,
            secret=settings.NAHBAR_OIDC_CLIENT_SECRET,
            settings={"server_url": settings.NAHBAR_OIDC_ISSUER.rstrip("/"), "scope": settings.NAHBAR_OIDC_SCOPES},
        )
        return VerifiedProvider(request, app=app)

    def get_requests_session(self) -> requests.Session:
        """With allauth's timeout, and no redirects: the addresses are the issuer's own."""
        session: requests.Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: accounts come from an invitation or from a group."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds, links or makes the account and updates its roles; else a page says what to do."""
        now, groups = timezone.now(), groups_in(sociallogin.claims)
        staff = sociallogin.user if sociallogin.is_existing else _newcomer(request, sociallogin, groups)
        update_roles(staff=staff, groups=groups, now=now)
        if not staff.is_active or not Membership.objects.filter(staff=staff).exists():
            raise _refusal(request, "no_office")
        if not sociallogin.is_existing:
            sociallogin.connect(request, staff)
            tell(staff=staff, news=News.IDENTITY_LINKED, now=now)
            own = Actor("staff", str(staff.public_id))
            about = About("account", str(staff.public_id))
            record(action=Action.IDENTITY_LINKED, by=own, office="", about=about, now=now)

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """One page for all of them; what was wrong with a token helps only whoever made it."""
        raise _refusal(request, "not_proven")


def groups_in(claims: dict[str, Any]) -> list[str]:
    """The names of the groups; a provider leaves the claim out when there are none."""
    found = claims.get(settings.NAHBAR_OIDC_GROUPS_CLAIM)
    return [str(name) for name in found] if isinstance(found, list) else []


def _newcomer(request: HttpRequest, sociallogin: SocialLogin, groups: list[str]) -> StaffMember:
    """Whose account an unknown identity is to open: the invited person's, the signed-in one's, or a new one."""
    invited = _invited(request)
    if invited is not None:
        return _only_identity(request, invited)
    if isinstance(request.user, StaffMember):
        return _only_identity(request, _proven(request, request.user))
    claims = sociallogin.claims
    if not opens_an_office(groups) or not claims.get("email"):
        raise _refusal(request, "no_office")
    if claims.get("email_verified") is not True:
        # Else somebody could take a colleague's address before they come, and be invited in their stead.
        raise _refusal(request, "address_unproven")
    first, last = names_in(claims)
    try:
        return make_account_from_groups(
            email=str(claims["email"]), first_name=first, last_name=last, groups=groups, now=timezone.now()
        )
    except AddressTaken:
        raise _refusal(request, "address_taken") from None


def _only_identity(request: HttpRequest, staff: StaffMember) -> StaffMember:
    if SocialAccount.objects.filter(user=staff).exists():
        raise _refusal(request, "other_identity")
    return staff


def _proven(request: HttpRequest, staff: StaffMember) -> StaffMember:
    """Whoever sits at an open browser could link their own identity: they say first who they are, with all steps."""
    if not did_recently_reauthenticate(request):
        raise _refusal(request, "not_recent")
    if lacks_factor(staff):
        raise _refusal(request, "no_factor")
    return staff


def _invited(request: HttpRequest) -> StaffMember | None:
    link = opened_link(request)
    if link is None or link.purpose != LinkPurpose.INVITATION:
        return None
    if request.user.is_authenticated and request.user != link.staff:
        raise _refusal(request, "other_person")
    try:
        use_link(link=link, now=timezone.now())
    except LinkOver:
        return None
    request.session.pop(OPENED, None)
    return link.staff


def names_in(claims: dict[str, Any]) -> tuple[str, str]:
    """First and last name, as far as the provider tells them."""
    first, last = _in_one_line(claims.get("given_name")), _in_one_line(claims.get("family_name"))
    if not last:
        first, _blank, last = _in_one_line(claims.get("name") or claims["email"]).rpartition(" ")
    return first[:LONGEST_NAME], last[:LONGEST_NAME]


def _in_one_line(name: Any) -> str:
    """Names stand in mails, where a line break would let them look like our own words."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(name or "")).split())


def _refusal(request: HttpRequest, reason: str) -> ImmediateHttpResponse:
    about = About("single_sign_on", reason)
    record(action=Action.IDENTITY_REFUSED, by=ANONYMOUS, office="", about=about, now=timezone.now())
    return ImmediateHttpResponse(render(request, "own/sign_on_refused.html", {"reason": reason}, status=403))


@require_POST
def sign_on(request: HttpRequest) -> HttpResponse:
    """To the provider, with a nonce that only this browser's session knows."""
    nonce = secrets.token_urlsafe(32)
    provider = SingleSignOn(request).get_provider(request, PROVIDER)
    if request.user.is_authenticated and not did_recently_reauthenticate(request):
        # To the account's page afterwards and not on at once: browsers hold that page's policy against the redirect.
        messages.info(request, _("Bitte wählen Sie jetzt noch einmal, dass Ihr Konto verbunden wird."))
        return redirect(f"{reverse('account_reauthenticate')}?next={reverse('own_account')}")
    try:
        response: HttpResponse = provider.redirect(
            request, "login", get_next_redirect_url(request), nonce=nonce, auth_params={"nonce": nonce}
        )
    except (OAuth2Error, requests.RequestException):
        refused: HttpResponse = _refusal(request, "unreachable").response
        return refused
    return response


class CallbackView(OAuth2CallbackView):  # type: ignore[misc]
    """allauth's, which tells the adapter the nonce that was sent."""

    def _get_state(self, request: HttpRequest, provider: VerifiedProvider) -> tuple[dict[str, Any] | None, Any]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


@require_safe
def sign_on_callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider."""
    if not is_configured():
        raise Http404
    response: HttpResponse = CallbackView.adapter_view(VerifiedAdapter(request, PROVIDER))(request)
    return response


@receiver(user_logged_in, dispatch_uid="web.signed_on")
def _note_single_sign_on(request: HttpRequest, sociallogin: SocialLogin | None = None, **_kwargs: Any) -> None:
    if sociallogin is not None:
        request.session[SIGNED_ON_ELSEWHERE] = True
