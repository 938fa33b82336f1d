"""The pages of those who work at the office."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from nahbar.audit.rules import SYSTEM
from nahbar.calls.models import CallParticipation
from nahbar.calls.operations import admit, end_call, enter_waiting_room, join_as_counsellor
from nahbar.calls.rules import EndReason, PlaceState
from nahbar.invitations.models import Device
from nahbar.jobcenters.models import LocalHoliday
from nahbar.jobcenters.rules import Mode
from nahbar.onboarding import demo_cast as cast
from nahbar.onboarding.demo_data import load
from nahbar.outbox.rules import State
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.models import CallTask
from nahbar.scheduling.operations import cancel_appointment, move_appointment
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.rules import BERLIN, CancelledBy, NotHeldReason
from tests.factories import PASSWORD, book, make_wish, topic_of
from tests.pictures.cases import (
    Case,
    a_case,
    a_client,
    a_counsellor,
    an_office,
    apart,
    by_telephone,
    clock,
    enter,
    video,
)
from tests.pictures.stage import Stage


@cache
def demo() -> dict[str, Any]:
    """The whole demo, loaded once; its doors."""
    return load(now=timezone.now())


def login(stage: Stage) -> None:
    page = stage.desk("/anmelden/")
    stage.take(page)
    page.locator("form [type=email]").fill("sabine.petersen@westheide.example")
    page.locator("form [type=password]").fill(PASSWORD[::-1])
    page.locator("form [type=password]").press("Enter")
    page.locator(".fld__error, .errors, [role=alert]").first.wait_for()
    stage.take(page, "wrong")


def logout(stage: Stage) -> None:
    stage.take(stage.desk("/abmelden/", staff=a_counsellor(an_office())))


def inactive(stage: Stage) -> None:
    stage.take(stage.desk("/anmelden/gesperrt/"))


def no_office(stage: Stage) -> None:
    email = f"neu{timezone.now().timestamp()}@westheide.example"
    stage.take(stage.desk("/", staff=StaffMember.objects.create_user(email, first_name="Nora", last_name="Neu")))


def missing(stage: Stage) -> None:
    stage.take(stage.desk("/gibt-es-nicht"))


def csrf(stage: Stage) -> None:
    page = stage.desk("/anmelden/")
    page.evaluate("document.querySelector('[name=csrfmiddlewaretoken]').remove()")
    page.locator("form [type=email]").fill("sabine.petersen@westheide.example")
    page.locator("form [type=password]").fill(PASSWORD)
    page.locator("form [type=password]").press("Enter")
    page.wait_for_load_state()
    stage.take(page)


def day(stage: Stage) -> None:
    demo()
    staff = StaffMember.objects.get(email=cast.COUNSELLOR.email)
    stage.take(stage.desk("/b/westheide/heute/", staff=staff))
    tomorrow = timezone.now().astimezone(BERLIN).date() + dt.timedelta(days=1)
    stage.take(stage.desk(f"/b/westheide/heute/?tag={tomorrow}", staff=staff), "tomorrow")


def day_empty(stage: Stage) -> None:
    office = an_office()
    stage.take(stage.desk(f"/b/{office.slug}/heute/", staff=a_counsellor(office)))


def day_busy(stage: Stage) -> None:
    """Somebody waits, outcomes are open, somebody is to be phoned."""
    case = _busy()
    stage.take(stage.desk(f"/b/{case.office.slug}/heute/", staff=case.staff))


def _busy() -> Case:
    case = video(5)
    office, staff = case.office, case.staff
    entered = enter(case, checked=True)
    now = timezone.now()

    def other(which: int, starts_in: float, **changes: Any) -> Case:
        return a_case(starts_in, office=office, staff=staff, client=a_client(office, which), **changes)

    held = other(1, -240)
    mark_held(appointment=held.appointment, by=held.desk.actor, now=now)
    missed = other(2, -180, mode=Mode.ON_SITE, agreed_by=None)
    mark_not_held(appointment=missed.appointment, reason=NotHeldReason.NOT_REACHED, by=missed.desk.actor, now=now)
    other(3, -120)
    other(4, -60, mode=Mode.TELEPHONE, minutes=20, agreed_by=None)
    other(5, 50, mode=Mode.TELEPHONE, minutes=20, agreed_by=None)
    other(6, 120)
    off = other(7, 170)
    cancel_appointment(appointment=off.appointment, cancelled_by=CancelledBy.CLIENT, by=off.desk.actor, now=now)
    _call_task(case)
    apart(enter_waiting_room, visit=entered.visit, now=now - dt.timedelta(minutes=3))
    return case


def _call_task(case: Case) -> CallTask:
    client = Client.objects.filter(jobcenter=case.office).exclude(pk=case.client.pk).first() or a_client(case.office, 1)
    wish = make_wish(client=client, staff=case.staff, starts_at=clock(24 * 60), agreed_by=None)
    return make_call_task(desk=case.desk, wish=wish, now=timezone.now())


def overview(stage: Stage) -> None:
    demo()
    for role, sketch in (("guide", cast.GUIDE), ("lead", cast.TEAM_LEAD)):
        staff = StaffMember.objects.get(email=sketch.email)
        stage.take(stage.desk("/b/westheide/uebersicht/", staff=staff), role)


def outbox(stage: Stage) -> None:
    demo()
    page = stage.desk("/demo/postausgang/")
    page.wait_for_load_state("networkidle")
    stage.take(page)
    page.goto("/demo/postausgang/?ansicht=text")
    stage.take(page, "text")


def toast(stage: Stage) -> None:
    case = _busy()
    page = stage.desk(f"/b/{case.office.slug}/termine/neu/", staff=case.staff)
    page.locator("#waiting [data-arrival]").wait_for()
    stage.take(page)


# --- booking -------------------------------------------------------------------------------------


def find(stage: Stage) -> None:
    office = an_office()
    for which in range(3):
        a_client(office, which)
    page = stage.desk(f"/b/{office.slug}/termine/neu/", staff=a_counsellor(office))
    stage.take(page)
    page.locator("#q").press_sequentially("a")
    page.locator("#found a").first.wait_for()
    stage.take(page, "found")
    page.locator("#q").fill("Zyx")
    page.locator("#found p").wait_for()
    stage.take(page, "nobody")


def _form(stage: Stage, case: Case, **values: object) -> Any:
    start = clock(26 * 60).astimezone(BERLIN)
    chosen = {"client": case.client.public_id, "topic": topic_of(case.office).pk, "mode": "video", "minutes": 30}
    chosen |= {"day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", "agreed": "phone", **values}
    query = urlencode({name: value for name, value in chosen.items() if value != ""})
    return stage.desk(f"/b/{case.office.slug}/termine/neu/?{query}", staff=case.staff)


def _send(page: Any) -> None:
    with page.expect_navigation():
        page.evaluate("document.querySelector('form.book').requestSubmit()")


def booking(stage: Stage) -> None:
    case = by_telephone()
    nothing = {"topic": "", "mode": "", "minutes": "", "day": "", "start": "", "agreed": ""}
    page = _form(stage, case, **nothing, client=a_client(case.office, 1).public_id)
    stage.take(page, "empty")
    _send(page)
    stage.take(page, "errors")
    stage.take(_form(stage, case, **nothing), "as-last-time")
    stage.take(_form(stage, case, agreed=""), "agree")
    stage.take(_form(stage, case), "filled")
    stage.take(_form(stage, case, agreed="explain"), "explain")
    week = dt.timedelta(weeks=1)
    LocalHoliday.objects.create(jobcenter=case.office, day=timezone.localdate(clock(26 * 60) + week), name="Inventur")
    apart(_in_the_way, case=case, starts_at=clock(26 * 60) + 2 * week)
    stage.take(_form(stage, case, agreed="", weeks=1, count=5), "series")


def _in_the_way(*, case: Case, starts_at: dt.datetime) -> None:
    values = {"mode": Mode.TELEPHONE, "agreed_by": None}
    book(client=a_client(case.office, 3), staff=case.staff, starts_at=starts_at, now=timezone.now(), **values)


def booking_full(stage: Stage) -> None:
    """No channel is left at that time."""
    office = an_office(channels=1)
    colleague, other = a_counsellor(office), a_client(office, 1)
    a_case(26 * 60, office=office, staff=colleague, client=other)
    page = _form(stage, by_telephone(office=office))
    _send(page)
    stage.take(page)


def booking_busy(stage: Stage) -> None:
    """The counsellor has an appointment at that time."""
    case = a_case(26 * 60)
    page = _form(stage, Case(case.office, case.staff, a_client(case.office, 1), case.appointment))
    _send(page)
    stage.take(page)


# --- one appointment -----------------------------------------------------------------------------


def _of(stage: Stage, case: Case, state: str, part: str = "") -> None:
    stage.take(stage.desk(case.page + part, staff=case.staff), state)


def appointment(stage: Stage) -> None:
    stage.settle_mail()
    invited = a_case(26 * 60)
    stage.settle_mail(last=State.SENT)
    _of(stage, invited, "invited")
    stage.stack.mail.answer_recipient("550 5.1.1 no such user")
    failed = a_case(27 * 60)
    stage.settle_mail(last=State.FAILED)
    _of(stage, failed, "mail-failed")
    stage.stack.mail.vanish_after_data()
    uncertain = a_case(28 * 60)
    stage.settle_mail(last=State.UNCERTAIN)
    _of(stage, uncertain, "mail-uncertain")


def appointment_states(stage: Stage) -> None:
    now = timezone.now()
    locked = a_case(25 * 60)
    enter(locked, proven=False, wrong=6)
    _of(stage, locked, "locked")
    no_mail = an_office()
    _of(stage, a_case(25 * 60, office=no_mail, client=a_client(no_mail, email="")), "no-mail")
    waiting = video(5)
    apart(enter_waiting_room, visit=enter(waiting, checked=True).visit, now=now)
    _of(stage, waiting, "waiting")
    _of(stage, video(-60), "outcome-open")
    talked = video(-35)
    _talk(talked, minutes=21)
    _of(stage, talked, "after-talk")
    held = video(-60)
    mark_held(appointment=held.appointment, by=held.desk.actor, now=now)
    _of(stage, held, "held")
    cancelled = a_case(25 * 60)
    cancel_appointment(
        appointment=cancelled.appointment, cancelled_by=CancelledBy.CLIENT, by=cancelled.desk.actor, now=now
    )
    _of(stage, cancelled, "cancelled")
    _of(stage, by_telephone(25 * 60), "telephone")


def _talk(case: Case, *, minutes: int) -> None:
    """A talk that has been."""
    began = timezone.now() - dt.timedelta(minutes=minutes + 2)
    apart(enter_waiting_room, visit=enter(case, checked=True).visit, now=began)
    apart(join_as_counsellor, desk=case.desk, appointment=case.appointment, now=began)
    apart(admit, desk=case.desk, appointment=case.appointment, now=began)
    over = began + dt.timedelta(minutes=minutes)
    apart(end_call, appointment=case.appointment, reason=EndReason.FINISHED, by=case.desk.actor, now=over)


def move(stage: Stage) -> None:
    case = a_case(25 * 60)
    _of(stage, case, "form", "verschieben/")
    page = stage.desk(f"{case.page}verschieben/", staff=case.staff)
    page.locator("[name=start]").fill("")
    page.evaluate("document.querySelector('main form:has([name=start])').noValidate = true")
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form:has([name=start])').requestSubmit()")
    stage.take(page, "errors")
    page = stage.desk(f"{case.page}verschieben/", staff=case.staff)
    # Somebody of the team was quicker.
    later = case.appointment.starts_at + dt.timedelta(days=4)
    move_appointment(appointment=case.appointment, starts_at=later, minutes=30, by=SYSTEM, now=timezone.now())
    page.locator("[name=start]").fill("11:00")
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form:has([name=start])').requestSubmit()")
    stage.take(page, "stale")
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form:has([name=start])').requestSubmit()")
    stage.take(page, "done")


def cancel(stage: Stage) -> None:
    case = a_case(25 * 60)
    _of(stage, case, "form", "absagen/")
    late = a_case(60)
    _of(stage, late, "late", "absagen/")


def call_task(stage: Stage) -> None:
    case = a_case(25 * 60)
    task = _call_task(case)
    stage.take(stage.desk(f"/b/{case.office.slug}/anrufe/{task.public_id}/", staff=case.staff))


# --- the counsellor's talk before the client is there --------------------------------------------


def room(stage: Stage) -> None:
    case = video(5)
    page = stage.desk(f"{case.page}gespraech/", staff=case.staff)
    page.locator("#face-text:not(:empty)").wait_for()
    page.locator("#own-video:not([hidden])").wait_for()
    stage.take(page, "nobody")
    apart(enter_waiting_room, visit=enter(case, checked=True).visit, now=timezone.now())
    page.locator("#door:not([hidden])").wait_for()
    stage.take(page, "waiting")
    page.locator("#btn-leave").click()
    stage.take(page, "leave")
    page.keyboard.press("Escape")
    apart(admit, desk=case.desk, appointment=case.appointment, now=timezone.now())
    place = CallParticipation.objects.filter(device__in=Device.objects.filter(invitation=case.invitation))
    place.update(state=PlaceState.OUT, gone_at=timezone.now())
    page.locator("#door[hidden]").wait_for(state="attached")
    page.wait_for_timeout(500)
    stage.take(page, "client-out")


def room_no_camera(stage: Stage) -> None:
    case = video(5)
    page = stage.desk(f"{case.page}gespraech/", staff=case.staff, devices=False)
    page.locator("#device-note:not([hidden])").wait_for()
    stage.take(page)
