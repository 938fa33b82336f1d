"""P1 and P2: what the client's browser fetches on the way from the cold link into the talk."""

from __future__ import annotations

from collections import Counter

from tests.bench.figures import Figure
from tests.bench.talks import PROOF, House, link_to, open_page, seen, stage
from tests.journeys.conftest import PHONE
from tests.journeys.people import check_devices, choose_video, expect_media, open_link
from tests.journeys.weight import Fetched, Ledger, weight_of

PAGES_KB, PAGE_REQUESTS = 15, 5
TALK_KB, TALK_FILES = 140, 10


def measure(*, quick: bool) -> list[Figure]:
    """One whole way, every page of it. It is exact: there is nothing to repeat, and no quicker way."""
    del quick
    with stage() as (stack, browser):
        house = House(browser, stack.base_url)
        appointment = house.appointment(consented=False)
        page = open_page(browser, stack.base_url, **PHONE)
        ledger = Ledger(page)
        open_link(page, link_to(appointment), PROOF)
        choose_video(page)
        button = seen(page, "button")
        check_devices(page)
        house.sit_down(appointment).locator("#btn-admit").click()
        expect_media(page)
        return [*_until_button(ledger, button), *_until_talk(ledger)]


def _until_button(ledger: Ledger, button: float) -> list[Figure]:
    fetched = [one for one in ledger.of("page", "file") if one.asked_at <= button]
    pages: dict[str, list[Fetched]] = {}
    for one in fetched:
        pages.setdefault(one.page, []).append(one)
    said = [f"{kilobytes(asked):.1f} kB in {len(asked)}" for asked in pages.values()]
    return [
        Figure(
            id="P1",
            what="client pages until the first button of the check, together",
            value=kilobytes(fetched),
            unit="kB",
            at_most=PAGES_KB,
            note=f"page by page, with the number of requests: {', '.join(said)}",
        ),
        Figure(
            id="P1",
            what="requests of one of these pages, at most",
            value=max(Counter(one.page for one in fetched).values()),
            unit="",
            at_most=PAGE_REQUESTS,
        ),
    ]


def _until_talk(ledger: Ledger) -> list[Figure]:
    pages, files, data = ledger.of("page"), ledger.of("file"), ledger.of("data")
    media = max(files, key=lambda one: one.weight)
    return [
        Figure(
            id="P2",
            what="cold link to talk: pages and files",
            value=kilobytes([*pages, *files]),
            unit="kB",
            at_most=TALK_KB,
            note=f"the media code is {kilobytes([media]):.1f} of it, the pages {kilobytes(pages):.1f}",
        ),
        Figure(
            id="P2",
            what="requests for files on that way",
            value=len(files),
            unit="",
            at_most=TALK_FILES,
            note=f"besides {len(pages)} pages, and {len(data)} answers in JSON ({kilobytes(data):.1f} kB)",
        ),
        Figure(
            id="P2",
            what="origins these come from",
            value=len({one.origin for one in [*pages, *files]}),
            unit="",
            at_most=1,
        ),
    ]


def kilobytes(fetched: list[Fetched]) -> float:
    """Thousands of bytes."""
    return weight_of(fetched) / 1000
