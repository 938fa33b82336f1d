"""The second factor: allauth's, with our words, secrets encrypted, and every change audited and told."""

from __future__ import annotations

import base64
import hashlib
from io import BytesIO
from typing import Any

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action, Actor
from nahbar.people.account_mails import tell
from nahbar.people.models import StaffMember
from nahbar.people.queries import needs_factor
from nahbar.people.rules import News
from nahbar.web.shared.desks import SIGNED_ON_ELSEWHERE


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Our words; secrets are encrypted with a key outside the database."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "Dieser Code passt nicht. Bitte nehmen Sie den Code, der jetzt in der App steht."
        ),
        "cannot_generate_recovery_codes": gettext_lazy("Bitte richten Sie zuerst einen Passkey oder eine App ein."),
    }

    def build_totp_svg(self, url: str) -> str:
        """None inline: the page shows `totp_picture`."""
        return ""

    def encrypt(self, text: str) -> str:
        """With the first of the link keys."""
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """With any of them; under a lost key there is a secret nobody knows, so that no code fits."""
        try:
            return _vault().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return str(generate_totp_secret())

    def generate_authenticator_name(self, user: StaffMember, type: Authenticator.Type) -> str:  # noqa: A002
        """“Passkey 2”."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}

    def _get_site_name(self) -> str:
        return "Nahbar"


def _vault() -> MultiFernet:
    keys = [hashlib.sha256(f"nahbar.factor:{key}".encode()).digest() for key in settings.NAHBAR_LINK_KEYS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


@require_safe
@login_required
def own_factors(request: HttpRequest) -> HttpResponse:
    """Passkeys, app and recovery codes of whoever is signed in; where they are led to who has none yet."""
    staff = request.user
    assert isinstance(staff, StaffMember)
    factors = list(Authenticator.objects.filter(user=staff).order_by("pk"))
    context = {
        "passkeys": [one.wrap() for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "app": next((one for one in factors if one.type == Authenticator.Type.TOTP), None),
        "codes": next((one.wrap() for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None),
        "needed": needs_factor(staff) and not request.session.get(SIGNED_ON_ELSEWHERE),
        "signed_on_elsewhere": bool(request.session.get(SIGNED_ON_ELSEWHERE)),
    }
    return render(request, "own/factors.html", context)


@require_safe
@login_required
def totp_picture(request: HttpRequest) -> HttpResponse:
    """The code that the app photographs, of the secret that waits in this session."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    code = segno.make(FactorAdapter().build_totp_url(request.user, secret), error="m")
    picture = BytesIO()
    code.save(picture, kind="svg", scale=4, border=3, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@receiver(authenticator_added, dispatch_uid="web.factor_added")
def _note_added(user: StaffMember, authenticator: Authenticator, **_kwargs: Any) -> None:
    _note(Action.FACTOR_ADDED, user, authenticator)
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        tell(staff=user, news=News.FACTOR_ADDED, now=timezone.now())


@receiver(authenticator_removed, dispatch_uid="web.factor_removed")
def _note_removed(user: StaffMember, authenticator: Authenticator, **_kwargs: Any) -> None:
    _note(Action.FACTOR_REMOVED, user, authenticator)
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        tell(staff=user, news=News.FACTOR_REMOVED, now=timezone.now())


@receiver(authenticator_reset, dispatch_uid="web.codes_made")
def _note_codes(user: StaffMember, authenticator: Authenticator, **_kwargs: Any) -> None:
    _note(Action.FACTOR_ADDED, user, authenticator)
    tell(staff=user, news=News.CODES_MADE, now=timezone.now())


@receiver(authentication_failed, dispatch_uid="web.factor_failed")
def _note_failed(user: StaffMember, authenticator: Authenticator, **_kwargs: Any) -> None:
    _note(Action.FACTOR_FAILED, user, authenticator, by=ANONYMOUS)


def _note(action: Action, staff: StaffMember, authenticator: Authenticator, *, by: Actor | None = None) -> None:
    own = Actor("staff", str(staff.public_id))
    about, detail = About("account", str(staff.public_id)), {"type": str(authenticator.type)}
    record(action=action, by=by or own, office="", about=about, detail=detail, now=timezone.now())
