"""What every change of an appointment does: hold its day, claim or close it, note what happened, name who is busy."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError
from django.db.models import F

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.scheduling.constraints import violates
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, AppointmentChange
from nahbar.scheduling.rules import AppointmentState, ChangeKind, Times
from nahbar.scheduling.seating import hold_days


def hold(appointment: Appointment, *more: Times) -> None:
    """Holds the days on which the appointment is, and those of `more` times.

    Raises `Refused(STALE)` when it is not then any more.
    """
    known = (appointment.starts_at, appointment.ends_at)
    hold_days(jobcenter=appointment.jobcenter, times=[known, *more])
    if not Appointment.objects.filter(pk=appointment.pk, starts_at=known[0], ends_at=known[1]).exists():
        raise Refused(Reason.STALE)


def claim_change(*, appointment: Appointment, revision: int | None) -> None:
    """Raises the revision by compare-and-set, which also is the lock until the transaction ends.

    Raises `Refused(NOT_PLANNED)` or, when `revision` is not the stored one, `Refused(STALE)`.
    """
    expected = appointment.revision if revision is None else revision
    changed = Appointment.objects.filter(pk=appointment.pk, state=AppointmentState.PLANNED, revision=expected).update(
        revision=expected + 1, sequence=F("sequence") + 1
    )
    appointment.refresh_from_db()
    if not changed:
        raise Refused(Reason.STALE if appointment.is_planned else Reason.NOT_PLANNED)


def close(*, appointment: Appointment, to: AppointmentState, revision: int | None = None, **fields: object) -> None:
    """Leaves PLANNED by compare-and-set, which frees its people.

    Raises `Refused(NOT_PLANNED)` when somebody was quicker, `Refused(STALE)` when it is not `revision` any more.
    """
    same = Appointment.objects.filter(pk=appointment.pk, state=AppointmentState.PLANNED)
    if revision is not None:
        same = same.filter(revision=revision)
    changed = same.update(state=to, revision=F("revision") + 1, sequence=F("sequence") + 1, **fields)
    appointment.refresh_from_db()
    if not changed:
        raise Refused(Reason.STALE if appointment.is_planned else Reason.NOT_PLANNED)
    appointment.participations.update(is_active=False)


def note(
    *,
    appointment: Appointment,
    kind: ChangeKind,
    by: Actor,
    now: dt.datetime,
    old_starts_at: dt.datetime | None = None,
    old_ends_at: dt.datetime | None = None,
    old_mode: str = "",
    old_outcome: str = "",
) -> None:
    """One row of what happened; new time, mode and, where it was corrected, outcome are those it has now."""
    AppointmentChange.objects.create(
        appointment=appointment,
        kind=kind,
        at=now,
        by_kind=by.kind,
        by_id=by.id,
        old_starts_at=old_starts_at,
        old_ends_at=old_ends_at,
        new_starts_at=appointment.starts_at,
        old_mode=old_mode,
        new_mode=appointment.mode,
        old_outcome=old_outcome,
        new_outcome=appointment.outcome if old_outcome else "",
    )


def audit(action: Action, *, appointment: Appointment, by: Actor, now: dt.datetime) -> None:
    """The same for the audit log."""
    record(
        action=action,
        by=by,
        office=appointment.jobcenter.slug,
        about=About("appointment", str(appointment.public_id)),
        detail={"mode": appointment.mode},
        now=now,
    )


def busy(error: IntegrityError) -> Exception:
    """The refusal that a constraint's error means; the error itself where it is another one's."""
    if violates(error, "no_overlap_staff"):
        return Refused(Reason.COUNSELLOR_BUSY)
    if violates(error, "no_overlap_client"):
        return Refused(Reason.CLIENT_BUSY)
    return error
