"""The pages of a link, up to the call document."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone
from playwright.sync_api import Page

from nahbar.calls.operations import admit, eject, end_call, enter_waiting_room, join_as_counsellor, leave
from nahbar.calls.rules import EndReason
from nahbar.consent.operations import withdraw_consent
from nahbar.consent.rules import Purpose
from nahbar.invitations.operations import client_actor, reissue
from nahbar.jobcenters.rules import Mode, Proof
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from tests.pictures.cases import (
    Case,
    a_case,
    a_client,
    a_counsellor,
    agree,
    an_office,
    apart,
    by_telephone,
    enter,
    video,
)
from tests.pictures.stage import Stage

IN_APP = (
    "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/140.0.0.0 Mobile Safari/537.36 Instagram 300.0.0.29.110 Android"
)


def landing(stage: Stage) -> None:
    case = a_case()
    page = stage.phone(case.link)
    page.locator("#landing button[type=submit]:enabled").wait_for()
    stage.take(page, "ok")
    stage.take(stage.phone(case.home), "cut")
    stage.take(stage.phone(case.home, cookie=enter(case).cookie), "cut-known")
    stage.take(stage.phone(f"/t/{uuid.uuid4()}"), "unknown")
    stage.take(stage.phone(case.link, user_agent=IN_APP), "in-app")


def _follow(stage: Stage, link: str) -> Page:
    page = stage.phone(link)
    with page.expect_navigation():
        page.locator("#landing button[type=submit]:enabled").click()
    return page


def closed(stage: Stage) -> None:
    now = timezone.now()
    over = a_case(-9 * 60)
    stage.take(_follow(stage, over.link), "over")
    off = a_case(60)
    cancel_appointment(appointment=off.appointment, cancelled_by=CancelledBy.OFFICE, by=off.desk.actor, now=now)
    stage.take(_follow(stage, off.link), "cancelled")
    again = a_case(60)
    old = again.link
    reissue(invitation=again.invitation, appointment=again.appointment, by=again.desk.actor, now=now)
    stage.take(_follow(stage, old), "reissued")
    stage.take(_follow(stage, f"{a_case().link}x"), "wrong")
    stage.take(stage.phone(f"{again.home}/termin"), "no-device")


def proof(stage: Stage) -> None:
    case = a_case(24 * 60 * 4)
    cookie = enter(case, proven=False).cookie
    page = stage.phone(f"{case.home}/nachweis", cookie=cookie)
    stage.take(page)
    for digits, state in (("1", "shape"), ("0101", "wrong")):
        page.locator("#digits").fill(digits)
        with page.expect_navigation():
            page.locator("#digits").press("Enter")
        stage.take(page, state)
    locked = a_case()
    stage.take(stage.phone(f"{locked.home}/nachweis", cookie=enter(locked, proven=False, wrong=6).cookie), "locked")
    other = a_case(office=an_office(proof=Proof.NUMBER))
    page = stage.phone(f"{other.home}/nachweis", cookie=enter(other, proven=False).cookie)
    stage.take(page, "number")
    page.locator("#digits").fill("1")
    with page.expect_navigation():
        page.locator("#digits").press("Enter")
    stage.take(page, "number-shape")


def _inside(stage: Stage, case: Case, part: str = "/termin") -> Page:
    return stage.phone(case.home + part, cookie=enter(case).cookie)


def appointment(stage: Stage) -> None:
    page = _inside(stage, a_case())
    stage.take(page, "video")
    page.locator("label.tile").first.click()
    stage.take(page, "chosen")
    page = _inside(stage, a_case())
    page.evaluate("document.getElementById('art').noValidate = true")
    with page.expect_navigation():
        page.evaluate("document.getElementById('art').requestSubmit()")
    stage.take(page, "nothing-chosen")
    page = _inside(stage, video())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    stage.take(page, "agreed")
    stage.take(_inside(stage, by_telephone(24 * 60)), "telephone")
    stage.take(_inside(stage, a_case(24 * 60 * 5, mode=Mode.ON_SITE, minutes=45, agreed_by=None)), "on-site")


def no_channel(stage: Stage) -> None:
    office = an_office(channels=1)
    a_case(60, office=office, staff=a_counsellor(office), client=a_client(office, 1))
    page = _inside(stage, by_telephone(60, office=office))
    page.locator("label.tile").first.click()
    with page.expect_navigation():
        page.evaluate("document.getElementById('art').requestSubmit()")
    stage.take(page)


def consent(stage: Stage) -> None:
    page = _inside(stage, a_case(), "/einverstaendnis")
    stage.take(page)
    page.locator("details summary").click()
    stage.take(page, "text")
    with page.expect_navigation():
        page.locator("[name=answer][value=telephone]").click()
    stage.take(page, "telephone-chosen")
    page = _inside(stage, a_case(), "/einverstaendnis")
    with page.expect_navigation():
        page.locator("[name=answer][value=on_site]").click()
    stage.take(page, "on-site-chosen")


def withdrawn(stage: Stage) -> None:
    case = video()
    page = _inside(stage, case)
    page.locator("details summary").click()
    with page.expect_navigation():
        page.locator("form[action$=widerruf] button").click()
    stage.take(page)


def withdrawn_asks_again(stage: Stage) -> None:
    """Somebody who withdrew wants video after all."""
    case = video()
    now = timezone.now()
    withdraw_consent(client=case.client, purpose=Purpose.VIDEO_COUNSELLING, by=client_actor(case.invitation), now=now)
    stage.take(_inside(stage, case, "/einverstaendnis"))


def privacy(stage: Stage) -> None:
    stage.take(stage.phone("/datenschutz"), "installation")
    stage.take(_inside(stage, video(), "/datenschutz"), "office")


def languages(stage: Stage) -> None:
    stage.take(stage.phone(f"/sprache?next={a_case().home}"))


def end(stage: Stage) -> None:
    done = _ended(video(-25))
    a_case(24 * 60 * 28, office=done.office, staff=done.staff, client=done.client)
    stage.take(_inside(stage, done, "/ende"), "done")
    stage.take(_inside(stage, _ended(video(-25)), "/ende"), "done-alone")
    left = video()
    entered = enter(left)
    apart(enter_waiting_room, visit=entered.visit, now=timezone.now())
    apart(leave, visit=entered.visit, now=timezone.now())
    stage.take(stage.phone(f"{left.home}/ende", cookie=entered.cookie), "left")
    removed = video()
    entered = enter(removed)
    apart(enter_waiting_room, visit=entered.visit, now=timezone.now())
    apart(eject, desk=removed.desk, appointment=removed.appointment, now=timezone.now())
    stage.take(stage.phone(f"{removed.home}/ende", cookie=entered.cookie), "removed")


def _ended(case: Case) -> Case:
    agree(case)
    began = timezone.now() - dt.timedelta(minutes=24)
    apart(enter_waiting_room, visit=enter(case).visit, now=began)
    apart(join_as_counsellor, desk=case.desk, appointment=case.appointment, now=began)
    apart(admit, desk=case.desk, appointment=case.appointment, now=began)
    apart(end_call, appointment=case.appointment, reason=EndReason.FINISHED, by=case.desk.actor, now=timezone.now())
    return case
