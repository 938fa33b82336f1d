"""Thirty appointments by keyboard alone, thirty by touch on a tablet, and one carried through the week."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import BERLIN, AppointmentState
from tests.factories import book, desk_of, make_client, make_office, make_staff
from tests.journeys.conftest import DESK
from tests.journeys.people import Contexts, sign_in
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
THIRTY = 30
# One key pressed or one letter typed each.
MOST_STROKES = 10
TABLET = {"viewport": {"width": 1024, "height": 768}, "locale": "de-DE", "has_touch": True}
PAGE = re.compile(r"/termine/[0-9a-f-]{36}/$")
MODES = (Mode.VIDEO, Mode.TELEPHONE, Mode.ON_SITE)


@pytest.fixture
def office(stack: Stack) -> JobCenter:
    return make_office("westheide", channels=4)


@pytest.fixture
def staff(office: JobCenter) -> StaffMember:
    return make_staff(office)


@pytest.fixture
def people(office: JobCenter, staff: StaffMember) -> list[Client]:
    """Thirty whom the counsellor has seen before, by all ways in turn.

    Without an address: two hundred mails would still be on their way when the database is emptied under the worker.
    """
    found = []
    for number in range(THIRTY):
        person = make_client(office, last_name=f"Kaya{number:02}", number=f"K{number:02}", email="")
        before = timezone.now() - dt.timedelta(days=30, hours=number)
        mode = MODES[number % len(MODES)]
        agreed = {} if mode == Mode.VIDEO else {"agreed_by": None}
        past = book(client=person, staff=staff, starts_at=before, now=before, mode=mode, minutes=20, **agreed)
        mark_held(appointment=past, by=desk_of(staff, office).actor, now=before + dt.timedelta(minutes=30))
        found.append(person)
    return found


class Keys:
    """A keyboard, and how often it was pressed."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.press(*text)

    def tab_to(self, selector: str, most: int = 80) -> None:
        """Presses Tab until what has the focus fits."""
        for _try in range(most):
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")


def state_of(person: Client) -> Appointment:
    """The person's appointment of this test."""
    return Appointment.objects.get(participations__client=person, starts_at__gt=timezone.now() - dt.timedelta(hours=1))


def book_by_keys(page: Page, keys: Keys, person: Client) -> None:
    begun = keys.pressed
    keys.press("Alt+n")
    page.wait_for_url(re.compile(r"/termine/neu/$"))
    expect(page.locator("#q")).to_be_focused()
    keys.type(person.number)
    # The search answers a moment later; a person waits for the name, too.
    expect(page.locator("#found .found")).to_have_count(1)
    expect(page.locator("#found")).to_contain_text(person.last_name)
    keys.press("Enter")
    page.wait_for_url(re.compile(r"\?client="))
    # What would be booked has the focus, and is read; the button follows.
    expect(page.locator(".dock")).to_be_focused()
    keys.tab_to("#book", most=2)
    keys.press("Enter")
    page.wait_for_url(PAGE)
    assert keys.pressed - begun <= MOST_STROKES


def elsewhere(page: Page) -> str:
    """Another time to move to: a week later, or where that is a holiday the last one of the days shown."""
    if page.locator("a#suggest-next_week").count():
        return "suggest-next_week"
    found = page.locator("a[id^='time-']:not([aria-current])").last.get_attribute("id")
    assert found is not None
    return found


def move_by_keys(page: Page, keys: Keys) -> None:
    keys.tab_to("a[href$='/verschieben/']")
    keys.press("Enter")
    page.wait_for_url(re.compile("/verschieben/"))
    keys.tab_to(f"#{elsewhere(page)}")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"start="))
    keys.tab_to("#verschieben .btnrow > button.kern-btn--primary")
    keys.press("Enter")
    page.wait_for_url(PAGE)


def cancel_by_keys(page: Page, keys: Keys) -> None:
    keys.tab_to("a[href$='/absagen/']")
    keys.press("Enter")
    page.wait_for_url(re.compile("/absagen/"))
    keys.tab_to("input[name=cancelled_by]")
    keys.press("Space")
    keys.tab_to("form .btnrow > button.kern-btn--primary")
    keys.press("Enter")
    page.wait_for_url(PAGE)


def test_thirty_by_keyboard_alone(stack: Stack, context: Contexts, staff: StaffMember, people: list[Client]) -> None:
    page = context(**DESK).new_page()
    sign_in(page, staff.email)
    keys = Keys(page)
    for person in people:
        book_by_keys(page, keys, person)
        booked = state_of(person)
        move_by_keys(page, keys)
        moved = state_of(person)
        assert moved.starts_at != booked.starts_at
        cancel_by_keys(page, keys)
        assert state_of(person).state == AppointmentState.CANCELLED
    kinds = Counter(Appointment.objects.filter(state=AppointmentState.CANCELLED).values_list("mode", flat=True))
    assert kinds == {mode.value: THIRTY // len(MODES) for mode in MODES}


def test_a_known_person_takes_three_clicks_from_the_day(
    stack: Stack, context: Contexts, staff: StaffMember, people: list[Client]
) -> None:
    page = context(**DESK).new_page()
    sign_in(page, staff.email)
    page.goto(f"/b/{people[0].jobcenter.slug}/heute/")
    page.get_by_role("link", name="Neuer Termin").first.click()
    # The last one whom the counsellor saw is the first of the list.
    page.locator("#found .found").first.click()
    # What is chosen on the way changes what would be booked, and agrees to nothing.
    page.locator("input[name=minutes][value='45']").check()
    expect(page.locator(".dock")).to_contain_text(re.compile(r"Video am .*Uhr"))
    page.locator("#id_weeks").select_option(label="jede Woche")
    expect(page.locator("input[name=at]:checked")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Persönlich")).to_be_visible()
    page.locator("#id_weeks").select_option(label="nur einmal")
    expect(page.locator("input[name=at]")).to_have_count(0)
    expect(page.locator(".fld__error")).to_have_count(0)
    page.locator("#book").click()
    page.wait_for_url(PAGE)
    booked = state_of(people[0])
    assert (booked.mode, booked.minutes, booked.agreed_by) == (Mode.VIDEO, 45, "phone")


def test_thirty_by_touch_on_a_tablet(stack: Stack, context: Contexts, staff: StaffMember, people: list[Client]) -> None:
    """All thirty booked, then all moved, then all cancelled: the days fill up meanwhile."""
    page = context(**TABLET).new_page()
    sign_in(page, staff.email)
    for person in people:
        page.get_by_role("link", name="Neuer Termin").first.tap()
        page.locator("#q").tap()
        page.locator("#q").fill(person.number)
        page.locator("#found .found", has_text=person.last_name).tap()
        page.locator("#book").tap()
        page.wait_for_url(PAGE)
    booked = {person.pk: state_of(person) for person in people}
    assert len({one.starts_at for one in booked.values()}) == THIRTY
    base = f"/b/{people[0].jobcenter.slug}/termine/"
    for person in people:
        page.goto(f"{base}{booked[person.pk].public_id}/")
        page.get_by_role("link", name="Verschieben").tap()
        page.wait_for_url(re.compile("/verschieben/"))
        page.locator(f"#{elsewhere(page)}").tap()
        page.wait_for_url(re.compile(r"start="))
        page.locator("#verschieben .btnrow > button.kern-btn--primary").tap()
        page.wait_for_url(PAGE)
        assert state_of(person).starts_at != booked[person.pk].starts_at
    for person in people:
        page.goto(f"{base}{booked[person.pk].public_id}/")
        page.get_by_role("link", name="Absagen").tap()
        page.locator("label.check", has_text="auf Wunsch der Person").tap()
        page.get_by_role("button", name="Termin absagen").tap()
        page.wait_for_url(PAGE)
        assert state_of(person).state == AppointmentState.CANCELLED


# --- carried in the week --------------------------------------------------------------------------


@pytest.fixture
def monday() -> dt.date:
    """The Monday after next: all of that week is to come."""
    today = timezone.localdate()
    return today + dt.timedelta(days=14 - today.weekday())


@pytest.fixture
def appointment(office: JobCenter, staff: StaffMember, monday: dt.date) -> Appointment:
    """Monday at ten, by telephone: no channel, no holiday of one Land."""
    start = dt.datetime.combine(monday, dt.time(10), tzinfo=BERLIN)
    person = make_client(office, last_name="Kaya")
    return book(client=person, staff=staff, starts_at=start, now=timezone.now(), mode=Mode.TELEPHONE, agreed_by=None)


def open_week(page: Page, appointment: Appointment) -> None:
    sign_in(page, appointment.counsellor.email)
    page.goto(f"/b/westheide/woche/?tag={appointment.local_start:%Y-%m-%d}")


def confirm_move(page: Page, appointment: Appointment, day: dt.date, clock: str) -> None:
    """The page that says what the move does, ready for one key; back in the week the entry has the focus."""
    page.wait_for_url(re.compile("/verschieben/"))
    expect(page.locator("#id_day")).to_have_value(f"{day}")
    expect(page.locator("#id_start")).to_have_value(clock)
    expect(page.get_by_text("bekommt eine E-Mail mit der neuen Zeit")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/woche/"))
    expect(page.locator(f"#termin-{appointment.public_id}")).to_be_focused()
    appointment.refresh_from_db()
    assert f"{appointment.local_start:%Y-%m-%d %H:%M}" == f"{day} {clock}"


def test_carried_by_keys_and_taken_back(
    stack: Stack, context: Contexts, appointment: Appointment, monday: dt.date
) -> None:
    page = context(**DESK).new_page()
    open_week(page, appointment)
    entry = page.locator(f"#termin-{appointment.public_id}")
    entry.focus()
    keys = Keys(page)
    # Put down where it was, or given up: nothing happens.
    keys.press("Space", "ArrowDown", "Escape")
    expect(page).to_have_url(re.compile("/woche/"))
    expect(entry).to_be_focused()
    keys.press("Space", "ArrowDown", "ArrowDown", "ArrowRight")
    expect(page.locator("[data-said]")).to_contain_text("10:30")
    expect(page.locator("[data-said]")).to_contain_text("Dienstag")
    keys.press("Enter")
    confirm_move(page, appointment, monday + dt.timedelta(days=1), "10:30")
    page.get_by_role("button", name="Zurücknehmen").click()
    page.wait_for_url(re.compile("/woche/"))
    appointment.refresh_from_db()
    assert f"{appointment.local_start:%H:%M}" == "10:00"


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def target(page: Page, appointment: Appointment, monday: dt.date, *, minutes: int) -> tuple[float, float]:
    """Where the middle of the entry comes to on Wednesday, `minutes` later."""
    x, _y = centre(page, f'[data-day="{monday + dt.timedelta(days=2)}"] >> xpath=..')
    _x, y = centre(page, f"#termin-{appointment.public_id}")
    row = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.wk__body')).gridAutoRows)")
    return x, y + minutes / 5 * row


def test_dragged_with_the_mouse(stack: Stack, context: Contexts, appointment: Appointment, monday: dt.date) -> None:
    page = context(**DESK).new_page()
    open_week(page, appointment)
    page.mouse.move(*centre(page, f"#termin-{appointment.public_id}"))
    there = target(page, appointment, monday, minutes=60)
    page.mouse.down()
    page.mouse.move(*there, steps=8)
    page.mouse.up()
    confirm_move(page, appointment, monday + dt.timedelta(days=2), "11:00")


def test_dragged_with_a_finger_that_rests_first(
    stack: Stack, context: Contexts, appointment: Appointment, monday: dt.date
) -> None:
    page = context(**TABLET).new_page()
    open_week(page, appointment)
    x, y = centre(page, f"#termin-{appointment.public_id}")
    to_x, to_y = target(page, appointment, monday, minutes=60)
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]})

    send("touchStart", (x, y))
    page.wait_for_timeout(600)
    for part in range(1, 9):
        send("touchMove", (x + (to_x - x) * part / 8, y + (to_y - y) * part / 8))
    send("touchEnd")
    confirm_move(page, appointment, monday + dt.timedelta(days=2), "11:00")
