"""What invitations do when appointments change; inside the change's transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.dispatch import receiver

from nahbar.audit.rules import Actor
from nahbar.invitations.operations import issue_invitation, send
from nahbar.invitations.queries import invitation_of, told_revision
from nahbar.invitations.rules import Template
from nahbar.scheduling import events
from nahbar.scheduling.models import Appointment, AppointmentChange
from nahbar.scheduling.rules import ChangeKind, mails_wait_until


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
def tell_cancelled(*, appointment: Appointment, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """The client learns that the appointment is off; the link then leads to that news."""
    invitation = invitation_of(appointment=appointment)
    if invitation is not None:
        until = mails_wait_until(by_kind=by.kind, starts_at=appointment.starts_at, now=now)
        send(invitation=invitation, appointment=appointment, template=Template.CANCELLED, now=now, not_before=until)


# What corrects a change that the client had heard of already.
CORRECTIONS = {
    ChangeKind.BOOKED: Template.CANCELLED,
    ChangeKind.MOVED: Template.MOVED,
    ChangeKind.MODE_CHANGED: Template.MODE_CHANGED,
    ChangeKind.CANCELLED: Template.INVITATION,
}


@receiver(events.appointment_undone, dispatch_uid="invitations.undone")
def tell_undone(
    *, appointment: Appointment, undone: AppointmentChange, by: Actor, now: dt.datetime, **_kwargs: Any
) -> None:
    """Whoever had heard of the change hears that it does not hold; what still waited is dropped unsent."""
    invitation, template = invitation_of(appointment=appointment), CORRECTIONS.get(ChangeKind(undone.kind))
    if invitation is None or template is None:
        return
    knows = told_revision(invitation)
    # Taking back raised the revision; one before it stands for the change, two before it for what holds again.
    if knows == appointment.revision - 2 or (template is Template.CANCELLED and knows is None):
        return
    if template is Template.CANCELLED:
        send(invitation=invitation, appointment=appointment, template=template, now=now)
    else:
        issue_invitation(appointment=appointment, template=template, by=by, now=now)
