"""Outcomes: entered once, corrected with a history; the contact ledger says what they say."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.dispatch import Signal

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import Place
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling import events
from nahbar.scheduling.contacts import mark_third_party
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, AppointmentChange, ChannelBooking, Contact
from nahbar.scheduling.operations import cancel_appointment, switch_mode
from nahbar.scheduling.outcomes import Correction, correct_outcome, mark_held, mark_not_held
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import (
    TRANSITIONS,
    AppointmentState,
    CancelledBy,
    ChangeKind,
    NotHeldReason,
    Outcome,
)
from tests.conftest import Cast
from tests.factories import at, desk_of
from tests.scheduling.together import at_once

LATER = at("2026-03-03 10:40")
REASONS = list(NotHeldReason)
VIDEO_25 = Correction(Mode.VIDEO, minutes=25)
TECHNICAL = Correction(Mode.VIDEO, reason=NotHeldReason.TECHNICAL)
NEWS = ("contact_entered", "contact_removed", "outcome_corrected", "appointment_closed")


def fresh(cast: Cast) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=cast.appointment.pk)


def held(cast: Cast, minutes: int = 27) -> Appointment:
    mark_held(appointment=fresh(cast), by=cast.desk.actor, now=LATER, minutes=minutes)
    return fresh(cast)


def missed(cast: Cast, reason: NotHeldReason = NotHeldReason.NOT_REACHED) -> Appointment:
    mark_not_held(appointment=fresh(cast), reason=reason, by=cast.desk.actor, now=LATER)
    return fresh(cast)


def correct(cast: Cast, appointment: Appointment, correction: Correction, **changes: Any) -> bool:
    values: dict[str, Any] = {"revision": appointment.revision, "by": cast.desk.actor, "now": LATER, **changes}
    return correct_outcome(appointment=appointment, correction=correction, **values)


def refusal(work: Any) -> Reason:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.reason


def ledger() -> list[tuple[str, int]]:
    return list(Contact.objects.values_list("kind", "minutes"))


@pytest.fixture
def news() -> Iterator[list[str]]:
    """What was sent, in order; of a contact that goes, that its row was still there."""
    heard: list[str] = []

    def listener(name: str, **kwargs: Any) -> None:
        there = "contact" not in kwargs or Contact.objects.filter(pk=kwargs["contact"].pk).exists()
        heard.append(name if there else f"{name} too late")

    listeners: list[tuple[Signal, Any]] = [(getattr(events, name), partial(listener, name)) for name in NEWS]
    for signal, one in listeners:
        signal.connect(one)
    yield heard
    for signal, one in listeners:
        signal.disconnect(one)


def test_a_missed_talk_that_took_place_counts(cast: Cast, news: list[str]) -> None:
    appointment = missed(cast)
    news.clear()
    assert correct(cast, appointment, VIDEO_25)
    assert (fresh(cast).state, fresh(cast).not_held_reason, fresh(cast).outcome) == ("held", "", Outcome.HELD)
    assert ledger() == [("video", 25)]
    assert news == ["contact_entered", "outcome_corrected"]


@pytest.mark.parametrize("reason", REASONS)
def test_a_held_talk_that_was_none_counts_no_more(cast: Cast, news: list[str], reason: NotHeldReason) -> None:
    appointment = held(cast)
    news.clear()
    assert correct(cast, appointment, Correction(Mode.VIDEO, reason=reason))
    assert (fresh(cast).state, fresh(cast).not_held_reason) == ("not_held", reason.value)
    assert ledger() == []
    assert not ChannelBooking.objects.filter(appointment=appointment).exists()
    assert news == ["contact_removed", "outcome_corrected"]


def test_another_reason_leaves_the_ledger_alone(cast: Cast, news: list[str]) -> None:
    appointment = missed(cast)
    news.clear()
    assert correct(cast, appointment, TECHNICAL)
    assert fresh(cast).outcome == Outcome.TECHNICAL
    assert news == ["outcome_corrected"]


def test_another_length_and_mode_change_the_same_contact(cast: Cast, news: list[str]) -> None:
    appointment = held(cast)
    Contact.objects.update(with_third_party=True)
    contact = Contact.objects.get()
    news.clear()
    assert correct(cast, appointment, Correction(Mode.TELEPHONE, minutes=12))
    assert ledger() == [("telephone", 12)]
    assert (Contact.objects.get().pk, Contact.objects.get().with_third_party) == (contact.pk, True)
    assert fresh(cast).mode == Mode.TELEPHONE
    assert news == ["contact_removed", "contact_entered", "outcome_corrected"]


def test_back_to_video_after_a_slip(cast: Cast) -> None:
    switch_mode(appointment=fresh(cast), mode=Mode.TELEPHONE, by=cast.desk.actor, now=LATER)
    appointment = held(cast)
    assert correct(cast, appointment, TECHNICAL)
    assert (fresh(cast).mode, fresh(cast).outcome) == (Mode.VIDEO, Outcome.TECHNICAL)


def test_a_mode_it_never_had_is_refused(cast: Cast) -> None:
    appointment = held(cast)
    assert refusal(lambda: correct(cast, appointment, Correction(Mode.ON_SITE, minutes=20))) == Reason.MODE_NOT_ALLOWED
    assert ledger() == [("video", 27)]


@pytest.mark.parametrize("minutes", [-1, 0, 601])
def test_a_length_no_talk_has_is_refused(cast: Cast, minutes: int) -> None:
    appointment = held(cast)
    assert refusal(lambda: correct(cast, appointment, Correction(Mode.VIDEO, minutes=minutes))) == Reason.TALK_LENGTH


def test_the_history_says_what_was_entered_and_who_corrected_it(cast: Cast) -> None:
    missed(cast)
    mate = desk_of(cast.teammate, cast.office)
    correct(cast, fresh(cast), TECHNICAL, by=mate.actor, now=LATER + dt.timedelta(days=40))
    change = AppointmentChange.objects.get(kind=ChangeKind.CORRECTED)
    assert (change.old_outcome, change.new_outcome) == (Outcome.CLIENT, Outcome.TECHNICAL)
    assert (change.by_id, change.at) == (mate.actor.id, LATER + dt.timedelta(days=40))
    entry = AuditEntry.objects.get(action=Action.OUTCOME_CORRECTED)
    assert entry.detail == {"mode": "video", "old": "client", "new": "technical"}
    others = AppointmentChange.objects.exclude(kind=ChangeKind.CORRECTED)
    assert set(others.values_list("old_outcome", "new_outcome")) == {("", "")}


def test_the_same_again_does_nothing(cast: Cast, news: list[str]) -> None:
    appointment = held(cast)
    assert correct(cast, appointment, TECHNICAL)
    news.clear()
    # The same page sent twice: its revision is old, what it asks for is there.
    assert not correct(cast, fresh(cast), TECHNICAL, revision=1)
    assert not correct(cast, fresh(cast), TECHNICAL)
    assert news == []
    assert AppointmentChange.objects.filter(kind=ChangeKind.CORRECTED).count() == 1


def test_a_stale_page_corrects_nothing(cast: Cast) -> None:
    appointment = held(cast)
    correct(cast, appointment, TECHNICAL)
    unknown = Correction(Mode.VIDEO, reason=NotHeldReason.UNKNOWN)
    assert refusal(lambda: correct(cast, fresh(cast), unknown, revision=1)) == Reason.STALE
    assert fresh(cast).outcome == Outcome.TECHNICAL


def test_nobody_failed_to_come_before_the_time(cast: Cast) -> None:
    before = cast.appointment.starts_at - dt.timedelta(minutes=5)
    mark_held(appointment=fresh(cast), by=cast.desk.actor, now=before, minutes=10)
    assert refusal(lambda: correct(cast, fresh(cast), TECHNICAL, now=before)) == Reason.NOT_BEGUN
    assert correct(cast, fresh(cast), TECHNICAL)


def test_what_has_no_outcome_or_was_cancelled_cannot_be_corrected(cast: Cast, now: dt.datetime) -> None:
    assert refusal(lambda: correct(cast, fresh(cast), VIDEO_25)) == Reason.NO_OUTCOME
    cancel_appointment(appointment=fresh(cast), cancelled_by=CancelledBy.CLIENT, by=cast.desk.actor, now=now)
    assert refusal(lambda: correct(cast, fresh(cast), VIDEO_25)) == Reason.NO_OUTCOME
    assert ledger() == []


def test_an_outcome_is_never_entered_over_another(cast: Cast) -> None:
    """That held and not held may become each other is for corrections only."""
    held(cast)
    again: dict[str, Any] = {"by": cast.desk.actor, "now": LATER}
    assert refusal(lambda: mark_held(appointment=fresh(cast), **again)) == Reason.NOT_PLANNED
    not_held = {**again, "reason": NotHeldReason.OFFICE}
    assert refusal(lambda: mark_not_held(appointment=fresh(cast), **not_held)) == Reason.NOT_PLANNED
    assert (
        refusal(lambda: cancel_appointment(appointment=fresh(cast), cancelled_by=CancelledBy.OFFICE, **again))
        == Reason.NOT_PLANNED
    )
    assert ledger() == [("video", 27)]


def test_an_outcome_from_a_stale_page_is_refused(cast: Cast) -> None:
    switch_mode(appointment=fresh(cast), mode=Mode.TELEPHONE, by=cast.desk.actor, now=LATER)
    stale: dict[str, Any] = {"appointment": fresh(cast), "by": cast.desk.actor, "now": LATER, "revision": 0}
    assert refusal(lambda: mark_held(**stale)) == Reason.STALE
    assert refusal(lambda: mark_not_held(**stale, reason=NotHeldReason.TECHNICAL)) == Reason.STALE
    assert ledger() == []


def test_what_may_be_corrected_is_what_the_table_says() -> None:
    assert set(TRANSITIONS) == set(AppointmentState)
    outcomes = {AppointmentState.HELD, AppointmentState.NOT_HELD}
    assert {state for state in TRANSITIONS if TRANSITIONS[state] == outcomes} == outcomes
    assert TRANSITIONS[AppointmentState.CANCELLED] == {AppointmentState.PLANNED}


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_are_one(cast: Cast) -> None:
    """From one page: whoever comes second is told, and the ledger says what the appointment says."""
    appointment = held(cast)
    unknown = Correction(Mode.VIDEO, reason=NotHeldReason.UNKNOWN)
    at_once(
        *(
            partial(correct, cast, fresh(cast), correction, revision=appointment.revision)
            for correction in (TECHNICAL, unknown, Correction(Mode.TELEPHONE, minutes=5))
        )
    )
    assert AppointmentChange.objects.filter(kind=ChangeKind.CORRECTED).count() == 1
    assert fresh(cast).revision == appointment.revision + 1
    assert len(ledger()) == (1 if fresh(cast).state == AppointmentState.HELD else 0)


@pytest.mark.django_db(transaction=True)
def test_two_outcomes_at_once_are_one(cast: Cast) -> None:
    """A double tap, and a colleague's: one contact at most, one row of history."""
    at_once(
        *(partial(mark_held, appointment=fresh(cast), by=cast.desk.actor, now=LATER) for _twice in range(2)),
        partial(
            mark_not_held,
            appointment=fresh(cast),
            reason=NotHeldReason.TECHNICAL,
            by=desk_of(cast.teammate, cast.office).actor,
            now=LATER,
        ),
    )
    kinds = {ChangeKind.HELD, ChangeKind.NOT_HELD}
    assert AppointmentChange.objects.filter(kind__in=kinds).count() == 1
    assert len(ledger()) == (1 if fresh(cast).state == AppointmentState.HELD else 0)


def test_a_contact_keeps_the_kilometres_of_its_day(cast: Cast) -> None:
    place = Place.objects.create(jobcenter=cast.office, name="Neuwied", km=18)
    cast.office.clients.filter(pk=cast.person.pk).update(place=place)
    appointment = held(cast)
    Place.objects.update(km=21)
    correct(cast, appointment, VIDEO_25)
    assert Contact.objects.get().km == 18


@pytest.fixture
def counted() -> Iterator[Counter[tuple[str, int, bool]]]:
    """How often each contact counts by what was sent of it."""
    tally: Counter[tuple[str, int, bool]] = Counter()

    def count(sign: int, *, contact: Contact, **_more: Any) -> None:
        tally[contact.kind, contact.minutes, contact.with_third_party] += sign

    more, less = partial(count, 1), partial(count, -1)
    events.contact_entered.connect(more, weak=False)
    events.contact_removed.connect(less, weak=False)
    yield tally
    events.contact_entered.disconnect(more)
    events.contact_removed.disconnect(less)


@pytest.mark.django_db(transaction=True)
def test_a_correction_and_a_mark_at_once_both_stand_and_count(
    cast: Cast, counted: Counter[tuple[str, int, bool]]
) -> None:
    appointment, contact = held(cast), Contact.objects.get()
    telephone = Correction(Mode.TELEPHONE, minutes=12)
    for number in range(5):
        wanted = number % 2 == 0
        at_once(
            partial(correct, cast, appointment, telephone if wanted else VIDEO_25),
            partial(mark_third_party, desk=cast.desk, contact=contact, present=wanted, now=LATER),
        )
        contact.refresh_from_db()
        found = contact.kind, contact.minutes, contact.with_third_party
        assert found == (("telephone", 12, True) if wanted else ("video", 25, False))
        assert {one: count for one, count in counted.items() if count} == {found: 1}
        appointment = fresh(cast)
