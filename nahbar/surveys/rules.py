"""What is asked, how long a ticket is good, and when the mail is sent; no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from nahbar.scheduling.rules import BERLIN
from nahbar.surveys.figures import Answer, Audience, Question

TEMPLATE = "survey"
# From the Monday of the ticket's week on: a month of the staff's survey fits in, and so does a mail read late.
TICKET_LIVES = dt.timedelta(weeks=6)
# The mail comes after the talk has settled, by day, and is not sent any more when nobody remembers the talk.
MAIL_AFTER = dt.timedelta(hours=1)
MAIL_BY_DAY = (dt.time(8), dt.time(20))
MAIL_LIVES = dt.timedelta(days=3)
# How far back the clock looks for talks whose mail is not queued yet.
MAIL_LOOKS_BACK = dt.timedelta(days=2)

ASKED: Mapping[Audience, tuple[Question, ...]] = {
    Audience.CLIENTS: tuple(Question),
    Audience.STAFF: tuple(question for question in Question if question is not Question.AGAIN),
}
Answers = Mapping[Question, Answer]


def local_day(moment: dt.datetime) -> dt.date:
    """The day in the office."""
    return moment.astimezone(BERLIN).date()


def week_of(day: dt.date) -> dt.date:
    """The Monday of the day's week."""
    return day - dt.timedelta(days=day.weekday())


def month_of(day: dt.date) -> dt.date:
    """The first of the day's month."""
    return day.replace(day=1)


def is_over(week: dt.date, *, today: dt.date) -> bool:
    """Whether tickets of that week are no longer taken."""
    return today >= week + TICKET_LIVES


def quarter_of(day: dt.date) -> str:
    """The quarter as "2026Q4"."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def mail_at(ended_at: dt.datetime) -> dt.datetime:
    """When the mail about a talk may be sent: an hour later, and never at night."""
    earliest = (ended_at + MAIL_AFTER).astimezone(BERLIN)
    morning, evening = MAIL_BY_DAY
    if earliest.time() >= evening:
        earliest = dt.datetime.combine(earliest.date() + dt.timedelta(days=1), morning, tzinfo=BERLIN)
    elif earliest.time() < morning:
        earliest = dt.datetime.combine(earliest.date(), morning, tzinfo=BERLIN)
    return earliest.astimezone(dt.UTC)
