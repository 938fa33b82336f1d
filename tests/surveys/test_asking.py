"""The mail with the link: to whom, when, and never by whether somebody answered."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from nahbar.outbox.models import OutboxMessage
from nahbar.people.rules import Language
from nahbar.surveys.asking import ask_by_mail, render, still_wanted
from nahbar.surveys.figures import Answer, Question
from nahbar.surveys.operations import answer
from nahbar.surveys.rules import TEMPLATE, mail_at
from nahbar.surveys.tickets import read_ticket, ticket_of_talk
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_staff
from tests.surveys.talks import talk

LINK = re.compile(r"http://localhost(/meinung/(?:de-simple/)?)#([\w-]{68})$", re.MULTILINE)


def mails() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(template=TEMPLATE))


def test_whoever_was_gone_at_the_end_gets_one_mail_an_hour_later(cast: Cast) -> None:
    ended = talk(cast.appointment, client_leaves=5).ended_at
    assert ended is not None

    assert ask_by_mail(ended + dt.timedelta(minutes=59)) == 0
    assert [ask_by_mail(ended + dt.timedelta(minutes=minutes)) for minutes in (60, 70)] == [1, 0]

    mail = mails()[0]
    assert (mail.about_kind, mail.about_id) == ("survey", str(cast.appointment.public_id))
    assert (mail.not_before, mail.not_after) == (
        ended + dt.timedelta(hours=1),
        ended + dt.timedelta(days=3, hours=1),
    )


def test_whoever_saw_the_last_page_gets_none(cast: Cast) -> None:
    talk(cast.appointment)

    assert ask_by_mail(cast.appointment.starts_at + dt.timedelta(hours=2)) == 0


def test_looking_costs_the_same_however_many_stayed_or_cannot_be_asked(
    cast: Cast, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    def talks(many: int, *, day: str) -> None:
        for number in range(many):
            staff, start = make_staff(cast.office), at(f"2026-03-{day} {8 + number:02}:00")
            stayed = book(client=make_client(cast.office), staff=staff, starts_at=start, now=now)
            nowhere = book(
                client=make_client(cast.office, email=""), staff=make_staff(cast.office), starts_at=start, now=now
            )
            talk(stayed)
            talk(nowhere, client_leaves=5)

    for many, day in ((1, "10"), (3, "17"), (9, "24")):
        talks(many, day=day)
        with django_assert_num_queries(1):
            assert ask_by_mail(at(f"2026-03-{day} 20:00")) == 0


def test_those_who_are_asked_already_cost_nothing_more(
    cast: Cast, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for many, day in ((1, "10"), (3, "17"), (9, "24")):
        for number in range(many):
            start = at(f"2026-03-{day} {8 + number:02}:00")
            gone = book(client=make_client(cast.office), staff=make_staff(cast.office), starts_at=start, now=now)
            talk(gone, client_leaves=5)
        later = at(f"2026-03-{day} 20:00")
        assert ask_by_mail(later) == many
        with django_assert_num_queries(3):
            assert ask_by_mail(later) == 0


@pytest.mark.parametrize("is_there", [True, False])
def test_an_answer_changes_nothing_about_the_mail(cast: Cast, *, is_there: bool) -> None:
    later = cast.appointment.starts_at + dt.timedelta(hours=2)
    talk(cast.appointment, client_leaves=0 if is_there else 5)
    answer(token=ticket_of_talk(cast.appointment), answers={Question.EASE: Answer.YES}, now=later)

    assert ask_by_mail(later) == (0 if is_there else 1)
    assert still_wanted(str(cast.appointment.public_id), later)


def test_without_an_address_nobody_is_asked(cast: Cast, now: dt.datetime) -> None:
    person = make_client(cast.office, email="")
    booked = book(client=person, staff=cast.teammate, starts_at=cast.appointment.starts_at, now=now)
    talk(booked, client_leaves=5)

    assert ask_by_mail(booked.starts_at + dt.timedelta(hours=2)) == 0


def test_long_after_the_talk_nobody_is_asked(cast: Cast) -> None:
    talk(cast.appointment, client_leaves=5)

    assert ask_by_mail(cast.appointment.starts_at + dt.timedelta(days=3)) == 0


@pytest.mark.parametrize(
    ("ended", "sent"),
    [
        ("2026-03-03 10:20", "2026-03-03 11:20"),
        ("2026-03-03 18:59", "2026-03-03 19:59"),
        ("2026-03-03 19:00", "2026-03-04 08:00"),
        ("2026-03-03 23:30", "2026-03-04 08:00"),
        ("2026-03-04 05:00", "2026-03-04 08:00"),
        # The clocks change in the night.
        ("2026-03-28 20:00", "2026-03-29 08:00"),
        ("2026-10-24 20:00", "2026-10-25 08:00"),
    ],
)
def test_no_mail_comes_at_night(ended: str, sent: str) -> None:
    assert mail_at(at(ended)) == at(sent)


@pytest.mark.parametrize(("language", "page"), [("de", "/meinung/"), ("de-simple", "/meinung/de-simple/")])
def test_the_link_carries_the_ticket_behind_the_hash(cast: Cast, language: Language, page: str) -> None:
    cast.person.language = language
    cast.person.save(update_fields=["language"])

    mail = render(str(cast.appointment.public_id))

    found = LINK.search(mail.text)
    assert found is not None
    assert found.groups() == (page, ticket_of_talk(cast.appointment))
    assert read_ticket(found[2]) is not None
    assert found[0] in mail.html
    assert mail.to == cast.person.email
    for part in (mail.subject, mail.text, mail.html):
        assert cast.appointment.topic.name not in part
        assert cast.owner.last_name not in part


def test_the_outbox_holds_no_ticket(cast: Cast) -> None:
    talk(cast.appointment, client_leaves=5)
    ask_by_mail(cast.appointment.starts_at + dt.timedelta(hours=2))

    assert ticket_of_talk(cast.appointment) not in str(OutboxMessage.objects.values_list())


def test_a_talk_that_is_gone_is_asked_about_no_more(cast: Cast, now: dt.datetime) -> None:
    gone = "00000000-0000-4000-8000-000000000000"

    assert not still_wanted(gone, now)
    with pytest.raises(LookupError):
        render(gone)
