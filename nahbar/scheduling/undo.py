"""Taking the last change of an appointment back, within a minute and by whoever made it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import F

from nahbar.audit.rules import Action, Actor
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling import events
from nahbar.scheduling.changing import audit, busy, hold, note
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, AppointmentChange, Contact
from nahbar.scheduling.rules import (
    UNDO_TIME,
    AppointmentState,
    CancelledBy,
    CancelReason,
    ChangeKind,
    ParticipationRole,
)
from nahbar.scheduling.seating import release_channel, take_channel


def undoable(*, appointment: Appointment, by: Actor, now: dt.datetime) -> AppointmentChange | None:
    """The appointment's last change, where `by` made it less than a minute ago and it can be taken back."""
    change = appointment.changes.order_by("-id").first()
    if change is None or ChangeKind(change.kind) not in _BACK or now >= change.at + UNDO_TIME:
        return None
    return change if (change.by_kind, change.by_id) == (by.kind, by.id) else None


def undo_change(*, appointment: Appointment, by: Actor, now: dt.datetime) -> AppointmentChange:
    """Puts an appointment back to what it was before its last change, and returns that change.

    A booking that is taken back is called off as a mistake. Sends `appointment_undone`: mails that waited
    are dropped, what had gone out is corrected. Raises `Refused`: TOO_LATE when there is nothing to take
    back any more, COUNSELLOR_BUSY, CLIENT_BUSY or NO_CHANNEL when others were quicker; nothing is then changed.
    """
    try:
        with transaction.atomic():
            return _undo_once(appointment=appointment, by=by, now=now)
    except IntegrityError as error:
        raise busy(error) from error


def _undo_once(*, appointment: Appointment, by: Actor, now: dt.datetime) -> AppointmentChange:
    last = undoable(appointment=appointment, by=by, now=now)
    if last is None:
        raise Refused(Reason.TOO_LATE)
    back = (last.old_starts_at or appointment.starts_at, last.old_ends_at or appointment.ends_at)
    hold(appointment, back)
    _claim(appointment=appointment)
    # Asked again with the row held: the same button pressed twice takes one change back.
    if appointment.changes.order_by("-id").values_list("pk", flat=True).first() != last.pk:
        raise Refused(Reason.TOO_LATE)
    old_mode = appointment.mode
    _BACK[ChangeKind(last.kind)](appointment, last, now)
    note(appointment=appointment, kind=ChangeKind.UNDONE, by=by, now=now, old_mode=old_mode)
    audit(Action.UNDONE, appointment=appointment, by=by, now=now)
    events.appointment_undone.send(sender=Appointment, appointment=appointment, undone=last, by=by, now=now)
    return last


def _claim(*, appointment: Appointment) -> None:
    """Raises the revision by compare-and-set, whatever the state; `Refused(STALE)` when somebody was quicker."""
    same = Appointment.objects.filter(pk=appointment.pk, revision=appointment.revision, state=appointment.state)
    if not same.update(revision=F("revision") + 1, sequence=F("sequence") + 1):
        raise Refused(Reason.STALE)
    appointment.refresh_from_db()


def _unbook(appointment: Appointment, _last: AppointmentChange, now: dt.datetime) -> None:
    release_channel(occasion=appointment)
    appointment.participations.update(is_active=False)
    appointment.state, appointment.cancelled_by = AppointmentState.CANCELLED, CancelledBy.OFFICE
    appointment.cancel_reason, appointment.cancelled_at = CancelReason.MISTAKE, now
    appointment.save(update_fields=["state", "cancelled_by", "cancel_reason", "cancelled_at"])


def _move_back(appointment: Appointment, last: AppointmentChange, now: dt.datetime) -> None:
    assert last.old_starts_at is not None  # every move notes both
    assert last.old_ends_at is not None
    release_channel(occasion=appointment)
    appointment.starts_at, appointment.ends_at = last.old_starts_at, last.old_ends_at
    appointment.save(update_fields=["starts_at", "ends_at"])
    people = appointment.participations.filter(role__in=[ParticipationRole.COUNSELLOR, ParticipationRole.CLIENT])
    people.update(starts_at=appointment.starts_at, ends_at=appointment.ends_at)
    _seat(appointment, now)


def _switch_back(appointment: Appointment, last: AppointmentChange, now: dt.datetime) -> None:
    release_channel(occasion=appointment)
    appointment.mode = Mode(last.old_mode)
    appointment.save(update_fields=["mode"])
    _seat(appointment, now)


def _plan_again(appointment: Appointment, _last: AppointmentChange, now: dt.datetime) -> None:
    Contact.objects.filter(appointment=appointment).delete()
    release_channel(occasion=appointment)
    appointment.state, appointment.cancelled_by = AppointmentState.PLANNED, ""
    appointment.cancel_reason, appointment.cancelled_at, appointment.not_held_reason = "", None, ""
    fields = ["state", "cancelled_by", "cancel_reason", "cancelled_at", "not_held_reason"]
    appointment.save(update_fields=fields)
    appointment.participations.update(is_active=True)
    if appointment.ends_at > now:
        _seat(appointment, now)


def _seat(appointment: Appointment, now: dt.datetime) -> None:
    if appointment.is_video:
        take_channel(occasion=appointment, now=now)


_BACK: dict[ChangeKind, Callable[[Appointment, AppointmentChange, dt.datetime], None]] = {
    ChangeKind.BOOKED: _unbook,
    ChangeKind.MOVED: _move_back,
    ChangeKind.MODE_CHANGED: _switch_back,
    ChangeKind.CANCELLED: _plan_again,
    ChangeKind.HELD: _plan_again,
    ChangeKind.NOT_HELD: _plan_again,
}
