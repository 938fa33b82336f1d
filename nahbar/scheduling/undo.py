"""Taking the last change of an appointment back, within a minute and by whoever made it.

Outcomes are not among what can be: with one the talk itself is over. They are corrected (`outcomes.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import F

from nahbar.audit.rules import Action, Actor
from nahbar.consent.queries import is_withdrawn
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling import events
from nahbar.scheduling.changing import audit, busy, hold, note
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.hours import is_absent
from nahbar.scheduling.models import Appointment, AppointmentChange, CallTask
from nahbar.scheduling.offers import require_counselling, require_topic_offered
from nahbar.scheduling.rules import (
    UNDO_TIME,
    AppointmentState,
    CallTaskState,
    CancelledBy,
    CancelReason,
    ChangeKind,
    ParticipationRole,
)
from nahbar.scheduling.seating import release_channel, take_channel
from nahbar.scheduling.turns import as_it_was, unless_deadlocked


def undo_change(*, appointment: Appointment, revision: int, by: Actor, now: dt.datetime) -> AppointmentChange:
    """Puts an appointment back to what it was before the change that made it `revision`; returns that change.

    A booking that is taken back is called off as a mistake, and a call it came from is to be made again. Sends
    `appointment_undone`: mails that waited are dropped, who has heard is told again. Raises `Refused`: STALE
    when it is another revision now, TOO_LATE after a minute, NOT_UNDOABLE for what cannot be taken back or is
    not one's own, and whatever stands in the way of having it again; nothing is then changed.
    """
    try:
        return unless_deadlocked(lambda: _undo_once(appointment=appointment, revision=revision, by=by, now=now))
    except IntegrityError as error:
        raise busy(error) from error


def _undo_once(*, appointment: Appointment, revision: int, by: Actor, now: dt.datetime) -> AppointmentChange:
    last = _last_own(appointment=appointment, revision=revision, by=by, now=now)
    back = (last.old_starts_at or appointment.starts_at, last.old_ends_at or appointment.ends_at)
    with as_it_was(appointment), transaction.atomic():
        hold(appointment, back)
        _claim(appointment=appointment, revision=revision)
        old_mode, old_reason = appointment.mode, appointment.cancel_reason
        _BACK[ChangeKind(last.kind)](appointment, last, now)
        note(appointment=appointment, kind=ChangeKind.UNDONE, by=by, now=now, old_mode=old_mode)
        audit(Action.UNDONE, appointment=appointment, by=by, now=now)
        events.appointment_undone.send(
            sender=Appointment, appointment=appointment, undone=last, old_reason=old_reason, by=by, now=now
        )
    return last


def _last_own(*, appointment: Appointment, revision: int, by: Actor, now: dt.datetime) -> AppointmentChange:
    if appointment.revision != revision:
        raise Refused(Reason.STALE)
    last = appointment.changes.order_by("-id").first()
    if last is None or ChangeKind(last.kind) not in _BACK or (last.by_kind, last.by_id) != (by.kind, by.id):
        raise Refused(Reason.NOT_UNDOABLE)
    if now >= last.at + UNDO_TIME:
        raise Refused(Reason.TOO_LATE)
    return last


def _claim(*, appointment: Appointment, revision: int) -> None:
    """Raises the revision by compare-and-set, whatever the state; the same button pressed twice is STALE."""
    same = Appointment.objects.filter(pk=appointment.pk, revision=revision)
    if not same.update(revision=F("revision") + 1, sequence=F("sequence") + 1):
        raise Refused(Reason.STALE)
    appointment.refresh_from_db()


def _unbook(appointment: Appointment, _last: AppointmentChange, now: dt.datetime) -> None:
    release_channel(occasion=appointment)
    appointment.participations.update(is_active=False)
    appointment.state, appointment.cancelled_by = AppointmentState.CANCELLED, CancelledBy.OFFICE
    appointment.cancel_reason, appointment.cancelled_at = CancelReason.MISTAKE, now
    appointment.save(update_fields=["state", "cancelled_by", "cancel_reason", "cancelled_at"])
    made = CallTask.objects.filter(appointment=appointment, state=CallTaskState.DONE)
    made.update(state=CallTaskState.OPEN, appointment=None, done_at=None)


def _move_back(appointment: Appointment, last: AppointmentChange, now: dt.datetime) -> None:
    assert last.old_starts_at is not None  # every move notes both
    assert last.old_ends_at is not None
    release_channel(occasion=appointment)
    appointment.starts_at, appointment.ends_at = last.old_starts_at, last.old_ends_at
    appointment.save(update_fields=["starts_at", "ends_at"])
    people = appointment.participations.filter(role__in=[ParticipationRole.COUNSELLOR, ParticipationRole.CLIENT])
    people.update(starts_at=appointment.starts_at, ends_at=appointment.ends_at)
    _have_again(appointment, now)


def _switch_back(appointment: Appointment, last: AppointmentChange, now: dt.datetime) -> None:
    release_channel(occasion=appointment)
    appointment.mode = Mode(last.old_mode)
    if last.new_mode == Mode.VIDEO and appointment.agreed_at == last.at:
        # What was agreed for this switch was never agreed.
        appointment.agreed_by, appointment.agreed_at = "", None
    appointment.save(update_fields=["mode", "agreed_by", "agreed_at"])
    _have_again(appointment, now)


def _plan_again(appointment: Appointment, _last: AppointmentChange, now: dt.datetime) -> None:
    require_topic_offered(topic=appointment.topic)
    appointment.state, appointment.cancelled_by = AppointmentState.PLANNED, ""
    appointment.cancel_reason, appointment.cancelled_at = "", None
    appointment.save(update_fields=["state", "cancelled_by", "cancel_reason", "cancelled_at"])
    appointment.participations.update(is_active=True)
    _have_again(appointment, now)


def _have_again(appointment: Appointment, now: dt.datetime) -> None:
    """What was free a minute ago may not be: asked as for a booking, within the transaction."""
    staff, times = appointment.counsellor, (appointment.starts_at, appointment.ends_at)
    require_counselling(staff=staff, jobcenter=appointment.jobcenter)
    if is_absent(staff=staff, starts_at=times[0], ends_at=times[1]):
        raise Refused(Reason.COUNSELLOR_ABSENT)
    if appointment.is_video:
        if is_withdrawn(client=appointment.client):
            raise Refused(Reason.CONSENT_WITHDRAWN)
        take_channel(occasion=appointment, now=now)


_BACK: dict[ChangeKind, Callable[[Appointment, AppointmentChange, dt.datetime], None]] = {
    ChangeKind.BOOKED: _unbook,
    ChangeKind.MOVED: _move_back,
    ChangeKind.MODE_CHANGED: _switch_back,
    ChangeKind.CANCELLED: _plan_again,
}
