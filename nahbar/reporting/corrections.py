"""What changes in a frozen month: differences beside its figures, so that both stay and the sum is right.

Each is written in the transaction of the change itself. Who freezes and who corrects hold the month's row: what was
not seen by the one is seen by the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from nahbar.invitations.queries import prepared
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount
from nahbar.reporting.operations import hold_months
from nahbar.reporting.rules import Steps, VideoTalk, month_bounds, month_of, steps_of
from nahbar.scheduling.models import Appointment, CallTask, Contact
from nahbar.scheduling.rules import (
    CONTACT_KIND_OF_MODE,
    AppointmentState,
    CancelReason,
    ContactKind,
    Outcome,
    ParticipationRole,
)

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

    The way saved is that of today. Skipped: the minutes of its contact, which `correct_contact` writes.
    """
    looks = [look for look in (before, after) if look is not None]
    if before == after or not (frozen := _frozen(appointment.jobcenter, looks, now=now)):
        return []
    touched = [
        _count(frozen.get(look.month), appointment, look, sign)
        for look, sign in ((before, -1), (after, 1))
        if look is not None
    ]
    touched += _correct_steps(frozen, appointment, before, after, now=now)
    return _note([month for month in touched if month is not None], now=now)


@transaction.atomic
def correct_contact(*, contact: Contact, sign: int, now: dt.datetime) -> list[dt.date]:
    """Writes that a contact came into the ledger (`sign` 1) or goes out of it (-1); as `correct_appointment`.

    Its team, where no talk names one, and what counts for the density are looked up as they are today.
    """
    month = _frozen_month(contact.jobcenter, month_of(contact.at), now=now)
    if month is None:
        return []
    talk = contact.appointment
    team = contact.client.team_id if talk is None else talk.team_id
    kind = {"kind": contact.kind, "own_type_id": contact.own_type_id, "with_third_party": contact.with_third_party}
    _add(ContactCount, month, {"team_id": team, **kind, "counts": _counts(month, contact)}, {"count": sign})
    if talk is not None:
        # Not the talk's own mode: where that is corrected, the contact still says how it was counted.
        cell = {"team_id": team, "mode": _MODE_OF[ContactKind(contact.kind)], "topic_id": talk.topic_id}
        cell |= {"outcome": Outcome.HELD}
        _add(AppointmentCount, month, cell, {"timed": sign, "minutes": sign * contact.minutes})
    return _note([month], now=now)


# --- which months --------------------------------------------------------------------------------


def _frozen(jobcenter: JobCenter, looks: list[Look], *, now: dt.datetime) -> Frozen:
    """The frozen months from the first that a look is in, held: whether somebody came again is seen in later ones."""
    first, current = min(look.month for look in looks), month_of(now)
    if first >= current:
        return {}
    held = hold_months(jobcenter=jobcenter, first=first, last=month_of(month_bounds(current)[0] - MINUTE))
    return {month.month: month for month in held if month.frozen_at is not None}


def _frozen_month(jobcenter: JobCenter, month: dt.date, *, now: dt.datetime) -> FiguresMonth | None:
    if month >= month_of(now):
        return None
    [held] = hold_months(jobcenter=jobcenter, first=month, last=month)
    return held if held.frozen_at is not None else None


def _note(months: list[FiguresMonth], *, now: dt.datetime) -> list[dt.date]:
    FiguresMonth.objects.filter(pk__in=[month.pk for month in months]).update(corrected_at=now)
    return sorted({month.month for month in months})


# --- what is written -----------------------------------------------------------------------------


def _count(month: FiguresMonth | None, appointment: Appointment, look: Look, sign: int) -> FiguresMonth | None:
    if month is None:
        return None
    place = appointment.client.place if look.is_held_by_video else None
    sums = {
        "count": sign,
        "planned_minutes": sign * ((look.ends_at - look.starts_at) // MINUTE),
        "km": sign * 2 * place.km if place else 0,
        "unknown_km": sign * (look.is_held_by_video and place is None),
    }
    cell = {"team_id": appointment.team_id, "topic_id": appointment.topic_id}
    _add(AppointmentCount, month, {**cell, "mode": look.mode, "outcome": look.outcome}, sums)
    return month


def _counts(month: FiguresMonth, contact: Contact) -> bool:
    """As the type counted when the month was frozen; one that was not there then as it counts today."""
    if contact.own_type is None:
        return True
    then = ContactCount.objects.filter(month=month, own_type=contact.own_type, is_correction=False).first()
    return contact.own_type.counts if then is None else then.counts


def _add(model: type[Any], month: FiguresMonth, cell: Mapping[str, object], sums: Mapping[str, int]) -> None:
    """Together with what was corrected before in the same cell: single corrections would be single people."""
    same = model.objects.filter(month=month, is_correction=True, **cell)
    if not same.update(**{name: F(name) + value for name, value in sums.items()}):
        model.objects.create(month=month, is_correction=True, **cell, **sums)


# --- the funnel ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _History:
    """Everything by video that a person has behind them, but the appointment that changes."""

    others: list[VideoTalk]
    called: set[dt.date]
    is_prepared: bool

    def steps(self, month: dt.date, look: Look | None) -> Steps:
        """The person's steps in a month, if the appointment looks so."""
        talks = list(self.others)
        if look is not None and look.mode == Mode.VIDEO:
            talks.append(VideoTalk(look.starts_at, look.outcome == Outcome.HELD, self.is_prepared))
        return steps_of(
            called=month in self.called,
            talks=[talk for talk in talks if month_of(talk.starts_at) == month],
            first_held=min((talk.starts_at for talk in talks if talk.is_held), default=None),
        )


def _history(client: Client, appointment: Appointment, *, now: dt.datetime) -> _History:
    by_video = Appointment.objects.filter(
        participations__role=ParticipationRole.CLIENT, participations__client=client, mode=Mode.VIDEO, ends_at__lte=now
    )
    others = list(by_video.exclude(cancel_reason=CancelReason.MISTAKE).exclude(pk=appointment.pk))
    # What it was or becomes by video counts, whatever it is by now.
    ready = prepared([*others, Appointment(pk=appointment.pk, mode=Mode.VIDEO)])
    created = CallTask.objects.filter(client=client).values_list("created_at", flat=True)
    return _History(
        [VideoTalk(one.starts_at, one.state == AppointmentState.HELD, one.pk in ready) for one in others],
        {month_of(moment) for moment in created},
        appointment.pk in ready,
    )


def _correct_steps(
    frozen: Frozen, appointment: Appointment, before: Look | None, after: Look | None, *, now: dt.datetime
) -> list[FiguresMonth]:
    if not any(look is not None and look.mode == Mode.VIDEO for look in (before, after)):
        return []
    client = appointment.client
    history = _history(client, appointment, now=now)
    corrected = []
    for month in frozen.values():
        was, is_now = asdict(history.steps(month.month, before)), asdict(history.steps(month.month, after))
        differences = {step: is_now[step] - was[step] for step in was}
        if any(differences.values()):
            _add(PeopleCount, month, {"team_id": client.team_id}, differences)
            corrected.append(month)
    return corrected
