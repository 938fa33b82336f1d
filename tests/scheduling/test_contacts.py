"""The contact ledger: what is entered by hand counts once, and can be taken out again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.people.models import Client
from nahbar.people.queries import NotYours
from nahbar.people.records import open_with_reason
from nahbar.people.rules import LookReason
from nahbar.scheduling import events
from nahbar.scheduling.contacts import (
    Entry,
    by_hand_beside,
    contacts_of,
    enter_contact,
    mark_third_party,
    may_remove,
    remove_contact,
)
from nahbar.scheduling.errors import Alike, Reason, Refused
from nahbar.scheduling.models import Contact, ContactType
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import ContactKind
from tests.conftest import Cast
from tests.factories import at, book, desk_of, make_client
from tests.scheduling.together import at_once


@pytest.fixture(autouse=True)
def since_january(cast: Cast) -> None:
    """The files began before the tests' Tuesday."""
    Client.objects.update(created_at=at("2026-01-15 12:00"))
    cast.person.refresh_from_db()


@pytest.fixture
def messenger(cast: Cast) -> ContactType:
    return ContactType.objects.create(jobcenter=cast.office, name="Messenger")


def entry_of(cast: Cast, kind: ContactKind = ContactKind.TELEPHONE, **changes: Any) -> Entry:
    return Entry(**{"client": cast.person, "kind": kind, "key": uuid.uuid4(), **changes})


def enter(cast: Cast, now: dt.datetime, entry: Entry | None = None, *, despite: Collection[uuid.UUID] = ()) -> Contact:
    """By somebody who has seen the talk that is planned for the day."""
    seen = {cast.appointment.public_id, *despite}
    return enter_contact(desk=cast.desk, entry=entry or entry_of(cast), now=now, despite=seen)


def refusal(work: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.reason


@pytest.fixture
def told() -> Iterator[list[tuple[str, bool]]]:
    """What is sent from now on, and whether somebody else was there at that moment."""
    found: list[tuple[str, bool]] = []

    def entered(*, contact: Contact, **_more: Any) -> None:
        found.append(("entered", Contact.objects.get(pk=contact.pk).with_third_party))

    def removed(*, contact: Contact, **_more: Any) -> None:
        found.append(("removed", Contact.objects.get(pk=contact.pk).with_third_party))

    events.contact_entered.connect(entered)
    events.contact_removed.connect(removed)
    yield found
    events.contact_entered.disconnect(entered)
    events.contact_removed.disconnect(removed)


# --- entering -------------------------------------------------------------------------------------


def test_a_kind_is_enough(cast: Cast, now: dt.datetime, told: list[Any]) -> None:
    contact = enter(cast, now)
    assert (contact.client, contact.jobcenter, contact.appointment) == (cast.person, cast.office, None)
    assert (contact.kind, contact.minutes, contact.with_third_party) == ("telephone", 10, False)
    assert (contact.at, contact.entered_at, contact.entered_by) == (now, now, cast.owner)
    assert told == [("entered", False)]
    audited = AuditEntry.objects.get(action=Action.CONTACT_ENTERED)
    assert (audited.object_kind, audited.object_id) == ("client", str(cast.person.public_id))
    assert audited.detail == {"kind": "telephone", "contact": str(contact.public_id)}


def test_everything_can_be_said(cast: Cast, now: dt.datetime, messenger: ContactType) -> None:
    yesterday = now - dt.timedelta(days=1)
    entry = entry_of(cast, ContactKind.OTHER, own_type=messenger, at=yesterday, minutes=7, with_third_party=True)
    contact = enter(cast, now, entry)
    assert (contact.own_type, contact.at, contact.minutes) == (messenger, yesterday, 7)
    assert contact.with_third_party is True


def test_the_same_form_twice_counts_once(cast: Cast, now: dt.datetime, told: list[Any]) -> None:
    entry = entry_of(cast)
    first = enter(cast, now, entry)
    assert enter(cast, now + dt.timedelta(seconds=3), entry) == first
    assert Contact.objects.count() == len(told) == 1


@pytest.mark.parametrize(
    "changes",
    [{"minutes": 20}, {"with_third_party": True}, {"kind": ContactKind.VIDEO}, {"at": at("2026-03-03 08:00")}],
)
def test_the_same_form_with_something_else_in_it_is_refused(
    cast: Cast, now: dt.datetime, changes: dict[str, Any]
) -> None:
    key = uuid.uuid4()
    enter(cast, now, entry_of(cast, key=key))
    assert refusal(lambda: enter(cast, now, entry_of(cast, **{"key": key, **changes}))) == Reason.STALE
    assert Contact.objects.count() == 1


def test_anothers_form_is_refused(cast: Cast, now: dt.datetime) -> None:
    key = uuid.uuid4()
    enter(cast, now, entry_of(cast, key=key))
    entry = entry_of(cast, key=key, client=make_client(cast.office))
    assert refusal(lambda: enter(cast, now, entry)) == Reason.STALE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"at": at("2026-03-03 09:31")}, Reason.IN_FUTURE),
        ({"at": at("2026-01-14 23:59")}, Reason.BEFORE_FILE),
        ({"minutes": 0}, Reason.CONTACT_LENGTH),
        ({"minutes": 481}, Reason.CONTACT_LENGTH),
        ({"kind": ContactKind.OTHER}, Reason.CONTACT_TYPE),
    ],
)
def test_what_cannot_have_been_is_refused(
    cast: Cast, now: dt.datetime, changes: dict[str, Any], reason: Reason
) -> None:
    assert refusal(lambda: enter(cast, now, entry_of(cast, **changes))) == reason
    assert not Contact.objects.exists()
    assert not AuditEntry.objects.filter(action=Action.CONTACT_ENTERED).exists()


def test_the_first_day_of_the_file_counts_from_its_morning(cast: Cast, now: dt.datetime) -> None:
    assert enter(cast, now, entry_of(cast, at=at("2026-01-15 00:00"))).at == at("2026-01-15 00:00")


def test_a_retired_or_foreign_type_is_refused(cast: Cast, now: dt.datetime, messenger: ContactType) -> None:
    foreign = ContactType.objects.create(jobcenter=cast.other_office, name="Messenger")
    ContactType.objects.filter(pk=messenger.pk).update(is_active=False)
    of_retired = entry_of(cast, ContactKind.OTHER, own_type=messenger)
    of_foreign = entry_of(cast, ContactKind.OTHER, own_type=foreign)
    unfitting = entry_of(cast, ContactKind.TELEPHONE, own_type=messenger)
    assert refusal(lambda: enter(cast, now, of_retired)) == Reason.CONTACT_TYPE
    assert refusal(lambda: enter(cast, now, of_foreign)) == Reason.CONTACT_TYPE
    assert refusal(lambda: enter(cast, now, unfitting)) == Reason.CONTACT_TYPE


def test_nothing_is_entered_for_somebody_erased_meanwhile(cast: Cast, now: dt.datetime) -> None:
    gone = make_client(cast.office)
    entry = entry_of(cast, client=gone)
    Client.objects.filter(pk=gone.pk).delete()
    with pytest.raises(NotYours):
        enter(cast, now, entry)


# --- counts once ----------------------------------------------------------------------------------


def test_the_same_kind_on_the_same_day_asks_first(cast: Cast, now: dt.datetime) -> None:
    first = enter(cast, now - dt.timedelta(hours=2))
    with pytest.raises(Alike) as alike:
        enter(cast, now)
    assert (alike.value.contacts, alike.value.appointments) == ([first], [])
    second = enter(cast, now, despite=alike.value.public_ids)
    assert list(contacts_of(cast.person)) == [second, first]


def test_only_who_has_seen_all_of_them_enters_another(cast: Cast, now: dt.datetime) -> None:
    first = enter(cast, now)
    second = enter(cast, now, despite=[first.public_id])
    with pytest.raises(Alike) as alike:
        enter(cast, now, despite=[first.public_id])
    assert alike.value.contacts == [second]


@pytest.mark.parametrize("kind", [ContactKind.VIDEO, ContactKind.TELEPHONE, ContactKind.IN_PERSON])
def test_a_talk_that_is_planned_for_that_day_asks_first_whatever_its_mode(
    cast: Cast, now: dt.datetime, kind: ContactKind
) -> None:
    with pytest.raises(Alike) as alike:
        enter_contact(desk=cast.desk, entry=entry_of(cast, kind), now=now)
    assert (alike.value.contacts, alike.value.appointments) == ([], [cast.appointment])
    assert enter(cast, now, entry_of(cast, kind)).kind == kind


def test_a_talk_of_another_day_does_not_ask(cast: Cast, now: dt.datetime) -> None:
    entry = entry_of(cast, at=now - dt.timedelta(days=1))
    assert enter_contact(desk=cast.desk, entry=entry, now=now) == Contact.objects.get()


def test_beside_a_talk_stands_what_was_entered_by_hand_that_day(cast: Cast, now: dt.datetime) -> None:
    same_day = enter(cast, now)
    enter(cast, now, entry_of(cast, at=now - dt.timedelta(days=1)))
    mark_held(appointment=cast.appointment, by=SYSTEM, now=now + dt.timedelta(hours=1))
    assert list(by_hand_beside(cast.appointment)) == [same_day]


def test_a_contact_keeps_the_team_that_the_person_has_by_then(cast: Cast, now: dt.datetime) -> None:
    entry = entry_of(cast)
    assert entry.client.team.name == "Team 1"
    Client.objects.filter(pk=cast.person.pk).update(team=cast.office.teams.get(name="Team 2"))
    contact = enter(cast, now, entry)
    Client.objects.filter(pk=cast.person.pk).update(team=cast.office.teams.get(name="Team 1"))
    contact.refresh_from_db()
    assert contact.team.name == "Team 2"


def test_a_talk_that_was_held_asks_first(cast: Cast, now: dt.datetime) -> None:
    held = mark_held(appointment=cast.appointment, by=SYSTEM, now=now + dt.timedelta(hours=1))
    with pytest.raises(Alike) as alike:
        enter(cast, now + dt.timedelta(hours=2), entry_of(cast, ContactKind.VIDEO))
    assert (alike.value.contacts, alike.value.appointments) == ([held], [])


def test_another_day_kind_type_or_person_does_not_ask(cast: Cast, now: dt.datetime, messenger: ContactType) -> None:
    group = ContactType.objects.create(jobcenter=cast.office, name="Gruppe")
    enter(cast, now)
    enter(cast, now, entry_of(cast, ContactKind.OTHER, own_type=messenger))
    enter(cast, now, entry_of(cast, ContactKind.OTHER, own_type=group))
    enter(cast, now, entry_of(cast, ContactKind.OUTREACH))
    enter(cast, now, entry_of(cast, at=at("2026-03-02 23:59")))
    enter(cast, now, entry_of(cast, client=make_client(cast.office, created_at=now)))
    assert Contact.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_count_once(cast: Cast, now: dt.datetime) -> None:
    same = entry_of(cast)
    at_once(*[lambda: enter(cast, now, same)] * 3)
    assert Contact.objects.count() == 1

    asked = []

    def once_more() -> None:
        try:
            enter(cast, now, entry_of(cast, ContactKind.OUTREACH))
        except Alike as alike:
            asked.append(alike)

    at_once(once_more, once_more)
    assert (Contact.objects.filter(kind="outreach").count(), len(asked)) == (1, 1)


# --- taking out, marking --------------------------------------------------------------------------


def test_whoever_entered_it_and_colleagues_take_it_out(cast: Cast, now: dt.datetime, told: list[Any]) -> None:
    for staff in (cast.owner, cast.teammate):
        contact = enter(cast, now)
        desk = desk_of(staff, cast.office)
        assert remove_contact(desk=desk, contact=contact, now=now) is True
        assert remove_contact(desk=desk, contact=contact, now=now) is False
    assert not Contact.objects.exists()
    assert told == [("entered", False), ("removed", False)] * 2
    audited = AuditEntry.objects.filter(action=Action.CONTACT_REMOVED).values_list("object_id", flat=True)
    assert list(audited) == [str(cast.person.public_id)] * 2


def test_who_opened_the_record_with_a_reason_takes_out_their_own(cast: Cast, now: dt.datetime) -> None:
    theirs = enter(cast, now)
    desk = desk_of(cast.colleague, cast.office, now)
    open_with_reason(desk=desk, client=cast.person, reason=LookReason.PERSON_ASKS, note="", now=now)
    with pytest.raises(NotYours):
        remove_contact(desk=desk, contact=theirs, now=now)
    entry = entry_of(cast, ContactKind.OUTREACH, at=now - dt.timedelta(days=1))
    own = enter_contact(desk=desk, entry=entry, now=now)
    assert remove_contact(desk=desk, contact=own, now=now) is True
    assert Contact.objects.get() == theirs


def test_a_talks_contact_goes_with_its_outcome_only(cast: Cast, now: dt.datetime) -> None:
    held = mark_held(appointment=cast.appointment, by=SYSTEM, now=now + dt.timedelta(hours=1))
    assert may_remove(desk=cast.desk, contact=held) is False
    with pytest.raises(NotYours):
        remove_contact(desk=cast.desk, contact=held, now=now)
    assert Contact.objects.get() == held


def test_a_form_whose_entry_was_taken_out_enters_again(cast: Cast, now: dt.datetime) -> None:
    entry = entry_of(cast)
    remove_contact(desk=cast.desk, contact=enter(cast, now, entry), now=now)
    again = enter(cast, now, entry)
    assert Contact.objects.get() == again


def test_third_parties_are_a_mark_also_of_a_talk(cast: Cast, now: dt.datetime, told: list[Any]) -> None:
    held = mark_held(appointment=cast.appointment, by=SYSTEM, now=now + dt.timedelta(hours=1))
    told.clear()
    for present, changed in ((True, True), (True, False), (False, True)):
        assert mark_third_party(desk=cast.desk, contact=held, present=present, now=now) is changed
        held.refresh_from_db()
        assert (held.with_third_party, held.kind) == (present, "video")
    # As it was, then as it is.
    assert told == [("removed", False), ("entered", True), ("removed", True), ("entered", False)]
    assert AuditEntry.objects.filter(action=Action.CONTACT_MARKED).count() == 2


def test_a_receiver_that_refuses_leaves_nothing(cast: Cast, now: dt.datetime) -> None:
    def refuse(**_more: Any) -> None:
        raise Refused(Reason.STALE)

    events.contact_entered.connect(refuse)
    try:
        assert refusal(lambda: enter(cast, now)) == Reason.STALE
    finally:
        events.contact_entered.disconnect(refuse)
    assert not Contact.objects.exists()


def test_the_ledger_is_one_query_however_long(cast: Cast, now: dt.datetime, django_assert_num_queries: Any) -> None:
    held = book(client=cast.person, staff=cast.owner, starts_at=now + dt.timedelta(hours=2), now=now)
    mark_held(appointment=held, by=SYSTEM, now=now + dt.timedelta(hours=3))
    for more in (1, 2, 9):
        for number in range(more):
            enter(cast, now, entry_of(cast, at=now - dt.timedelta(days=1 + more + number)))
        with django_assert_num_queries(1):
            for contact in contacts_of(cast.person):
                assert contact.entered_by or contact.appointment
