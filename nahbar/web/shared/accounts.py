"""django-allauth, bent to this house: accounts are made by the office, never by signing up.

Who signed in, failed to, or left stands in the audit log; never what they typed.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action, Actor
from nahbar.calls.operations import leave_everywhere
from nahbar.people.models import StaffMember


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No public sign-up, and our own words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("Diese E-Mail-Adresse und dieses Kennwort passen nicht zusammen."),
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


@receiver(user_logged_in, dispatch_uid="web.signed_in")
def _note_sign_in(user: StaffMember, **_kwargs: Any) -> None:
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
