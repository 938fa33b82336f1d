"""What changes in a frozen month: differences beside its figures, so that both stay and the sum is right.

Each is written in the transaction of the change itself. Who freezes and who corrects hold the month's row: what was
not seen by the one is seen by the other. Steps with video are not corrected: how far people came stays as frozen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth
from nahbar.reporting.operations import hold_months
from nahbar.reporting.rules import month_of
from nahbar.scheduling.models import Appointment, Contact
from nahbar.scheduling.rules import CONTACT_KIND_OF_MODE, CancelReason, ContactKind, Outcome

MINUTE = dt.timedelta(minutes=1)
_MODE_OF = {kind: mode for mode, kind in CONTACT_KIND_OF_MODE.items()}
Frozen = Mapping[dt.date, FiguresMonth]


@dataclass(frozen=True, slots=True)
class Look:
    """An appointment as figures look at it, before a change or after."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    mode: Mode
    outcome: Outcome

    @property
    def month(self) -> dt.date:
        """In which month it counts."""
        return month_of(self.starts_at)

    @property
    def is_held_by_video(self) -> bool:
        """Whether it saved a way."""
        return self.mode == Mode.VIDEO and self.outcome == Outcome.HELD


def look_at(appointment: Appointment) -> Look | None:
    """How it looks now; None where it was a mistake and is in nothing."""
    if appointment.cancel_reason == CancelReason.MISTAKE:
        return None
    return Look(appointment.starts_at, appointment.ends_at, Mode(appointment.mode), appointment.outcome)


@transaction.atomic
def correct_appointment(
    *, appointment: Appointment, before: Look | None, after: Look | None, now: dt.datetime
) -> list[dt.date]:
    """Writes what a change means for frozen months; returns which were corrected, mostly none.

    Skipped: the minutes and the kilometres of its contact, which `correct_contact` writes; and the steps with video.
    """
    if before == after:
        return []
    looks = [(look, sign) for look, sign in ((before, -1), (after, 1)) if look is not None]
    frozen = _frozen(appointment.jobcenter, {look.month for look, _sign in looks}, now=now)
    for look, sign in looks:
        if look.month in frozen:
            _count(frozen[look.month], appointment, look, sign)
    return _note(frozen, now=now)


@transaction.atomic
def correct_contact(*, contact: Contact, sign: int, now: dt.datetime) -> list[dt.date]:
    """Writes that a contact came into the ledger (`sign` 1) or goes out of it (-1); as `correct_appointment`.

    Its team and its way are those that the contact keeps, wherever the person is by now.
    """
    frozen = _frozen(contact.jobcenter, {month_of(contact.at)}, now=now)
    for month in frozen.values():
        cell = {"team_id": contact.team_id, "kind": contact.kind, "own_type_id": contact.own_type_id}
        cell |= {"with_third_party": contact.with_third_party, "counts": _counts(month, contact)}
        _add(ContactCount, month, cell, {"count": sign})
        if contact.appointment is not None:
            _measure(month, contact, contact.appointment, sign)
    return _note(frozen, now=now)


# --- which months --------------------------------------------------------------------------------


def _frozen(jobcenter: JobCenter, months: set[dt.date], *, now: dt.datetime) -> Frozen:
    """Those of the months that are frozen, held. This month never is, and a later one neither."""
    over = sorted(month for month in months if month < month_of(now))
    held = [one for month in over for one in hold_months(jobcenter=jobcenter, first=month, last=month)]
    return {month.month: month for month in held if month.frozen_at is not None}


def _note(frozen: Frozen, *, now: dt.datetime) -> list[dt.date]:
    FiguresMonth.objects.filter(pk__in=[month.pk for month in frozen.values()]).update(corrected_at=now)
    return sorted(frozen)


# --- what is written -----------------------------------------------------------------------------


def _count(month: FiguresMonth, appointment: Appointment, look: Look, sign: int) -> None:
    sums = {
        "count": sign,
        "planned_minutes": sign * ((look.ends_at - look.starts_at) // MINUTE),
        # Until its contact says how far it was.
        "unknown_km": sign * look.is_held_by_video,
    }
    cell = {"team_id": appointment.team_id, "topic_id": appointment.topic_id}
    _add(AppointmentCount, month, {**cell, "mode": look.mode, "outcome": look.outcome}, sums)


def _measure(month: FiguresMonth, contact: Contact, talk: Appointment, sign: int) -> None:
    """What the ledger says of a talk that was held: how long it was, and which way it saved."""
    # Not the talk's own mode: where that is corrected, the contact still says how it was counted.
    mode = _MODE_OF[ContactKind(contact.kind)]
    sums = {"timed": sign, "minutes": sign * contact.minutes}
    if mode == Mode.VIDEO and contact.km is not None:
        sums |= {"km": sign * 2 * contact.km, "unknown_km": -sign}
    cell = {"team_id": talk.team_id, "topic_id": talk.topic_id, "mode": mode, "outcome": Outcome.HELD}
    _add(AppointmentCount, month, cell, sums)


def _counts(month: FiguresMonth, contact: Contact) -> bool:
    """As the type counted when the month was frozen, or when it was first corrected; else as it counts today."""
    if contact.own_type is None:
        return True
    # What was frozen before what was corrected.
    same_type = ContactCount.objects.filter(month=month, own_type=contact.own_type).order_by("is_correction", "pk")
    then = same_type.first()
    return contact.own_type.counts if then is None else then.counts


def _add(model: type[Any], month: FiguresMonth, cell: Mapping[str, object], sums: Mapping[str, int]) -> None:
    """Together with what was corrected before in the same cell: single corrections would be single people."""
    same = model.objects.filter(month=month, is_correction=True, **cell)
    if not same.update(**{name: F(name) + value for name, value in sums.items()}):
        model.objects.create(month=month, is_correction=True, **cell, **sums)
