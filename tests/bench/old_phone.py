"""P3: when the first button works on an old phone and a poor line, beside a plain livekit-client page."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, StorageState

from tests.bench.calm import wait_for_calm
from tests.bench.figures import Figure, middle, spread
from tests.bench.plain_page import PlainPage
from tests.bench.talks import House, link_to, open_page, seen, stage
from tests.journeys.conftest import PHONE

RATIO = 0.46
# La Suite Meet took this many times as long as a plain page (measured in the same way, performance.md).
MEET = 4.6
SLOWER, LATENCY_MS, BYTES_PER_SECOND = 6, 400, 400_000 // 8


def measure(*, quick: bool) -> list[Figure]:
    """Ours and theirs in turn, each in a fresh profile with nothing cached."""
    begins, works, theirs = [], [], []
    with stage() as (stack, browser), PlainPage() as plain:
        house = House(browser, stack.base_url)
        appointment = house.appointment(consented=True)
        arrived = house.arrive(appointment)
        address, state = arrived.url, arrived.context.storage_state()
        arrived.context.close()
        landings = []
        for _ in range(2 if quick else 7):
            landings.append(_landing(browser, link_to(appointment)))
            ours = _button(browser, address, state=state)
            begins.append(ours[0])
            works.append(ours[1])
            theirs.append(_button(browser, plain.address(room="p3", identity="p3"))[0])
    return _figures(begins=begins, works=works, theirs=theirs, landings=landings)


def _figures(*, begins: list[float], works: list[float], theirs: list[float], landings: list[float]) -> list[Figure]:
    baseline = middle(theirs)
    what = f"a plain livekit-client page's join button (spread {spread(theirs)})"
    ratio = middle(begins) / baseline
    return [
        Figure(
            id="P3",
            what="first button of the device check can be pressed",
            value=middle(begins),
            unit="ms",
            at_most=RATIO,
            on_ratio=True,
            baseline=baseline,
            baseline_is=what,
            note=f"spread {spread(begins)}. La Suite Meet, at {MEET} such pages, takes {MEET / ratio:.0f} times that",
        ),
        Figure(
            id="P3",
            what="…and pressed at once, the microphone is asked for",
            value=middle(works),
            unit="ms",
            baseline=baseline,
            note=f"spread {spread(works)}",
        ),
        Figure(
            id="P3",
            what="landing page of the link: first words",
            value=middle(landings),
            unit="ms",
            baseline=baseline,
            note=f"spread {spread(landings)}",
        ),
    ]


def _button(browser: Browser, address: str, *, state: StorageState | None = None) -> tuple[float, float]:
    """Milliseconds until the button is on the screen and listens, and until a press at that moment acts."""
    page = _old_phone(browser, state=state)
    wait_for_calm()
    page.goto(address, wait_until="commit")
    listens, painted, begin = seen(page, "button"), seen(page, "paint"), seen(page, "begin")
    acts = listens
    if state is not None:
        # "Yes, Wi-Fi", then the microphone.
        page.locator("#go").click()
        page.locator("#p-microphone").wait_for()
        page.locator("#go").click()
        acts = seen(page, "devices")
    page.context.close()
    return max(listens, painted) - begin, acts - begin


def _landing(browser: Browser, link: str) -> float:
    page = _old_phone(browser)
    wait_for_calm()
    page.goto(link, wait_until="commit")
    painted = seen(page, "paint") - seen(page, "begin")
    page.context.close()
    return painted


def _old_phone(browser: Browser, *, state: StorageState | None = None) -> Page:
    """A fresh profile with a sixth of the processor behind a poor line."""
    page = open_page(browser, "", **PHONE, **({"storage_state": state} if state else {}))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page
