"""What the PC asks about the tablet beside it: a code, picture and sound back, and an end."""

from __future__ import annotations

import uuid
from typing import Any

import segno
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from nahbar.calls.models import SecondDevice
from nahbar.calls.queries import access_own_appointment
from nahbar.calls.rules import CODE_LIVES
from nahbar.calls.second_device import drop, fetch, offer_code
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.web.counsellor.talk import answered, answers
from nahbar.web.shared.desks import DeskRequest, desk_view


@require_POST
@desk_view
def staff_tablet_code(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new code, drawn and to be typed; it belongs to this sign-in."""
    appointment = access_own_appointment(desk=request.desk, public_id=public_id)

    def offer() -> dict[str, Any]:
        key = request.session.session_key or ""
        device, secret = offer_code(desk=request.desk, appointment=appointment, session_key=key, now=timezone.now())
        return {"html": _drawn(device, secret), "seconds": int(CODE_LIVES.total_seconds())}

    return answered(offer)


def _drawn(device: SecondDevice, secret: str) -> str:
    address = settings.NAHBAR_BASE_URL + reverse("tablet_landing", args=[device.public_id])
    code = segno.make(f"{address}#{secret}", error="m", micro=False)
    context = {
        # Drawn here, of our own address: nothing a person typed.
        "drawing": mark_safe(code.svg_inline(scale=5, border=4, omitsize=True)),  # noqa: S308
        "address": address.partition("://")[2],
        "typed": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    }
    return render_to_string("counsellor/_tablet_code.html", context)


@require_POST
@answers
def staff_tablet_fetch(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """Picture and sound come back to the PC, which then joins."""
    fetch(desk=desk, appointment=appointment, now=timezone.now())
    return {"ok": True}


@require_POST
@answers
def staff_tablet_drop(desk: Desk, appointment: Appointment) -> dict[str, Any]:
    """The tablet no longer belongs to the talk."""
    drop(desk=desk, appointment=appointment, now=timezone.now())
    return {"ok": True}
