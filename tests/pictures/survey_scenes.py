"""The survey: offered, asked, answered, and where it is over."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page

from nahbar.surveys.asking import link_of
from nahbar.surveys.tickets import ticket_of_staff
from tests.pictures.cases import Case, a_case, enter, video
from tests.pictures.stage import Stage
from tests.surveys.talks import talk


def _asked(stage: Stage, case: Case) -> Page:
    page = _landed(stage, case)
    with page.expect_navigation():
        page.locator("#landing button:enabled").click()
    return page


def _landed(stage: Stage, case: Case) -> Page:
    address = link_of(case.appointment, language=stage.camera.language)
    page = stage.phone(address.removeprefix(settings.NAHBAR_BASE_URL))
    page.locator("#landing button:enabled").wait_for()
    return page


def _send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("button[value=send]").click()


def offered(stage: Stage) -> None:
    case = video(-40)
    talk(case.appointment)
    stage.take(stage.phone(f"{case.home}/ende", cookie=enter(case).cookie))


def survey(stage: Stage) -> None:
    case = a_case(-60)
    stage.take(_landed(stage, case), "landing")
    page = _asked(stage, case)
    stage.take(page, "asked")
    _send(page)
    stage.take(page, "empty")
    for name in ("acceptance", "ease", "again"):
        page.locator(f"input[name={name}]").nth(1).check(force=True)
    page.locator("input[name=ease]").nth(1).focus()
    stage.take(page, "chosen")
    _send(page)
    stage.take(page, "thanks")
    stage.take(_asked(stage, case), "there")
    page = _asked(stage, a_case(-60))
    with page.expect_navigation():
        page.locator("button[value=leave]").click()
    stage.take(page, "left")
    page = _landed(stage, a_case(-60))
    page.evaluate("document.querySelector('[name=secret]').value = 'x'")
    with page.expect_navigation():
        page.locator("#landing button").click()
    stage.take(page, "over")
    stage.take(stage.phone("/meinung/"), "cut")


def of_staff(stage: Stage) -> None:
    case = a_case(60)
    ticket = ticket_of_staff(staff=case.staff.pk, office=case.office.pk, day=timezone.localdate(timezone.now()))
    stage.take(stage.desk(f"/b/{case.office.slug}/heute/", staff=case.staff), "card")
    page = stage.phone(f"/meinung/#{ticket}")
    with page.expect_navigation():
        page.locator("#landing button:enabled").click()
    stage.take(page, "asked")
