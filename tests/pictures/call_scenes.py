"""The client's call document, from the device check to the talk, and the counsellor's side of the talk."""

from __future__ import annotations

import datetime as dt
import json

from django.utils import timezone
from playwright.sync_api import Page

from nahbar.calls.models import CallParticipation
from nahbar.calls.operations import admit, enter_waiting_room, join_as_counsellor, notice_waiting
from nahbar.calls.rules import PlaceState
from nahbar.scheduling.rules import ParticipationRole
from tests.pictures.cases import Case, a_case, a_client, apart, enter, video
from tests.pictures.client_scenes import IN_APP
from tests.pictures.stage import Stage

MEDIA_WAIT = 30_000


def _document(stage: Stage, case: Case, *, checked: bool = False, asked: bool = False, **options: object) -> Page:
    cookie = enter(case, checked=checked).cookie
    page = stage.phone(f"{case.home}/gespraech", cookie=cookie, **options)  # type: ignore[arg-type]
    # The rest of the document has arrived and its script has begun.
    page.locator("#talk").wait_for(state="attached")
    page.wait_for_function("() => window.nahbar !== undefined")
    page.wait_for_timeout(200)
    if not asked and page.locator("#p-net").is_visible():
        page.locator("#alt").click()
        _see(page, "p-microphone")
    return page


def _see(page: Page, panel: str) -> None:
    page.locator(f"#{panel}:not([hidden])").wait_for(timeout=MEDIA_WAIT)


def check(stage: Stage) -> None:
    page = _document(stage, video(), asked=True)
    go, alternative = page.locator("#go"), page.locator("#alt")
    stage.take(page, "0-net")
    alternative.click()
    _see(page, "p-microphone")
    stage.take(page, "1-microphone")
    go.click()
    _see(page, "p-meter")
    stage.take(page, "2-listening")
    page.locator("#meter-ok:not([hidden])").wait_for()
    stage.take(page, "3-heard")
    go.click()
    _see(page, "p-camera")
    stage.take(page, "4-camera")
    go.click()
    _see(page, "p-preview")
    page.wait_for_function("() => document.getElementById('preview').videoWidth > 0")
    stage.take(page, "5-preview")
    go.click()
    _see(page, "p-sound")
    stage.take(page, "6-sound")
    go.click()
    _see(page, "p-heard")
    stage.take(page, "7-heard")
    alternative.click()
    _see(page, "p-unheard")
    stage.take(page, "8-unheard")


def prepared(stage: Stage) -> None:
    stage.take(_document(stage, video(), checked=True))


def connecting(stage: Stage) -> None:
    """The line is being tried, and does not come."""
    page = _document(stage, video(), checked=True)
    page.context.route("**/gespraech/ankunft", lambda _route: None)
    page.locator("#go").click()
    _see(page, "p-connection")
    stage.take(page, "trying")
    page = _document(stage, video(), checked=True)
    page.context.route("**/gespraech/ankunft", lambda route: route.fulfill(status=503, json={"reason": "media"}))
    page.locator("#go").click()
    _see(page, "p-trouble")
    stage.take(page, "unreachable")


REFUSALS = {
    "dismissed": ("NotAllowedError", "Permission dismissed"),
    "system": ("NotAllowedError", "Permission denied by system"),
    "missing": ("NotFoundError", "Requested device not found"),
    "in-use": ("NotReadableError", "Could not start audio source"),
    "unknown": ("UnknownError", ""),
}


def _refusing(kind: str, name: str, words: str) -> str:
    error = f"new DOMException({json.dumps(words)}, {json.dumps(name)})"
    return (
        "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = (wanted) =>"
        f" wanted.{kind} ? Promise.reject({error}) : open(wanted);"
    )


def no_microphone(stage: Stage) -> None:
    """Every way in which a microphone does not come."""
    page = _document(stage, video(), devices=False)
    page.locator("#go").click()
    _see(page, "p-trouble")
    stage.take(page, "refused")
    for state, (name, words) in REFUSALS.items():
        page = _document(stage, video(), script=_refusing("audio", name, words))
        page.locator("#go").click()
        _see(page, "p-trouble")
        stage.take(page, state)


def no_camera(stage: Stage) -> None:
    page = _document(stage, video(), script=_refusing("video", "NotFoundError", "Requested device not found"))
    page.locator("#go").click()
    _see(page, "p-meter")
    page.locator("#go").click()
    _see(page, "p-camera")
    page.locator("#go").click()
    _see(page, "p-trouble")
    stage.take(page)


def in_app(stage: Stage) -> None:
    page = _document(stage, video(), devices=False, user_agent=IN_APP)
    page.locator("#go").click()
    _see(page, "p-trouble")
    stage.take(page)


def too_old(stage: Stage) -> None:
    page = _document(stage, video(), script="delete RTCRtpSender.prototype.replaceTrack;")
    _see(page, "p-trouble")
    stage.take(page)


def _waiting(stage: Stage, case: Case) -> Page:
    page = _document(stage, case, checked=True)
    page.locator("#go").click()
    _see(page, "p-wait")
    page.wait_for_function("() => document.getElementById('wait-own').videoWidth > 0")
    return page


def _told(page: Page) -> None:
    """The server's next answer stands on the page."""
    with page.expect_response(lambda response: response.url.endswith("/stand")):
        pass
    page.wait_for_timeout(200)


def waiting(stage: Stage) -> None:
    case = video(25)
    page = _waiting(stage, case)
    _told(page)
    stage.take(page, "1-arrived")
    notice_waiting(appointment=case.appointment, now=timezone.now())
    _told(page)
    stage.take(page, "2-noticed")
    page.locator("#wait-camera-switch").click()
    page.locator("#wait-microphone-switch").click()
    stage.take(page, "3-devices-off")
    apart(join_as_counsellor, desk=case.desk, appointment=case.appointment, now=timezone.now())
    places = CallParticipation.objects.filter(call__appointment=case.appointment)
    places.filter(participation__role=ParticipationRole.COUNSELLOR).update(connected_at=timezone.now())
    _told(page)
    stage.take(page, "4-counsellor-there")


def late(stage: Stage) -> None:
    case = video(-15)
    page = _waiting(stage, case)
    _told(page)
    stage.take(page, "not-ready")
    before = a_case(-75, office=case.office, staff=case.staff, client=a_client(case.office, 1), agreed=True, minutes=30)
    apart(enter_waiting_room, visit=enter(before).visit, now=timezone.now() - dt.timedelta(minutes=60))
    apart(admit, desk=before.desk, appointment=before.appointment, now=timezone.now() - dt.timedelta(minutes=60))
    _told(page)
    stage.take(page, "in-talk")


def early(stage: Stage) -> None:
    """The waiting room is not open yet; what can be tried has been tried."""
    page = _document(stage, video(3 * 60))
    go = page.locator("#go")
    go.click()
    for panel in ("p-meter", "p-camera", "p-preview", "p-sound", "p-heard"):
        _see(page, panel)
        if panel == "p-meter":
            page.locator("#meter-ok:not([hidden])").wait_for()
        go.click()
    _see(page, "p-wait")
    page.locator("#wait-text:not(:empty)").wait_for()
    stage.take(page)


def taken_over(stage: Stage) -> None:
    case = video()
    page = _waiting(stage, case)
    apart(enter_waiting_room, visit=enter(case, checked=True).visit, now=timezone.now())
    _see(page, "p-door")
    stage.take(page)


def talk(stage: Stage) -> None:
    """Both sides of one talk; the counsellor's computer is pictured by `room-talk`."""
    case = video()
    page = talking(stage, case)
    stage.take(page, "1-talk")
    page.locator("#btn-more").click()
    stage.take(page, "2-more")
    page.locator("#btn-leave").click()
    stage.take(page, "3-leave")
    page.locator("#btn-leave").click()
    page.locator("#btn-hear").click()
    page.locator("#hear-found button").first.wait_for(timeout=MEDIA_WAIT)
    stage.take(page, "4-hear-nothing")
    page.keyboard.press("Escape")
    page.locator("#btn-microphone").click()
    page.locator("#btn-camera").click()
    page.wait_for_timeout(500)
    stage.take(page, "5-both-off")
    page.locator("#btn-microphone").click()
    page.locator("#btn-sound-only").click()
    page.wait_for_timeout(500)
    stage.take(page, "6-sound-only")
    page.locator("#btn-sound-only").click()
    stage.stack.livekit.kill()
    try:
        page.locator("#sheet-away:not([hidden])").wait_for(timeout=MEDIA_WAIT)
        stage.take(page, "7-reconnecting")
        page.evaluate("{ const now = Date.now; Date.now = () => now() + 65000; }")
        page.wait_for_function("() => /[6-9][0-9]/.test(document.getElementById('away-seconds').textContent)")
        stage.take(page, "8-telephone-offered")
    finally:
        stage.stack.livekit.start()


def talking(stage: Stage, case: Case) -> Page:
    desk = stage.desk(f"{case.page}gespraech/", staff=case.staff)
    desk.locator("#own-video:not([hidden])").wait_for(timeout=MEDIA_WAIT)
    page = _document(stage, case, checked=True)
    page.locator("#go").click()
    desk.locator("#btn-admit").click(timeout=MEDIA_WAIT)
    page.locator("#talk:not([hidden])").wait_for(timeout=MEDIA_WAIT)
    for side in (page, desk):
        side.locator("#other:not([hidden])").wait_for(timeout=MEDIA_WAIT)
        side.wait_for_function("() => document.getElementById('other').videoWidth > 0")
    page.wait_for_timeout(1500)
    return page


def room_talk(stage: Stage) -> None:
    """The counsellor's computer in a talk."""
    case = video(-5)
    page = talking(stage, case)
    desk = stage.opened[0].pages[0]
    stage.take(desk, "1-talk")
    page.locator("#btn-camera").click()
    page.locator("#btn-microphone").click()
    desk.locator("#face:not([hidden])").wait_for()
    stage.take(desk, "2-client-camera-off")
    page.locator("#btn-camera").click()
    page.locator("#btn-microphone").click()
    desk.locator("#btn-leave").click()
    stage.take(desk, "3-leave")
    desk.keyboard.press("Escape")
    page.locator("#btn-leave").click()
    page.locator("#leave-yes").click()
    desk.wait_for_timeout(3500)
    places = CallParticipation.objects.filter(call__appointment=case.appointment, state=PlaceState.LEFT)
    assert places.exists()
    stage.take(desk, "4-client-left")


def _writing(stage: Stage) -> tuple[Page, Page]:
    """A phone and a desk that write to each other beside their talk."""
    page = talking(stage, video(-5))
    desk = stage.opened[0].pages[0]
    written = ((page, "Ich höre Sie schlecht, die Kinder sind da"), (desk, "Das macht nichts. Wir schreiben einfach."))
    for side, text in written:
        side.locator("#btn-text").click()
        side.locator("#text-field:enabled").fill(text)
        side.locator("#text-field").press("Enter")
    page.locator("#text-field").fill("Danke, das ist mir")
    desk.locator("#text-field").fill("Haben Sie den Bescheid")
    for side in (page, desk):
        side.locator("#text-draft:not([hidden])").wait_for()
    return page, desk


def text(stage: Stage) -> None:
    """The written talk on the phone, and with a keyboard on its screen."""
    page, desk = _writing(stage)
    stage.take(page, "1-text")
    page.evaluate(
        "Object.defineProperty(visualViewport, 'height', { get: () => innerHeight * 0.55 });"
        "visualViewport.dispatchEvent(new Event('resize'));"
    )
    stage.take(page, "2-keyboard")
    page.locator("#text-close").click()
    desk.locator("#text-field").press("Enter")
    page.locator("#text-unread:not([hidden])").wait_for()
    stage.take(page, "3-unread")


def room_text(stage: Stage) -> None:
    """The written talk on the counsellor's computer, and a client who hears nothing."""
    page, desk = _writing(stage)
    stage.take(desk, "1-text")
    desk.locator("#btn-microphone").click()
    page.locator("#text-close").click()
    page.locator("#btn-hear").click()
    desk.locator("#sheet-hear:not([hidden])").wait_for(timeout=MEDIA_WAIT)
    stage.take(desk, "2-not-heard")
