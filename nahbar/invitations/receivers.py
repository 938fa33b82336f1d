"""What invitations do when appointments change; inside the change's transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.dispatch import receiver

from nahbar.audit.rules import Actor
from nahbar.invitations.operations import issue_invitation, send
from nahbar.invitations.queries import invitation_of
from nahbar.invitations.rules import Template
from nahbar.scheduling import events
from nahbar.scheduling.models import Appointment


@receiver(events.appointment_booked, dispatch_uid="invitations.booked")
def invite(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """A booked appointment invites its client."""
    issue_invitation(appointment=appointment, template=Template.INVITATION, by=by, now=now)


@receiver(events.appointment_moved, dispatch_uid="invitations.moved")
def tell_new_time(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """The client learns the new time."""
    issue_invitation(appointment=appointment, template=Template.MOVED, by=by, now=now)


@receiver(events.appointment_mode_changed, dispatch_uid="invitations.mode_changed")
def tell_new_mode(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """The client learns of the new mode.

    Who chose it themselves gets it too: as a confirmation, and because their calendar would keep the old one.
    """
    issue_invitation(appointment=appointment, template=Template.MODE_CHANGED, by=by, now=now)


@receiver(events.appointment_cancelled, dispatch_uid="invitations.cancelled")
def tell_cancelled(*, appointment: Appointment, now: dt.datetime, **_kwargs: Any) -> None:
    """The client learns that the appointment is off; the link then leads to that news."""
    invitation = invitation_of(appointment=appointment)
    if invitation is not None:
        send(invitation=invitation, appointment=appointment, template=Template.CANCELLED, now=now)
