"""The end of an office: only where nothing is left to do in it. Nothing is deleted, periods run on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.operations import claim, touch
from nahbar.scheduling.models import Appointment, CallTask, Meeting
from nahbar.scheduling.rules import AppointmentState, CallTaskState
from nahbar.scheduling.seating import hold_offer


@dataclass(frozen=True)
class Unsettled:
    """What is still to come in an office, or has no outcome yet."""

    appointments: QuerySet[Appointment]
    meetings: QuerySet[Meeting]
    call_tasks: QuerySet[CallTask]

    @property
    def count(self) -> int:
        """How much that is."""
        return self.appointments.count() + self.meetings.count() + self.call_tasks.count()


class StillOpen(Exception):
    """Nothing was changed: something in the office is unsettled."""


def unsettled(*, jobcenter: JobCenter, now: dt.datetime) -> Unsettled:
    """What must be held, moved or called off before the office closes; a talk that goes on is planned still."""
    return Unsettled(
        appointments=Appointment.objects.filter(jobcenter=jobcenter, state=AppointmentState.PLANNED),
        meetings=Meeting.objects.filter(jobcenter=jobcenter, is_cancelled=False, ends_at__gt=now),
        call_tasks=CallTask.objects.filter(jobcenter=jobcenter, state=CallTaskState.OPEN),
    )


@transaction.atomic
def close_office(*, jobcenter: JobCenter, revision: int, by: Actor, now: dt.datetime) -> None:
    """Nobody works in the office any more; its administrators can read it. Links of the past name its number.

    Raises `Stale` or `StillOpen`. Skipped: whether `by` may; the caller's door says so.
    """
    # Alone: whoever books at this moment is seen below, or finds the office closed.
    hold_offer(jobcenter=jobcenter, alone=True)
    claim(jobcenter=jobcenter, revision=revision)
    if unsettled(jobcenter=jobcenter, now=now).count:
        raise StillOpen
    JobCenter.objects.filter(pk=jobcenter.pk).update(is_active=False)
    _audit(Action.OFFICE_CLOSED, jobcenter=jobcenter, by=by, now=now)


@transaction.atomic
def reopen_office(*, jobcenter: JobCenter, by: Actor, now: dt.datetime) -> bool:
    """The office is worked in again; False when it was not closed. Skipped: whether `by` may."""
    opened = JobCenter.objects.filter(pk=jobcenter.pk, is_active=False).update(is_active=True)
    if opened:
        touch(jobcenter=jobcenter)
        _audit(Action.OFFICE_REOPENED, jobcenter=jobcenter, by=by, now=now)
    return opened == 1


def _audit(action: Action, *, jobcenter: JobCenter, by: Actor, now: dt.datetime) -> None:
    record(action=action, by=by, office=jobcenter.slug, about=About("jobcenter", str(jobcenter.pk)), now=now)
