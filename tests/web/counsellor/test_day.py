"""The day page: what stands on it, and that its price does not grow with the day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.audit.rules import SYSTEM
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.models import Device
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import StaffMember
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.hours import enter_absence, work_time
from nahbar.scheduling.models import Contact
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from nahbar.scheduling.weeks import Held
from nahbar.web.counsellor.agenda import lay_out
from tests.conftest import Cast
from tests.factories import as_staff, at, book, desk_of, join_office, make_client, make_office, make_staff, make_wish
from tests.web.counsellor.pages import count_queries, open_waiting_room

pytestmark = pytest.mark.usefixtures("frozen")
OPEN = [(at("2026-03-03 08:00"), at("2026-03-03 17:00"))]


def _day(browser: Browser, office: JobCenter, query: str = "") -> str:
    answer = browser.get(reverse("staff_day", args=[office.slug]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_own_appointments_and_nobody_elses(cast: Cast, client: Browser) -> None:
    page = _day(as_staff(client, cast.owner), cast.office)
    assert "Elif Kaya" in page
    assert "Amir Rahimi" not in page
    assert "Dienstag, 3. März" in page
    assert "1 Termin, davon 1 per Video" in page


def test_other_days_and_nonsense(cast: Cast, client: Browser) -> None:
    browser = as_staff(client, cast.owner)
    assert "Mittwoch, 4. März" in _day(browser, cast.office, "?tag=2026-03-04")
    for nonsense in ("?tag=morgen", "?tag=9999-12-31", "?tag=0001-01-01"):
        assert "Dienstag, 3. März" in _day(browser, cast.office, nonsense)


def test_empty_day_invites(cast: Cast, client: Browser) -> None:
    page = _day(as_staff(client, cast.teammate), cast.office)
    assert "Heute haben Sie keine Termine" in page
    assert "Gerade wartet niemand" in page


def test_outcome_with_one_tap(cast: Cast, client: Browser, frozen: Traveller) -> None:
    frozen.move_to(cast.appointment.ends_at)
    browser = as_staff(client, cast.owner)
    assert "Stattgefunden?" in _day(browser, cast.office)
    address = reverse("appointment_outcome", args=[cast.office.slug, cast.appointment.public_id])
    for _twice in range(2):
        answer = browser.post(address, {"result": "held", "from": "day"})
        assert answer.headers["Location"] == reverse("staff_day", args=[cast.office.slug])
    assert Contact.objects.count() == 1
    assert "Stattgefunden?" not in _day(browser, cast.office)


def test_who_waits_is_there_before_any_script(cast: Cast, client: Browser, now: dt.datetime) -> None:
    open_waiting_room(cast.invitation, now)
    page = _day(as_staff(client, cast.owner), cast.office)
    assert "Elif Kaya wartet" in page
    assert "gespraech/?einlassen=1" in page


def _fill(office: JobCenter, staff: StaffMember, people: int, now: dt.datetime) -> None:
    for number in range(people):
        person = make_client(office)
        appointment = book(client=person, staff=staff, starts_at=at(f"2026-03-03 {10 + number}:00"), now=now)
        book(client=person, staff=staff, starts_at=at(f"2026-03-02 {10 + number}:00"), now=at("2026-03-01 08:00"))
        book(client=person, staff=staff, starts_at=at(f"2026-03-05 {10 + number}:00"), now=now)
        wish = make_wish(client=person, staff=staff, starts_at=at("2026-03-09 10:00"), agreed_by=None)
        make_call_task(desk=desk_of(staff, office), wish=wish, now=now)
        open_waiting_room(appointment, now)


def test_query_count_does_not_grow(db: None, client: Browser, now: dt.datetime) -> None:
    counts = []
    for slug, people in (("eins", 1), ("drei", 3)):
        office = make_office(slug)
        staff = make_staff(office)
        _fill(office, staff, people, now)
        browser = as_staff(Browser(), staff)
        counts.append(count_queries(browser, reverse("staff_day", args=[slug])))
    assert counts[0] == counts[1]


def test_rows_in_order_with_gap_and_line_of_now(cast: Cast) -> None:
    now = at("2026-03-03 10:45")
    later = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-03 13:00"), now=now)
    rows = lay_out(held=Held([cast.appointment, later]), waiting=set(), open_times=OPEN, now=now, is_today=True)
    assert [row.kind for row in rows] == ["appointment", "now", "gap", "appointment", "gap"]
    assert rows[0].is_past
    short = lay_out(held=Held([cast.appointment]), waiting=set(), open_times=OPEN, now=now, is_today=False)
    assert [row.kind for row in short] == ["appointment", "gap"]


@pytest.mark.parametrize(
    ("clock", "free_from"),
    [
        ("09:00", "10:30"),
        ("10:30", "10:30"),
        ("11:02", "11:05"),
        ("12:30", "12:30"),
        ("12:31", None),
        ("14:00", None),
    ],
)
def test_only_what_is_still_free_is_offered(cast: Cast, clock: str, free_from: str | None) -> None:
    later = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-03 13:00"), now=at("2026-03-03 08:00"))
    now = at(f"2026-03-03 {clock}")
    rows = lay_out(held=Held([cast.appointment, later]), waiting=set(), open_times=OPEN, now=now, is_today=True)
    between = [row for row in rows if row.kind == "gap" and cast.appointment.ends_at <= row.starts_at < later.starts_at]
    gaps = [(row.starts_at, row.ends_at) for row in between]
    assert gaps == ([(at(f"2026-03-03 {free_from}"), later.starts_at)] if free_from else [])


def test_nothing_is_free_outside_the_working_hours_nor_in_an_absence(cast: Cast, now: dt.datetime) -> None:
    evening = book(client=cast.other_person, staff=cast.owner, starts_at=at("2026-03-03 18:00"), now=now)
    enter_absence(desk=cast.desk, starts_at=at("2026-03-03 12:00"), ends_at=at("2026-03-03 13:00"))
    day = now.date()
    works = work_time(staff=cast.owner, jobcenter=cast.office, first=day, last=day)
    rows = lay_out(
        held=Held([cast.appointment, evening]),
        waiting=set(),
        open_times=list(works.open_times(day)),
        now=now,
        is_today=False,
    )
    gaps = [(row.starts_at, row.ends_at) for row in rows if row.kind == "gap"]
    assert gaps == [
        (now, at("2026-03-03 10:00")),
        (at("2026-03-03 10:30"), at("2026-03-03 12:00")),
        (at("2026-03-03 13:00"), at("2026-03-03 17:00")),
    ]


def test_prepared_or_not_is_said(cast: Cast, client: Browser, now: dt.datetime) -> None:
    page = _day(as_staff(client, cast.owner), cast.office)
    assert "Nicht vorbereitet" in page
    give_consent(client=cast.person, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)
    device = Device.objects.create(
        invitation=cast.invitation, key_hash="a", generation=1, opened_at=now, seen_at=now, proven_at=now
    )
    assert "Nicht vorbereitet" in _day(client, cast.office)
    Device.objects.filter(pk=device.pk).update(checks={"microphone": "ok"})
    assert "Nicht vorbereitet" not in _day(client, cast.office)
    assert "Vorbereitet" in _day(client, cast.office)
    # A device of the link before this one says nothing.
    Device.objects.filter(pk=device.pk).update(generation=2)
    assert "Nicht vorbereitet" in _day(client, cast.office)


def test_what_was_called_off_late_stands_on_the_day(cast: Cast, client: Browser, now: dt.datetime) -> None:
    by = cast.desk.actor
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.CLIENT, by=by, now=now)
    browser = as_staff(client, cast.owner)
    page = _day(browser, cast.office)
    assert "Kurzfristig abgesagt" in page
    assert "auf Wunsch der Person, kurzfristig" in page
    early = book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-09 10:00"), now=now)
    cancel_appointment(appointment=early, cancelled_by=CancelledBy.CLIENT, by=by, now=now)
    assert "Kurzfristig abgesagt" not in _day(browser, cast.office, "?tag=2026-03-09")


def test_a_time_taken_in_another_office_is_not_free(cast: Cast, client: Browser, now: dt.datetime) -> None:
    other = make_office("anderswo")
    join_office(cast.owner, other)
    book(client=make_client(other, last_name="Geheim"), staff=cast.owner, starts_at=at("2026-03-03 14:00"), now=now)
    page = _day(as_staff(client, cast.owner), cast.office)
    assert "Belegt in einem anderen Jobcenter" in page
    assert "Geheim" not in page
    assert "10:30 bis 14:00, frei" in page.replace("\N{NO-BREAK SPACE}", " ")


def test_a_day_without_anything_has_no_rows(now: dt.datetime) -> None:
    assert lay_out(held=Held(), waiting=set(), open_times=OPEN, now=now, is_today=True) == []
