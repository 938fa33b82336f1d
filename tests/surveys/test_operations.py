"""Answering once, waiting for others, and being counted in no order."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import random
import threading
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from nahbar.audit.models import AuditEntry
from nahbar.jobcenters.models import JobCenter
from nahbar.surveys.errors import Reason, Refused
from nahbar.surveys.figures import FEWEST, FEWEST_PERSONS, Answer, Audience, Block, Question
from nahbar.surveys.models import SpentTicket, StagedAnswer, StoredAnswer
from nahbar.surveys.operations import answer, move_lots
from nahbar.surveys.queries import published_blocks
from nahbar.surveys.retention import SPENT_TICKETS
from nahbar.surveys.rules import ASKED, TICKET_LIVES
from nahbar.surveys.tickets import read_ticket, ticket_of_staff, ticket_of_talk
from tests.conftest import Cast
from tests.factories import at, book, forget, make_client

YES = {Question.ACCEPTANCE: Answer.YES}


def staff_answers(office: JobCenter, many: int, *, now: dt.datetime, first: int = 0) -> None:
    """So many members of staff, all made up, say yes."""
    for number in range(first, first + many):
        answer(token=ticket_of_staff(staff=number, office=office.pk, day=now.date()), answers=YES, now=now)


def refusal(token: str, *, now: dt.datetime, answers: dict[Question, Answer] | None = None) -> Reason:
    with pytest.raises(Refused) as refused:
        answer(token=token, answers=YES if answers is None else answers, now=now)
    return refused.value.reason


def counts() -> tuple[int, int, int]:
    return SpentTicket.objects.count(), StagedAnswer.objects.count(), StoredAnswer.objects.count()


def test_an_answer_spends_the_ticket_and_waits_sealed(cast: Cast, now: dt.datetime) -> None:
    token = ticket_of_talk(cast.appointment)
    audited = AuditEntry.objects.count()

    answer(token=token, answers={Question.EASE: Answer.NO}, now=now)

    spent, staged = SpentTicket.objects.get(), StagedAnswer.objects.get()
    assert (spent.jobcenter, spent.week) == (cast.office, dt.date(2026, 3, 2))
    assert (staged.jobcenter, staged.audience, len(staged.sealed)) == (cast.office, "clients", 40)
    assert StoredAnswer.objects.count() == 0
    assert AuditEntry.objects.count() == audited


def test_every_sealed_answer_is_as_long_as_every_other(cast: Cast, now: dt.datetime) -> None:
    answer(token=ticket_of_talk(cast.appointment), answers=dict.fromkeys(Question, Answer.PARTLY), now=now)
    answer(token=ticket_of_talk(cast.other_appointment), answers=YES, now=now)

    assert {len(one.sealed) for one in StagedAnswer.objects.all()} == {40}


def test_the_same_talk_is_answered_about_once(cast: Cast, now: dt.datetime) -> None:
    answer(token=ticket_of_talk(cast.appointment), answers=YES, now=now)

    assert refusal(ticket_of_talk(cast.appointment), now=now) is Reason.ANSWERED
    assert counts() == (1, 1, 0)


def test_nothing_answered_leaves_the_ticket_good(cast: Cast, now: dt.datetime) -> None:
    token = ticket_of_talk(cast.appointment)

    assert refusal(token, now=now, answers={}) is Reason.EMPTY
    assert counts() == (0, 0, 0)


def test_staff_are_not_asked_what_only_clients_are(cast: Cast, now: dt.datetime) -> None:
    token = ticket_of_staff(staff=cast.owner.pk, office=cast.office.pk, day=now.date())

    assert refusal(token, now=now, answers={Question.AGAIN: Answer.YES}) is Reason.EMPTY


def test_a_ticket_is_good_for_six_weeks_from_the_monday_of_the_talk(cast: Cast) -> None:
    token = ticket_of_talk(cast.appointment)

    assert refusal(token, now=at("2026-04-13 00:00")) is Reason.TICKET
    answer(token=token, answers=YES, now=at("2026-04-12 23:59"))


def test_every_changed_bit_breaks_the_seal(cast: Cast) -> None:
    whole = base64.urlsafe_b64decode(ticket_of_talk(cast.appointment))
    for place in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        assert read_ticket(base64.urlsafe_b64encode(bytes(changed)).decode()) is None


@given(st.text(max_size=80))
def test_no_other_text_is_a_ticket(text: str) -> None:
    assert read_ticket(text) is None


def test_a_ticket_has_one_spelling(cast: Cast) -> None:
    token = ticket_of_talk(cast.appointment)

    assert read_ticket(token) is not None
    for other in (f"{token}=", f"{token}\n", f" {token}", token.replace("A", "A\n", 1) + "x", f"{token[:-1]}+"):
        assert read_ticket(other) is None


def test_a_ticket_of_an_office_that_is_no_more_is_over(db: None, now: dt.datetime) -> None:
    assert refusal(ticket_of_staff(staff=1, office=999_999, day=now.date()), now=now) is Reason.TICKET


def test_a_rotated_key_keeps_old_tickets_and_staged_answers(cast: Cast, now: dt.datetime, settings: Any) -> None:
    old = list(settings.NAHBAR_LINK_KEYS)
    token = ticket_of_talk(cast.appointment)
    staff_answers(cast.office, 5, now=now)

    settings.NAHBAR_LINK_KEYS = ["a-newer-key-of-the-suite-0123456789", *old]
    answer(token=token, answers=YES, now=now)
    staff_answers(cast.office, 5, now=now, first=5)

    assert move_lots(now) == 10


def test_answers_under_a_key_no_longer_in_force_stay_and_do_not_count(
    cast: Cast, now: dt.datetime, settings: Any
) -> None:
    staff_answers(cast.office, 3, now=now)
    settings.NAHBAR_LINK_KEYS = ["a-newer-key-of-the-suite-0123456789"]
    staff_answers(cast.office, 9, now=now)

    assert move_lots(now) == 0
    staff_answers(cast.office, 1, now=now, first=9)
    assert (move_lots(now), StagedAnswer.objects.count()) == (10, 3)


def test_what_no_key_opens_goes_only_by_its_number_and_else_opens_again(
    cast: Cast, now: dt.datetime, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    old = settings.NAHBAR_LINK_KEYS
    staff_answers(cast.office, 4, now=now)
    settings.NAHBAR_LINK_KEYS = ["a-newer-key-of-the-suite-0123456789"]
    staff_answers(cast.office, 3, now=now, first=4)

    call_command("forget_unreadable_answers")
    assert capsys.readouterr().out == "No key in force opens 4 staged answers.\n"
    for wrong in ("3", "7", "0"):
        with pytest.raises(CommandError, match=f"Nothing was deleted: there are 4, not {wrong}."):
            call_command("forget_unreadable_answers", "--forget", wrong)
    settings.NAHBAR_LINK_KEYS = [*settings.NAHBAR_LINK_KEYS, *old]
    call_command("forget_unreadable_answers")
    assert capsys.readouterr().out == "No key in force opens 0 staged answers.\n"
    assert counts() == (7, 7, 0)

    settings.NAHBAR_LINK_KEYS = settings.NAHBAR_LINK_KEYS[:1]
    call_command("forget_unreadable_answers", "--forget", "4")
    assert counts() == (7, 3, 0)
    assert move_lots(now) == 0


def test_nine_wait_and_the_tenth_moves_all(cast: Cast, now: dt.datetime) -> None:
    staff_answers(cast.office, 9, now=now)
    assert move_lots(now) == 0

    staff_answers(cast.office, 1, now=now, first=9)
    assert StoredAnswer.objects.count() == 0  # not in the tenth one's own minute

    assert move_lots(now) == 10
    assert counts() == (10, 0, 10)
    assert move_lots(now) == 0


def test_ten_months_of_two_counsellors_wait_for_a_third(cast: Cast) -> None:
    months = [at(f"2026-{month:02}-03 12:00") for month in range(1, 7)]
    for month in months:
        staff_answers(cast.office, 2, now=month)
        assert move_lots(month) == 0
    assert counts() == (12, 12, 0)

    staff_answers(cast.office, 1, now=months[-1], first=2)

    assert (move_lots(months[-1]), counts()) == (13, (13, 0, 13))


def test_ten_talks_of_one_client_wait_for_two_others(cast: Cast, now: dt.datetime) -> None:
    for day in range(10, 22):
        talk = book(client=cast.person, staff=cast.owner, starts_at=at(f"2026-03-{day} 15:00"), now=now)
        answer(token=ticket_of_talk(talk), answers=YES, now=now)
    for others in range(FEWEST_PERSONS - 1):
        assert (move_lots(now), StoredAnswer.objects.count()) == (0, 0)
        talk = book(
            client=make_client(cast.office), staff=cast.owner, starts_at=at(f"2026-03-{23 + others} 15:00"), now=now
        )
        answer(token=ticket_of_talk(talk), answers=YES, now=now)

    assert move_lots(now) == 14


def test_a_persons_tickets_have_one_mark_in_an_office_and_another_elsewhere(cast: Cast) -> None:
    def mark(staff: int, office: JobCenter, day: str) -> bytes:
        ticket = read_ticket(ticket_of_staff(staff=staff, office=office.pk, day=dt.date.fromisoformat(day)))
        assert ticket is not None
        return ticket.mark

    mine = mark(1, cast.office, "2026-01-05")
    assert len(mine) == 8
    assert mark(1, cast.office, "2026-07-05") == mine
    assert len({mine, mark(2, cast.office, "2026-01-05"), mark(1, cast.other_office, "2026-01-05")}) == 3


def test_fewer_than_ten_wait_over_the_end_of_a_quarter(cast: Cast) -> None:
    staff_answers(cast.office, 9, now=at("2026-03-31 12:00"))
    assert move_lots(at("2026-04-01 00:10")) == 0

    staff_answers(cast.office, 1, now=at("2026-04-02 12:00"), first=9)

    assert move_lots(at("2026-04-02 12:10")) == 10
    assert {one.quarter for one in StoredAnswer.objects.all()} == {"2026Q2"}


def test_offices_and_audiences_are_counted_apart(cast: Cast, now: dt.datetime) -> None:
    staff_answers(cast.office, 6, now=now)
    staff_answers(cast.other_office, 6, now=now)
    answer(token=ticket_of_talk(cast.appointment), answers=YES, now=now)

    assert move_lots(now) == 0


def test_what_was_said_is_what_is_counted(cast: Cast, now: dt.datetime) -> None:
    said = [Answer.YES] * 6 + [Answer.PARTLY] * 3 + [Answer.NO] * 2
    for number, one in enumerate(said):
        token = ticket_of_staff(staff=number, office=cast.office.pk, day=now.date())
        answer(token=token, answers={Question.EASE: one}, now=now)
    move_lots(now)

    assert published_blocks(jobcenter=cast.office, audience=Audience.STAFF) == [
        Block(
            quarter="2026Q1",
            answers=11,
            counts={
                Question.ACCEPTANCE: dict.fromkeys(Answer, 0),
                Question.EASE: {Answer.YES: 6, Answer.PARTLY: 3, Answer.NO: 2},
                Question.RECOMMEND: dict.fromkeys(Answer, 0),
            },
        )
    ]
    assert published_blocks(jobcenter=cast.office, audience=Audience.CLIENTS) == []
    assert published_blocks(jobcenter=cast.other_office, audience=Audience.STAFF) == []


def test_published_blocks_cost_one_query_however_many(cast: Cast, django_assert_num_queries: Any) -> None:
    for quarter in range(1, 4):
        staff_answers(cast.office, 10, now=at(f"2026-{3 * quarter:02}-03 12:00"), first=quarter * 10)
        move_lots(at(f"2026-{3 * quarter:02}-03 12:10"))
        with django_assert_num_queries(1):
            assert len(published_blocks(jobcenter=cast.office, audience=Audience.STAFF)) == quarter


@pytest.mark.django_db(transaction=True)
def test_of_two_clocks_each_answer_is_moved_once(now: dt.datetime) -> None:
    office = JobCenter.objects.create(slug="rahlstedt", name="Jobcenter", phone="1", phone_display="1", email="a@b.de")
    staff_answers(office, 25, now=now)
    start, moved = threading.Barrier(3), list[int]()

    def clock() -> None:
        start.wait(10)
        try:
            moved.append(move_lots(now))
        finally:
            connection.close()

    threads = [threading.Thread(target=clock) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(moved) == [0, 0, 25]
    assert counts() == (25, 0, 25)


@pytest.mark.django_db(transaction=True)
def test_of_ten_taps_at_once_one_counts(now: dt.datetime) -> None:
    office = JobCenter.objects.create(slug="rahlstedt", name="Jobcenter", phone="1", phone_display="1", email="a@b.de")
    token = ticket_of_staff(staff=1, office=office.pk, day=now.date())
    start, became = threading.Barrier(10), list[str]()

    def tap() -> None:
        start.wait(10)
        try:
            answer(token=token, answers=YES, now=now)
            became.append("taken")
        except Refused as refused:
            became.append(refused.reason.value)
        finally:
            connection.close()

    threads = [threading.Thread(target=tap) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert Counter(became) == {"taken": 1, "answered": 9}
    assert counts() == (1, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_move_that_breaks_off_loses_and_doubles_nothing(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    office = JobCenter.objects.create(slug="rahlstedt", name="Jobcenter", phone="1", phone_display="1", email="a@b.de")
    staff_answers(office, 10, now=now)

    def torn(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    # The database goes away between deleting and storing.
    with monkeypatch.context() as patch:
        patch.setattr(StoredAnswer.objects, "bulk_create", torn)
        with pytest.raises(ConnectionError):
            move_lots(now)

    assert counts() == (10, 10, 0)
    assert move_lots(now) == 10


def test_spent_tickets_are_forgotten_when_they_are_over(cast: Cast, now: dt.datetime) -> None:
    answer(token=ticket_of_talk(cast.appointment), answers=YES, now=now)

    assert forget(SPENT_TICKETS, now=at("2026-04-12 23:59")) == 0
    assert forget(SPENT_TICKETS, now=at("2026-04-13 00:00")) == 1
    assert refusal(ticket_of_talk(cast.appointment), now=at("2026-04-13 00:00")) is Reason.TICKET
    assert dt.timedelta(weeks=6) == TICKET_LIVES


# So many days later so many more answer, of an office of so many people, and then the clock looks.
ARRIVALS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 14)), max_size=9)
_offices = itertools.count(1)
# A cell is how many gave an answer to a question, or left it out.
Cells = Counter[tuple[Question, Answer | None]]


def _cells(blocks: list[Block]) -> dict[str, tuple[int, Cells]]:
    return {block.quarter: (block.answers, _cells_of(block)) for block in blocks}


def _cells_of(block: Block) -> Cells:
    given = {(question, said): many for question, by in block.counts.items() for said, many in by.items()}
    return Counter(given | {(question, None): block.without(question) for question in block.counts})


@trying(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ARRIVALS, st.integers(1, 20), st.randoms(use_true_random=False))
def test_two_published_states_differ_by_nothing_or_by_ten_answers(
    db: None, arrivals: list[tuple[int, int]], people: int, dice: random.Random
) -> None:
    # A case that Hypothesis cut off half-way has left answers waiting: the clock would move them with this one's.
    StagedAnswer.objects.all().delete()
    slug = f"lot-{next(_offices)}"
    office = JobCenter.objects.create(slug=slug, name=slug, phone="1", phone_display="1", email="a@b.de")
    now, states, waiting = at("2026-01-05 12:00"), [_cells([])], list[int]()
    for days, many in arrivals:
        now += dt.timedelta(days=days)
        for _ in range(many):
            waiting += _answered(dice.randrange(people), office, dice, now=now)
        if moved := move_lots(now):
            assert moved == len(waiting)
            assert len(set(waiting)) >= FEWEST_PERSONS
            waiting = []
        assert StagedAnswer.objects.filter(jobcenter=office).count() == len(waiting)
        states.append(_cells(published_blocks(jobcenter=office, audience=Audience.STAFF)))

    for earlier, later in itertools.combinations(states, 2):
        assert earlier.keys() <= later.keys()
        for quarter, (answers, cells) in later.items():
            before, cells_before = earlier.get(quarter, (0, Counter()))
            assert answers - before == 0 or answers - before >= FEWEST
            assert all(many >= cells_before[cell] for cell, many in cells.items())
            for question in ASKED[Audience.STAFF]:
                # Whoever is new is in one cell of each question: ten or more together, as a whole.
                new = [cells[question, said] - cells_before[question, said] for said in (*Answer, None)]
                assert sum(new) == answers - before


def _answered(staff: int, office: JobCenter, dice: random.Random, *, now: dt.datetime) -> list[int]:
    """Whose answer was taken: nobody's, where it is the month's second."""
    said = {question: dice.choice(list(Answer)) for question in ASKED[Audience.STAFF] if dice.random() < 0.8}
    try:
        answer(token=ticket_of_staff(staff=staff, office=office.pk, day=now.date()), answers=said or YES, now=now)
    except Refused:
        return []
    return [staff]


def test_a_quarter_that_something_else_has_written_is_not_told_below_ten(cast: Cast) -> None:
    for many in (FEWEST - 1, 1):
        assert published_blocks(jobcenter=cast.office, audience=Audience.STAFF) == []
        StoredAnswer.objects.bulk_create(
            StoredAnswer(jobcenter=cast.office, audience=Audience.STAFF, quarter="2026Q1", ease="yes")
            for _number in range(many)
        )

    assert [one.answers for one in published_blocks(jobcenter=cast.office, audience=Audience.STAFF)] == [FEWEST]
