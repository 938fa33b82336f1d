"""django-allauth, bent to this house: accounts are made by the office, never by signing up.

Who signed in, failed to, or left stands in the audit log; never what they typed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action, Actor
from nahbar.calls.operations import leave_everywhere
from nahbar.people.models import StaffMember
from nahbar.people.sessions import note_session
from nahbar.web.shared.browsers import browser_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No public sign-up, and our own words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("Diese E-Mail-Adresse und dieses Kennwort passen nicht zusammen."),
        "incorrect_password": _("Dieses Kennwort passt nicht."),
        "too_many_login_attempts": _("Das waren viele Versuche. Bitte warten Sie fünf Minuten."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address; where none can be told (a socket, a broken header) all share one."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return "unknown"

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """None of allauth's: the page one lands on says enough."""


class SignInForm(LoginForm):  # type: ignore[misc]
    """The address and the password; says which of them is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        address, password = self.fields["login"], self.fields["password"]
        address.error_messages["required"] = _("Bitte geben Sie Ihre E-Mail-Adresse ein.")
        address.error_messages["invalid"] = _("Diese E-Mail-Adresse ist unvollständig.")
        password.error_messages["required"] = _("Bitte geben Sie Ihr Kennwort ein.")


def browser_words(code: str) -> str:
    """“Firefox, Windows”, from what `note_session` keeps."""
    family, _dot, system = code.partition(".")
    families = {"samsung": "Samsung Internet", "edge": "Edge", "firefox": "Firefox", "chrome": "Chrome"}
    systems = {"android": "Android", "ios": "iOS", "windows": "Windows", "mac": "macOS", "linux": "Linux"}
    known = [families.get(family, "Safari" if family == "safari" else str(_("Browser"))), systems.get(system, "")]
    return ", ".join(word for word in known if word)


class SignInView(LoginView):  # type: ignore[misc]
    """The page; its policy lets the form end up at the single sign-on."""

    form_class = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page shows besides the form."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"single_sign_on": settings.NAHBAR_OIDC_ISSUER and settings.NAHBAR_OIDC_NAME}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As allauth's."""
        return allow_sign_on(super().dispatch(request, *args, **kwargs))


def allow_sign_on(response: HttpResponseBase) -> HttpResponseBase:
    """Browsers hold a form's policy against the redirect to the provider, too: this page's names it."""
    parts = urlsplit(settings.NAHBAR_OIDC_ISSUER)
    if parts.netloc:
        # What django-csp's decorators set; they take only what is known when the module is read.
        response._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]  # noqa: SLF001
    return response


@receiver(user_logged_in, dispatch_uid="web.signed_in")
def _note_sign_in(user: StaffMember, request: HttpRequest, **_kwargs: Any) -> None:
    browser = browser_of(request.META.get("HTTP_USER_AGENT", ""))
    note_session(
        staff=user,
        session_key=str(request.session.session_key),
        browser=f"{browser.family}.{browser.os}",
        now=timezone.now(),
    )
    _note(Action.SIGN_IN, user, Actor("staff", str(user.public_id)))


@receiver(user_logged_out, dispatch_uid="web.signed_out")
def _note_sign_out(user: StaffMember | None, **_kwargs: Any) -> None:
    if user is not None:
        leave_everywhere(staff=user, now=timezone.now())
        _note(Action.SIGN_OUT, user, Actor("staff", str(user.public_id)))


@receiver(user_login_failed, dispatch_uid="web.sign_in_failed")
def _note_failure(credentials: dict[str, Any], **_kwargs: Any) -> None:
    typed = str(credentials.get("email") or "")
    _note(Action.SIGN_IN_FAILED, StaffMember.objects.filter(email__iexact=typed).first(), ANONYMOUS)


def _note(action: Action, account: StaffMember | None, by: Actor) -> None:
    account_id = str(account.public_id) if account else "unknown"
    record(action=action, by=by, office="", about=About("account", account_id), now=timezone.now())
