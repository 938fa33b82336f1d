"""What goes wrong while people are there: servers that are down, tokens of an ended talk, double clicks."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import expect

from nahbar.audit.rules import SYSTEM
from nahbar.calls import sfu
from nahbar.calls.models import CallParticipation
from nahbar.calls.operations import end_call
from nahbar.calls.rules import EndReason, PlaceState
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.rules import BERLIN, CancelledBy
from nahbar.web.client.words import spoken_time
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.conftest import DESK
from tests.journeys.people import (
    MEDIA_WAIT,
    WAIT,
    Contexts,
    admitting_desk,
    elsewhere,
    expect_media,
    sign_in,
    waiting_phone,
)
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PROOF = "1704"


@pytest.fixture
def appointment(stack: Stack) -> Appointment:
    """A video appointment in ten minutes."""
    stack.mail.reset()
    start = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    office = make_office("westheide")
    return book(client=make_client(office), staff=make_staff(office), starts_at=start, now=timezone.now())


def test_a_reload_in_the_talk_comes_back_without_the_waiting_room(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    phone.reload()
    expect(phone.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    expect_media(phone)
    expect_media(desk)
    assert CallParticipation.objects.filter(participation__client=appointment.client).count() == 1


def test_a_media_server_that_was_down_while_waiting_is_met_again(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    stack.livekit.kill()
    phone.wait_for_timeout(3000)
    expect(phone.get_by_role("link", name=re.compile("040 66969"))).to_be_visible()
    stack.livekit.start()
    desk = admitting_desk(context, appointment)
    expect(phone.locator("#talk")).to_be_visible(timeout=60_000)
    expect_media(phone)
    expect_media(desk)


def test_an_ended_talk_lets_nobody_back_in(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    admitting_desk(context, appointment)
    expect_media(phone)
    finish = partial(end_call, appointment=appointment, reason=EndReason.FINISHED, by=SYSTEM, now=timezone.now())
    elsewhere(finish)
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    expect(phone.get_by_role("link", name=re.compile("040 66969")).first).to_be_visible()


def test_somebody_who_waits_is_told_of_a_cancellation(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    cancel = partial(cancel_appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=timezone.now())
    elsewhere(partial(cancel, appointment=appointment))
    expect(phone.get_by_text(re.compile("findet nicht statt|abgesagt")).first).to_be_visible(timeout=WAIT)


def test_somebody_who_waits_is_told_the_new_time(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    start = appointment.starts_at + dt.timedelta(days=7)
    move = partial(move_appointment, starts_at=start, minutes=30, by=SYSTEM, now=timezone.now())
    elsewhere(partial(move, appointment=appointment))
    expect(phone).to_have_url(re.compile(r"/termin$"), timeout=WAIT)
    day = date_format(start.astimezone(BERLIN), "j. F")
    # Day and month stand together: a no-break space is between them.
    expect(phone.get_by_text(re.compile(re.escape(day).replace(r"\ ", r"\s"))).first).to_be_visible()
    expect(phone.get_by_text("aufgelegt")).to_have_count(0)


def test_somebody_who_waits_goes_on_waiting_when_it_is_moved_a_little(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    start = appointment.starts_at + dt.timedelta(minutes=15)
    move = partial(move_appointment, starts_at=start, minutes=30, by=SYSTEM, now=timezone.now())
    elsewhere(partial(move, appointment=appointment))
    told = re.compile(re.escape(spoken_time(start)).replace(r"\ ", r"\s"))
    expect(phone.locator("#wait-text")).to_contain_text(told, timeout=WAIT)
    expect(phone.locator("#wait-headline")).to_contain_text("Sie sind da", timeout=WAIT)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    expect_media(desk)


def test_somebody_who_waits_is_told_of_the_telephone(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    switch = partial(switch_mode, mode=Mode.TELEPHONE, by=SYSTEM, now=timezone.now())
    elsewhere(partial(switch, appointment=appointment))
    expect(phone.get_by_role("heading", name=re.compile("ruft Sie"))).to_be_visible(timeout=WAIT)
    expect(phone.get_by_text("aufgelegt")).to_have_count(0)


def test_a_place_given_up_while_the_phone_slept_is_taken_again_by_itself(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    place = CallParticipation.objects.get(participation__client=appointment.client)
    # What the clock does with somebody who was away too long.
    CallParticipation.objects.filter(pk=place.pk).update(state=PlaceState.LEFT)
    elsewhere(partial(sfu.remove, room=place.call.room_name, identity=place.identity))
    back = CallParticipation.objects.filter(pk=place.pk, state=PlaceState.WAITING).exclude(identity=place.identity)
    for _second in range(15):
        phone.wait_for_timeout(1000)
        if back.exists():
            break
    assert back.exists()
    expect(phone.locator("#p-door")).to_be_hidden()
    expect(phone.locator("#wait-headline")).to_contain_text("Sie sind da", timeout=WAIT)
    admitting_desk(context, appointment)
    expect_media(phone)


def test_a_reload_of_the_desk_admits_nobody(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    expect(desk).to_have_url(re.compile(r"/gespraech/$"))
    phone.locator("#btn-leave").click()
    phone.locator("#leave-yes").click()
    expect(phone).to_have_url(re.compile(r"/ende$"), timeout=WAIT)
    other = waiting_phone(context, appointment)
    desk.reload()
    expect(desk.locator("#btn-admit")).to_be_visible(timeout=MEDIA_WAIT)
    expect(other.locator("#wait-headline")).to_contain_text("weiß Bescheid", timeout=WAIT)
    assert CallParticipation.objects.get(participation__client=appointment.client).state == PlaceState.WAITING


def test_an_ejected_phone_is_told_and_the_desk_stays(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    expect_media(desk)
    room = desk.evaluate("window.nahbar.room().name")
    desk.locator("#btn-leave").click()
    desk.locator("#eject-yes").click()
    expect(phone.locator("#p-door")).to_be_visible(timeout=WAIT)
    expect(phone.locator("#door-title")).to_have_text(re.compile("Das Video ist für Sie beendet"))
    expect(desk.locator("#face-text")).to_contain_text("nicht mehr im Gespräch")
    another = "before => window.nahbar.room()?.state === 'connected' && window.nahbar.room().name !== before"
    desk.wait_for_function(another, arg=room, timeout=MEDIA_WAIT)
    expect(desk).to_have_url(re.compile(r"/gespraech/$"))


def test_the_next_person_is_told_on_the_talk_page_beside_the_controls(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    JobCenter.objects.update(waiting_room_opens_minutes=60)
    client = make_client(appointment.jobcenter, first_name="Amir", last_name="Rahimi")
    start = appointment.ends_at + dt.timedelta(minutes=5)
    next_one = partial(book, client=client, staff=appointment.counsellor, starts_at=start, now=timezone.now())
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next_one).result(20)
    phone.close()
    waiting_phone(context, following)
    notice = desk.locator("#waiting")
    expect(notice).to_contain_text("Amir Rahimi wartet", timeout=WAIT)
    expect(notice).not_to_contain_text(appointment.client.full_name)
    desk.locator("#btn-leave").click(trial=True)
    desk.locator("#btn-microphone").click(trial=True)
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.locator("#btn-leave").click(trial=True)
    desk.locator("#btn-microphone").click(trial=True)


def test_the_notice_of_who_waits_covers_no_button(stack: Stack, context: Contexts, appointment: Appointment) -> None:
    waiting_phone(context, appointment)
    someone = make_client(appointment.jobcenter, last_name="Rahimi")
    desk = context(**DESK).new_page()
    sign_in(desk, appointment.counsellor.email)
    desk.goto(f"/b/westheide/termine/neu/?client={someone.public_id}")
    notice, book_it = desk.locator("#waiting"), desk.get_by_role("button", name="Termin buchen")
    expect(notice).to_be_visible(timeout=WAIT)
    book_it.click(trial=True)
    desk.set_viewport_size({"width": 360, "height": 640})
    book_it.click(trial=True)
    box = notice.bounding_box()
    assert box is not None
    assert box["height"] <= 640 * 0.4


def test_a_double_click_books_once_and_no_free_channel_offers_two_equal_ways(stack: Stack, context: Contexts) -> None:
    office = make_office("westheide", channels=1)
    start = (timezone.now() + dt.timedelta(days=3)).astimezone(BERLIN).replace(hour=10, minute=0, second=0)
    if start.weekday() > 4:
        start += dt.timedelta(days=2)
    staff, client = make_staff(office), make_client(office, last_name="Kaya")
    other = book(client=make_client(office), staff=make_staff(office), starts_at=start, now=timezone.now())
    desk = context(**DESK).new_page()
    sign_in(desk, staff.email)
    desk.goto(f"/b/westheide/termine/neu/?client={client.public_id}")
    desk.get_by_label("Thema").select_option(label="Berufliche Ziele")
    desk.locator("label.tile", has_text="Video").click()
    desk.get_by_label("Tag").fill(f"{start:%Y-%m-%d}")
    desk.get_by_label("Beginn").fill(f"{start:%H:%M}")
    desk.get_by_role("button", name="Am Telefon").click()
    expect(desk.get_by_text(re.compile("kein Videokanal frei|kein Kanal frei")).first).to_be_visible()
    assert Appointment.objects.get() == other

    video, telephone = desk.locator(".pair .opt").nth(0), desk.locator(".pair .opt").nth(1)
    expect(video).to_contain_text("Video")
    expect(telephone).to_contain_text("Telefon")
    first, second = video.bounding_box(), telephone.bounding_box()
    assert first is not None
    assert second is not None
    assert abs(first["width"] - second["width"]) <= 1
    video.locator("button").first.dblclick()
    expect(desk).to_have_url(re.compile(r"/termine/[0-9a-f-]{36}/"), timeout=WAIT)
    assert Appointment.objects.exclude(pk=other.pk).count() == 1


def test_a_wrong_person_is_put_out_and_the_counsellor_stays(
    stack: Stack, context: Contexts, appointment: Appointment
) -> None:
    phone = waiting_phone(context, appointment)
    desk = admitting_desk(context, appointment)
    expect_media(phone)
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Falsche Person: hinaussetzen").click()
    expect(phone.get_by_text(re.compile("Das Video ist (für Sie )?beendet")).first).to_be_visible(timeout=WAIT)
    expect(desk.get_by_text("ist nicht mehr im Gespräch").first).to_be_visible(timeout=WAIT)
    desk.wait_for_timeout(4000)
    expect(desk).to_have_url(re.compile("/gespraech/"))
    assert CallParticipation.objects.get(participation__client=appointment.client).state == "removed"
