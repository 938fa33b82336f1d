"""Booking in seconds, and the same talk again and again with what stands in its way said before."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.jobcenters.models import LocalHoliday
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Deputyship
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.free_times import Conflict, Need
from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.models import Appointment, Topic
from nahbar.scheduling.rules import BERLIN, AppointmentState
from nahbar.scheduling.series import preview
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_staff, make_wish, topic_of
from tests.web.counsellor.pages import count_queries
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")
# The frozen moment is Tuesday, 3 March 2026, half past nine; the clocks change on the 29th.
FIRST = at("2026-03-10 09:00")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    return as_staff(client, cast.owner)


def _need(cast: Cast, mode: Mode = Mode.VIDEO) -> Need:
    return Need(client=cast.person, counsellor=cast.owner, mode=mode, minutes=30)


def _typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    values = {"client": cast.person.public_id, "topic": topic_of(cast.office).pk, "mode": "video"}
    values |= {"day": "2026-03-10", "start": "09:00", "minutes": "30", "agreed": "phone", "key": uuid.uuid4()}
    return {**values, "weeks": "1", "count": "4", **changes}


def _send(browser: Browser, cast: Cast, **changes: Any) -> Any:
    return browser.post(reverse("appointment_new", args=[cast.office.slug]), _typed(cast, **changes))


def _form(browser: Browser, cast: Cast, **query: Any) -> str:
    return said(browser.get(reverse("appointment_new", args=[cast.office.slug]), query))


def _booked(cast: Cast) -> list[str]:
    rows = Appointment.objects.filter(jobcenter=cast.office, starts_at__gte=FIRST, state=AppointmentState.PLANNED)
    return [f"{row.astimezone(BERLIN):%d.%m. %H:%M}" for row in rows.values_list("starts_at", flat=True)]


# --- in seconds -----------------------------------------------------------------------------------


def test_a_known_person_needs_one_click_more(desk: Browser, cast: Cast) -> None:
    """As last time, at the first free time; the buttons that book say how video was agreed."""
    page = _form(desk, cast, client=cast.person.public_id)
    assert 'value="video" data-length="30" checked' in page
    assert 'name="day" id="id_day" min="2026-03-03" value="2026-03-03"' in page
    assert 'name="start" id="id_start" step="300" value="10:30"' in page
    # What would be booked is read first; the button that says how it was agreed is the next.
    assert re.search(r'class="nb-card dock"[^>]* tabindex="-1" autofocus', page)
    assert 'id="book" name="agreed" value="phone"' in page


def test_what_the_address_says_is_not_filled_over(desk: Browser, cast: Cast) -> None:
    page = _form(desk, cast, client=cast.person.public_id, day="2026-03-06", start="11:15", mode="telephone")
    assert 'value="2026-03-06"' in page
    assert 'value="11:15"' in page
    assert 'value="telephone" data-length="20" checked' in page


def test_the_first_free_time_is_one_of_the_day_that_was_chosen(desk: Browser, cast: Cast) -> None:
    page = _form(desk, cast, client=cast.person.public_id, day="2026-03-06")
    assert 'value="2026-03-06"' in page
    assert 'value="08:00"' in page


def test_somebody_new_is_asked_for_the_topic_first(desk: Browser, cast: Cast) -> None:
    page = _form(desk, cast, client=make_client(cast.office).public_id)
    assert 'id="id_topic" required autofocus' in page
    assert " checked" not in page.split("tiles")[1].split("</fieldset>")[0]


def test_a_retired_topic_is_not_proposed_again(desk: Browser, cast: Cast) -> None:
    topic = cast.appointment.topic
    topic.is_active = False
    topic.save()
    # With one left only, that one would be chosen.
    Topic.objects.create(jobcenter=cast.office, name="Ausbildung")
    assert 'id="id_topic" required autofocus' in _form(desk, cast, client=cast.person.public_id)


def test_first_free_and_a_week_later_are_one_click(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    page = _form(desk, cast, client=cast.person.public_id, day="2026-03-05", start="09:00")
    assert "Erste freie Zeit" in page
    assert "start=10%3A30" in page or "day=2026-03-03&amp;start=10:30" in page
    assert "day=2026-03-12&amp;start=09:00" in page
    book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-12 09:00"), now=now)
    page = _form(desk, cast, client=cast.person.public_id, day="2026-03-05", start="09:00")
    assert "Eine Woche später (Do, 12.3., 09:00) ist nicht frei" in page


def test_what_stands_in_the_way_of_one_appointment_is_said_too(desk: Browser, cast: Cast) -> None:
    LocalHoliday.objects.create(jobcenter=cast.office, day=dt.date(2026, 3, 12), name="Betriebsausflug")
    page = _form(desk, cast, client=cast.person.public_id, day="2026-03-05", start="09:00")
    assert "Eine Woche später (Do, 12.3., 09:00) ist nicht frei" in page
    assert "Betriebsausflug" in _form(desk, cast, client=cast.person.public_id, day="2026-03-12", start="09:00")


def test_without_video_the_next_way_is_proposed(desk: Browser, cast: Cast) -> None:
    cast.owner.offers_video = False
    cast.owner.save()
    page = _form(desk, cast, client=cast.person.public_id)
    assert 'value="telephone" data-length="20" checked' in page
    assert "Freie Zeiten" in page


def test_whom_one_saw_last_is_offered_without_typing(desk: Browser, cast: Cast) -> None:
    page = said(desk.get(reverse("appointment_new", args=[cast.office.slug])))
    assert "Zuletzt" in page
    assert "Elif Kaya" in page


# --- again and again ------------------------------------------------------------------------------


def test_every_kind_of_conflict_is_named(cast: Cast, now: dt.datetime) -> None:
    other = make_client(cast.office)
    LocalHoliday.objects.create(jobcenter=cast.office, day=dt.date(2026, 3, 17), name="Betriebsausflug")
    gone = at("2026-03-24 00:00")
    enter_absence(desk=cast.desk, starts_at=gone, ends_at=gone + dt.timedelta(days=1))
    book(client=other, staff=cast.owner, starts_at=at("2026-03-31 09:00"), now=now)
    book(client=cast.person, staff=make_staff(cast.office), starts_at=at("2026-04-07 09:00"), now=now)
    for _channel in range(2):
        staff = make_staff(cast.office)
        book(client=make_client(cast.office), staff=staff, starts_at=at("2026-04-14 09:00"), now=now)
    found = preview(need=_need(cast), starts_at=FIRST, weeks=1, count=7, now=now)
    assert [one.conflict for one in found] == [
        None,
        Conflict.HOLIDAY,
        Conflict.ABSENT,
        Conflict.COUNSELLOR_BUSY,
        Conflict.CLIENT_BUSY,
        Conflict.NO_CHANNEL,
        None,
    ]
    assert found[1].holiday == "Betriebsausflug"
    # Where the day has another free time, the nearest one; a holiday and an absent day have none.
    assert [one.instead for one in found[1:3]] == [None, None]
    assert found[3].instead == at("2026-03-31 08:30")
    # Half an hour and the buffer of ten minutes fit before nine.
    assert found[5].instead == at("2026-04-14 08:15")


def test_the_clock_stays_when_summer_begins(cast: Cast, now: dt.datetime) -> None:
    found = preview(need=_need(cast), starts_at=at("2026-03-24 09:00"), weeks=1, count=2, now=now)
    assert [one.starts_at for one in found] == [at("2026-03-24 09:00"), at("2026-03-31 09:00")]
    assert found[1].starts_at - found[0].starts_at == dt.timedelta(days=7) - dt.timedelta(hours=1)


def test_a_day_that_is_over_is_no_choice(cast: Cast, now: dt.datetime) -> None:
    found = preview(need=_need(cast), starts_at=at("2026-03-03 09:00"), weeks=1, count=2, now=now)
    assert [one.conflict for one in found] == [Conflict.PAST, None]


def test_conflicts_are_shown_before_anything_is_booked(desk: Browser, cast: Cast) -> None:
    LocalHoliday.objects.create(jobcenter=cast.office, day=dt.date(2026, 3, 17), name="Betriebsausflug")
    answer = _send(desk, cast)
    page = said(answer)
    assert answer.status_code == 422
    assert "Betriebsausflug" in page
    assert "Gebucht ist noch nichts" in page
    assert page.count('name="at"') == 3
    assert 'type="checkbox" disabled' in page
    assert _booked(cast) == []


def test_the_chosen_days_are_booked_together(desk: Browser, cast: Cast) -> None:
    chosen = ["2026-03-10T09:00", "2026-03-24T09:00", "2026-03-31T09:00"]
    answer = _send(desk, cast, at=chosen)
    assert answer.status_code == 302
    assert _booked(cast) == ["10.03. 09:00", "24.03. 09:00", "31.03. 09:00"]
    series = set(Appointment.objects.filter(starts_at__gte=FIRST).values_list("series", flat=True))
    assert len(series) == 1
    assert series != {None}
    page = said(desk.get(answer.headers["Location"]))
    assert "3 Termine sind gebucht: 10.3., 24.3., 31.3." in page
    assert "Weitere Termine dieser Serie" in page


def test_the_same_form_twice_books_once(desk: Browser, cast: Cast) -> None:
    key, chosen = uuid.uuid4(), ["2026-03-10T09:00", "2026-03-17T09:00"]
    assert [_send(desk, cast, key=key, at=chosen).status_code for _twice in range(2)] == [302, 302]
    assert len(_booked(cast)) == 2


def test_one_day_gone_meanwhile_books_nothing_and_shows_it(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    book(client=make_client(cast.office), staff=cast.owner, starts_at=at("2026-03-17 09:00"), now=now)
    chosen = ["2026-03-10T09:00", "2026-03-17T09:00"]
    answer = _send(desk, cast, at=chosen, shown=chosen)
    page = said(answer)
    assert answer.status_code == 409
    assert "bei Ihnen belegt" in page
    assert "statt 09:00: bei Ihnen belegt" in page
    assert _booked(cast) == ["17.03. 09:00"]
    # What was chosen stays, the new offer is not taken without being asked.
    assert 'value="2026-03-10T09:00" checked' in page
    assert 'value="2026-03-17T08:30" checked' not in page


@pytest.mark.parametrize("nonsense", ["gestern", "2026-03-10T09:00+05:00", "2026-03-29T02:30", ""])
def test_nonsense_is_no_day(desk: Browser, cast: Cast, nonsense: str) -> None:
    answer = _send(desk, cast, at=[nonsense])
    assert answer.status_code == 409
    assert "Gebucht ist noch nichts" in said(answer)
    assert _booked(cast) == []


@pytest.mark.parametrize("far", ["0001-01-01T00:00", "9999-12-31T23:50", "2030-03-12T09:00", "2026-03-11T09:00"])
def test_a_day_that_was_not_offered_is_not_booked(desk: Browser, cast: Cast, far: str) -> None:
    assert _send(desk, cast, at=["2026-03-10T09:00", far]).status_code == 409
    assert _booked(cast) == []


def test_a_form_that_has_booked_and_says_something_else_is_another_form(desk: Browser, cast: Cast) -> None:
    key, chosen = uuid.uuid4(), ["2026-03-10T09:00", "2026-03-17T09:00"]
    _send(desk, cast, key=key, at=chosen)
    answer = _send(desk, cast, key=key, at=chosen[1:])
    assert answer.status_code == 409
    assert "Mit diesem Formular ist schon ein Termin gebucht" in said(answer)
    assert f'name="key" value="{key}"' not in answer.content.decode()
    assert len(_booked(cast)) == 2


def test_a_call_books_no_series(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=FIRST)
    task = make_call_task(desk=cast.desk, wish=wish, now=now)
    answer = _send(desk, cast, task=task.public_id, at=["2026-03-10T09:00"])
    assert answer.status_code == 422
    assert "bucht einen einzelnen Termin" in said(answer)


def test_what_one_may_not_see_of_a_series_stays(client: Browser, cast: Cast, now: dt.datetime) -> None:
    """A deputy of another team calls off what they stand in for, not what comes after it."""
    _send(as_staff(client, cast.owner), cast, at=["2026-03-10T09:00", "2026-03-17T09:00"])
    day = dt.date(2026, 3, 10)
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=now.date(), last_day=day
    )
    first = Appointment.objects.get(starts_at=FIRST)
    address = reverse("appointment_cancel", args=[cast.office.slug, first.public_id])
    deputy = as_staff(client, cast.colleague)
    assert "dieser Serie" not in said(deputy.get(address))
    deputy.post(address, {"cancelled_by": "client", "revision": "0", "following": "on"})
    assert _booked(cast) == ["17.03. 09:00"]


def test_a_series_cannot_be_put_down_for_a_call(desk: Browser, cast: Cast) -> None:
    answer = _send(desk, cast, agreed="explain", at=["2026-03-10T09:00"])
    assert answer.status_code == 422
    assert "lässt sich nicht vormerken" in said(answer)


def test_the_rest_of_a_series_is_called_off_together(desk: Browser, cast: Cast) -> None:
    chosen = ["2026-03-10T09:00", "2026-03-17T09:00", "2026-03-24T09:00"]
    _send(desk, cast, at=chosen)
    second = Appointment.objects.get(starts_at=at("2026-03-17 09:00"))
    address = reverse("appointment_cancel", args=[cast.office.slug, second.public_id])
    assert "Auch den folgenden Termin dieser Serie" in said(desk.get(address))
    off = {"cancelled_by": "client", "revision": "0", "following": "on"}
    answer = desk.post(address, off, follow=True)
    assert "und 1 weiterer" in said(answer)
    assert _booked(cast) == ["10.03. 09:00"]


def test_the_price_of_a_series_does_not_grow(desk: Browser, cast: Cast) -> None:
    address = reverse("appointment_new", args=[cast.office.slug])
    query = f"?client={cast.person.public_id}&day=2026-03-10&start=09:00&weeks=1&count="
    assert count_queries(desk, address + query + "2") == count_queries(desk, address + query + "12")
