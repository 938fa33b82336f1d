"""Keeping records: new, changed, by two at once; and making one of two."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls.models import Call
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import consent_in_force, current_text, is_withdrawn
from nahbar.consent.rules import Purpose, Route
from nahbar.people.erasing import set_hold
from nahbar.people.merging import Forbidden, doubles_of, forbidden, merge, moves
from nahbar.people.models import Client, ClientLook, FormerNumber, LegalHold
from nahbar.people.queries import access_door
from nahbar.people.records import NotKept, Refusal, change_client, create_client, open_with_reason
from nahbar.people.retention import LOOKS
from nahbar.people.rules import HoldReason, LookReason
from nahbar.people.search import client_numbered, search_clients
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import CallTask, Contact, Participation
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import CancelledBy, CancelReason, ContactKind
from tests.conftest import Cast
from tests.factories import at, book, desk_of, invitation_for, make_client, make_wish
from tests.people.lists import HEADER, applied, fates, text, undone, uploaded
from tests.web.counsellor.pages import open_waiting_room


def facts(cast: Cast, **changes: Any) -> dict[str, Any]:
    values = {"first_name": "Nora", "last_name": "Lind", "number": "900A1", "birth_date": dt.date(1980, 3, 12)}
    return {**values, "team": cast.office.teams.get(name="Team 1"), "notes": "Unterlagen fehlen noch.", **changes}


def test_a_new_record_is_found_signed_and_audited(cast: Cast, now: dt.datetime) -> None:
    client = create_client(desk=cast.desk, facts=facts(cast), now=now)
    assert search_clients(desk=cast.desk, text="Lindt") == [client]
    assert (client.notes_by, client.notes_at, client.changed_by) == (cast.owner, now, cast.owner)
    entry = AuditEntry.objects.get(action=Action.CLIENT_CREATED)
    assert (entry.object_id, entry.detail) == (str(client.public_id), {})


def test_a_number_belongs_to_one_record(cast: Cast, now: dt.datetime) -> None:
    FormerNumber.objects.create(jobcenter=cast.office, client=cast.person, number="OLD1")
    for number in (cast.person.number, "OLD1"):
        with pytest.raises(NotKept) as refused:
            create_client(desk=cast.desk, facts=facts(cast, number=number), now=now)
        assert refused.value.reason is Refusal.NUMBER_TAKEN
    with pytest.raises(NotKept):
        change_client(
            desk=cast.desk, client=cast.person, facts={"number": cast.other_person.number}, revision=0, now=now
        )
    assert Client.objects.of(cast.office).count() == 2


def test_a_change_names_fields_and_never_what_stands_in_them(cast: Cast, now: dt.datetime) -> None:
    changed = {"last_name": "Öztürk", "notes": "Neu."}
    assert change_client(desk=cast.desk, client=cast.person, facts=changed, revision=0, now=now)
    cast.person.refresh_from_db()
    assert (cast.person.revision, cast.person.notes_by) == (1, cast.owner)
    assert AuditEntry.objects.get(action=Action.CLIENT_CHANGED).detail == {"last_name": True, "notes": True}
    assert search_clients(desk=cast.desk, text="Oeztuerk") == [cast.person]
    assert search_clients(desk=cast.desk, text="Kaya") == []
    assert not change_client(desk=cast.desk, client=cast.person, facts=changed, revision=0, now=now)


def test_who_comes_second_changes_nothing(cast: Cast, now: dt.datetime) -> None:
    change_client(desk=cast.desk, client=cast.person, facts={"email": "a@example.org"}, revision=0, now=now)
    with pytest.raises(NotKept) as refused:
        change_client(desk=cast.desk, client=cast.person, facts={"email": "b@example.org"}, revision=0, now=now)
    assert refused.value.reason is Refusal.STALE
    cast.person.refresh_from_db()
    assert cast.person.email == "a@example.org"


def test_a_look_ends_at_midnight_in_berlin_also_when_clocks_change(cast: Cast) -> None:
    client = access_door(desk=desk_of(cast.colleague, cast.office), public_id=cast.person.public_id)
    for day, midnight in (("2026-03-28 12:00", "2026-03-29 00:00"), ("2026-03-29 12:00", "2026-03-30 00:00")):
        desk = desk_of(cast.colleague, cast.office, at(day))
        look = open_with_reason(desk=desk, client=client, reason=LookReason.COMPLAINT, note="", now=at(day))
        assert look.until == at(midnight)


def test_looks_go_with_the_audit_rows_about_them(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.colleague, cast.office)
    for moment in (now - dt.timedelta(days=1_096), now):
        open_with_reason(desk=desk, client=cast.person, reason=LookReason.DOUBLE, note="", now=moment)
    assert [tally.count for tally in LOOKS.delete(now=now, limit=5).values()] == [1]
    assert ClientLook.objects.get().at == now


# --- merging --------------------------------------------------------------------------------------


@pytest.fixture
def double(cast: Cast) -> Client:
    """The same person once more, misspelt, with an address of their own."""
    return make_client(cast.office, first_name="Elif", last_name="Kaja", email="elif@example.org", phone_display="")


def merged(cast: Cast, double: Client, now: dt.datetime, taken: tuple[str, ...] = ()) -> Client:
    pair = (Client.objects.get(pk=cast.person.pk).revision, Client.objects.get(pk=double.pk).revision)
    return merge(desk=cast.desk, kept=cast.person, double=double, taken=taken, revisions=pair, now=now)


def test_doubles_have_the_same_birth_date_and_a_name_that_sounds_alike(cast: Cast, double: Client) -> None:
    make_client(cast.office, first_name="Nils", last_name="Wrede")
    make_client(cast.office, first_name="Elif", last_name="Kaya", birth_date=dt.date(1991, 4, 17))
    make_client(cast.office, cast.office.teams.get(name="Team 2"), first_name="Elif", last_name="Kaya")
    assert doubles_of(desk=cast.desk, client=cast.person) == [double]


def test_everything_moves_and_the_double_is_gone(cast: Cast, double: Client, now: dt.datetime) -> None:
    later = book(client=double, staff=cast.owner, starts_at=now + dt.timedelta(days=1), now=now)
    held = book(client=double, staff=cast.owner, starts_at=now + dt.timedelta(hours=3), now=now)
    mark_held(appointment=held, by=SYSTEM, now=now + dt.timedelta(hours=4))
    wish = make_wish(client=double, staff=cast.owner, starts_at=now + dt.timedelta(days=2), agreed_by=None)
    make_call_task(desk=cast.desk, wish=wish, now=now)
    link = invitation_for(later).public_id
    give_consent(client=double, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)
    counts = {str(name): count for name, count in moves(double=double)}
    assert counts == {
        "Termine": 2,
        "von Hand eingetragene Kontakte": 0,
        "Anrufe": 1,
        "Einverständnisse": 1,
        "laufende Gespräche": 0,
    }

    kept = merged(cast, double, now, taken=("email",))

    assert (kept.email, kept.last_name, kept.number) == ("elif@example.org", "Kaya", cast.person.number)
    assert kept.revision == 1
    assert Participation.objects.filter(client=kept).count() == 3
    assert Contact.objects.get().client == CallTask.objects.get().client == kept
    assert consent_in_force(client=kept) is not None
    assert invitation_for(later).public_id == link
    assert not Client.objects.filter(pk=double.pk).exists()
    assert client_numbered(desk=cast.desk, number=double.number) == kept
    about = set(AuditEntry.objects.filter(action=Action.CLIENTS_MERGED).values_list("object_id", flat=True))
    assert about == {str(kept.public_id), str(double.public_id)}


def test_contacts_entered_by_hand_move_too(cast: Cast, double: Client, now: dt.datetime) -> None:
    Client.objects.update(created_at=now - dt.timedelta(days=3))
    double.refresh_from_db()
    cast.person.refresh_from_db()
    for client in (cast.person, double):
        entry = Entry(client=client, kind=ContactKind.TELEPHONE, key=uuid.uuid4())
        enter_contact(desk=cast.desk, entry=entry, now=now, despite=[cast.appointment.public_id])
    assert {str(name): count for name, count in moves(double=double)}["von Hand eingetragene Kontakte"] == 1
    kept = merged(cast, double, now)
    # Nobody can tell from here whether it was one; whoever sees both takes one out.
    assert list(kept.contacts.values_list("kind", "entered_by")) == [("telephone", cast.owner.pk)] * 2


@pytest.mark.parametrize("first", ["double", "kept"])
def test_a_later_withdrawal_holds_for_the_one_record(cast: Cast, double: Client, now: dt.datetime, first: str) -> None:
    gives, withdraws = (double, cast.person) if first == "double" else (cast.person, double)
    text = current_text(language="de")
    for client in (gives, withdraws):
        give_consent(client=client, text=text, route=Route.TAP, by=SYSTEM, now=now)
    withdraw_consent(client=withdraws, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=now)
    kept = merged(cast, double, now)
    assert consent_in_force(client=kept) is None
    assert is_withdrawn(client=kept)


def test_two_consents_become_the_latest(cast: Cast, double: Client, now: dt.datetime) -> None:
    text = current_text(language="de")
    _first, latest = (
        give_consent(client=client, text=text, route=Route.TAP, by=SYSTEM, now=now) for client in (cast.person, double)
    )
    assert consent_in_force(client=merged(cast, double, now)) == latest


def test_refused_when_appointments_overlap_until_one_is_called_off(
    cast: Cast, double: Client, now: dt.datetime
) -> None:
    same = book(client=double, staff=cast.teammate, starts_at=cast.appointment.starts_at, now=now)
    assert forbidden(desk=cast.desk, kept=cast.person, double=double, now=now) == "overlap"
    with pytest.raises(Forbidden):
        merged(cast, double, now)
    assert Client.objects.filter(pk=double.pk).exists()
    cancel_appointment(
        appointment=same, cancelled_by=CancelledBy.OFFICE, reason=CancelReason.MISTAKE, by=SYSTEM, now=now
    )
    assert merged(cast, double, now) == cast.person


def test_refused_while_somebody_waits_or_talks(cast: Cast, double: Client, now: dt.datetime) -> None:
    open_waiting_room(cast.appointment, now)
    with pytest.raises(Forbidden) as refused:
        merged(cast, double, now)
    assert refused.value.reason == "in_talk"
    Call.objects.all().delete()
    assert merged(cast, double, now) == cast.person


def test_refused_when_one_was_changed_since_the_page(cast: Cast, double: Client, now: dt.datetime) -> None:
    change_client(desk=cast.desk, client=double, facts={"email": "x@example.org"}, revision=0, now=now)
    with pytest.raises(NotKept):
        merge(desk=cast.desk, kept=cast.person, double=double, taken=(), revisions=(0, 0), now=now)
    assert Client.objects.filter(pk=double.pk).exists()


def test_never_with_another_office(cast: Cast, now: dt.datetime) -> None:
    with pytest.raises(NotKept):
        merge(desk=cast.desk, kept=cast.person, double=cast.foreign_person, taken=(), revisions=(0, 0), now=now)


@pytest.mark.parametrize(("own", "theirs"), [(None, 2031), (2030, 2031), (2031, 2030), (2031, None)])
def test_the_longer_hold_holds_the_one_record(
    cast: Cast, double: Client, now: dt.datetime, own: int | None, theirs: int | None
) -> None:
    for client, year in ((cast.person, own), (double, theirs)):
        if year:
            set_hold(desk=cast.desk, client=client, reason=HoldReason.CLAIM, last_day=dt.date(year, 1, 31), now=now)
    kept = merged(cast, double, now)
    hold = LegalHold.objects.get()
    assert (hold.client, hold.last_day) == (kept, dt.date(2031, 1, 31))
    audited = AuditEntry.objects.filter(action=Action.HOLD_SET, object_id=str(kept.public_id))
    assert [entry.detail["last_day"] for entry in audited][-1] == "2031-01-31"


def test_merging_ends_no_file_that_was_opened_lately(cast: Cast, double: Client, now: dt.datetime) -> None:
    Client.objects.filter(pk=cast.person.pk).update(created_at=now - dt.timedelta(days=9 * 365))
    Client.objects.filter(pk=double.pk).update(created_at=now)
    assert merged(cast, double, now).created_at == now


def test_undoing_an_import_leaves_what_was_merged_since(cast: Cast, double: Client, now: dt.datetime) -> None:
    row = [double.number, "", "", "", "", "", "040 1", ""]
    upload = applied(cast, uploaded(cast, text([HEADER, row]), now=now), now=now)
    kept = merged(cast, double, now, taken=("phone_display",))
    undone(cast, upload, now=now)
    assert fates(upload) == [(2, "kept_changed")]
    assert Client.objects.get(pk=kept.pk).phone_display == "040 1"
