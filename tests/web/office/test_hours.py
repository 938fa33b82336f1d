"""“Zeiten”: opening hours, closed days, lengths; each says first what it does to what is booked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter, LocalHoliday, OpeningHours
from nahbar.people.models import Deputyship
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

TUESDAY = {"begins_1_0": "08:00", "ends_1_0": "12:00"}
SPANS = {
    "video_minutes": 30,
    "telephone_minutes": 20,
    "on_site_minutes": 45,
    "outreach_visit_minutes": 60,
    "buffer_minutes": 10,
    "waiting_room_opens_minutes": 30,
    "deputy_after_minutes": 3,
    "late_hours": 24,
}


def office(cast: Cast) -> JobCenter:
    return JobCenter.objects.get(pk=cast.office.pk)


def test_opening_hours_are_kept_and_shown_again(setup: Setup) -> None:
    data = TUESDAY | {"begins_1_1": "14:00", "ends_1_1": "18:00"}
    assert setup.post("office_hours", **data).status_code == 302
    kept = list(OpeningHours.objects.values_list("weekday", "begins", "ends"))
    assert kept == [(1, dt.time(8), dt.time(12)), (1, dt.time(14), dt.time(18))]
    page = setup.read("office_hours")
    assert 'value="14:00"' in page
    assert AuditEntry.objects.get(action=Action.HOURS_CHANGED).detail == {"spans": 2}


def test_shorter_hours_say_first_what_lies_outside(setup: Setup) -> None:
    late = {"begins_1_0": "08:00", "ends_1_0": "11:00"}
    shown = setup.post("office_hours", **late)
    assert "1 Termin liegt dann außerhalb der Öffnungszeiten." in said(shown)
    assert OpeningHours.objects.count() == 0
    assert setup.confirm(shown, "office_hours", **late).status_code == 302
    assert OpeningHours.objects.count() == 1
    # What lies outside already is no news.
    assert setup.post("office_hours", begins_1_0="09:00", ends_1_0="11:00").status_code == 302


def test_wrong_hours_stay_as_typed(setup: Setup) -> None:
    answer = setup.post("office_hours", begins_1_0="12:00", ends_1_0="08:00")
    assert answer.status_code == 422
    assert 'value="12:00"' in said(answer)
    assert OpeningHours.objects.count() == 0


def test_lengths_are_saved_at_once(setup: Setup, cast: Cast) -> None:
    assert setup.post("office_spans", **SPANS | {"video_minutes": 40}).status_code == 302
    assert office(cast).video_minutes == 40
    assert AuditEntry.objects.get(action=Action.OFFICE_CHANGED).detail == {"video_minutes": 40}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"buffer_minutes": 5}, "2 Videogespräche behalten den bisherigen Puffer"),
        ({"waiting_room_opens_minutes": 15}, "Bei 2 Videogesprächen öffnet der Warteraum jetzt 15 Minuten vorher"),
        ({"deputy_after_minutes": 10}, "1 Vertretung läuft gerade. Sie erfährt jetzt nach 10 Minuten"),
        ({"late_hours": 48}, "1 frühere Absage wechselt"),
    ],
)
def test_what_affects_others_is_told_first(
    setup: Setup, cast: Cast, now: dt.datetime, change: dict[str, Any], told: str
) -> None:
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.teammate, first_day=now.date(), last_day=now.date()
    )
    if "late_hours" in change:
        early = cast.appointment.starts_at - dt.timedelta(hours=30)
        cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.CLIENT, by=cast.desk.actor, now=early)
    shown = setup.post("office_spans", **SPANS | change)
    assert told in said(shown)
    assert office(cast).revision == 0
    assert setup.confirm(shown, "office_spans", **SPANS | change).status_code == 302
    ((field, value),) = change.items()
    assert getattr(office(cast), field) == value


@pytest.mark.parametrize(
    "wrong", [{"buffer_minutes": 61}, {"late_hours": 0}, {"video_minutes": "lang"}, {"deputy_after_minutes": ""}]
)
def test_what_is_out_of_bounds_is_refused(setup: Setup, cast: Cast, wrong: dict[str, Any]) -> None:
    assert setup.post("office_spans", **SPANS | wrong).status_code == 422
    assert office(cast).revision == 0


# --- closed days ----------------------------------------------------------------------------------


def test_a_closed_day_lists_first_what_is_booked(setup: Setup) -> None:
    day = {"day": "2026-03-03", "name": "Personalversammlung"}
    shown = setup.post("office_holiday_new", **day)
    page = said(shown)
    assert "2 Termine liegen dann auf einem Tag, an dem geschlossen ist." in page
    assert "Di, 3. März 2026, 10:00 Uhr, Video, Inga Petersen" in page
    assert "Kaya" not in page
    assert setup.confirm(shown, "office_holiday_new", **day).status_code == 302
    assert list(LocalHoliday.objects.values_list("day", "name")) == [(dt.date(2026, 3, 3), "Personalversammlung")]


def test_a_closed_day_goes_again(setup: Setup) -> None:
    setup.post("office_holiday_new", day="2026-05-15", name="Brückentag")
    assert "Freitag, 15. Mai 2026" in setup.read("office_hours")
    for _twice in range(2):
        setup.post("office_holiday_remove", day="2026-05-15")
    assert LocalHoliday.objects.count() == 0
    told = AuditEntry.objects.filter(action__in=[Action.HOLIDAY_ADDED, Action.HOLIDAY_REMOVED])
    assert list(told.order_by("pk").values_list("detail", flat=True)) == [{"day": "2026-05-15"}] * 2


@pytest.mark.parametrize("day", ["2026-03-02", "2035-01-01", "morgen", "", "2026-05-15"])
def test_a_day_that_cannot_be_closed_is_refused(setup: Setup, cast: Cast, day: str) -> None:
    LocalHoliday.objects.create(jobcenter=cast.office, day=dt.date(2026, 5, 15), name="Brückentag")
    answer = setup.post("office_holiday_new", day=day, name="Zu")
    assert answer.status_code == 422
    assert LocalHoliday.objects.count() == 1


def test_holidays_of_the_land_are_shown_for_this_year_and_the_next(setup: Setup, cast: Cast) -> None:
    assert "Nur die bundesweiten" in setup.read("office_hours")
    JobCenter.objects.filter(pk=cast.office.pk).update(land="HH")
    page = setup.read("office_hours")
    assert "Feiertage 2026" in page
    assert "Reformationstag" in page
    address = setup.address("office_hours")
    for asked, year in (("2027", 2027), ("1900", 2026), ("x", 2026)):
        assert f"Feiertage {year}" in said(setup.browser.get(f"{address}?jahr={asked}"))
