"""The tablet beside the counsellor's PC: its own pages, and what the PC shows of it."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.journeys.people import MEDIA_WAIT
from tests.pictures.call_scenes import talking
from tests.pictures.cases import video
from tests.pictures.stage import Stage


def _code(desk: Page) -> str:
    """Has the PC show a code, and reads it."""
    desk.locator("#btn-tablet").click()
    desk.locator("#tablet-code svg").wait_for()
    address, secret = desk.locator("#tablet-code b").all_text_contents()
    return f"{address[address.index('/g/') :]}#{secret.replace(' ', '')}"


def _use(tablet: Page) -> None:
    tablet.locator("form[data-tablet] button").click()
    tablet.locator("#other:not([hidden])").wait_for(timeout=MEDIA_WAIT)
    tablet.wait_for_function("() => document.getElementById('other').videoWidth > 0")
    tablet.wait_for_timeout(1500)


def room(stage: Stage) -> None:
    """The PC: the code, picture and sound on the tablet, and back."""
    talking(stage, video(-5))
    desk = stage.opened[0].pages[0]
    code = _code(desk)
    stage.take(desk, "1-code")
    tablet = stage.phone(code)
    _use(tablet)
    desk.locator("#handed:not([hidden])").wait_for()
    stage.take(desk, "2-on-the-tablet")
    tablet.locator("#btn-back").click()
    desk.locator("#handed").wait_for(state="hidden")
    desk.locator("#btn-tablet").click()
    stage.take(desk, "3-connected")


def tablet(stage: Stage) -> None:
    """The tablet: the code was used, the talk, what is written, and a rest."""
    talking(stage, video(-5))
    desk = stage.opened[0].pages[0]
    code = _code(desk)
    page = stage.phone(code)
    stage.take(page, "1-landing")
    _use(page)
    stage.take(page, "2-talk")
    page.locator("#btn-text").click()
    page.locator("#text:not([hidden])").wait_for()
    stage.take(page, "3-text")
    page.locator("#text-close").click()
    page.locator("#btn-back").click()
    page.locator("#handed:not([hidden])").wait_for()
    page.wait_for_timeout(4000)
    stage.take(page, "4-rest")
    desk.locator("#btn-tablet").click()
    desk.locator("#tablet-drop").click()
    page.locator("#ended:not([hidden])").wait_for()
    stage.take(page, "5-out")
    typed = stage.phone(code.partition("#")[0])
    stage.take(typed, "6-typed")
    typed.locator("#secret").fill(code.partition("#")[2])
    typed.locator("form[data-tablet] button").click()
    typed.locator("h1").wait_for()
    stage.take(typed, "7-used")
