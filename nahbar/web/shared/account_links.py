"""From a mail to an account: the invitation, a forgotten password, a new address. A person's tap opens the link."""

from __future__ import annotations

import uuid

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action
from nahbar.people.account_links import LinkOver, find_open, open_link
from nahbar.people.accounts import AddressTaken, ask_for_password, confirm_email, set_password_by_link
from nahbar.people.models import AccountLink
from nahbar.people.rules import LinkPurpose
from nahbar.web.shared.accounts import allow_sign_on
from nahbar.web.shared.limits import Limit, is_exhausted
from nahbar.web.shared.own_account import PasswordForm

OPENING = Limit(scope="account-link", tries=60)
ASKING = Limit(scope="forgotten", tries=10)
# Which link was opened in this browser; no secret.
OPENED = "account_link"


class AddressForm(forms.Form):
    """Whose password was forgotten."""

    email = forms.EmailField(
        error_messages={
            "required": gettext_lazy("Bitte geben Sie Ihre E-Mail-Adresse ein."),
            "invalid": gettext_lazy("Diese E-Mail-Adresse ist unvollständig."),
        }
    )


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for the address; the answer is the same whether somebody signs in with it or not."""
    form = AddressForm(request.POST or None)
    if request.method != "POST":
        return render(request, "own/forgotten.html", {"form": form})
    now = timezone.now()
    if is_exhausted(limit=ASKING, request=request, now=now):
        return render(request, "429.html", status=429)
    if not form.is_valid():
        return render(request, "own/forgotten.html", {"form": form}, status=422)
    ask_for_password(email=form.cleaned_data["email"], now=now)
    return render(request, "own/forgotten_sent.html")


@require_safe
def account_link(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The same for every link; the script puts the secret into the form and a tap sends it."""
    return render(request, "own/link.html", {"public_id": public_id})


@require_POST
def account_link_open(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Lets this browser go on with the link, for as long as it is good."""
    now = timezone.now()
    if is_exhausted(limit=OPENING, request=request, now=now):
        return render(request, "429.html", status=429)
    try:
        link = open_link(public_id=public_id, secret=request.POST.get("secret", ""), now=now)
    except LinkOver:
        record(action=Action.DENIED, by=ANONYMOUS, office="", about=About("account_link", str(public_id)), now=now)
        return _over(request)
    if not request.user.is_authenticated:
        # Who is signed in has a key nobody else knows; a new one would be a session that is listed nowhere.
        request.session.cycle_key()
    request.session[OPENED] = [str(link.public_id), link.generation]
    return redirect("account_begin")


def opened_link(request: HttpRequest) -> AccountLink | None:
    """The link this browser has opened, while it is good."""
    stored = request.session.get(OPENED)
    if not stored:
        return None
    return find_open(public_id=uuid.UUID(stored[0]), generation=stored[1], now=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
def account_begin(request: HttpRequest) -> HttpResponseBase:
    """What the link is for: a password, or the yes to a new address."""
    link = opened_link(request)
    if link is None:
        return _over(request)
    if link.purpose == LinkPurpose.EMAIL:
        return _begin_with_address(request, link)
    form = PasswordForm(request.POST or None, staff=link.staff)
    if request.method != "POST" or not form.is_valid():
        invited = link.purpose == LinkPurpose.INVITATION
        context = {
            "form": form,
            "link": link,
            "single_sign_on": settings.NAHBAR_OIDC_NAME if invited and settings.NAHBAR_OIDC_ISSUER else "",
        }
        return allow_sign_on(
            render(request, "own/begin.html", context, status=422 if request.method == "POST" else 200)
        )
    try:
        set_password_by_link(link=link, password=form.cleaned_data["password"], now=timezone.now())
    except LinkOver:
        return _over(request)
    return _done(request)


def _begin_with_address(request: HttpRequest, link: AccountLink) -> HttpResponse:
    if request.method != "POST":
        return render(request, "own/begin_email.html", {"link": link})
    try:
        confirm_email(link=link, keep=request.session.session_key or "", now=timezone.now())
    except (LinkOver, AddressTaken):
        return _over(request)
    return _done(request)


def _done(request: HttpRequest) -> HttpResponse:
    # Signing in follows, with all its steps: a mail alone opens no office.
    request.session.pop(OPENED, None)
    return render(request, "own/begin_done.html")


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "own/link_over.html", status=410)
