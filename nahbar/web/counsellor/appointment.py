"""One appointment: where it stands, what reached the person, what happened."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from nahbar.calls.presence import talk_minutes
from nahbar.calls.queries import is_finished, last_call, opens_at, switched_call
from nahbar.calls.rules import CallState
from nahbar.consent.queries import consent_in_force, is_withdrawn
from nahbar.invitations.models import Invitation
from nahbar.invitations.queries import (
    Standing,
    invitation_of,
    messages_of,
    prepared,
    proof_is_blocked,
    remembered_checks,
    standing_of,
)
from nahbar.invitations.rules import Template
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.people.queries import Desk, NotYours, names_of
from nahbar.scheduling.models import Appointment, AppointmentChange
from nahbar.scheduling.queries import access_appointment, client_of_door, deputised_appointments, last_contact_before
from nahbar.scheduling.rules import AgreedBy
from nahbar.scheduling.series import following
from nahbar.web.counsellor.agenda import chip_of
from nahbar.web.counsellor.handover import facts_as_text
from nahbar.web.counsellor.results import Asked, asked
from nahbar.web.counsellor.waiting import check_words, waiting_list
from nahbar.web.counsellor.words import FATES
from nahbar.web.shared.desks import DeskRequest, desk_view
from nahbar.web.shared.phones import dialled


@require_safe
@desk_view
def appointment_page(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Everything about one appointment the desk may see; of another team's the way to the reason that opens it."""
    try:
        appointment = access_appointment(desk=request.desk, public_id=public_id)
    except NotYours:
        return _to_reason(request.desk, public_id)
    now = timezone.now()
    standing = _standing(request.desk, appointment, now=now)
    context = {
        "appointment": appointment,
        "client": appointment.client,
        "counsellor": appointment.counsellor,
        "following": following(desk=request.desk, appointment=appointment),
        "changes": _history(appointment),
        "may_see_record": request.desk.sees_cases,
        "copied": facts_as_text(appointment, minutes=standing["talk_minutes"]),
        **standing,
        **_consent(appointment),
        **_way_in(invitation_of(appointment=appointment)),
    }
    return render(request, "counsellor/appointment.html", context)


def _history(appointment: Appointment) -> list[AppointmentChange]:
    """What happened, each with the name of the colleague who did it as `by_name`."""
    changes = list(appointment.changes.all())
    names = names_of(change.by_id for change in changes if change.by_kind == "staff")
    for change in changes:
        change.by_name = names.get(change.by_id, "")  # type: ignore[attr-defined]  # for the template
    return changes


def _to_reason(desk: Desk, public_id: uuid.UUID) -> HttpResponse:
    client = client_of_door(desk=desk, public_id=public_id)
    door = reverse("person_reason", args=[desk.jobcenter.slug, client.public_id])
    return redirect(f"{door}?termin={public_id}")


def _standing(desk: Desk, appointment: Appointment, *, now: dt.datetime) -> dict[str, Any]:
    is_mine = appointment.counsellor == desk.staff
    waits = any(one.appointment == str(appointment.public_id) for one in waiting_list(desk=desk, now=now))
    minutes = talk_minutes(appointment=appointment, now=now)
    wants_outcome = appointment.is_planned and _is_over(appointment, minutes=minutes, now=now)
    switched = switched_call(appointment=appointment, now=now)
    link_lives = standing_of(appointment=appointment, now=now) is Standing.OPEN
    other_modes = [mode for mode in appointment.modes if mode != Mode(appointment.mode)]
    return {
        "is_mine": is_mine,
        "stands_in": appointment.is_planned and _stands_in(desk, appointment),
        "notice": appointment.notice,
        "chip": chip_of(appointment, waits=waits, is_prepared=appointment.pk in prepared([appointment]), now=now),
        "waits": waits,
        "talk_minutes": minutes,
        "calls_now": is_mine and switched is not None and (switched.started_at or now >= appointment.starts_at),
        "dialled": dialled(appointment.client.phone_display),
        "opens_at": opens_at(appointment=appointment),
        "may_enter": is_mine and link_lives and appointment.is_video and now >= opens_at(appointment=appointment),
        # The link itself lives on a while after the talk; nobody needs a new one by then.
        "may_reissue": link_lives and now < appointment.ends_at,
        "wants_outcome": wants_outcome,
        # While it may still go on nothing is proposed.
        "asked": asked([appointment], now=now)[0] if wants_outcome else Asked(appointment),
        "may_close": appointment.is_planned and now >= appointment.starts_at,
        "asks_agreement": not appointment.agreed_by and Mode.VIDEO in other_modes,
        "agreed_choices": AgreedBy.choices,
        "other_modes": other_modes,
        "last_contact": last_contact_before(appointment=appointment),
    }


def _is_over(appointment: Appointment, *, minutes: int | None, now: dt.datetime) -> bool:
    """Whether there is an outcome to enter: its time is over, or the talk is, and nobody is in it any more."""
    call = last_call(appointment=appointment)
    if call is None or call.state == CallState.ENDED:
        return now >= appointment.ends_at or minutes is not None or is_finished(call)
    return now >= appointment.ends_at and not call.places.filter(connected_at__isnull=False).exists()


def _stands_in(desk: Desk, appointment: Appointment) -> bool:
    """Whether the desk's staff member may take the appointment over; a question only to whoever is a deputy."""
    return bool(desk.deputyships) and deputised_appointments(desk).filter(pk=appointment.pk).exists()


def _consent(appointment: Appointment) -> dict[str, object]:
    consent = consent_in_force(client=appointment.client)
    return {
        "consent": consent,
        "consent_withdrawn": consent is None and is_withdrawn(client=appointment.client),
    }


def _way_in(invitation: Invitation | None) -> dict[str, object]:
    if invitation is None:
        return {"invitation": None, "mails": []}
    checks = remembered_checks(invitation=invitation)
    return {
        "invitation": invitation,
        "mails": [_fate(message) for message in messages_of(invitation)],
        "is_blocked": proof_is_blocked(invitation=invitation),
        "checks": check_words(checks)[1:] if checks else [],
    }


def _fate(message: OutboxMessage) -> dict[str, object]:
    return {
        "message": message,
        "title": Template(message.template).label,
        "chip": FATES[State(message.state)],
        "may_retry": message.state in {State.FAILED, State.UNCERTAIN},
        "may_settle": message.state == State.UNCERTAIN,
        "waits_again": message.state == State.QUEUED and message.attempts > 0,
    }
