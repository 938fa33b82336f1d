"""A new appointment: what is typed, what is refused, what is possible instead."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.consent.models import Consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import ConsentState, Route
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.scheduling.models import Appointment, CallTask
from tests.conftest import Cast
from tests.factories import as_staff, at, book, make_client, make_staff, topic_of
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def _typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    values = {"client": cast.person.public_id, "topic": topic_of(cast.office).pk, "mode": "video"}
    values |= {"day": "2026-03-05", "start": "09:30", "minutes": "30", "agreed": "phone", "key": uuid.uuid4()}
    return {**values, **changes}


def _send(browser: Browser, cast: Cast, **changes: Any) -> Any:
    return browser.post(reverse("appointment_new", args=[cast.office.slug]), _typed(cast, **changes))


def test_books_and_leads_to_the_appointment(desk: Browser, cast: Cast) -> None:
    answer = _send(desk, cast)
    booked = Appointment.objects.get(starts_at=at("2026-03-05 09:30"))
    assert answer.headers["Location"] == reverse("appointment_page", args=["altona", booked.public_id])
    assert (booked.client, booked.counsellor, booked.mode, booked.minutes) == (
        cast.person,
        cast.owner,
        "video",
        30,
    )
    assert "geht jetzt per E-Mail hinaus" in desk.get(answer.headers["Location"]).content.decode()


def test_double_click_books_once(desk: Browser, cast: Cast) -> None:
    key = uuid.uuid4()
    assert [_send(desk, cast, key=key).status_code for _twice in range(2)] == [302, 302]
    assert Appointment.objects.filter(starts_at=at("2026-03-05 09:30")).count() == 1
    assert OutboxMessage.objects.filter(template="invitation").count() == 3


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"day": "2026-03-02"}, 422, "Dieser Tag ist schon vorbei"),
        ({"day": "2026-03-03", "start": "09:00"}, 409, "Dieser Beginn ist schon vorbei"),
        ({"day": "2026-03-29", "start": "02:30"}, 422, "Diese Uhrzeit gibt es an dem Tag nicht"),
        ({"minutes": "840"}, 422, "höchstens 240 Minuten"),
        ({"minutes": "drei"}, 422, "höchstens 240 Minuten"),
        ({"day": "9999-12-31"}, 422, "in den nächsten zwei Jahren"),
        ({"day": "heute"}, 422, "als Datum"),
        ({"start": "25:00"}, 422, "als Uhrzeit"),
        ({"agreed": ""}, 422, "wie Sie es vereinbart haben"),
        ({"mode": ""}, 422, "Bitte wählen Sie die Art"),
        ({"topic": "999999"}, 422, "Bitte wählen Sie ein Thema"),
        ({"mode": "outreach_visit", "topic": "Unterlagen"}, 409, "diese Art nicht vorgesehen"),
    ],
)
def test_what_cannot_be_says_why_and_keeps_what_was_typed(
    desk: Browser, cast: Cast, changes: dict[str, str], status: int, words: str
) -> None:
    if changes.get("topic") == "Unterlagen":
        changes = {**changes, "topic": str(cast.office.topics.get(name="Unterlagen vorlegen").pk)}
    answer = _send(desk, cast, **changes)
    page = said(answer)
    assert answer.status_code == status
    assert words in page
    assert "error-summary" in page
    typed = _typed(cast, **changes)
    assert f'name="start" id="id_start" step="300" value="{typed["start"]}"' in page
    assert f'value="{typed["day"]}"' in page
    assert Appointment.objects.count() == 2


def test_no_channel_offers_video_later_and_telephone_now_side_by_side(desk: Browser, cast: Cast) -> None:
    for _channel in range(2):
        person = make_client(cast.office)
        book(client=person, staff=make_staff(cast.office), starts_at=at("2026-03-05 09:30"), now=at("2026-03-03 09:30"))
    answer = _send(desk, cast)
    page = said(answer)
    assert answer.status_code == 409
    assert "kein Videokanal frei" in page
    slots = re.findall(r'name="slot" value="([^"]+)"', page)
    assert slots[0] == "video 2026-03-05T10:15"
    assert "telephone 2026-03-05T09:30" in slots
    assert _send(desk, cast, slot="telephone 2026-03-05T09:30").status_code == 302
    assert Appointment.objects.get(participations__staff=cast.owner, mode=Mode.TELEPHONE).starts_at == at(
        "2026-03-05 09:30"
    )


def test_busy_offers_the_next_free_times(desk: Browser, cast: Cast) -> None:
    answer = _send(desk, cast, day="2026-03-03", start="10:00", mode="telephone")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "schon einen Termin" in page
    assert 'value="telephone 2026-03-03T10:30"' in page


def _withdraw(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de")
    Consent.objects.create(
        client=cast.person,
        purpose=text.purpose,
        state=ConsentState.WITHDRAWN,
        text=text,
        text_sha256=text.sha256,
        language="de",
        route=Route.TAP,
        given_at=now,
    )


def test_withdrawn_consent_offers_the_telephone(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    _withdraw(cast, now)
    page = _send(desk, cast).content.decode()
    assert "Einverständnis zu Video widerrufen" in page
    assert 'value="telephone 2026-03-05T09:30"' in page
    assert 'value="video ' not in page


def test_withdrawn_consent_never_offers_a_time_that_is_taken(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    _withdraw(cast, now)
    page = _send(desk, cast, day="2026-03-03", start="10:00").content.decode()
    assert "Einverständnis zu Video widerrufen" in page
    assert 'value="telephone 2026-03-03T10:00"' not in page
    assert 'value="telephone 2026-03-03T10:30"' in page


def test_explain_first_makes_a_call_task(desk: Browser, cast: Cast) -> None:
    answer = _send(desk, cast, agreed="explain")
    task = CallTask.objects.get()
    assert answer.headers["Location"] == reverse("call_task", args=["altona", task.public_id])
    assert Appointment.objects.count() == 2
    page = desk.get(answer.headers["Location"]).content.decode()
    assert "tel:01761234567" in page


def test_a_retired_topic_is_not_offered(desk: Browser, cast: Cast) -> None:
    topic = topic_of(cast.office)
    form = {"client": str(cast.person.public_id), "topic": str(topic.pk)}
    assert "Berufliche Ziele" in desk.get(reverse("appointment_new", args=["altona"]), form).content.decode()
    type(topic).objects.filter(pk=topic.pk).update(is_active=False)
    assert "Berufliche Ziele" not in desk.get(reverse("appointment_new", args=["altona"]), form).content.decode()
    answer = _send(desk, cast)
    assert (answer.status_code, "Bitte wählen Sie ein Thema" in said(answer)) == (422, True)
    # What has it already keeps it.
    page = reverse("appointment_page", args=["altona", cast.appointment.public_id])
    assert "Berufliche Ziele" in said(desk.get(page))


def test_search_finds_only_the_own_teams(desk: Browser, cast: Cast) -> None:
    address = reverse("client_search", args=[cast.office.slug])
    assert "Elif Kaya" in desk.get(address, {"q": "kay"}).content.decode()
    for other in ("Rahimi", "Petrenko"):
        assert other not in desk.get(address, {"q": other}).content.decode().replace(f'"{other}"', "")
    nothing_typed = desk.get(address, {"q": " "}).content.decode()
    assert "Zuletzt" in nothing_typed
    assert "Rahimi" not in nothing_typed


def test_search_works_without_script(desk: Browser, cast: Cast) -> None:
    page = desk.get(reverse("appointment_new", args=["altona"]), {"q": "kaya", "day": "2026-03-09"}).content.decode()
    assert f"?client={cast.person.public_id}&amp;day=2026-03-09" in page


def test_person_of_another_team_cannot_be_booked(desk: Browser, cast: Cast) -> None:
    for person in (cast.other_person, cast.foreign_person):
        assert _send(desk, cast, client=person.public_id).status_code == 404
    assert _send(desk, cast, client="1 OR 1=1").status_code == 404


def test_dock_says_what_will_be_booked(desk: Browser, cast: Cast) -> None:
    asked = {key: str(value) for key, value in _typed(cast).items()}
    answer = desk.get(reverse("appointment_new", args=["altona"]), asked, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert "Video am Donnerstag, 5. März, 09:30 bis 10:00 Uhr" in page
    assert "Zeiten frei" in page


def test_mode_in_the_address_brings_the_offices_length(desk: Browser, cast: Cast) -> None:
    asked = {"client": str(cast.person.public_id), "mode": "on_site"}
    page = desk.get(reverse("appointment_new", args=["altona"]), asked).content.decode()
    assert 'name="minutes" value="45" checked' in page


@pytest.mark.parametrize(
    ("wish", "topic", "filled"),
    [
        ("", None, None),
        ("telephone", None, "telephone"),
        ("telephone", "Unterlagen vorlegen", "telephone"),
        ("video", "Berufliche Ziele", "video"),
        ("video", "Unterlagen vorlegen", None),
    ],
)
def test_a_first_appointment_is_as_the_person_likes_it(
    desk: Browser, cast: Cast, wish: str, topic: str | None, filled: str | None
) -> None:
    if topic:
        cast.office.topics.exclude(name=topic).update(is_active=False)
    person = make_client(cast.office, preferred_mode=wish)
    form = desk.get(reverse("appointment_new", args=["altona"]), {"client": str(person.public_id)}).context["form"]
    assert form["mode"].value() == filled


def test_the_last_appointment_counts_for_more_than_the_wish(desk: Browser, cast: Cast) -> None:
    type(cast.person).objects.filter(pk=cast.person.pk).update(preferred_mode="telephone")
    form = desk.get(reverse("appointment_new", args=["altona"]), {"client": str(cast.person.public_id)}).context["form"]
    assert form["mode"].value() == "video"


def test_only_topic_of_an_office_is_chosen_already(cast: Cast, frozen: Any) -> None:
    browser, url = as_staff(Browser(), cast.owner), reverse("appointment_new", args=["altona"])
    person = make_client(cast.office)
    answers = [browser.get(url, {"client": str(person.public_id)})]
    cast.office.topics.exclude(name="Berufliche Ziele").update(is_active=False)
    answers.append(browser.get(url, {"client": str(person.public_id)}))
    chosen = [answer.context["form"]["topic"].value() for answer in answers]
    assert chosen == [None, str(cast.office.topics.get(name="Berufliche Ziele").pk)]
