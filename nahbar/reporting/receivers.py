"""What frozen figures hear of: late outcomes, and everything else that changes what was counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.dispatch import receiver

from nahbar.jobcenters.rules import Mode
from nahbar.reporting.corrections import Look, correct_appointment, correct_contact, look_at
from nahbar.scheduling import events
from nahbar.scheduling.models import Appointment, AppointmentChange, Contact
from nahbar.scheduling.rules import CancelReason, ChangeKind, Outcome


@receiver(events.appointment_closed, dispatch_uid="reporting.appointment_closed")
@receiver(events.appointment_cancelled, dispatch_uid="reporting.appointment_cancelled")
def leave_open(*, appointment: Appointment, now: dt.datetime, **_kwargs: Any) -> None:
    """It was open, and has an outcome now or was a mistake."""
    before = replace(_as_it_is(appointment), outcome=Outcome.OPEN)
    correct_appointment(appointment=appointment, before=before, after=look_at(appointment), now=now)


@receiver(events.outcome_corrected, dispatch_uid="reporting.outcome_corrected")
def correct_outcome(
    *, appointment: Appointment, old_outcome: Outcome, old_mode: str, now: dt.datetime, **_kwargs: Any
) -> None:
    """It had another outcome, or people met in another way than was entered."""
    before = replace(_as_it_is(appointment), outcome=Outcome(old_outcome), mode=Mode(old_mode))
    correct_appointment(appointment=appointment, before=before, after=look_at(appointment), now=now)


@receiver(events.appointment_mode_changed, dispatch_uid="reporting.appointment_mode_changed")
def change_mode(*, appointment: Appointment, old_mode: str, now: dt.datetime, **_kwargs: Any) -> None:
    """People were to meet in another way."""
    before = replace(_as_it_is(appointment), mode=Mode(old_mode))
    correct_appointment(appointment=appointment, before=before, after=look_at(appointment), now=now)


@receiver(events.appointment_moved, dispatch_uid="reporting.appointment_moved")
def move(
    *,
    appointment: Appointment,
    old_starts_at: dt.datetime,
    old_ends_at: dt.datetime,
    now: dt.datetime,
    **_kwargs: Any,
) -> None:
    """It was at another time, maybe in another month."""
    before = replace(_as_it_is(appointment), starts_at=old_starts_at, ends_at=old_ends_at)
    correct_appointment(appointment=appointment, before=before, after=look_at(appointment), now=now)


@receiver(events.appointment_undone, dispatch_uid="reporting.appointment_undone")
def take_back(
    *, appointment: Appointment, undone: AppointmentChange, old_reason: str, now: dt.datetime, **_kwargs: Any
) -> None:
    """What a change meant for frozen months is taken back with it."""
    before = None if old_reason == CancelReason.MISTAKE else _before_undo(appointment, undone)
    correct_appointment(appointment=appointment, before=before, after=look_at(appointment), now=now)


@receiver(events.contact_entered, dispatch_uid="reporting.contact_entered")
def count_contact(*, contact: Contact, now: dt.datetime, **_kwargs: Any) -> None:
    """The ledger has one more."""
    correct_contact(contact=contact, sign=1, now=now)


@receiver(events.contact_removed, dispatch_uid="reporting.contact_removed")
def uncount_contact(*, contact: Contact, now: dt.datetime, **_kwargs: Any) -> None:
    """The ledger has one less."""
    correct_contact(contact=contact, sign=-1, now=now)


def _before_undo(appointment: Appointment, undone: AppointmentChange) -> Look:
    is_now = _as_it_is(appointment)
    if undone.kind == ChangeKind.MODE_CHANGED:
        return replace(is_now, mode=Mode(undone.new_mode))
    if undone.kind == ChangeKind.CANCELLED:
        # In a frozen month everything had begun.
        return replace(is_now, outcome=Outcome.CANCELLED_AFTERWARDS)
    # Of a time that is taken back only the month matters: it is one to come, in which nothing is frozen.
    starts_at = undone.new_starts_at or is_now.starts_at
    return replace(is_now, starts_at=starts_at, ends_at=starts_at + (is_now.ends_at - is_now.starts_at))


def _as_it_is(appointment: Appointment) -> Look:
    """As `look_at`, even where it is a mistake now."""
    return Look(appointment.starts_at, appointment.ends_at, Mode(appointment.mode), appointment.outcome)
