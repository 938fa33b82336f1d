"""Years go by, night by night: of each class exactly what must be left is left."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from nahbar.audit.models import AuditEntry, RetentionEntry
from nahbar.audit.nightly import BERLIN, nightly
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls.models import Call, CallParticipation, CallPresence, SecondDevice, TakeOver, WebhookEvent
from nahbar.consent.models import Consent
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.models import Device, Invitation
from nahbar.jobcenters.barriers import report_barrier
from nahbar.jobcenters.models import BarrierReport, JobCenter
from nahbar.jobcenters.rules import FILE_YEARS, Role
from nahbar.outbox.models import OutboxMessage
from nahbar.people.erasing import erase_person, set_hold
from nahbar.people.imports import read_upload, start_import
from nahbar.people.models import Client, ClientImport, ClientLook, ImportRow, StaffSession
from nahbar.people.operations import set_file_years
from nahbar.people.records import open_with_reason
from nahbar.people.retention import Files, files_over, kept_until, years_before
from nahbar.people.rules import HoldReason, ImportState, LookReason
from nahbar.people.sessions import note_session
from nahbar.scheduling.models import Appointment, AppointmentChange, ChannelBooking, Contact, Participation
from nahbar.scheduling.outcomes import mark_held
from nahbar.web.models import Counter
from tests.dump import found
from tests.factories import at, book, desk_of, invitation_for, make_client, make_office, make_staff
from tests.traces import leave_a_talk, send_all

pytestmark = pytest.mark.django_db
BEGIN = at("2026-03-03 09:30")
PRESENCE = [Call, CallParticipation, CallPresence, TakeOver, SecondDevice, Device]


def held_talk(person: Client, day: dt.datetime) -> Appointment:
    """A video talk with everything it leaves behind, its mails sent."""
    staff = make_staff(person.jobcenter)
    appointment = book(client=person, staff=staff, starts_at=day + dt.timedelta(minutes=30), now=day)
    leave_a_talk(invitation_for(appointment), appointment, day)
    mark_held(appointment=appointment, by=desk_of(staff, person.jobcenter).actor, minutes=20, now=appointment.ends_at)
    send_all(day)
    return appointment


@dataclass
class Life:
    """Two offices over the years; `until` sleeps through the nights, four weeks at a time, and the last one."""

    traveller: time_machine.Traveller
    people: dict[str, Client] = field(default_factory=dict)
    night: dt.datetime = dt.datetime(2026, 3, 3, 3, 30, tzinfo=BERLIN)

    def until(self, day: str) -> None:
        """Night after night up to that of `day`, included: each twenty-eighth, for time's sake, and the last."""
        last = dt.datetime.fromisoformat(f"{day} 03:30").replace(tzinfo=BERLIN)
        while self.night < last:
            self.night = min(self.night + dt.timedelta(days=28), last)
            self.traveller.move_to(self.night)
            run = nightly(now=self.night)
            assert run is not None
            assert run.errors == ""

    def left(self) -> set[str]:
        """Whose file is there."""
        there = set(Client.objects.values_list("pk", flat=True))
        return {name for name, person in self.people.items() if person.pk in there}


@pytest.fixture
def life() -> Iterator[Life]:
    """Five people in two offices.

    `once`: one talk; `often`: as once, and more to come; `held`: as once, with a hold; `never`: a file, no more;
    `elsewhere`: as once, in an office that keeps files ten years.
    """
    with time_machine.travel(BEGIN, tick=False) as traveller:
        life, office, other = (
            Life(traveller),
            make_office("altona", channels=4),
            make_office("bergedorf", file_years=10),
        )
        for name in ("once", "often", "held", "never"):
            life.people[name] = make_client(office)
        life.people["elsewhere"] = make_client(other)
        for name in ("once", "often", "held", "elsewhere"):
            text = current_text(language="de")
            give_consent(client=life.people[name], text=text, route=Route.TAP, by=SYSTEM, now=BEGIN)
            held_talk(life.people[name], BEGIN)
        administrator = desk_of(make_staff(office, Role.ADMINISTRATOR), office)
        last_day = dt.date(2033, 6, 30)
        set_hold(
            desk=administrator, client=life.people["held"], reason=HoldReason.DISPUTE, last_day=last_day, now=BEGIN
        )
        yield life


def test_mails_end_fourteen_days_after_their_fate(life: Life) -> None:
    assert OutboxMessage.objects.count() == 4
    life.until("2026-03-17")
    assert OutboxMessage.objects.count() == 4
    life.until("2026-03-18")
    assert OutboxMessage.objects.count() == 0


def test_presence_and_devices_end_within_three_months(life: Life) -> None:
    life.until("2026-05-30")
    assert [model._default_manager.count() for model in PRESENCE] == [4, 8, 8, 8, 8, 4]
    life.until("2026-05-31")
    assert [model._default_manager.count() for model in PRESENCE] == [0] * 6
    assert Invitation.objects.count() == 4


def test_sessions_counters_tasks_and_webhooks_end_within_days(life: Life) -> None:
    session = SessionStore()
    session.set_expiry(dt.timedelta(hours=12))
    session.create()
    cache.set("limit:tests", 1, timeout=600)
    WebhookEvent.objects.create(event_id="x", received_at=BEGIN)
    SecondDevice.objects.update(session_key=session.session_key)
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL, finished_at=BEGIN)
    there = [Session, Counter, WebhookEvent, DBTaskResult]
    assert [model._default_manager.count() for model in there] == [1, 1, 1, 4]
    life.until("2026-03-04")
    assert [model._default_manager.count() for model in there] == [0, 0, 1, 4]
    life.until("2026-03-05")
    assert [model._default_manager.count() for model in there] == [0, 0, 0, 4]
    assert SecondDevice.objects.filter(session_key="").count() == 0
    life.until("2026-03-07")
    assert [model._default_manager.count() for model in there] == [0, 0, 0, 0]
    assert SecondDevice.objects.exclude(session_key="").count() == 0


def test_lists_reports_and_looks_end_with_their_periods_and_the_log_proves_it(life: Life) -> None:
    office = life.people["often"].jobcenter
    desk = desk_of(make_staff(office, Role.ADMINISTRATOR), office)
    for at_work in (False, True):
        upload = start_import(desk=desk, content=b"Kundennummer\r\n1", now=BEGIN)
        read_upload(public_id=upload.public_id, reading=0, now=BEGIN)
        if at_work:
            ClientImport.objects.filter(pk=upload.pk).update(state=ImportState.APPLYING)
    report_barrier(jobcenter=office, key=uuid.uuid4(), body="Zu klein.", answer_to="", now=BEGIN)
    open_with_reason(desk=desk, client=life.people["often"], reason=LookReason.DOUBLE, note="", now=BEGIN)
    session = SessionStore()
    session.set_expiry(dt.timedelta(hours=12))
    session.create()
    note_session(staff=desk.staff, session_key=str(session.session_key), browser="Firefox", now=BEGIN)
    there = [ClientImport, ImportRow, BarrierReport, ClientLook, StaffSession]

    def counts() -> list[int]:
        return [model._default_manager.count() for model in there]

    assert counts() == [2, 2, 1, 1, 1]
    life.until("2026-03-04")
    assert counts() == [2, 2, 1, 1, 0]
    life.until("2026-03-17")
    assert counts() == [2, 2, 1, 1, 0]
    life.until("2026-03-18")
    # What is being applied is waited for.
    assert counts() == [1, 1, 0, 1, 0]
    ClientImport.objects.update(state=ImportState.APPLIED)
    life.until("2026-03-19")
    assert counts() == [0, 0, 0, 1, 0]
    life.until("2029-03-02")
    assert counts() == [0, 0, 0, 1, 0]
    life.until("2029-03-03")
    assert counts() == [0, 0, 0, 0, 0]
    rules = ("people.imports", "jobcenters.barriers", "people.looks")
    entries = RetentionEntry.objects.filter(rule__in=rules).order_by("pk")
    assert list(entries.values_list("rule", "office", "count", "oldest_at")) == [
        ("jobcenters.barriers", "altona", 1, BEGIN),
        ("people.imports", "altona", 1, BEGIN),
        ("people.imports", "altona", 1, BEGIN),
        ("people.looks", "altona", 1, BEGIN),
    ]


def test_the_audit_log_ends_after_three_years(life: Life) -> None:
    entries = AuditEntry.objects.filter(at__lt=BEGIN + dt.timedelta(days=1))
    many = entries.count()
    life.until("2029-03-02")
    assert entries.count() == many > 20
    life.until("2029-03-03")
    assert entries.count() == 0
    assert not RetentionEntry.objects.filter(at__lt=life.night - dt.timedelta(days=3 * 365)).exists()


def test_files_end_with_the_office_s_years_after_the_last_contact(life: Life) -> None:
    everybody = {"once", "often", "held", "never", "elsewhere"}
    for year in (2027, 2028, 2029):
        life.until(f"{year}-03-02")
        held_talk(life.people["often"], at(f"{year}-03-02 09:30"))
    assert life.left() == everybody
    life.until("2031-03-03")
    assert life.left() == everybody
    life.until("2031-03-04")
    assert life.left() == {"often", "held", "elsewhere"}
    life.until("2033-06-30")
    assert life.left() == {"often", "held", "elsewhere"}
    life.until("2033-07-01")
    assert life.left() == {"often", "elsewhere"}
    life.until("2034-03-02")
    assert life.left() == {"often", "elsewhere"}
    life.until("2034-03-03")
    assert life.left() == {"elsewhere"}
    life.until("2036-03-03")
    assert life.left() == {"elsewhere"}
    assert [model._default_manager.count() for model in (Appointment, Contact, Consent, Invitation)] == [1, 1, 1, 1]
    life.until("2036-03-04")
    gone = [Client, Appointment, Participation, ChannelBooking, AppointmentChange, Contact, Consent, Invitation]
    assert [model._default_manager.count() for model in gone] == [0] * len(gone)


def test_of_a_file_that_ended_no_mark_is_left_and_the_log_proves_it(life: Life) -> None:
    person = life.people["once"]
    marks = {person.last_name, person.number, person.email, str(person.public_id)}
    life.until("2031-03-04")
    assert found(marks) == {("audit_auditentry", "object_id")}
    assert found(marks - {str(person.public_id)}) == set()
    told = AuditEntry.objects.get(action=Action.DELETED, object_id=str(person.public_id))
    assert (told.actor_kind, told.detail) == ("system", {"why": "period"})
    entry = RetentionEntry.objects.get(rule="people.files")
    assert (entry.office, entry.count, entry.oldest_at) == ("altona", 3, BEGIN)


def test_whoever_cannot_be_erased_just_now_is_passed_over(life: Life) -> None:
    later = at("2031-03-05 02:00")
    Call.objects.filter(appointment__participations__client=life.people["once"]).update(state="active")
    assert {one.pk for one in files_over(office=life.people["once"].jobcenter, years=5, now=later)} == {
        life.people["once"].pk, life.people["never"].pk, life.people["often"].pk,
    }  # fmt: skip
    rule = Files()
    assert sum(tally.count for tally in rule.delete(now=later, limit=5).values()) == 2
    assert rule.delete(now=later, limit=5) == {}
    assert life.left() == {"once", "held", "elsewhere"}


def test_a_page_can_say_until_when(life: Life) -> None:
    days = {name: kept_until(client=person) for name, person in life.people.items()}
    assert days == {
        "once": dt.date(2031, 3, 3), "often": dt.date(2031, 3, 3), "held": dt.date(2031, 3, 3),
        "never": dt.date(2031, 3, 3), "elsewhere": dt.date(2036, 3, 3),
    }  # fmt: skip


def test_years_are_counted_over_leap_days() -> None:
    assert years_before(at("2028-02-29 02:00"), 5) == at("2023-02-28 02:00")
    assert years_before(at("2028-02-29 02:00"), 4) == at("2024-02-29 02:00")


@pytest.mark.parametrize("years", [FILE_YEARS[0] - 1, FILE_YEARS[1] + 1])
def test_what_the_law_does_not_allow_is_refused_by_operation_and_database(life: Life, years: int) -> None:
    office = life.people["once"].jobcenter
    desk = desk_of(make_staff(office, Role.ADMINISTRATOR), office)
    with pytest.raises(ValueError, match="FILE_YEARS"):
        set_file_years(desk=desk, years=years, now=BEGIN)
    with pytest.raises(IntegrityError), transaction.atomic():
        JobCenter.objects.filter(pk=office.pk).update(file_years=years)


def test_bookings_go_on_between_the_steps(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    office, now = life.people["often"].jobcenter, at("2032-03-05 02:00")
    life.traveller.move_to(now)
    booked: list[Appointment] = []
    staff, person = make_staff(office), make_client(office)

    def somebody_books(seconds: float) -> None:
        del seconds
        starts_at = now + dt.timedelta(days=1 + len(booked))
        booked.append(book(client=person, staff=staff, starts_at=starts_at, now=now))

    monkeypatch.setattr(Files, "batch", 1)
    monkeypatch.setattr("nahbar.audit.nightly.time.sleep", somebody_books)
    run = nightly(now=now)
    assert run is not None
    assert run.errors == ""
    assert list(run.entries.filter(rule="people.files").values_list("count", flat=True)) == [1, 1, 1]
    assert len(booked) == run.entries.exclude(office="bergedorf").values("rule", "at").count() > 3
    assert Appointment.objects.filter(pk__in=[one.pk for one in booked]).count() == len(booked)


def test_erasing_by_hand_and_by_night_at_once_is_once(life: Life) -> None:
    later = at("2031-03-05 02:00")
    due = list(files_over(office=life.people["once"].jobcenter, years=5, now=later))
    for person in due:
        erase_person(client=person, by=SYSTEM, why="asked", now=later)
    assert Files().delete(now=later, limit=5) == {}
