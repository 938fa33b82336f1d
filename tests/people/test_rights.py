"""Everything that is kept about a person is known to their rights: handed over whole, erased without a trace."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.utils import timezone

from nahbar.audit.models import AuditEntry
from nahbar.audit.privacy import Period, PrivacyClass, describe, rooms
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls.models import Call, SecondDevice, TakeOver
from nahbar.calls.rules import CallState
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.models import Device, Invitation
from nahbar.jobcenters.barriers import report_barrier
from nahbar.jobcenters.models import BarrierReport, Place
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import About
from nahbar.people.action_words import DONE, done_in_words
from nahbar.people.erasing import CannotErase, erase_person, erased_ids, hindrances, release_hold, set_hold
from nahbar.people.exporting import export_person, kept_about
from nahbar.people.imports import apply_next, confirm, start_import
from nahbar.people.ledger import read, top_up
from nahbar.people.merging import merge
from nahbar.people.models import (
    Client,
    ClientImport,
    ClientLook,
    FormerNumber,
    ImportRow,
    LegalHold,
    SearchKey,
    StaffMember,
)
from nahbar.people.queries import NotYours, merged_into
from nahbar.people.records import open_with_reason
from nahbar.people.rights import keepers, register
from nahbar.people.rules import Hindrance, HoldReason, LookReason
from nahbar.people.search import index_clients
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import Appointment, CallTask, Contact, ContactType, Participation
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import CancelledBy, CancelReason, ContactKind
from tests.conftest import Cast
from tests.dump import BY_ID, found
from tests.factories import book, desk_of, make_client, make_wish
from tests.people.lists import HEADER, NEW, applied, damaged, fates, text, undone, uploaded, workbook
from tests.traces import leave_a_talk, send_all

LATER = dt.timedelta(hours=3)
FORMER, OLD_PHONE, PHONE = "888Y666666", "0151 55554444", "0151 99887766"


@pytest.fixture
def full(cast: Cast, now: dt.datetime) -> Client:
    """Somebody about whom every room keeps something: a held talk, a cancelled one, a call to make, mails sent."""
    person, appointment = cast.person, cast.appointment
    Client.objects.filter(pk=person.pk).update(
        first_name="Ödalis", last_name="Quxmark", number="999Z777777", birth_date=dt.date(1979, 12, 31),
        email="quxmark@example.net", phone_display=OLD_PHONE, what_helps="Dolmetschen: Quxisch",
        guardian_name="Betty Reuquist", guardian_phone="040 7654321", guardian_email="reuquist@example.net",
        notes="Fragt nach dem Quxkurs.", notes_by=cast.teammate, notes_at=now, preferred_mode="telephone",
        place=Place.objects.create(jobcenter=cast.office, name="Wedel", km=18),
        created_at=now, changed_by=cast.teammate, changed_at=now,
    )  # fmt: skip
    person.refresh_from_db()
    index_clients([person])
    _merge_a_double(cast, person, now)
    colleague = desk_of(cast.colleague, cast.office)
    open_with_reason(desk=colleague, client=person, reason=LookReason.OTHER, note="Anruf aus Quxhausen", now=now)
    row = [person.number, "", "", "", "", "", PHONE, ""]
    applied(cast, uploaded(cast, text([HEADER, row, NEW]), now=now), now=now)
    report = "Ödalis Quxmark kann den Knopf nicht sehen."
    report_barrier(jobcenter=cast.office, key=uuid.uuid4(), body=report, answer_to="quxmark@example.net", now=now)
    person.refresh_from_db()
    give_consent(client=person, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)
    leave_a_talk(cast.invitation, appointment, now)
    mark_held(appointment=appointment, by=cast.desk.actor, minutes=20, now=appointment.ends_at)
    queue(template="survey", about=About("survey", str(appointment.public_id)), office=cast.office.slug, now=now)
    own_type = ContactType.objects.create(jobcenter=cast.office, name="Messenger")
    entry = Entry(client=person, kind=ContactKind.OTHER, own_type=own_type, key=uuid.uuid4(), with_third_party=True)
    enter_contact(desk=cast.desk, entry=entry, now=now)
    StaffMember.objects.filter(pk=cast.owner.pk).update(gets_calendar_mails=True)
    cast.owner.refresh_from_db()
    later = book(client=person, staff=cast.owner, starts_at=now + dt.timedelta(days=2), now=now)
    _cancel(cast, later, now)
    wish = make_wish(client=person, staff=cast.owner, starts_at=now + dt.timedelta(days=3), agreed_by=None)
    make_call_task(desk=cast.desk, wish=wish, now=now)
    send_all(now)
    return person


def _merge_a_double(cast: Cast, person: Client, now: dt.datetime) -> None:
    double = make_client(cast.office, last_name="Quxmarck", number=FORMER, created_at=now)
    merge(desk=cast.desk, kept=person, double=double, taken=(), revisions=(person.revision, double.revision), now=now)


def _cancel(cast: Cast, appointment: Appointment, now: dt.datetime) -> None:
    by, reason = cast.desk.actor, CancelReason.OTHER_TIME
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.CLIENT, reason=reason, by=by, now=now)


def marks_of(client: Client) -> set[str]:
    """Whatever says who somebody is: to people, and to a program."""
    invitations = Invitation.objects.filter(participation__client=client)
    names = {client.last_name, client.first_name, client.number, client.email, client.phone_display, client.what_helps}
    names |= {client.guardian_name, client.guardian_phone, client.guardian_email, client.notes}
    names |= {*client.former_numbers.values_list("number", flat=True), *client.looks.values_list("note", flat=True)}
    names |= {row.before.get("phone_display", "") for row in ImportRow.objects.filter(client=client)}
    ids = {client.public_id, *merged_into(client), *invitations.values_list("public_id", flat=True)}
    theirs = Appointment.objects.filter(participations__client=client)
    ids |= {*theirs.values_list("public_id", flat=True)}
    ids |= {*client.contacts.values_list("public_id", flat=True)}
    ids |= {*Participation.objects.filter(appointment__in=theirs).values_list("public_id", flat=True)}
    return {*filter(None, names), client.birth_date.isoformat(), *map(str, ids)}


# --- every room is asked -------------------------------------------------------------------------

ABOUT_PEOPLE = {PrivacyClass.CONTACT, PrivacyClass.SOCIAL, PrivacyClass.COMMUNICATION, PrivacyClass.PRESENCE}
# What is kept so long is about staff, or about the office.
OF_STAFF = {Period.EMPLOYMENT, Period.UNTIL_REPLACED, Period.OFFICE_SETTINGS}


def _label(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.{model.__name__}"


def _pointing_at_clients() -> set[str]:
    """Models with a way of foreign keys to a client, however long."""
    reached: set[type[models.Model]] = {Client}
    while True:
        more = {
            model
            for model in apps.get_models()
            if model not in reached
            and any(field.is_relation and field.related_model in reached and (field.many_to_one or field.one_to_one)
                    and field.concrete for field in model._meta.get_fields())
        }  # fmt: skip
        if not more:
            return {_label(model) for model in reached}
        reached |= more


def _said_to_be_about_people() -> set[str]:
    rows = [row for row in describe(rooms()) if row.privacy is not None]
    return {
        row.model if "." in row.model else f"{row.room}.{row.model}"
        for row in rows
        if row.privacy and row.privacy.klass in ABOUT_PEOPLE and row.privacy.period not in OF_STAFF
    }


def uncovered() -> set[str]:
    """Models about people that no keeper empties."""
    covered = frozenset().union(*(keeper.models for keeper in keepers()))
    return (_pointing_at_clients() | _said_to_be_about_people()) - covered


def test_every_model_about_a_person_has_a_keeper() -> None:
    assert {"people.Client", "invitations.Device", "calls.CallPresence"} <= _pointing_at_clients()
    assert {"scheduling.Appointment", "calls.Call", "outbox.OutboxMessage"} <= _said_to_be_about_people()
    assert uncovered() == set()


def test_a_model_that_nobody_registered_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("nahbar.people.rights", fromlist=["_keepers"])._keepers, "contacts")
    assert uncovered() == {"scheduling.Contact"}


def test_a_keeper_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register(keepers()[0])


# --- handing over --------------------------------------------------------------------------------


def test_export_says_everything_of_the_person_and_nothing_of_others(full: Client, cast: Cast, now: dt.datetime) -> None:
    administrator = desk_of(cast.administrator, cast.office)
    export = export_person(desk=administrator, client=full, form="json", now=now + LATER)
    rows = {section["name"]: section["records"] for section in export.data["sections"]}

    assert {name: len(records) for name, records in rows.items()} == {
        "record": 1, "hold": 0, "former_numbers": 1, "search_keys": 6, "looks": 1, "barrier_reports": 1,
        "import_rows": 1, "consents": 1, "appointments": 2, "changes": 4, "contacts": 2, "call_tasks": 1,
        "invitations": 2, "devices": 1, "messages": 3, "calls": 1, "places": 1, "presences": 2,
        "survey_messages": 1, "log": 14,
    }  # fmt: skip
    assert (export.data["format"], export.data["version"]) == ("nahbar-person", 1)
    assert rows["record"][0] == {
        "salutation": "frau", "first_name": "Ödalis", "last_name": "Quxmark", "number": "999Z777777",
        "birth_date": "1979-12-31", "email": "quxmark@example.net", "phone_display": "0151 99887766",
        "language": "de", "preferred_mode": "telephone", "what_helps": "Dolmetschen: Quxisch",
        "place": "Wedel",
        "guardian_name": "Betty Reuquist", "guardian_phone": "040 7654321", "guardian_email": "reuquist@example.net",
        "notes": "Fragt nach dem Quxkurs.", "notes_by": cast.teammate.full_name, "notes_at": now.isoformat(),
        "office": "Jobcenter Altona", "team": "Team 1", "created_at": now.isoformat(),
        "changed_by": cast.administrator.full_name, "changed_at": now.isoformat(), "revision": 2,
        "id": str(full.public_id),
    }  # fmt: skip
    assert rows["former_numbers"] == [{"number": FORMER}]
    assert rows["looks"] == [{
        "at": now.isoformat(), "by": cast.colleague.full_name, "reason": "other", "note": "Anruf aus Quxhausen",
        "until": "2026-03-03T23:00:00+00:00",
    }]  # fmt: skip
    assert rows["import_rows"] == [{
        "uploaded_at": now.isoformat(), "position": 2, "outcome": "changed", "fate": "applied",
        "values": f"Kundennummer: {full.number}; Telefon: {PHONE}", "before": f"Telefon: {OLD_PHONE}",
    }]  # fmt: skip
    assert [one["answer_to"] for one in rows["barrier_reports"]] == ["quxmark@example.net"]
    kinds = [(one["kind"], one["own_type"], one["with_third_party"], one["by"]) for one in rows["contacts"]]
    assert kinds == [("other", "Messenger", True, cast.owner.full_name), ("video", "", False, "")]
    assert [one["state"] for one in rows["appointments"]] == ["held", "cancelled"]
    text = json.dumps(export.data, ensure_ascii=False)
    assert "Petersen" in text
    assert {"Rahimi", str(cast.other_invitation.public_id)} & set(text.split('"')) == set()
    told = AuditEntry.objects.get(action=Action.EXPORTED)
    assert (told.object_id, told.actor_id, told.detail) == (
        str(full.public_id), str(cast.administrator.public_id), {"form": "json"},
    )  # fmt: skip


def test_every_column_can_be_read_by_people_and_programs(full: Client, cast: Cast, now: dt.datetime) -> None:
    set_hold(desk=cast.desk, client=full, reason=HoldReason.CLAIM, last_day=dt.date(2030, 1, 31), now=now)
    for section in kept_about(client=full, now=now).sections:
        assert section.table.rows, section.name
        assert {len(cells) for cells in section.cells} == {len(section.labels)}
        assert json.loads(json.dumps(section.data))["records"] == section.data["records"]
    hold = next(one for one in kept_about(client=full, now=now).sections if one.name == "hold")
    assert hold.cells[0][:2] == ["Forderung ist noch offen", "31. Januar 2030"]


def test_every_action_has_its_words() -> None:
    assert sorted(DONE) == sorted(Action)
    assert done_in_words("of_an_older_version") == "of_an_older_version"


def test_export_says_what_was_done_in_words(full: Client, now: dt.datetime) -> None:
    log = next(one for one in kept_about(client=full, now=now).sections if one.name == "log")
    assert log.labels[1] == "Was"
    said = {cells[1] for cells in log.cells}
    assert {"Akten zusammengeführt", "Akte mit Begründung geöffnet", "Nachweis bestanden"} <= said
    assert said & set(Action.values) == set()


# --- erasing -------------------------------------------------------------------------------------


def test_erasure_leaves_no_mark_in_any_table(full: Client, cast: Cast, now: dt.datetime) -> None:
    marks = marks_of(full)
    before = {table for table, _column in found(marks)}
    assert {"people_client", "outbox_outboxmessage", "invitations_invitation", "audit_auditentry"} <= before
    assert {"people_formernumber", "people_searchkey", "people_clientlook", "people_importrow"} <= before
    assert "jobcenters_barrierreport" in before
    others = found(marks_of(cast.other_person))

    erased = erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)

    assert found(marks) <= BY_ID
    assert found(marks - {mark for mark in marks if len(mark) == 36}) == set()
    assert found(marks_of(cast.other_person)) == others
    assert {name: erased[name] for name in ("client", "appointments", "messages", "calendar_mails", "devices")} == {
        "client": 1, "appointments": 2, "messages": 4, "calendar_mails": 2, "devices": 1,
    }  # fmt: skip
    assert not SearchKey.objects.filter(client=full.pk).exists()
    left: list[type[models.Model]] = [ClientLook, FormerNumber, CallTask, Contact, Call, TakeOver, SecondDevice, Device]
    assert [model._default_manager.count() for model in left] == [0] * len(left)


def test_lists_that_nobody_has_decided_about_go_with_whom_they_name(full: Client, cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.administrator, cast.office)
    spelt = f"{full.number[:4].lower()} {full.number[4:]}"
    naming = [
        uploaded(cast, text([HEADER, [full.number, "Quxmark"], NEW]), now=now),
        uploaded(cast, text([HEADER, [FORMER, "Quxmarck"], NEW]), now=now),
        uploaded(cast, text([[full.number, "Quxmark"], ["1", "2"]]), now=now),
        uploaded(cast, text([["Ganz", "anders"], ["Quxmark", spelt]], encoding="utf-16"), now=now),
        uploaded(cast, workbook([["Ganz", "anders"], ["Quxmark", full.number]]), now=now),
        # A workbook may name anybody, a damaged one too.
        start_import(desk=desk, content=workbook([HEADER, NEW]), now=now),
        start_import(desk=desk, content=damaged(workbook([HEADER, NEW])), now=now),
        start_import(desk=desk, content=text([HEADER, [full.number, "Quxmark"]]), now=now),
    ]
    others = [
        uploaded(cast, text([HEADER, NEW]), now=now),
        start_import(desk=desk, content=text([HEADER, NEW]), now=now),
    ]
    marks = marks_of(full)

    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)

    gone = ClientImport.objects.filter(pk__in=[one.pk for one in naming])
    assert [(one.state, one.problem, bytes(one.content), one.header) for one in gone] == [
        ("failed", "erased", b"", [])
    ] * len(naming)
    assert not ImportRow.objects.filter(parent__in=naming).exists()
    assert found(marks) <= BY_ID
    for upload in others:
        upload.refresh_from_db()
    assert [(one.state, bool(one.content)) for one in others] == [("read", True), ("reading", True)]


def test_a_list_at_work_goes_on_without_the_erased_and_is_undone_without_them(
    full: Client, cast: Cast, now: dt.datetime
) -> None:
    other = ["777A000009", *NEW[1:]]
    upload = uploaded(cast, text([HEADER, [full.number, "Quxmarx"], other]), now=now)
    confirm(desk=desk_of(cast.administrator, cast.office), upload=upload, now=now)
    assert ClientImport.objects.get(pk=upload.pk).content == b""

    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    while ClientImport.objects.get(pk=upload.pk).state == "applying":
        apply_next(public_id=upload.public_id, now=now)
    assert fates(upload) == [(3, "applied")]
    assert not Client.objects.filter(last_name__startswith="Quxmar").exists()

    upload.refresh_from_db()
    undone(cast, upload, now=now)
    assert fates(upload) == [(3, "undone")]
    assert not Client.objects.filter(last_name__startswith="Quxmar").exists()


def test_a_list_uploaded_afterwards_makes_a_new_record(full: Client, cast: Cast, now: dt.datetime) -> None:
    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    row = [full.number, "Quxmark", "Ödalis", "31.12.1979", "Team 1", "", "", ""]
    applied(cast, uploaded(cast, text([HEADER, row]), now=now + LATER), now=now + LATER)
    again = Client.objects.get(number=full.number)
    assert (again.public_id == full.public_id, again.created_at) == (False, now + LATER)


def test_records_merged_into_one_that_is_erased_are_known_as_erased(full: Client, now: dt.datetime) -> None:
    double = merged_into(full)
    assert len(double) == 1
    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    assert erased_ids() == double | {str(full.public_id)}


def test_a_report_of_somebody_else_who_names_them_keeps_its_address(full: Client, cast: Cast, now: dt.datetime) -> None:
    body = f"Bei {full.number} und mir geht der Ton nicht."
    report_barrier(jobcenter=cast.office, key=uuid.uuid4(), body=body, answer_to="mir@example.org", now=now)
    reports = next(one for one in kept_about(client=full, now=now).sections if one.name == "barrier_reports")
    assert [one["answer_to"] for one in reports.data["records"]] == ["quxmark@example.net", ""]


@pytest.mark.parametrize(
    ("said", "theirs"),
    [
        (("Meine Nummer ist 999z777777.", ""), 1),
        ((f"Nummer: {FORMER}", ""), 1),
        (("Bitte an QUXMARK@example.net.", ""), 1),
        (("", "Ödalis <quxmark@example.net>"), 1),
        (("1999Z777777", ""), 0),
        (("999Z777777-2", ""), 0),
        (("", "van.quxmark@example.net"), 0),
        (("", "quxmark@example.net.example.org"), 0),
        (("Ödalis Quxmark", PHONE), 0),
        (("", "reuquist@example.net"), 0),
    ],
)
def test_only_reports_that_say_whose_they_are_go_with_a_person(
    full: Client, cast: Cast, now: dt.datetime, said: tuple[str, str], theirs: int
) -> None:
    BarrierReport.objects.all().delete()
    report_barrier(jobcenter=cast.office, key=uuid.uuid4(), body=said[0], answer_to=said[1], now=now)
    reports = next(one for one in kept_about(client=full, now=now).sections if one.name == "barrier_reports")
    assert len(reports.table.rows) == theirs
    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    assert BarrierReport.objects.count() == 1 - theirs


def test_a_number_that_is_any_number_claims_no_report(full: Client, cast: Cast, now: dt.datetime) -> None:
    Client.objects.filter(pk=full.pk).update(number="2026", email="")
    full.refresh_from_db()
    BarrierReport.objects.all().delete()
    report_barrier(jobcenter=cast.office, key=uuid.uuid4(), body="Seit 2026 geht es nicht.", answer_to="", now=now)
    reports = next(one for one in kept_about(client=full, now=now).sections if one.name == "barrier_reports")
    assert reports.table.rows == []


def test_no_model_keeps_files() -> None:
    # Once one does, the search above has to look into the file store, too.
    files = [field for model in apps.get_models() for field in model._meta.get_fields()
             if isinstance(field, models.FileField)]  # fmt: skip
    assert files == []


def test_erasing_twice_is_erasing_once(full: Client, now: dt.datetime) -> None:
    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    stale = Client(pk=full.pk)
    assert erase_person(client=stale, by=SYSTEM, why="asked", now=now + LATER) == {}
    assert AuditEntry.objects.filter(action=Action.DELETED, object_id=str(full.public_id)).count() == 1


def _in_talk(cast: Cast, now: dt.datetime) -> None:
    Call.objects.create(appointment=cast.appointment, state=CallState.ACTIVE, opened_at=now)


def _waiting(cast: Cast, now: dt.datetime) -> None:
    Call.objects.create(appointment=cast.appointment, state=CallState.OPEN, opened_at=now)


def _held(cast: Cast, now: dt.datetime) -> None:
    day = timezone.localdate(now + LATER)
    set_hold(desk=cast.desk, client=cast.person, reason=HoldReason.DISPUTE, last_day=day, now=now)


def _coming(cast: Cast, now: dt.datetime) -> None:
    book(client=cast.person, staff=cast.owner, starts_at=now + dt.timedelta(days=1), now=now)
    send_all(now)


def _mail(cast: Cast, now: dt.datetime) -> None:
    OutboxMessage.objects.filter(about_id__startswith=str(cast.invitation.public_id)).update(state="queued")


@pytest.mark.parametrize(
    ("happens", "hindrance"),
    [
        (_in_talk, Hindrance.IN_TALK),
        (_waiting, Hindrance.WAITING),
        (_coming, Hindrance.TO_COME),
        (_mail, Hindrance.MAIL),
        (_held, Hindrance.HOLD),
    ],
)
def test_erasure_is_refused_while(
    cast: Cast, now: dt.datetime, happens: Callable[[Cast, dt.datetime], None], hindrance: Hindrance
) -> None:
    send_all(now)
    happens(cast, now)
    assert hindrances(client=cast.person, now=now + LATER) == [hindrance]
    before = Appointment.objects.count()
    with pytest.raises(CannotErase) as refusal:
        erase_person(client=cast.person, by=SYSTEM, why="asked", now=now + LATER)
    assert refusal.value.hindrances == [hindrance]
    assert Appointment.objects.count() == before
    assert not AuditEntry.objects.filter(action=Action.DELETED).exists()


def test_a_hold_ends_with_its_last_day_or_when_released(cast: Cast, now: dt.datetime) -> None:
    send_all(now)
    _held(cast, now)
    assert hindrances(client=cast.person, now=now + dt.timedelta(days=1)) == []
    assert release_hold(desk=cast.desk, client=cast.person, now=now)
    assert not release_hold(desk=cast.desk, client=cast.person, now=now)
    assert hindrances(client=cast.person, now=now + LATER) == []
    actions = AuditEntry.objects.filter(action__in=[Action.HOLD_SET, Action.HOLD_RELEASED])
    assert list(actions.values_list("action", flat=True).order_by("pk")) == ["hold_set", "hold_released"]


def test_whoever_books_for_somebody_just_erased_is_refused(full: Client, cast: Cast, now: dt.datetime) -> None:
    stale = Client.objects.select_related("jobcenter", "team").get(pk=full.pk)
    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    with pytest.raises(NotYours):
        book(client=stale, staff=cast.owner, starts_at=now + dt.timedelta(days=5), now=now + LATER)
    assert not Participation.objects.filter(client_id=stale.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_booking_and_an_erasure_at_once_never_both_succeed(cast: Cast, now: dt.datetime) -> None:
    send_all(now)
    person = Client.objects.select_related("jobcenter", "team").get(pk=cast.person.pk)
    outcomes: dict[str, str] = {}
    start = threading.Barrier(2)

    def attempt(name: str, work: Callable[[], object]) -> None:
        start.wait(10)
        try:
            work()
            outcomes[name] = "done"
        except (NotYours, CannotErase):
            outcomes[name] = "refused"
        finally:
            connection.close()

    later = now + LATER
    works: dict[str, Callable[[], object]] = {
        "erase": lambda: erase_person(client=person, by=SYSTEM, why="asked", now=later),
        "book": lambda: book(client=person, staff=cast.owner, starts_at=now + dt.timedelta(days=5), now=later),
    }
    threads = [threading.Thread(target=attempt, args=item) for item in works.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes.values()) == ["done", "refused"]
    there = Client.objects.filter(pk=person.pk).exists()
    assert there is (outcomes["book"] == "done")
    assert Participation.objects.filter(client_id=person.pk, starts_at__gt=later).exists() is there


@pytest.mark.django_db(transaction=True)
def test_an_erasure_while_a_list_is_applied_leaves_nothing_of_the_person(cast: Cast, now: dt.datetime) -> None:
    send_all(now)
    person, number = Client.objects.select_related("jobcenter").get(pk=cast.person.pk), cast.person.number
    upload = uploaded(cast, text([HEADER, [number, "Quxmark"], NEW]), now=now)
    confirm(desk=desk_of(cast.administrator, cast.office), upload=upload, now=now)
    start, failed = threading.Barrier(2), list[Exception]()

    def attempt(work: Callable[[], object]) -> None:
        start.wait(10)
        try:
            work()
        except Exception as error:  # noqa: BLE001  whatever it is, it must not be
            failed.append(error)
        finally:
            connection.close()

    works: list[Callable[[], object]] = [
        lambda: erase_person(client=person, by=SYSTEM, why="asked", now=now + LATER),
        lambda: apply_next(public_id=upload.public_id, now=now),
    ]
    threads = [threading.Thread(target=attempt, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert not Client.objects.filter(number=number).exists()
    assert [row.values["number"] for row in upload.rows.all()] == [NEW[0]]


# --- after a restore -----------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path, settings: Any) -> Path:
    """The file beside the database; not there yet."""
    path = tmp_path / "erased"
    settings.NAHBAR_ERASURE_LEDGER = str(path)
    return path


@pytest.mark.django_db(transaction=True)
def test_what_was_erased_since_the_backup_is_erased_again(
    full: Client, cast: Cast, now: dt.datetime, ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public_id, marks = full.public_id, marks_of(full)
    with transaction.atomic():
        erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
        transaction.set_rollback(True)
    # Rolled back: nothing is in the ledger, which is written after the commit.
    assert not ledger.exists()
    ledger.write_text(f"{public_id}\ncut-off-li")
    set_hold(desk=cast.desk, client=full, reason=HoldReason.CLAIM, last_day=dt.date(2040, 1, 1), now=now)

    call_command("reapply_erasures")

    assert capsys.readouterr().out == "1 known as erased, 1 of them were there again and are erased.\n"
    assert found(marks) <= BY_ID
    told = AuditEntry.objects.get(action=Action.DELETED, object_id=str(public_id))
    assert told.detail["why"] == "restored"
    # With the record that was merged into theirs.
    call_command("reapply_erasures")
    assert capsys.readouterr().out == "2 known as erased, 0 of them were there again and are erased.\n"
    assert not LegalHold.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_ledger_learns_of_an_erasure_and_is_topped_up(
    full: Client, now: dt.datetime, ledger: Path, settings: Any
) -> None:
    erase_person(client=full, by=SYSTEM, why="asked", now=now + LATER)
    assert str(full.public_id) in read(ledger)
    assert read(ledger) == erased_ids()
    ledger.unlink()
    top_up(erased_ids())
    top_up(erased_ids())
    assert sorted(ledger.read_text().split()) == sorted(erased_ids())
    settings.NAHBAR_ERASURE_LEDGER = str(ledger / "gone")
    with pytest.raises(CommandError):
        call_command("reapply_erasures")
