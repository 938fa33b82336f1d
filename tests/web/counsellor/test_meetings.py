"""Meetings on the page: booked, refused with what was typed, seen, moved and cancelled; and their row in the day."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils.html import escape

from nahbar.people.models import StaffMember
from nahbar.scheduling.feeds import make_feed
from nahbar.scheduling.models import ChannelBooking, Meeting
from nahbar.scheduling.weeks import Held
from nahbar.web.counsellor.agenda import lay_out
from tests.conftest import Cast
from tests.factories import as_staff, at, book, desk_of, make_client, make_office, make_staff, meet
from tests.web.counsellor.pages import count_queries
from tests.web.counsellor.test_day import OPEN
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


@pytest.fixture
def meeting(cast: Cast, now: dt.datetime) -> Meeting:
    """The owner's, with the teammate, tomorrow at ten."""
    start = at("2026-03-04 10:00")
    return meet(cast.owner, cast.office, starts_at=start, colleagues=[cast.teammate], uses_channel=True, now=now)


def address(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.office.slug, *more])


def page_of(meeting: Meeting) -> str:
    return reverse("meeting_page", args=[meeting.jobcenter.slug, meeting.public_id])


def filled(cast: Cast, **changes: Any) -> dict[str, Any]:
    """The form as somebody fills it in."""
    when = {"day": "2026-03-04", "start": "10:00", "minutes": "30"}
    who = {"colleagues": [str(cast.teammate.public_id)], "uses_channel": "on"}
    return {"kind": "practice", "title": "Probelauf", **when, **who, "key": str(uuid.uuid4()), **changes}


# --- book ----------------------------------------------------------------------------------------


def test_the_way_leads_from_a_new_appointment_and_keeps_day_and_start(desk: Browser, cast: Cast) -> None:
    found = said(desk.get(address(cast, "appointment_new") + "?day=2026-03-05&start=13:30"))
    link = address(cast, "meeting_new") + "?day=2026-03-05&start=13%3A30"
    assert f'href="{escape(link)}"' in found
    page = said(desk.get(link))
    assert 'value="2026-03-05"' in page
    assert 'value="13:30"' in page
    assert "Mara Vogt" in page
    for nobody in ("Inga Petersen</span></label>", "Jonas Brandt", "Karin Behrens", "Sven Lorenz"):
        assert nobody not in page


def test_booked_once_however_often_it_is_sent(desk: Browser, cast: Cast) -> None:
    data = filled(cast)
    desk.post(address(cast, "meeting_new"), data)
    answer = desk.post(address(cast, "meeting_new"), data, follow=True)
    meeting = Meeting.objects.get()
    assert answer.redirect_chain == [(page_of(meeting), 302)]
    assert (meeting.starts_at, meeting.minutes) == (at("2026-03-04 10:00"), 30)
    assert meeting.people == [cast.owner, cast.teammate]
    page = said(answer)
    for word in ("Probelauf", "10:00 bis 10:30 Uhr, Geführte Übung", "Inga Petersen, Mara Vogt", "Kanal 1"):
        assert word in page


def test_the_same_form_with_other_content_is_asked_again(desk: Browser, cast: Cast) -> None:
    data = filled(cast)
    desk.post(address(cast, "meeting_new"), data)
    answer = desk.post(address(cast, "meeting_new"), {**data, "title": "Anderes", "start": "11:00"})
    assert answer.status_code == 409
    assert "schon etwas gebucht" in said(answer)
    assert data["key"] not in said(answer)
    assert 'value="Anderes"' in said(answer)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": ""}, "Bitte geben Sie einen Titel ein."),
        ({"title": "x" * 81}, "höchstens 80 Zeichen"),
        ({"kind": "party"}, "Bitte wählen Sie die Art."),
        ({"day": "2026-03-02"}, "Dieser Tag ist schon vorbei."),
        ({"day": "morgen"}, "Bitte geben Sie den Tag als Datum an."),
        ({"start": ""}, "Bitte geben Sie den Beginn an."),
        ({"minutes": "500"}, "höchstens 240 Minuten"),
        ({"colleagues": ["x"]}, "UUID"),
        ({"colleagues": [str(uuid.UUID(int=1))]}, "nur Personen aus der Liste"),
    ],
)
def test_wrong_input_books_nothing_and_stays_as_typed(
    desk: Browser, cast: Cast, wrong: dict[str, Any], says: str
) -> None:
    data = filled(cast) | wrong
    answer = desk.post(address(cast, "meeting_new"), data)
    assert answer.status_code == 422
    page = said(answer)
    assert says in page
    for name in ("title", "day", "start", "key"):
        assert f'name="{name}"' in page
        assert f'value="{data[name]}"' in page
    assert 'name="uses_channel" id="id_uses_channel" checked' in page
    if "colleagues" not in wrong:
        assert f'value="{cast.teammate.public_id}" checked' in page
    assert not Meeting.objects.exists()


def test_nobody_of_another_team_can_be_put_down(desk: Browser, cast: Cast) -> None:
    data = filled(cast, colleagues=[str(cast.colleague.public_id)])
    assert desk.post(address(cast, "meeting_new"), data).status_code == 422
    assert not Meeting.objects.exists()


def test_a_refusal_names_the_colleague_and_keeps_the_form(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    book(client=make_client(cast.office), staff=cast.teammate, starts_at=at("2026-03-04 10:15"), now=now)
    answer = desk.post(address(cast, "meeting_new"), filled(cast))
    assert answer.status_code == 409
    assert "Mara Vogt hat um diese Zeit schon einen Termin." in said(answer)
    assert 'value="Probelauf"' in said(answer)


def test_a_start_that_is_over_is_said_at_the_start(desk: Browser, cast: Cast) -> None:
    answer = desk.post(address(cast, "meeting_new"), filled(cast, day="2026-03-03", start="09:00"))
    assert answer.status_code == 409
    assert 'id="id_start_error"' in said(answer)


def test_only_counsellors_call_meetings(client: Browser, cast: Cast, meeting: Meeting) -> None:
    for staff in (cast.guide, cast.team_lead, cast.administrator):
        browser = as_staff(client, staff)
        assert browser.get(address(cast, "meeting_new")).status_code == 404
        assert browser.get(page_of(meeting)).status_code == 404


# --- change --------------------------------------------------------------------------------------


def moved_to(start: str, **changes: Any) -> dict[str, Any]:
    return {"day": "2026-03-04", "start": start, "minutes": "45", "revision": "0", **changes}


def test_whoever_called_it_moves_it(desk: Browser, cast: Cast, meeting: Meeting) -> None:
    page = said(desk.get(page_of(meeting)))
    assert 'value="2026-03-04"' in page
    assert 'value="10:00"' in page
    answer = desk.post(page_of(meeting), moved_to("11:15"), follow=True)
    assert "11:15 bis 12:00 Uhr" in said(answer)
    # From a page of before.
    answer = desk.post(page_of(meeting), moved_to("13:00"), follow=True)
    assert "inzwischen geändert" in said(answer)
    assert "11:15 bis 12:00 Uhr" in said(answer)


def test_a_move_that_cannot_be_keeps_what_was_typed(desk: Browser, cast: Cast, meeting: Meeting) -> None:
    answer = desk.post(page_of(meeting), moved_to("25:00"))
    assert (answer.status_code, 'value="25:00"' in said(answer)) == (422, True)
    answer = desk.post(page_of(meeting), moved_to("10:15", day="2026-03-03"))
    assert answer.status_code == 409
    assert "schon einen Termin" in said(answer)
    assert 'value="10:15"' in said(answer)
    assert "10:00 bis 10:30 Uhr" in said(answer)


def test_whoever_called_it_cancels_it(desk: Browser, cast: Cast, meeting: Meeting) -> None:
    cancel = address(cast, "meeting_cancel", meeting.public_id)
    for wrong in ({}, {"revision": "x"}, {"revision": "7"}):
        assert "inzwischen geändert" in said(desk.post(cancel, wrong, follow=True))
    page = said(desk.post(cancel, {"revision": "0"}, follow=True))
    assert "Zeit und Kanal sind wieder frei" in page
    assert "Verschieben" not in page
    assert not ChannelBooking.objects.filter(meeting=meeting).exists()
    for again in (cancel, page_of(meeting)):
        assert "schon vorbei oder abgesagt" in said(desk.post(again, moved_to("13:00"), follow=True))


def test_who_takes_part_sees_it_and_changes_nothing(client: Browser, cast: Cast, meeting: Meeting) -> None:
    browser = as_staff(client, cast.teammate)
    page = said(browser.get(page_of(meeting)))
    assert "Teamrunde" in page
    assert "Verschieben" not in page
    assert browser.post(page_of(meeting), moved_to("11:00")).status_code == 404
    assert browser.post(address(cast, "meeting_cancel", meeting.public_id), {"revision": "0"}).status_code == 404
    assert Meeting.objects.get().revision == 0


def test_what_is_over_can_only_be_read(client: Browser, cast: Cast, frozen: Any, meeting: Meeting) -> None:
    frozen.move_to(meeting.ends_at)
    page = said(as_staff(client, cast.owner).get(page_of(meeting)))
    assert "Vorbei" in page
    assert "Verschieben" not in page


# --- the day -------------------------------------------------------------------------------------


def test_a_meeting_is_a_row_of_everybody_who_takes_part(client: Browser, cast: Cast, meeting: Meeting) -> None:
    for staff, is_there in ((cast.owner, True), (cast.teammate, True), (cast.colleague, False)):
        page = said(as_staff(client, staff).get(address(cast, "staff_day") + "?tag=2026-03-04"))
        assert (page_of(meeting) in page) is is_there
        assert ("1 Termin, davon 1 per Video" in page) is is_there


def test_nothing_is_free_during_a_meeting(cast: Cast, now: dt.datetime) -> None:
    start = at("2026-03-03 11:00")
    meeting = meet(cast.owner, cast.office, starts_at=start, minutes=60, now=now)
    later = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-03 13:00"), now=now)
    rows = lay_out(
        held=Held([cast.appointment, later], [meeting]),
        waiting=set(),
        open_times=OPEN,
        now=at("2026-03-03 11:10"),
        is_today=True,
    )
    assert [row.kind for row in rows] == ["appointment", "now", "meeting", "gap", "appointment", "gap"]
    assert rows[2].is_now
    assert (rows[3].starts_at, rows[3].ends_at) == (meeting.ends_at, later.starts_at)


def _with_meetings(slug: str, meetings: int, now: dt.datetime) -> tuple[StaffMember, list[Meeting]]:
    office = make_office(slug)
    staff, colleague = make_staff(office), make_staff(office)
    hours = range(10, 10 + meetings)
    people = {"colleagues": [colleague], "uses_channel": True}
    return staff, [meet(staff, office, starts_at=at(f"2026-03-03 {hour}:00"), now=now, **people) for hour in hours]


def test_query_counts_do_not_grow(db: None, now: dt.datetime) -> None:
    counts = []
    for slug, number in (("eins", 1), ("drei", 3)):
        staff, meetings = _with_meetings(slug, number, now)
        key = make_feed(desk=desk_of(staff, meetings[0].jobcenter), now=now)
        pages = [reverse("staff_day", args=[slug]), reverse("calendar_feed", args=[key]), page_of(meetings[0])]
        counts.append([count_queries(as_staff(Browser(), staff), page) for page in pages])
    assert counts[0] == counts[1]
