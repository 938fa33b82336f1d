"""What came of an appointment: entered once, corrected with a history, and counted in the contact ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling import events
from nahbar.scheduling.changing import audit, close, hold, note
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, ChannelBooking, Contact
from nahbar.scheduling.rules import (
    CONTACT_KIND_OF_MODE,
    TALK_MINUTES,
    TRANSITIONS,
    AppointmentState,
    ChangeKind,
    NotHeldReason,
    Outcome,
)
from nahbar.scheduling.seating import release_channel


@transaction.atomic
def mark_held(
    *,
    appointment: Appointment,
    by: Actor,
    now: dt.datetime,
    minutes: int | None = None,
    revision: int | None = None,
) -> Contact:
    """Records that the talk took place and counts the contact, once. Sends `contact_entered`, `appointment_closed`.

    `minutes` is the real length, the planned one where unknown; `revision` is what the page showed. Raises
    `Refused` (NOT_PLANNED, STALE), and `Refused(NOT_BEGUN)` before the start.
    """
    if now < appointment.starts_at and minutes is None:
        raise Refused(Reason.NOT_BEGUN)
    hold(appointment)
    close(appointment=appointment, to=AppointmentState.HELD, revision=revision)
    if now <= appointment.starts_at:
        # Talked before the time, and done: others can have the channel.
        release_channel(occasion=appointment)
    # The channel was used: its booking stays for the figures, and ends now.
    ChannelBooking.objects.filter(appointment=appointment, starts_at__lt=now, ends_at__gt=now).update(ends_at=now)
    note(appointment=appointment, kind=ChangeKind.HELD, by=by, now=now)
    audit(Action.OUTCOME, appointment=appointment, by=by, now=now)
    contact = _enter_contact(appointment, minutes=minutes, by=by, now=now)
    events.appointment_closed.send(sender=Appointment, appointment=appointment, by=by, now=now)
    return contact


@transaction.atomic
def mark_not_held(
    *, appointment: Appointment, reason: NotHeldReason, by: Actor, now: dt.datetime, revision: int | None = None
) -> None:
    """Records that nothing came of it, and why; sends `appointment_closed`. `revision` is what the page showed.

    Raises `Refused` (NOT_PLANNED, NOT_BEGUN, STALE).
    """
    if now < appointment.starts_at:
        raise Refused(Reason.NOT_BEGUN)
    hold(appointment)
    close(appointment=appointment, to=AppointmentState.NOT_HELD, revision=revision, not_held_reason=reason)
    release_channel(occasion=appointment)
    note(appointment=appointment, kind=ChangeKind.NOT_HELD, by=by, now=now)
    audit(Action.OUTCOME, appointment=appointment, by=by, now=now)
    events.appointment_closed.send(sender=Appointment, appointment=appointment, by=by, now=now)


@dataclass(frozen=True)
class Correction:
    """What really came of it: held in `mode` for `minutes`, or not held for `reason`."""

    mode: Mode
    reason: NotHeldReason | None = None
    minutes: int | None = None

    @property
    def state(self) -> AppointmentState:
        """Where the appointment then stands."""
        return AppointmentState.NOT_HELD if self.reason else AppointmentState.HELD


def modes_it_had(appointment: Appointment) -> list[Mode]:
    """How it can have taken place: as it was planned at any time, or by telephone, which is always at hand."""
    changes = appointment.changes.values_list("old_mode", "new_mode")
    had = {appointment.mode, Mode.TELEPHONE, *(mode for both in changes for mode in both)}
    return [mode for mode in Mode if mode in had]


def correct_outcome(
    *, appointment: Appointment, correction: Correction, revision: int, by: Actor, now: dt.datetime
) -> bool:
    """Another outcome than was entered; what was entered stays in the history. False when it already says so.

    Held and not held become each other, at any time; a cancelled appointment stays one. The ledger's contact comes,
    goes or changes with it (`contact_entered`, `contact_removed`, both where it changes), and `outcome_corrected`
    is sent. `revision` is what the page showed. Raises `Refused` (NO_OUTCOME, NOT_BEGUN where it was talked before its
    time, MODE_NOT_ALLOWED, TALK_LENGTH, STALE).
    """
    minutes = correction.minutes
    if correction.mode not in modes_it_had(appointment):
        raise Refused(Reason.MODE_NOT_ALLOWED)
    if minutes is not None and not TALK_MINUTES[0] <= minutes <= TALK_MINUTES[1]:
        raise Refused(Reason.TALK_LENGTH)
    with transaction.atomic():
        hold(appointment)
        return _correct(appointment, correction, revision=revision, by=by, now=now)


def _correct(appointment: Appointment, correction: Correction, *, revision: int, by: Actor, now: dt.datetime) -> bool:
    # Nobody else corrects it between what is read here and what is written.
    Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    appointment.refresh_from_db()
    state = AppointmentState(appointment.state)
    if appointment.is_planned or correction.state not in TRANSITIONS[state]:
        raise Refused(Reason.NO_OUTCOME)
    if _says(appointment, correction):
        return False
    if correction.reason and state == AppointmentState.HELD and now < appointment.starts_at:
        raise Refused(Reason.NOT_BEGUN)
    old_outcome, old_mode = appointment.outcome, appointment.mode
    _claim(appointment, correction, revision=revision)
    if correction.reason:
        release_channel(occasion=appointment)
    note(
        appointment=appointment,
        kind=ChangeKind.CORRECTED,
        by=by,
        now=now,
        old_mode=old_mode,
        old_outcome=old_outcome,
    )
    _audit_correction(appointment, old_outcome=old_outcome, by=by, now=now)
    _settle_contact(appointment, correction, by=by, now=now)
    events.outcome_corrected.send(
        sender=Appointment, appointment=appointment, old_outcome=old_outcome, old_mode=old_mode, by=by, now=now
    )
    return True


def _says(appointment: Appointment, correction: Correction) -> bool:
    """Whether the outcome already is what it is to become; without minutes said, those that stand are meant."""
    if (appointment.state, appointment.mode) != (correction.state, correction.mode):
        return False
    if correction.reason:
        return appointment.not_held_reason == correction.reason
    counted = Contact.objects.filter(appointment=appointment).values_list("minutes", flat=True).first()
    return correction.minutes in {None, counted}


def _claim(appointment: Appointment, correction: Correction, *, revision: int) -> None:
    """Compare-and-set on the revision, whatever the outcome was."""
    changed = Appointment.objects.filter(pk=appointment.pk, state=appointment.state, revision=revision).update(
        state=correction.state,
        not_held_reason=correction.reason or "",
        mode=correction.mode,
        revision=F("revision") + 1,
        sequence=F("sequence") + 1,
    )
    if not changed:
        raise Refused(Reason.STALE)
    appointment.refresh_from_db()


def _audit_correction(appointment: Appointment, *, old_outcome: Outcome, by: Actor, now: dt.datetime) -> None:
    record(
        action=Action.OUTCOME_CORRECTED,
        by=by,
        office=appointment.jobcenter.slug,
        about=About("appointment", str(appointment.public_id)),
        detail={"mode": appointment.mode, "old": old_outcome.value, "new": appointment.outcome.value},
        now=now,
    )


def _settle_contact(appointment: Appointment, correction: Correction, *, by: Actor, now: dt.datetime) -> None:
    """The ledger says what the outcome says: a contact for a held one, none for any other."""
    contact = Contact.objects.select_for_update(of=("self",)).filter(appointment=appointment).first()
    if contact is not None:
        events.contact_removed.send(sender=Contact, contact=contact, by=by, now=now)
    if correction.reason and contact is not None:
        contact.delete()
    elif not correction.reason and contact is None:
        _enter_contact(appointment, minutes=correction.minutes, by=by, now=now)
    elif contact is not None:
        _change_contact(contact, correction, by=by, now=now)


def _enter_contact(appointment: Appointment, *, minutes: int | None, by: Actor, now: dt.datetime) -> Contact:
    client = appointment.client
    contact = Contact.objects.create(
        jobcenter=appointment.jobcenter,
        team=appointment.team,
        client=client,
        km=client.place.km if client.place else None,
        appointment=appointment,
        kind=CONTACT_KIND_OF_MODE[Mode(appointment.mode)],
        at=appointment.starts_at,
        minutes=appointment.minutes if minutes is None else max(minutes, 1),
    )
    events.contact_entered.send(sender=Contact, contact=contact, by=by, now=now)
    return contact


def _change_contact(contact: Contact, correction: Correction, *, by: Actor, now: dt.datetime) -> None:
    """The same contact, of another kind or length: what else stands about it stays."""
    contact.kind = CONTACT_KIND_OF_MODE[correction.mode]
    contact.minutes = contact.minutes if correction.minutes is None else correction.minutes
    contact.save(update_fields=["kind", "minutes"])
    events.contact_entered.send(sender=Contact, contact=contact, by=by, now=now)
