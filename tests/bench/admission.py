"""P4: from the moment the counsellor admits to the first picture on either side, on loopback.

The baseline does after the admission what a waiting room without a connection must do then: ask for a
token, connect, open the devices, send. Its counsellor is in the room and sends, as ours is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page

from tests.bench.calm import wait_for_calm
from tests.bench.figures import Figure, middle, spread
from tests.bench.plain_page import PlainPage
from tests.bench.talks import House, open_page, seen, stage
from tests.journeys.conftest import DESK, PHONE

CLIENT_MS, COUNSELLOR_MS = 250, 350
# Like people: nobody admits in the moment in which somebody begins to wait.
BREATH_MS = 1500


@dataclass
class Times:
    """Milliseconds from the admission to the first picture, talk by talk."""

    client: list[float] = field(default_factory=list)
    counsellor: list[float] = field(default_factory=list)
    # How much of the processor nobody needed when the admission was sent.
    calm: list[float] = field(default_factory=list)

    def note(self, *, client: Page, counsellor: Page, admitted: float) -> None:
        """Waits for both pictures."""
        self.client.append(seen(client, "frame") - admitted)
        self.counsellor.append(seen(counsellor, "frame") - admitted)


def measure(*, quick: bool) -> list[Figure]:
    """Ours and theirs in turn, every talk with new people and new profiles."""
    ours, theirs = Times(), Times()
    with stage() as (stack, browser), PlainPage() as plain:
        house = House(browser, stack.base_url)
        for _ in range(2 if quick else 9):
            _talk(house, ours)
            _plain_talk(browser, plain, theirs)
    return [
        _figure("client sees the counsellor", ours.client, theirs.client, CLIENT_MS, calm=ours.calm),
        _figure("counsellor sees the client", ours.counsellor, theirs.counsellor, COUNSELLOR_MS, calm=ours.calm),
    ]


def _figure(what: str, ours: list[float], theirs: list[float], at_most: float, *, calm: list[float]) -> Figure:
    return Figure(
        id="P4",
        what=f"admission sent to first frame, {what}",
        value=middle(ours),
        unit="ms",
        at_most=at_most,
        baseline=middle(theirs),
        baseline_is=f"a plain page that connects only when admitted (spread {spread(theirs)})",
        note=f"spread {spread(ours)}; {middle(calm):.0%} of the processor idle when it was sent",
    )


def _talk(house: House, times: Times) -> None:
    appointment = house.appointment(consented=True)
    client = house.wait(appointment)
    counsellor = house.sit_down(appointment)
    counsellor.wait_for_timeout(BREATH_MS)
    times.calm.append(wait_for_calm())
    counsellor.locator("#btn-admit").click()
    times.note(client=client, counsellor=counsellor, admitted=seen(counsellor, "admission"))
    client.context.close()
    counsellor.context.close()


def _plain_talk(browser: Browser, plain: PlainPage, times: Times) -> None:
    # From any room but a trial's the application rightly ejects whom it does not know.
    room = f"probe-{uuid.uuid4()}"
    counsellor = open_page(browser, plain.base_url, **DESK)
    counsellor.goto(plain.address(room=room, identity="counsellor"))
    counsellor.locator("#go").click()
    counsellor.locator("body[data-joined]").wait_for()
    client = open_page(browser, plain.base_url, **PHONE)
    client.goto(plain.address(room=room, identity="client"))
    client.wait_for_timeout(BREATH_MS)
    times.calm.append(wait_for_calm())
    client.locator("#go").click()
    times.note(client=client, counsellor=counsellor, admitted=seen(client, "admission"))
    client.context.close()
    counsellor.context.close()
