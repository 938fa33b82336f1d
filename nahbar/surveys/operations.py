"""Every write of the surveys. None is audited, logged or dated: when somebody answered is what nobody may learn."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import IntegrityError, transaction
from django.db.models import Count

from nahbar.surveys.errors import Reason, Refused
from nahbar.surveys.figures import FEWEST, FEWEST_PERSONS, Audience
from nahbar.surveys.models import SpentTicket, StagedAnswer, StoredAnswer
from nahbar.surveys.queries import good_ticket, unreadable
from nahbar.surveys.rules import ASKED, Answers, local_day, quarter_of
from nahbar.surveys.sealing import seal, unseal
from nahbar.surveys.tickets import Ticket


def answer(*, token: str, answers: Answers, now: dt.datetime) -> None:
    """Spends the ticket and stages the sealed answer, both or neither. Raises `Refused`, and then stores nothing.

    Questions that the ticket's audience is not asked are left out.
    """
    ticket = good_ticket(token, now=now)
    if ticket is None:
        raise Refused(Reason.TICKET)
    given = {question: answers[question] for question in ASKED[ticket.audience] if question in answers}
    if not given:
        raise Refused(Reason.EMPTY)
    with transaction.atomic():
        _spend(ticket)
        StagedAnswer.objects.create(
            jobcenter_id=ticket.office,
            audience=ticket.audience,
            sealed=seal(given, mark=ticket.mark, office=ticket.office, audience=ticket.audience),
        )


def _spend(ticket: Ticket) -> None:
    try:
        with transaction.atomic():
            SpentTicket.objects.create(hash=ticket.hash, jobcenter_id=ticket.office, week=ticket.week)
    except IntegrityError:
        raise Refused(Reason.ANSWERED) from None


def move_lots(now: dt.datetime) -> int:
    """Counts the staged answers of every office and audience that has ten or more, of three people or more.

    Returns how many were moved. Fewer are never moved, at no quarter's end either: a lot of one would be a known answer
    (ADR 0030). Safe to run twice at once; what breaks off half-way changes nothing. Skipped: answers sealed with a key
    no longer in force.
    """
    waiting = StagedAnswer.objects.order_by("jobcenter", "audience").values("jobcenter", "audience")
    full = waiting.annotate(many=Count("pk")).filter(many__gte=FEWEST)
    return sum(
        _move(office=lot["jobcenter"], audience=Audience(lot["audience"]), quarter=quarter_of(local_day(now)))
        for lot in full
    )


@transaction.atomic
def _move(*, office: int, audience: Audience, quarter: str) -> int:
    # Whoever comes second waits here, and then finds only what was staged since.
    staged = StagedAnswer.objects.select_for_update().filter(jobcenter=office, audience=audience).order_by("pk")
    opened = {one.pk: unseal(bytes(one.sealed), office=office, audience=audience) for one in staged}
    lot = [(pk, one) for pk, one in opened.items() if one is not None]
    if len(lot) < FEWEST or len({one.mark for _pk, one in lot}) < FEWEST_PERSONS:
        return 0
    StagedAnswer.objects.filter(pk__in=[pk for pk, _one in lot]).delete()
    # In an order of chance, because rows keep the order in which they were written.
    secrets.SystemRandom().shuffle(lot)
    StoredAnswer.objects.bulk_create(
        StoredAnswer(
            jobcenter_id=office,
            audience=audience,
            quarter=quarter,
            **{question.value: said.value for question, said in one.answers.items()},
        )
        for _pk, one in lot
    )
    return len(lot)


@transaction.atomic
def forget_unreadable(*, expected: int) -> bool:
    """Deletes the staged answers that no key in force opens. False, and deletes nothing, if they are not so many.

    Nothing does it by itself: a start with a wrong key would lose what the right one opens again.
    """
    found = unreadable()
    if len(found) != expected:
        return False
    StagedAnswer.objects.filter(pk__in=found).delete()
    return True
