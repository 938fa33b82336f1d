"""What invitations do when appointments change; inside the change's transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.dispatch import receiver

from nahbar.audit.rules import Actor
from nahbar.invitations.operations import correct, issue_invitation, send
from nahbar.invitations.queries import invitation_of, knows_of
from nahbar.invitations.rules import Template
from nahbar.scheduling import events
from nahbar.scheduling.models import Appointment, AppointmentChange
from nahbar.scheduling.rules import mails_wait_until


@receiver(events.appointment_booked, dispatch_uid="invitations.booked")
def invite(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """A booked appointment invites its client at once: they often are on the phone and look for the mail."""
    issue_invitation(appointment=appointment, template=Template.INVITATION, by=by, now=now)


@receiver(events.appointment_moved, dispatch_uid="invitations.moved")
def tell_new_time(
    *, appointment: Appointment, old_starts_at: dt.datetime, by: Actor, now: dt.datetime, **_kwargs: Any
) -> None:
    """The client learns the new time."""
    soonest = min(old_starts_at, appointment.starts_at)
    until = mails_wait_until(by_kind=by.kind, soonest=soonest, now=now)
    issue_invitation(appointment=appointment, template=Template.MOVED, by=by, now=now, not_before=until)


@receiver(events.appointment_mode_changed, dispatch_uid="invitations.mode_changed")
def tell_new_mode(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """The client learns of the new mode, also where they chose it: their calendar must learn it, too."""
    until = mails_wait_until(by_kind=by.kind, soonest=appointment.starts_at, now=now)
    issue_invitation(appointment=appointment, template=Template.MODE_CHANGED, by=by, now=now, not_before=until)


@receiver(events.appointment_cancelled, dispatch_uid="invitations.cancelled")
def tell_cancelled(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """The client learns that the appointment is off; the link then leads to that news."""
    invitation = invitation_of(appointment=appointment)
    if invitation is not None:
        until = mails_wait_until(by_kind=by.kind, soonest=appointment.starts_at, now=now)
        send(invitation=invitation, appointment=appointment, template=Template.CANCELLED, now=now, not_before=until)


@receiver(events.appointment_undone, dispatch_uid="invitations.undone")
def tell_undone(*, appointment: Appointment, undone: AppointmentChange, now: dt.datetime, **_kwargs: Any) -> None:
    """Whoever had heard of the change hears that it does not hold; what still waited is dropped unsent."""
    invitation = invitation_of(appointment=appointment)
    if invitation is not None and knows_of(invitation=invitation, appointment=appointment, undone=undone, now=now):
        correct(appointment=appointment, undone=undone, now=now)
