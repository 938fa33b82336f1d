"""The demo opened to a phone: from another network, over HTTPS, with the authority that the phone installed."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect

from nahbar.onboarding.launch.real_phone import code
from tests.journeys.conftest import CHROMIUM, DESK, FAKE_MEDIA, PHONE, QUIET, watch
from tests.journeys.people import MEDIA_WAIT, check_devices, choose_video, expect_flow, expect_media, open_link
from tests.lines.line import Line
from tests.servers import REPO, livekit_binary
from tests.waiting import eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
START_SECONDS = 120
FETCH = """async (address) => {
    const answer = await fetch(address);
    return [answer.headers.get("content-type"), [...new Uint8Array(await answer.arrayBuffer())]];
}"""


@dataclass
class OpenedDemo:
    """`make demo HOST=…` at the office's end of the line."""

    process: subprocess.Popen[bytes]
    folder: Path
    links: dict[str, Any]

    @property
    def authority(self) -> Path:
        """What the phone installs."""
        (found,) = self.folder.glob("demo-authority-*.pem")
        return found

    def said(self) -> str:
        """The terminal."""
        return (self.folder / "said").read_text()

    def log(self, part: str) -> str:
        """What a process wrote down."""
        return (self.folder / "log" / f"{part}.log").read_text()


@pytest.fixture
def demo(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenedDemo]:
    """A new one for each try: its talk for now can be held once."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.demo",
        "NAHBAR_DEMO_HOST": line.office,
        "NAHBAR_HOME": str(folder),
        "NAHBAR_VAR": str(folder),
        "NAHBAR_LIVEKIT_BINARY": livekit_binary(),
    }
    with line.inside("office"), (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "demo"],
            cwd=REPO,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        yield OpenedDemo(process, folder, _links(process, folder))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _links(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    links = folder / "demo.json"
    eventually(
        lambda: links.exists() or process.poll() is not None,
        within=START_SECONDS,
        said=(folder / "said").read_text,
    )
    assert process.poll() is None, (folder / "said").read_text()
    found: dict[str, Any] = json.loads(links.read_text())
    return found


@pytest.fixture
def browser(
    line: Line, demo: OpenedDemo, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """At the phone's end, trusting whom Chromium trusts and the demo's authority; no certificate is waved through."""
    home = tmp_path_factory.mktemp("home")
    store = home / ".pki/nssdb"
    store.mkdir(parents=True)
    for step in (["-N", "--empty-password"], ["-A", "-n", "demo", "-t", "C,,", "-i", str(demo.authority)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *step], check=True)
    running = playwright.chromium.launch(
        executable_path=line.program("phone", CHROMIUM, home),
        args=[*QUIET, *FAKE_MEDIA, f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {line.office}"],
        env={**os.environ, "HOME": str(home)},
    )
    yield running
    running.close()


def _who_did_not_install_the_authority_is_warned(line: Line, demo: OpenedDemo) -> None:
    with line.inside("phone"), pytest.raises(urllib.error.URLError) as refused:
        urllib.request.urlopen(demo.links["base_url"], timeout=5)  # noqa: S310

    assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)


def _terminal_shows_what_to_photograph_and_what_it_opens(line: Line, demo: OpenedDemo) -> None:
    said = demo.said()

    for url in (f"{demo.links['base_url']}/demo/", demo.links["client"]["now"]):
        assert url in said
        assert code(url) in said
    warning = f"HOST={line.office} opens this demo to others"
    assert said.index(warning) < said.index("Starting web")
    assert said.count(warning) == 2


def _nobody_reads_who_joined_with_which_token_by_which_link(line: Line, demo: OpenedDemo) -> None:
    # A socket's line is written when it is closed at the proxy's end too.
    eventually(lambda: " GET rtc 101 " in demo.log("proxy"))
    written = "".join(path.read_text() for path in (demo.folder / "log").iterdir())
    invitation = demo.links["client"]["now"].partition("#")[0].rpartition("/")[2]
    assert [mark for mark in ("access_token", "eyJ", invitation, line.office) if mark in written] == []


def test_talk_between_phone_and_desk_over_https(line: Line, demo: OpenedDemo, browser: Browser) -> None:
    _who_did_not_install_the_authority_is_warned(line, demo)
    _terminal_shows_what_to_photograph_and_what_it_opens(line, demo)

    phone_context, desk_context = browser.new_context(**PHONE), browser.new_context(**DESK)
    phone, desk = phone_context.new_page(), desk_context.new_page()
    phone.set_default_timeout(MEDIA_WAIT)
    complaints = [watch(page) for page in (phone, desk)]
    sockets: list[str] = []
    for page in (phone, desk):
        page.on("websocket", lambda socket: sockets.append(socket.url.partition("?")[0]))

    # The code on the terminal, the page of all doors, the authority's file, the invitation
    phone.goto(f"{demo.links['base_url']}/demo/")
    file = phone.get_by_role("link", name="Zertifikat laden").get_attribute("href")
    kind, content = phone.evaluate(FETCH, file)
    assert kind == "application/x-x509-ca-cert"
    assert ssl.DER_cert_to_PEM_cert(bytes(content)) == demo.authority.read_text()
    link: str = demo.links["client"]["now"]
    assert phone.get_by_role("link", name="Einladung für jetzt").get_attribute("href") == link
    open_link(phone, link, demo.links["client"]["proof"])
    choose_video(phone)
    check_devices(phone)

    # One click, one press
    desk.goto(demo.links["sign_in"]["counsellor"])
    desk.get_by_role("link", name="Einlassen").click()
    expect(phone.locator("#talk")).to_be_visible(timeout=MEDIA_WAIT)
    for page in (phone, desk):
        expect_media(page)
        expect_flow(page)

    assert set(sockets) <= {f"{demo.links['base_url'].replace('https', 'wss')}{path}" for path in ("/rtc", "/rtc/v1")}
    assert len(sockets) >= 2
    secure = {
        cookie["name"]: cookie["secure"] for context in (phone_context, desk_context) for cookie in context.cookies()
    }
    assert {"__Host-nahbar-device": True, "__Host-nahbar-session": True}.items() <= secure.items()
    assert all(secure.values())
    desk.get_by_role("button", name="Auflegen").click()
    desk.get_by_role("button", name="Gespräch für beide beenden").click()
    expect(phone).to_have_url(f"{link.partition('#')[0]}/ende", timeout=MEDIA_WAIT)
    expect(phone.get_by_role("heading", name="Danke für das Gespräch")).to_be_visible()
    assert complaints == [[], []]

    _nobody_reads_who_joined_with_which_token_by_which_link(line, demo)
