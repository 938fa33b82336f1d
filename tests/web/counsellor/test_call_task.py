"""A call to explain video first: every outcome is one tap, also from a page that has grown old."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from time_machine import Traveller

from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.call_tasks import close_without, make_call_task
from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.models import Appointment, CallTask
from nahbar.scheduling.rules import AgreedBy, CallTaskState
from nahbar.web.counsellor.calltasks import again_words
from tests.conftest import Cast
from tests.factories import as_staff, at, make_wish, topic_of
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def task(cast: Cast, now: dt.datetime) -> CallTask:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 09:30"), agreed_by=None)
    return make_call_task(desk=cast.desk, wish=wish, now=now)


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def tap(browser: Browser, task: CallTask, **data: Any) -> Any:
    return browser.post(reverse("call_task", args=["altona", task.public_id]), data)


def page_of(browser: Browser, task: CallTask) -> str:
    return said(browser.get(reverse("call_task", args=["altona", task.public_id])))


@pytest.mark.parametrize("mode", [Mode.VIDEO, Mode.TELEPHONE, Mode.ON_SITE])
def test_one_tap_books_once(desk: Browser, task: CallTask, cast: Cast, mode: Mode) -> None:
    answers = [tap(desk, task, outcome=mode.value) for _twice in range(2)]
    booked = Appointment.objects.get(starts_at=task.wanted_at)
    address = reverse("appointment_page", args=["altona", booked.public_id])
    assert [answer.headers["Location"] for answer in answers] == [address, address]
    assert (booked.mode, booked.counsellor) == (mode, cast.owner)
    assert booked.agreed_by == (AgreedBy.PHONE if mode == Mode.VIDEO else "")
    task.refresh_from_db()
    assert task.state == CallTaskState.DONE


def test_what_cannot_be_opens_the_filled_form_with_the_reason(desk: Browser, task: CallTask, cast: Cast) -> None:
    enter_absence(desk=cast.desk, starts_at=task.wanted_at, ends_at=task.wanted_at + HOUR)
    form = desk.get(tap(desk, task, outcome="video").headers["Location"]).content.decode()
    assert "In dieser Zeit ist eine Abwesenheit eingetragen." in form
    assert 'value="09:30"' in form
    assert 'name="agreed" value="phone"' in form
    assert f'name="task" value="{task.public_id}"' in form
    task.refresh_from_db()
    assert task.state == CallTaskState.OPEN


def test_a_retired_topic_leads_to_the_form_for_another_one(desk: Browser, task: CallTask) -> None:
    type(task.topic).objects.filter(pk=task.topic_id).update(is_active=False)
    form = said(desk.get(tap(desk, task, outcome="telephone").headers["Location"]))
    assert "Dieses Thema wird nicht mehr angeboten." in form
    assert "Unterlagen vorlegen" in form


def test_the_form_closes_the_task_and_one_from_before_books_nothing(
    desk: Browser, task: CallTask, cast: Cast, now: dt.datetime
) -> None:
    typed = {"client": cast.person.public_id, "topic": topic_of(cast.office).pk, "mode": "video", "day": "2026-03-06"}
    typed |= {"start": "10:00", "minutes": "30", "agreed": "phone", "task": task.public_id}
    new = reverse("appointment_new", args=["altona"])
    first = desk.post(new, {**typed, "key": "00000000-0000-4000-8000-00000000000a"})
    booked = Appointment.objects.get(starts_at=at("2026-03-06 10:00"))
    assert str(booked.public_id) in first.headers["Location"]
    second = desk.post(new, {**typed, "start": "13:00", "key": "00000000-0000-4000-8000-00000000000b"})
    assert second.headers["Location"] == reverse("call_task", args=["altona", task.public_id])
    assert not Appointment.objects.filter(starts_at=at("2026-03-06 13:00")).exists()
    page = page_of(desk, task)
    assert "Dieser Anruf ist inzwischen erledigt." in page
    assert "Gebucht: Video, Freitag, 6. März, 10:00 Uhr." in page


def test_an_old_page_is_told_what_came_of_it(desk: Browser, task: CallTask, now: dt.datetime) -> None:
    close_without(task=task, now=now)
    for data in ({"outcome": "video"}, {"outcome": "telephone"}, {"again": (now + HOUR).isoformat(), "attempts": "0"}):
        assert tap(desk, task, **data).headers["Location"] == reverse("call_task", args=["altona", task.public_id])
        page = page_of(desk, task)
        assert "Dieser Anruf ist inzwischen erledigt." in page
        assert "Kein Termin gewünscht. Dieser Anruf ist seit dem 3. März erledigt." in page
    assert not Appointment.objects.filter(starts_at=task.wanted_at).exists()


def test_no_talk_wanted(desk: Browser, task: CallTask) -> None:
    day = desk.get(tap(desk, task, outcome="no_talk").headers["Location"], follow=True).content.decode()
    assert "Gemerkt: Die Person möchte jetzt keinen Termin." in day
    assert "Anrufen und erklären" not in day


def test_not_reached_offers_times_and_the_day_says_when(
    desk: Browser, task: CallTask, frozen: Traveller, now: dt.datetime
) -> None:
    page = desk.get(reverse("call_task", args=["altona", task.public_id])).content.decode()
    for value, words in (("10:30", "in einer Stunde, 10:30 Uhr"), ("15:00", "heute, 15 Uhr")):
        assert f'value="{at(f"2026-03-03 {value}").isoformat()}"' in page
        assert words in said(desk.get(reverse("call_task", args=["altona", task.public_id])))
    answer = tap(desk, task, again=at("2026-03-03 15:00").isoformat(), attempts="0")
    day = said(desk.get(answer.headers["Location"], follow=True))
    assert "Gemerkt: noch einmal anrufen ab heute, 15 Uhr." in day
    assert "wieder ab 15:00, 1 Versuch" in day
    tap(desk, task, again=at("2026-03-04 09:00").isoformat(), attempts="1")
    assert 'wieder ab <span class="nowrap">Mi, 4.3., 09:00</span>, 2 Versuche' in said(
        desk.get(reverse("staff_day", args=["altona"]))
    )
    assert "2 Versuche, wieder ab: morgen, 9 Uhr" in page_of(desk, task)


def test_not_due_yet_is_quiet_but_there(desk: Browser, task: CallTask, frozen: Traveller) -> None:
    tap(desk, task, again=at("2026-03-03 15:00").isoformat(), attempts="0")
    address = reverse("staff_day", args=["altona"])
    assert '<b class="muted">Elif Kaya</b>' in desk.get(address).content.decode()
    frozen.move_to(at("2026-03-03 15:00"))
    assert '<b class="muted">Elif Kaya</b>' not in desk.get(address).content.decode()


def test_two_who_did_not_reach_anybody_count_once(desk: Browser, task: CallTask, now: dt.datetime) -> None:
    tap(desk, task, again=(now + HOUR).isoformat(), attempts="0")
    answer = tap(desk, task, again=(now + 2 * HOUR).isoformat(), attempts="0")
    assert answer.headers["Location"] == reverse("call_task", args=["altona", task.public_id])
    assert "Inzwischen wurde schon ein Versuch notiert." in page_of(desk, task)
    task.refresh_from_db()
    assert (task.attempts, task.call_again_at) == (1, now + HOUR)


@pytest.mark.parametrize(
    ("again", "attempts"),
    [
        ("", "0"),
        ("morgen", "0"),
        ("2026-03-03T10:30:00+00:00", ""),
        ("2026-03-03T10:30:00+00:00", "viele"),
        ("9999-12-31T23:59:59-23:00", "0"),
        ("2027-03-03T10:30:00+00:00", "0"),
        ("2026-03-03T08:30:00+00:00", "0"),
    ],
)
def test_nonsense_and_what_is_over_change_nothing(desk: Browser, task: CallTask, again: str, attempts: str) -> None:
    assert tap(desk, task, again=again, attempts=attempts).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.attempts, task.call_again_at) == (CallTaskState.OPEN, 0, None)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-03-03 10:35", "in einer Stunde, 10:35 Uhr"),
        ("2026-03-03 15:00", "heute, 15 Uhr"),
        ("2026-03-04 09:05", "morgen, 9:05 Uhr"),
        ("2026-03-09 09:00", "Montag, 9 Uhr"),
        ("2026-03-10 09:00", "Dienstag, 10. März, 9 Uhr"),
        ("2026-03-03 09:00", "heute, 9 Uhr"),
        ("2026-03-02 09:00", "Montag, 2. März, 9 Uhr"),
    ],
)
def test_day_and_hour_in_words(now: dt.datetime, moment: str, words: str) -> None:
    assert again_words(at(moment), now=now) == words
