"""“Meine Zeiten”: what is kept, what is refused with what was typed, and what must be moved."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.models import Absence, WorkingHours
from tests.conftest import Cast
from tests.factories import as_staff, at, meet
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def address(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.office.slug, *more])


def absent(desk: Browser, cast: Cast, **data: str) -> Any:
    return desk.post(address(cast, "absence_new"), data)


def test_hours_are_kept_and_shown_again(desk: Browser, cast: Cast) -> None:
    data = {"begins_0_0": "08:30", "ends_0_0": "12:00", "begins_0_1": "13:00", "ends_0_1": "15:30"}
    assert desk.post(address(cast, "staff_times"), data).status_code == 302
    kept = list(WorkingHours.objects.values_list("weekday", "begins", "ends"))
    assert kept == [(0, dt.time(8, 30), dt.time(12)), (0, dt.time(13), dt.time(15, 30))]
    page = desk.get(address(cast, "staff_times")).content.decode()
    for value in ('value="08:30"', 'value="12:00"', 'value="13:00"', 'value="15:30"'):
        assert value in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"begins_1_0": "12:00", "ends_1_0": "08:00"},
        {"begins_1_0": "08:00"},
        {"begins_1_0": "08:00", "ends_1_0": "12:00", "begins_1_1": "11:00", "ends_1_1": "13:00"},
        {"begins_1_0": "acht", "ends_1_0": "12:00"},
        {"begins_1_0": "08:00:30", "ends_1_0": "12:00"},
    ],
)
def test_wrong_hours_change_nothing_and_stay_as_typed(desk: Browser, cast: Cast, wrong: dict[str, str]) -> None:
    desk.post(address(cast, "staff_times"), {"begins_0_0": "08:30", "ends_0_0": "12:00"})
    answer = desk.post(address(cast, "staff_times"), wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    for typed in wrong.values():
        assert f'value="{typed}"' in answer.content.decode()
    assert WorkingHours.objects.count() == 1


def test_an_absence_is_entered_by_the_day_or_by_the_minute_and_dropped(desk: Browser, cast: Cast) -> None:
    assert absent(desk, cast, first_day="2026-03-09", last_day="2026-03-13").status_code == 302
    assert absent(desk, cast, first_day="2026-03-16", first_time="12:00", last_time="14:00").status_code == 302
    spans = list(Absence.objects.values_list("starts_at", "ends_at"))
    assert spans == [
        (at("2026-03-09 00:00"), at("2026-03-14 00:00")),
        (at("2026-03-16 12:00"), at("2026-03-16 14:00")),
    ]
    page = said(desk.get(address(cast, "staff_times")))
    assert "Mo, 9. März bis Fr, 13. März" in page
    assert "Mo, 16. März, 12:00 bis Mo, 16. März, 14:00 Uhr" in page
    one = Absence.objects.earliest("starts_at")
    assert desk.post(address(cast, "absence_drop", one.public_id)).status_code == 302
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "ersten Tag"),
        ({"first_day": "2026-03-13", "last_day": "2026-03-09"}, "nach dem Beginn"),
        ({"first_day": "2026-02-02"}, "schon vorbei"),
        ({"first_day": "2026-03-09", "last_day": "2036-03-09"}, "prüfen Sie das Jahr"),
        ({"first_day": "09.03.26x"}, "als Datum"),
        ({"first_day": "2026-03-09", "last_day": "9999-12-31"}, "prüfen Sie das Jahr"),
        ({"first_day": "0001-01-01"}, "prüfen Sie das Jahr"),
    ],
)
def test_a_wrong_absence_says_why(desk: Browser, cast: Cast, wrong: dict[str, str], words: str) -> None:
    answer = absent(desk, cast, **wrong)
    assert answer.status_code == 422
    assert words in said(answer)
    assert not Absence.objects.exists()


def test_what_lies_in_it_is_listed_with_ways_to_move_it(desk: Browser, cast: Cast) -> None:
    absent(desk, cast, first_day="2026-03-03")
    page = desk.get(address(cast, "staff_times")).content.decode()
    for name in ("appointment_move", "appointment_cancel"):
        assert address(cast, name, cast.appointment.public_id) in page


def test_nobody_drops_a_colleagues_absence(desk: Browser, cast: Cast) -> None:
    one = Absence.objects.create(staff=cast.teammate, starts_at=at("2026-03-09 00:00"), ends_at=at("2026-03-10 00:00"))
    assert desk.post(address(cast, "absence_drop", one.public_id)).status_code == 404
    assert Absence.objects.exists()


@pytest.mark.parametrize("role", ["guide", "administrator"])
def test_whoever_holds_no_talks_has_no_times(cast: Cast, role: str) -> None:
    assert as_staff(Browser(), getattr(cast, role)).get(address(cast, "staff_times")).status_code == 404


def test_booking_into_an_absence_offers_other_times(desk: Browser, cast: Cast) -> None:
    absent(desk, cast, first_day="2026-03-05")
    form = {"topic": cast.appointment.topic_id, "mode": "telephone", "day": "2026-03-05", "start": "10:00"}
    form |= {"minutes": "20", "key": "00000000-0000-4000-8000-000000000001", "client": str(cast.person.public_id)}
    answer = desk.post(address(cast, "appointment_new") + f"?client={cast.person.public_id}", form)
    assert answer.status_code == 409
    assert "Abwesenheit" in said(answer)
    assert "6.3." in said(answer)


def test_the_day_says_that_it_is_a_holiday_or_an_absence(desk: Browser, cast: Cast) -> None:
    absent(desk, cast, first_day="2026-03-09")
    day = address(cast, "staff_day")
    assert "Feiertag: Karfreitag" in said(desk.get(day + "?tag=2026-04-03"))
    assert "Abwesend: Mo, 9. März, ganztags." in said(desk.get(day + "?tag=2026-03-09"))
    ordinary = said(desk.get(day + "?tag=2026-03-11"))
    assert "Feiertag" not in ordinary
    assert "Abwesend" not in ordinary


def test_somebody_who_works_on_saturdays_is_proposed_on_saturdays(desk: Browser, cast: Cast) -> None:
    desk.post(address(cast, "staff_times"), {"begins_5_0": "09:00", "ends_5_0": "12:00"})
    page = said(desk.get(address(cast, "appointment_move", cast.appointment.public_id)))
    assert "Sa, 7.3." in page
    assert "Mo, 9.3." not in page


def test_meetings_in_an_absence_are_listed(cast: Cast, client: Browser, now: dt.datetime) -> None:
    meet(cast.teammate, cast.office, starts_at=at("2026-03-10 09:00"), colleagues=[cast.owner], title="Runde", now=now)
    browser, address = as_staff(client, cast.owner), reverse("staff_times", args=[cast.office.slug])
    assert "Runde" not in browser.get(address).content.decode()
    enter_absence(desk=cast.desk, starts_at=at("2026-03-10 00:00"), ends_at=at("2026-03-11 00:00"))
    assert "Runde" in browser.get(address).content.decode()
