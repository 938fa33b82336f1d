"""“Mein Konto”: sessions, password and address of whoever is signed in, whatever they do in which office."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.audit.rules import Actor
from nahbar.people.accounts import ask_for_email, set_password, unlink_identity
from nahbar.people.models import StaffMember, StaffSession
from nahbar.people.sessions import end_session, end_sessions, move_session, open_sessions
from nahbar.web.shared.accounts import allow_sign_on, browser_words
from nahbar.web.shared.desks import SIGNED_ON_ELSEWHERE
from nahbar.web.shared.limits import Limit, is_exhausted
from nahbar.web.shared.middleware import SESSION_USED

# Each sends two mails, one of them to whatever address was typed.
NEW_ADDRESSES = Limit(scope="new-address", tries=10)


class PasswordForm(forms.Form):
    """A new password; shown once, and the browser may keep it."""

    password = forms.CharField(
        strip=False, error_messages={"required": gettext_lazy("Bitte geben Sie das neue Kennwort ein.")}
    )

    def __init__(self, data: Any = None, *, staff: StaffMember) -> None:
        super().__init__(data)
        self._staff = staff

    def clean_password(self) -> str:
        """Long enough, and not one of those everybody tries first."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self._staff)
        return password


class EmailForm(forms.Form):
    """The address to sign in with."""

    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Bitte geben Sie die neue Adresse ein."),
            "invalid": gettext_lazy("Diese E-Mail-Adresse ist unvollständig."),
        },
    )


@dataclass(frozen=True)
class SessionRow:
    """One line of the list."""

    session: StaffSession
    browser: str
    used_at: dt.datetime
    is_this: bool


def _me(request: HttpRequest) -> StaffMember:
    assert isinstance(request.user, StaffMember)
    return request.user


def _rows(request: HttpRequest) -> list[SessionRow]:
    rows = [_row(one, this=request.session.session_key) for one in open_sessions(_me(request), now=timezone.now())]
    return sorted(rows, key=lambda row: (row.is_this, row.used_at), reverse=True)


def _row(session: StaffSession, *, this: str | None) -> SessionRow:
    used = SessionStore(session.session_key).get(SESSION_USED)
    used_at = dt.datetime.fromisoformat(used) if used else session.began_at
    return SessionRow(session, browser_words(session.browser), used_at, session.session_key == this)


@require_safe
@login_required
def own_account(request: HttpRequest) -> HttpResponseBase:
    """The page."""
    return _page(request)


def _page(request: HttpRequest, *, email: EmailForm | None = None, status: int = 200) -> HttpResponseBase:
    staff = _me(request)
    context = {
        "sessions": _rows(request),
        "email": email or EmailForm(),
        "has_password": staff.has_usable_password(),
        "single_sign_on": settings.NAHBAR_OIDC_NAME if settings.NAHBAR_OIDC_ISSUER else "",
        "is_linked": SocialAccount.objects.filter(user=staff).exists(),
    }
    return allow_sign_on(render(request, "own/account.html", context, status=status))


@require_POST
@login_required
def own_session_end(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ends one session of one's own; another's, or one that is over already, looks the same."""
    if end_session(staff=_me(request), public_id=public_id, now=timezone.now()):
        messages.success(request, _("Dieses Gerät ist abgemeldet."))
    return redirect("own_account")


@require_POST
@login_required
def own_sessions_end(request: HttpRequest) -> HttpResponse:
    """Ends all but this one."""
    staff = _me(request)
    own = Actor("staff", str(staff.public_id))
    end_sessions(staff=staff, by=own, but=request.session.session_key or "", now=timezone.now())
    messages.success(request, _("Alle anderen Geräte sind abgemeldet."))
    return redirect("own_account")


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
def own_password(request: HttpRequest) -> HttpResponse:
    """A new password; who just said who they are need not type the old one again."""
    staff = _me(request)
    form = PasswordForm(request.POST or None, staff=staff)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "own/password.html", {"form": form}, status=status)
    key = request.session.session_key or ""
    set_password(staff=staff, password=form.cleaned_data["password"], keep=key, now=timezone.now())
    update_session_auth_hash(request, staff)
    move_session(old=key, new=request.session.session_key or "")
    messages.success(request, _("Ihr Kennwort ist geändert. Auf allen anderen Geräten sind Sie abgemeldet."))
    return redirect("own_account")


@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def own_email(request: HttpRequest) -> HttpResponseBase:
    """Sends a link to the new address. Whether somebody else has it is told by nobody's answer: they get no mail."""
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _page(request, email=form, status=422)
    now = timezone.now()
    if is_exhausted(limit=NEW_ADDRESSES, request=request, now=now):
        return render(request, "429.html", status=429)
    ask_for_email(staff=_me(request), email=form.cleaned_data["email"], now=now)
    messages.success(
        request, _("Wir haben an die neue Adresse einen Link geschickt. Erst wenn Sie ihn öffnen, gilt sie.")
    )
    return redirect("own_account")


@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def own_identity_end(request: HttpRequest) -> HttpResponse:
    """The single sign-on opens the account no longer; only where a password does."""
    if unlink_identity(staff=_me(request), keep=request.session.session_key or "", now=timezone.now()):
        # Nobody answers for the second factor of this session any more.
        request.session.pop(SIGNED_ON_ELSEWHERE, None)
        messages.success(request, _("Die Verbindung ist gelöst. Auf allen anderen Geräten sind Sie abgemeldet."))
    return redirect("own_account")
