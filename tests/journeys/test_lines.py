"""The talk over a poor line: cut, another address, no UDP, nothing but port 443."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Page, Playwright

from nahbar.onboarding.launch.media import Tls
from nahbar.scheduling.models import Appointment
from tests.certificates import Certificate, make_certificate
from tests.factories import book, make_client, make_office, make_staff
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.people import MEDIA_WAIT, admit_as_counsellor, expect_flow, expect_talk, wait_as_client
from tests.journeys.stack import Stack
from tests.lines.browsers import launch
from tests.lines.conditions import Conditions
from tests.lines.emulator import ADDRESSES
from tests.lines.line import PERFECT, End, Line

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
ICE_TCP, TURN_TLS = 7881, 443
# A mobile line on an ordinary day.
MOBILE = Conditions(rate=2000, delay=30)
EVERYTHING_BUT_443 = ("udp", f"tcp/{ICE_TCP}")
PAIR = """async () => {
    const engine = window.nahbar.room().engine;
    const found = [];
    for (const transport of [engine.pcManager.publisher, engine.pcManager.subscriber]) {
        const report = await transport?.getStats();
        const of = (id) => report.get(id);
        report?.forEach((entry) => {
            const pair = entry.type === "transport" && of(entry.selectedCandidatePairId);
            if (!pair) return;
            const local = of(pair.localCandidateId);
            found.push(`${local.candidateType} ${local.relayProtocol ?? local.protocol}`);
        });
    }
    return found;
}"""
CONFIGURATIONS = "() => window.connections.map((connection) => connection.getConfiguration().iceServers)"
# Runs before the page's own scripts: keeps every connection, to ask what it was told and what it found.
WITNESS = """() => {
    window.connections = [];
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
        constructor(...given) {
            super(...given);
            window.connections.push(this);
        }
    };
}"""
FOUND = """async () => {
    const found = [];
    for (const connection of window.connections) {
        (await connection.getStats()).forEach((entry) => {
            if (entry.type === "local-candidate") found.push([entry.candidateType, entry.url ?? null]);
        });
    }
    return found;
}"""


@pytest.fixture(scope="module")
def certificate(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Of the TURN server."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), address=line.office)


@pytest.fixture(scope="module")
def office(stack: Stack, line: Line, certificate: Certificate) -> Iterator[Stack]:
    """All of Nahbar at the office's end; the tests themselves are there, too."""
    if connection.vendor != "sqlite":
        pytest.skip("the database would be on neither end of the line")
    tls = Tls(domain=line.office, port=TURN_TLS, certificate=certificate.path, key=certificate.key)
    with stack.resting(), line.inside("office"), Stack(host=line.office, tcp_port=ICE_TCP, turn_tls=tls) as there:
        yield there


@pytest.fixture(scope="module")
def open_page(
    office: Stack,
    line: Line,
    certificate: Certificate,
    playwright: Playwright,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[End], Page]]:
    """Opens a page in a browser at one end, in a profile of its own."""
    folder = tmp_path_factory.mktemp("browsers")
    browsers: dict[End, Browser] = {
        end: launch(
            playwright,
            line=line,
            end=end,
            address=office.public_url,
            folder=folder,
            more=[f"--ignore-certificate-errors-spki-list={certificate.fingerprint}"],
        )
        for end in ("phone", "office")
    }

    def make(end: End) -> Page:
        options = PHONE if end == "phone" else DESK
        context = browsers[end].new_context(base_url=office.public_url, **options)
        context.add_init_script(f"({WITNESS})()")
        return context.new_page()

    yield make
    for browser in browsers.values():
        browser.close()


@pytest.fixture
def talk(office: Stack, line: Line, open_page: Callable[[End], Page]) -> Iterator[Callable[[Conditions], list[Page]]]:
    """Phone and desk in a talk that began over a line like this."""
    pages: list[Page] = []

    def begin(conditions: Conditions) -> list[Page]:
        line.become(conditions)
        appointment = make_appointment()
        pages.extend(open_page(end) for end in ("phone", "office"))
        phone, desk = pages
        phone.set_default_timeout(MEDIA_WAIT)
        wait_as_client(phone, appointment)
        admit_as_counsellor(desk, appointment)
        for page in pages:
            expect_flow(page)
        return pages

    yield begin
    line.become(PERFECT)
    line.move_phone(ADDRESSES["phone"])
    for page in pages:
        page.context.close()


def make_appointment() -> Appointment:
    """By video, in ten minutes."""
    now = timezone.now().replace(microsecond=0)
    office = make_office("westheide")
    return book(client=make_client(office), staff=make_staff(office), starts_at=now + dt.timedelta(minutes=10), now=now)


def test_ten_seconds_without_a_line_are_a_pause(line: Line, talk: Callable[[Conditions], list[Page]]) -> None:
    pages = talk(MOBILE)
    line.become(Conditions(cut=True))
    pages[0].wait_for_timeout(10_000)
    line.become(MOBILE)
    expect_talk(*pages)


def test_phone_that_leaves_the_wifi_talks_on(line: Line, talk: Callable[[Conditions], list[Page]]) -> None:
    pages = talk(MOBILE)
    line.move_phone("10.77.0.77")
    expect_talk(*pages)


def test_network_without_udp_talks_over_tcp(talk: Callable[[Conditions], list[Page]]) -> None:
    pages = talk(Conditions(delay=30, blocked=("udp",)))
    assert {way.split()[-1] for way in pages[0].evaluate(PAIR)} <= {"tcp", "tls"}
    expect_talk(*pages)


def test_network_with_nothing_but_443_talks_through_turn(
    office: Stack, talk: Callable[[Conditions], list[Page]]
) -> None:
    pages = talk(Conditions(delay=30, blocked=EVERYTHING_BUT_443))
    assert pages[0].evaluate(PAIR) == ["relay tls", "relay tls"]
    assert {url for kind, url in pages[0].evaluate(FOUND) if kind != "host"} == {own_servers(office)[1]}
    expect_talk(*pages)


def test_browsers_are_told_of_our_own_servers_only(office: Stack, talk: Callable[[Conditions], list[Page]]) -> None:
    for page in talk(MOBILE):
        told = page.evaluate(CONFIGURATIONS)
        assert [[server["urls"] for server in servers] for servers in told] == [[own_servers(office)]] * len(told)
        assert len(told) >= 2
        assert {url for kind, url in page.evaluate(FOUND) if kind != "host"} <= set(own_servers(office))


def own_servers(office: Stack) -> list[str]:
    """What the application names, and nothing else."""
    return [
        f"turn:{office.host}:{office.livekit.media.turn_port}?transport=udp",
        f"turns:{office.host}:{TURN_TLS}?transport=tcp",
    ]
