"""Who is asked, and what was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from nahbar.calls.presence import talk_minutes
from nahbar.calls.queries import last_call
from nahbar.calls.rules import EndReason
from nahbar.jobcenters.models import JobCenter
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import AppointmentState
from nahbar.surveys.figures import FEWEST, Answer, Audience, Block
from nahbar.surveys.models import SpentTicket, StagedAnswer, StoredAnswer
from nahbar.surveys.rules import ASKED, is_over, local_day
from nahbar.surveys.sealing import unseal
from nahbar.surveys.tickets import Ticket, hash_of, read_ticket, ticket_of_staff, ticket_of_talk

# What ended otherwise goes on another way or another day.
OVER = frozenset({EndReason.FINISHED, EndReason.FORGOTTEN})
ASKABLE = frozenset({AppointmentState.PLANNED, AppointmentState.HELD})


def took_place(*, appointment: Appointment, now: dt.datetime) -> bool:
    """Whether there was a talk by video to be asked about: both had been in it, and it was entered as held or is over.

    Nobody is asked about a talk that is said not to have been, nor about one that is only said to have been: tickets
    of talks that nobody had would let one person fill a lot.
    """
    if not (appointment.is_video and appointment.state in ASKABLE):
        return False
    if talk_minutes(appointment=appointment, now=now) is None:
        return False
    call = last_call(appointment=appointment)
    return appointment.state == AppointmentState.HELD or (call is not None and call.end_reason in OVER)


def ticket_for_client(*, appointment: Appointment, now: dt.datetime) -> str:
    """The ticket of the talk's client; empty where no talk by video took place."""
    return ticket_of_talk(appointment) if took_place(appointment=appointment, now=now) else ""


def ticket_for_desk(*, desk: Desk, now: dt.datetime) -> str:
    """The month's ticket of a counsellor who has not used it yet; empty for anybody else.

    Whether it is used is computed from the key: nothing that is stored says it.
    """
    if not desk.counsels:
        return ""
    ticket = ticket_of_staff(staff=desk.staff.pk, office=desk.jobcenter.pk, day=local_day(now))
    return "" if SpentTicket.objects.filter(hash=hash_of(ticket)).exists() else ticket


def good_ticket(token: str, *, now: dt.datetime) -> Ticket | None:
    """What a ticket says while it is taken; None when it is forged, over, or its office is gone."""
    ticket = read_ticket(token)
    if ticket is None or is_over(ticket.week, today=local_day(now)):
        return None
    return ticket if JobCenter.objects.filter(pk=ticket.office).exists() else None


def is_spent(ticket: Ticket) -> bool:
    """Whether it was answered with already."""
    return SpentTicket.objects.filter(hash=ticket.hash).exists()


def unreadable() -> list[UUID]:
    """The staged answers that no key in force opens: they wait, and count in no lot."""
    return [
        one.pk
        for one in StagedAnswer.objects.order_by("pk")
        if unseal(bytes(one.sealed), office=one.jobcenter_id, audience=Audience(one.audience)) is None
    ]


def published_blocks(*, jobcenter: JobCenter, audience: Audience) -> list[Block]:
    """What may be told of an office's answers, a block for each quarter that has any, oldest first. One query.

    Quarters are those in which answers were counted. Because that is done in lots of at least ten, no quarter has
    fewer, and two readings at different times differ by nothing or by at least ten answers.
    """
    cells = {
        f"{question.value}_{answer.value}": Count("pk", filter=Q(**{question.value: answer.value}))
        for question in ASKED[audience]
        for answer in Answer
    }
    stored = StoredAnswer.objects.filter(jobcenter=jobcenter, audience=audience)
    rows = stored.order_by("quarter").values("quarter").annotate(answers=Count("pk"), **cells)
    # Whatever else may have written the rows.
    return [_block(row, audience) for row in rows.filter(answers__gte=FEWEST)]


def _block(row: Mapping[str, Any], audience: Audience) -> Block:
    counts = {
        question: {answer: row[f"{question.value}_{answer.value}"] for answer in Answer} for question in ASKED[audience]
    }
    return Block(quarter=row["quarter"], answers=row["answers"], counts=counts)
