"""The week and the team's day: what stands where, who sees it, and that its price does not grow."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.jobcenters.models import JobCenter, LocalHoliday
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.scheduling.hours import enter_absence, work_time
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from nahbar.scheduling.weeks import ChannelUse, Taken, channel_use, held_between
from nahbar.web.counsellor.agenda import gaps
from nahbar.web.counsellor.grid import Frame, Place, frame_for, off_times
from tests.conftest import Cast
from tests.factories import as_staff, at, book, desk_of, join_office, make_client, make_office, make_staff, meet
from tests.web.counsellor.pages import count_queries

pytestmark = [pytest.mark.usefixtures("frozen"), pytest.mark.django_db]
# The frozen day is Tuesday, 3 March 2026; its week begins on the 2nd.
TUESDAY = dt.date(2026, 3, 3)


def _page(browser: Browser, office: JobCenter, name: str, query: str = "") -> str:
    answer = browser.get(reverse(name, args=[office.slug]) + query)
    assert answer.status_code == 200
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def _column(page: str, day: dt.date) -> str:
    found = re.search(rf'<ol class="wk__list" role="list" data-day="{day}">(.*?)</ol>', page, re.DOTALL)
    assert found, f"no column for {day}"
    return found[1]


def test_own_appointments_stand_on_their_day_at_their_row(cast: Cast, client: Browser) -> None:
    page = _page(as_staff(client, cast.owner), cast.office, "staff_week")
    start = cast.appointment.local_start
    row = (start.hour * 60 + start.minute - 8 * 60) // 5 + 1
    column = _column(page, TUESDAY)
    assert f'<li class="gr{row} gs6"><a class="ev ev--video' in column
    assert "Kaya" in column
    assert "Rahimi" not in page
    assert "Woche vom 2. bis 6. März" in page


def test_what_was_cancelled_is_gone(cast: Cast, client: Browser, now: dt.datetime) -> None:
    cancel_appointment(
        appointment=cast.appointment,
        cancelled_by=CancelledBy.CLIENT,
        by=desk_of(cast.owner, cast.office).actor,
        now=now,
    )
    assert "Kaya" not in _page(as_staff(client, cast.owner), cast.office, "staff_week")


def test_saturday_only_with_something_on_it(cast: Cast, client: Browser, now: dt.datetime) -> None:
    browser = as_staff(client, cast.owner)
    assert 'data-day="2026-03-07"' not in _page(browser, cast.office, "staff_week")
    book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-07 10:00"), now=now)
    page = _page(browser, cast.office, "staff_week")
    assert 'data-day="2026-03-07"' in page
    assert 'data-day="2026-03-08"' not in page


def test_absences_and_holidays_are_said_in_words(cast: Cast, client: Browser) -> None:
    enter_absence(
        desk=desk_of(cast.owner, cast.office), starts_at=at("2026-03-04 12:00"), ends_at=at("2026-03-05 00:00")
    )
    LocalHoliday.objects.create(jobcenter=cast.office, day=dt.date(2026, 3, 6), name="Betriebsausflug")
    page = _page(as_staff(client, cast.owner), cast.office, "staff_week")
    assert "Abwesend" in _column(page, dt.date(2026, 3, 4))
    assert "Betriebsausflug" in page


def test_free_time_is_a_link_to_a_new_appointment(cast: Cast, client: Browser) -> None:
    page = _page(as_staff(client, cast.owner), cast.office, "staff_week")
    address = reverse("appointment_new", args=[cast.office.slug])
    assert f"{address}?day=2026-03-04&amp;start=08:00" in _column(page, dt.date(2026, 3, 4))
    # Nothing begins in the past.
    assert "?day=2026-03-02" not in page


def test_full_channels_are_said(cast: Cast, client: Browser, now: dt.datetime) -> None:
    others = [make_staff(cast.office) for _number in range(2)]
    for staff in others:
        book(client=make_client(cast.office), staff=staff, starts_at=at("2026-03-05 09:00"), now=now)
    page = _page(as_staff(client, cast.owner), cast.office, "staff_week")
    assert "Alle Kanäle belegt von 09:00 bis 09:40 Uhr" in page
    assert "9 Uhr 0" in page


def test_the_team_side_by_side(cast: Cast, client: Browser) -> None:
    page = _page(as_staff(client, cast.owner), cast.office, "staff_team_day")
    assert cast.owner.full_name in page
    assert cast.teammate.full_name in page
    assert cast.colleague.full_name not in page


def test_of_another_office_only_the_time_is_told(cast: Cast, client: Browser, now: dt.datetime) -> None:
    other = make_office("anderswo")
    join_office(cast.teammate, other)
    person = make_client(other, last_name="Geheim")
    book(client=person, staff=cast.teammate, starts_at=at("2026-03-03 11:00"), now=now)
    page = _page(as_staff(client, cast.owner), cast.office, "staff_team_day")
    assert "11:00 bis 11:30, belegt" in page
    assert "Geheim" not in page
    desk = desk_of(cast.owner, cast.office)
    found = held_between(desk=desk, staff=[cast.teammate], first=TUESDAY, last=TUESDAY)
    held = found[cast.teammate.pk, TUESDAY]
    assert held.busy == [(at("2026-03-03 11:00"), at("2026-03-03 11:30"))]


def _fill(office: JobCenter, staff: StaffMember, people: int, now: dt.datetime) -> None:
    mode = {"mode": Mode.TELEPHONE, "agreed_by": None, "minutes": 5}
    for number in range(people):
        starts_at = at("2026-03-04 08:00") + dt.timedelta(minutes=5 * number)
        book(client=make_client(office), staff=staff, starts_at=starts_at, now=now, **mode)


@pytest.mark.parametrize("name", ["staff_week", "staff_team_day", "staff_day"])
def test_the_price_does_not_grow(name: str, client: Browser, now: dt.datetime) -> None:
    """The same number of queries at 1, 3 and 150 appointments of the week, 300 with those of a colleague."""
    counts = []
    for people in (1, 3, 150):
        office = make_office(f"buero-{people}")
        staff = make_staff(office)
        _fill(office, staff, people, now)
        _fill(office, make_staff(office), people, now)
        address = reverse(name, args=[office.slug]) + "?tag=2026-03-04"
        counts.append(count_queries(as_staff(client, staff), address))
    assert len(set(counts)) == 1, counts


def test_lanes_count_what_is_free_at_the_fullest_moment() -> None:
    nine, ten = at("2026-03-03 09:00"), at("2026-03-03 10:00")
    half = dt.timedelta(minutes=30)
    use = ChannelUse(
        2,
        [
            Taken(0, nine, nine + half, (1, None)),
            Taken(1, nine + half, ten, (2, None)),
            Taken(0, nine + half, ten, (None, 3)),
        ],
    )
    assert use.fewest_free(nine, nine + half) == 1
    assert use.fewest_free(nine, ten) == 0
    assert use.fewest_free(ten, ten + half) == 2
    assert use.full() == [(nine + half, ten)]


def test_an_office_without_channels_is_never_full(cast: Cast) -> None:
    office = make_office("ohne", channels=0)
    use = channel_use(jobcenter=office, first=TUESDAY, last=TUESDAY)
    assert (use.lanes, use.full()) == (0, [])


def test_the_frame_holds_what_it_was_made_for() -> None:
    early, late = at("2026-03-03 06:50"), at("2026-03-03 19:05")
    frame = frame_for([(TUESDAY, (early, late))])
    assert (frame.first, frame.last) == (6, 20)
    assert frame.place(TUESDAY, (early, early + dt.timedelta(minutes=10))) == Place(11, 2)
    assert frame.place(TUESDAY, (early - dt.timedelta(days=1), late - dt.timedelta(days=1))) is None
    assert frame_for([]) == Frame(8, 17)


def test_a_day_of_23_hours_keeps_the_clock() -> None:
    sunday = dt.date(2026, 3, 29)
    frame = Frame(0, 12)
    assert frame.place(sunday, (at("2026-03-29 09:00"), at("2026-03-29 10:00"))) == Place(109, 12)


def test_gaps_and_closed_times(cast: Cast) -> None:
    works = work_time(staff=cast.owner, jobcenter=cast.office, first=TUESDAY, last=TUESDAY)
    taken = [(at("2026-03-03 09:00"), at("2026-03-03 10:00")), (at("2026-03-03 10:20"), at("2026-03-03 16:40"))]
    found = gaps(works.open_times(TUESDAY), taken, soonest=at("2026-03-03 08:20"))
    assert found == [(at("2026-03-03 08:20"), at("2026-03-03 09:00"))]
    assert [(opens, closes) for opens, closes in off_times(works, TUESDAY)] == [
        (at("2026-03-03 00:00"), at("2026-03-03 08:00")),
        (at("2026-03-03 17:00"), at("2026-03-04 00:00")),
    ]


def test_the_night_the_clock_goes_back_is_shown(cast: Cast, client: Browser, now: dt.datetime) -> None:
    """From a quarter to three until a quarter past two, half an hour later."""
    start = dt.datetime(2026, 10, 25, 0, 45, tzinfo=dt.UTC)
    book(client=make_client(cast.office), staff=cast.owner, starts_at=start, now=now)
    page = _page(as_staff(client, cast.owner), cast.office, "staff_week", "?tag=2026-10-25")
    assert "02:45" in _column(page, dt.date(2026, 10, 25))


def test_a_meeting_stands_there_and_the_day_is_not_empty(cast: Cast, client: Browser, now: dt.datetime) -> None:
    meet(cast.owner, cast.office, starts_at=at("2026-03-05 09:00"), title="Runde", uses_channel=True, now=now)
    page = _page(as_staff(client, cast.owner), cast.office, "staff_week")
    assert "Runde" in _column(page, dt.date(2026, 3, 5))
    after = page.split('data-day="2026-03-05"')[1].split("</section>")[0]
    assert "Nichts eingetragen" not in after
    assert "1 Video" in page.split('data-day="2026-03-05"')[0].split("<section")[-1]


def test_a_time_taken_in_another_office_is_not_offered(cast: Cast, client: Browser, now: dt.datetime) -> None:
    other = make_office("anderswo")
    join_office(cast.owner, other)
    book(client=make_client(other), staff=cast.owner, starts_at=at("2026-03-05 10:00"), now=now)
    column = _column(_page(as_staff(client, cast.owner), cast.office, "staff_week"), dt.date(2026, 3, 5))
    assert "10:00 bis 10:30, belegt" in column
    assert "08:00 bis 10:00, frei" in column
