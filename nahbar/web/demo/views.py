"""One-click sign-in, the outbox and a page of all doors. They exist in the demo's settings only."""

from __future__ import annotations

import json
import ssl
import uuid
from pathlib import Path
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from nahbar.onboarding import demo_cast as cast
from nahbar.onboarding.launch.demo import LINKS
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.queries import rendered
from nahbar.outbox.rules import State
from nahbar.people.models import StaffMember

WHO = {
    "counsellor": cast.COUNSELLOR,
    "deputy": cast.DEPUTY,
    "team_lead": cast.TEAM_LEAD,
    "guide": cast.GUIDE,
    "administrator": cast.ADMINISTRATOR,
}
ROLES = {
    "counsellor": _("Fachkraft"),
    "deputy": _("Vertretung"),
    "team_lead": _("Teamleitung"),
    "guide": _("Lotse"),
    "administrator": _("Verwaltung"),
}
MOST = 60
FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)


@require_safe
def doors(request: HttpRequest) -> HttpResponse:
    """Every way in, for a phone that photographed the code; and the certificate it has to trust."""
    context = {
        "roles": [(role, name, WHO[role]) for role, name in ROLES.items()],
        "client": _links().get("client"),
        "has_authority": bool(settings.NAHBAR_DEMO_AUTHORITY),
    }
    return render(request, "demo/doors.html", context)


def _links() -> dict[str, Any]:
    """What the launcher has written; nothing while it is still at it."""
    try:
        found: dict[str, Any] = json.loads(LINKS.read_text())
    except FileNotFoundError:
        return {}
    return found


@require_safe
def authority(request: HttpRequest) -> HttpResponse:
    """The demo's own authority, without its key. iPhones offer to install it only where it is no attachment."""
    if not settings.NAHBAR_DEMO_AUTHORITY:
        raise Http404
    content = ssl.PEM_cert_to_DER_cert(Path(settings.NAHBAR_DEMO_AUTHORITY).read_text())
    return HttpResponse(content, content_type="application/x-x509-ca-cert")


@require_safe
def sign_in(request: HttpRequest, role: str) -> HttpResponse:
    """Signs in as the demo's person with that role, by GET."""
    if role not in WHO:
        raise Http404
    staff = StaffMember.objects.get(email=WHO[role].email)
    login(request, staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("/")


@require_safe
@csp_update({"frame-src": [SELF]})
def outbox(request: HttpRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    """Every mail that went out or waits, newest first, rendered again as it was sent."""
    messages = list(OutboxMessage.objects.exclude(state=State.DROPPED).order_by("-pk")[:MOST])
    chosen = next((message for message in messages if message.public_id == public_id), None)
    if public_id and chosen is None:
        raise Http404
    chosen = chosen or (messages[0] if messages else None)
    context = {
        "rows": [(message, rendered(message)) for message in messages],
        "chosen": chosen,
        "mail": rendered(chosen) if chosen else None,
        "as_text": request.GET.get("ansicht") == "text",
    }
    return render(request, "demo/outbox.html", context)


@require_safe
@xframe_options_sameorigin
def message_html(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The mail's HTML part alone, for the frame on the outbox page."""
    message = OutboxMessage.objects.filter(public_id=public_id).first()
    if message is None:
        raise Http404
    # A link in the mail leaves the frame, as it would leave the mail program.
    response = HttpResponse(rendered(message).html.replace("<head>", '<head><base target="_top">', 1))
    # Mail programs allow styles at the element and nothing else; so does this frame.
    response["Content-Security-Policy"] = FRAME
    return response
