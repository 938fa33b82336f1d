"""The proxy configuration that is shipped, in a real nginx, with a real media server behind it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from django.core.management import CommandError, call_command
from livekit import api
from livekit.protocol import rtc

from nahbar.onboarding.launch.proxy import NoNginx, program
from tests.proxies import Answer, Pages, ProxyServer
from tests.servers import LOOPBACK, LiveKitServer

HSTS = "max-age=31536000; includeSubDomains"
ROOMS = "/twirp/livekit.RoomService/ListRooms"
WEBHOOK = "/api/livekit/webhook"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
SECRET = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.c2lnbmF0dXJl"


@pytest.fixture(scope="module", autouse=True)
def nginx() -> None:
    """`make test` installs it; who runs the quick tests alone may be without."""
    try:
        program()
    except NoNginx as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as running:
        yield running


@pytest.fixture(scope="module")
def proxy(pages: Pages, media_server: LiveKitServer) -> Iterator[ProxyServer]:
    with ProxyServer(web_url=pages.url, media_url=media_server.api_url) as running:
        yield running


def token(server: LiveKitServer, grants: api.VideoGrants) -> str:
    return api.AccessToken(server.key, server.secret).with_identity("somebody").with_grants(grants).to_jwt()


def all_of(answer: Answer, header: str) -> list[str]:
    return answer.headers.get_all(header) or []


# --- what reaches the application -----------------------------------------------------------------------------


def test_what_a_browser_says_of_itself_is_overwritten(proxy: ProxyServer, pages: Pages) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9;proto=http",
    }

    proxy.ask("/b/altona/?tag=1", headers=forged)

    path, headers = pages.arrived[-1]
    told = {name: headers.get_all(name) for name in (*forged, "Host")}
    assert path == "/b/altona/?tag=1"
    assert told == {
        "X-Forwarded-For": [LOOPBACK],
        "X-Forwarded-Proto": ["https"],
        "X-Forwarded-Host": None,
        "X-Real-IP": None,
        "Forwarded": None,
        "Host": [proxy.authority],
    }


def test_a_customer_number_keeps_its_strokes(proxy: ProxyServer, pages: Pages) -> None:
    for path in ("/p/12345//0012345", "/p/12345%2F%2F0012345"):
        proxy.ask(path)
        assert pages.arrived[-1][0] == path


@pytest.mark.parametrize("path", ["/rtc", "/rtc/v1", "/rtc/validate", "/rtc/v1/validate"])
def test_media_server_learns_neither_session_nor_address(pages: Pages, path: str) -> None:
    kept = ("Cookie", "X-Forwarded-For", "X-Real-IP", "Forwarded")

    with ProxyServer(web_url=pages.url, media_url=pages.url) as proxy:
        proxy.ask(path, headers={**dict.fromkeys(kept, "203.0.113.9"), "Origin": proxy.base_url})

    arrived, headers = pages.arrived[-1]
    assert (arrived, [headers[name] for name in kept]) == (path, [None] * len(kept))


def test_webhook_is_closed_to_the_outside(proxy: ProxyServer, pages: Pages) -> None:
    before = len(pages.arrived)
    ways = [WEBHOOK, f"/{WEBHOOK}", "/api/%6Civekit/webhook", "/t/../api/livekit/webhook", "/api%2Flivekit/webhook"]

    answers = [proxy.ask(way, "POST", body=b"{}").status for way in ways]

    assert answers == [404] * len(ways)
    assert len(pages.arrived) == before


def test_inner_door_takes_the_webhook_and_nothing_else(proxy: ProxyServer, pages: Pages) -> None:
    taken = proxy.ask_plainly(WEBHOOK, proxy.webhook_port, "POST", headers={"Authorization": "signed"})
    _path, headers = pages.arrived[-1]

    assert taken.status == 200
    assert [headers[name] for name in ("Host", "X-Forwarded-Proto", "Authorization")] == [
        proxy.authority,
        "https",
        "signed",
    ]
    assert proxy.ask_plainly("/anmelden/", proxy.webhook_port).status == 404


def test_upload_over_twenty_megabytes_is_refused(proxy: ProxyServer, pages: Pages) -> None:
    before = len(pages.arrived)

    refused = proxy.ask("/b/altona/", "POST", headers={"Content-Length": str(21 * 1024 * 1024)})

    assert (refused.status, len(pages.arrived)) == (413, before)


def test_upload_that_goes_by_way_of_the_disk_arrives(proxy: ProxyServer, pages: Pages) -> None:
    assert proxy.ask("/b/altona/", "POST", body=b"x" * 1024 * 1024).status == 200
    assert pages.arrived[-1][1]["Content-Length"] == str(1024 * 1024)


# --- what browsers get ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "hsts"),
    [("/anmelden/", 200, HSTS), ("/complete", 200, "max-age=1"), ("/rtc", 403, HSTS), ("/abrupt", 503, HSTS)],
)
def test_headers_stand_once_whoever_answers(proxy: ProxyServer, path: str, status: int, hsts: str) -> None:
    answer = proxy.ask(path)

    assert answer.status == status
    assert all_of(answer, "Strict-Transport-Security") == [hsts]
    assert all_of(answer, "X-Content-Type-Options") == ["nosniff"]
    assert all_of(answer, "Server") == ["nginx"]


def test_page_stands_uncompressed(proxy: ProxyServer, pages: Pages) -> None:
    answer = proxy.ask("/anmelden/", headers={"Accept-Encoding": "gzip, br"})

    assert all_of(answer, "Content-Encoding") == []
    assert answer.headers["Content-Length"] == str(len(pages.LONG))
    # Static files come compressed from the application, which must hear what the browser takes.
    assert pages.arrived[-1][1]["Accept-Encoding"] == "gzip, br"


@pytest.mark.parametrize("door", ["plain_port", "port"])
def test_http_is_sent_to_https_at_our_own_name(proxy: ProxyServer, door: str) -> None:
    answer = proxy.ask_plainly("/t/abc?von=mail", getattr(proxy, door), headers={"Host": "evil.example"})

    assert (answer.status, answer.headers["Location"]) == (301, f"{proxy.base_url}/t/abc?von=mail")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_spoken(proxy: ProxyServer, version: ssl.TLSVersion) -> None:
    assert handshake(proxy, version) == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_of_yesterday_is_refused(proxy: ProxyServer) -> None:
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        handshake(proxy, ssl.TLSVersion.TLSv1_1)


def handshake(proxy: ProxyServer, version: ssl.TLSVersion) -> str | None:
    """What is agreed on with a browser that speaks this version only, however weak it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(proxy.authority_path)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((LOOPBACK, proxy.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=LOOPBACK) as wrapped,
    ):
        return wrapped.version()


def test_application_that_rests_is_told_with_the_telephone() -> None:
    with ProxyServer(web_url=f"http://{LOOPBACK}:1") as resting:
        answer = resting.ask("/t/abc")

    assert (answer.status, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (503, "60", "no-store")
    assert "Oder rufen Sie an: Jobcenter »Süd« &lt;&#36;1&gt;, 040 66969-0" in answer.text


# --- the media server -----------------------------------------------------------------------------------------


async def _join(proxy: ProxyServer, ticket: str) -> str:
    """Opens the socket as a browser does; what the server says first."""
    query = urlencode({"access_token": ticket, "protocol": 15, "auto_subscribe": 0})
    url = f"{proxy.base_url.replace('https', 'wss', 1)}/rtc?{query}"
    async with (
        aiohttp.ClientSession(headers={"Origin": proxy.base_url}) as session,
        session.ws_connect(url, ssl=proxy.trusting) as socket,
    ):
        message = await socket.receive(timeout=10)
        return str(rtc.SignalResponse.FromString(message.data).WhichOneof("message"))


@pytest.fixture
def ticket(media_server: LiveKitServer) -> str:
    """A token for a room that is there."""

    async def make() -> None:
        async with api.LiveKitAPI(media_server.api_url, media_server.key, media_server.secret) as livekit:
            await livekit.room.create_room(api.CreateRoomRequest(name="room"))

    asyncio.run(make())
    return token(media_server, api.VideoGrants(room_join=True, room="room"))


def test_our_pages_open_the_socket(proxy: ProxyServer, ticket: str) -> None:
    assert asyncio.run(_join(proxy, ticket)) == "join"


@pytest.mark.parametrize("path", ["/rtc", "/rtc/v1"])
@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "SUFFIX", "PLAIN"])
def test_other_pages_do_not_open_the_socket(proxy: ProxyServer, ticket: str, path: str, origin: str | None) -> None:
    forged = {"SUFFIX": f"{proxy.base_url}.evil.example", "PLAIN": proxy.base_url.replace("https", "http")}
    asking = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}
    if origin:
        asking["Origin"] = forged.get(origin, origin)

    refused = proxy.ask(f"{path}?access_token={ticket}", headers=asking)
    taken = proxy.ask(f"{path}?access_token={ticket}", headers={**asking, "Origin": proxy.base_url})

    assert refused.status == 403 != taken.status


@pytest.mark.parametrize("path", ["/rtc/validate", "/rtc/v1/validate"])
@pytest.mark.parametrize(("origin", "status"), [("", 401), ("OURS", 401), ("https://evil.example", 403)])
def test_reading_why_it_was_refused_is_for_our_pages(proxy: ProxyServer, path: str, origin: str, status: int) -> None:
    headers = {"Origin": proxy.base_url if origin == "OURS" else origin} if origin else {}

    answer = proxy.ask(f"{path}?access_token={SECRET}", headers=headers)

    assert (answer.status, all_of(answer, "Access-Control-Allow-Origin")) == (status, [])


@pytest.mark.parametrize(
    "path",
    [
        ROOMS,
        f"/{ROOMS}",
        f"/rtc/..{ROOMS}",
        f"/rtc/%2e%2e{ROOMS}",
        f"/rtc{ROOMS}",
        f"{ROOMS}/../../../rtc",
        "/rtc/../debug",
    ],
)
def test_commands_do_not_reach_the_media_server(proxy: ProxyServer, media_server: LiveKitServer, path: str) -> None:
    ticket = token(media_server, api.VideoGrants(room_list=True, room_admin=True, room_create=True))
    headers = {"Authorization": f"Bearer {ticket}", "Content-Type": "application/json", "Origin": proxy.base_url}
    direct = proxy.ask_plainly(ROOMS, media_server.media.signal_port, "POST", body=b"{}", headers=headers)

    answer = proxy.ask(path, "POST", body=b"{}", headers=headers)

    assert ('"rooms":' in direct.text, '"rooms":' in answer.text) == (True, False)


# --- what is written down -------------------------------------------------------------------------------------

NAMES = (SECRET, "kalenderschluessel", "0f1e2d3c", "Yilmaz", LOOPBACK, "Mozilla", "altona")


def misbehave(proxy: ProxyServer) -> None:
    """Everything that makes nginx say something, with secrets wherever one can stand."""
    secret = f"?access_token={SECRET}"
    own = {"Origin": proxy.base_url, "User-Agent": "Mozilla", "Referer": f"https://x.example/{secret}"}
    for path in ("/rtc", "/rtc/v1", "/rtc/validate"):
        proxy.ask(f"{path}{secret}", headers=own)
        proxy.ask(f"{path}{secret}", headers={**own, "Origin": "https://evil.example"})
    for path in ("/abrupt", "/kalender/kalenderschluessel.ics", "/t/0f1e2d3c", "/b/altona/", "/Yilmaz", "/tYilmaz"):
        proxy.ask(f"{path}{secret}", headers=own)
    proxy.ask(f"/b/altona/{secret}", "POST", headers={**own, "Content-Length": str(10**9)})
    # The worker can not keep what is uploaded: nginx calls that critical.
    (proxy.folder / "body").rename(proxy.folder / "gone")
    proxy.ask(f"/rtc{secret}", "POST", body=b"x" * 600_000, headers=own)
    proxy.ask_plainly(f"/t/0f1e2d3c{secret}", proxy.plain_port)
    proxy.ask_plainly(f"/t/0f1e2d3c{secret}", proxy.port)
    for request in (
        f"GET /rtc{secret} HTTP/1.1\r\n\r\n",
        f"GET /rtc{secret} HTTP/1.1\r\nHo st: x\r\n\r\n",
        f"{SECRET}\r\n\r\n",
    ):
        proxy.shout(request.encode())


def test_logs_hold_no_query_no_path_and_nobody(pages: Pages) -> None:
    with ProxyServer(web_url=pages.url) as proxy:
        misbehave(proxy)
        said, lines = proxy.said(), proxy.access_log()

    assert [name for name in NAMES if name in said] == []
    # The rest of a day's trouble can still be told: what area, how it ended, who did not answer.
    parts = [line.split()[1:4] for line in lines]
    for told in (["GET", "rtc", "502"], ["GET", "rtc", "403"], ["GET", "t", "200"], ["POST", "b", "413"]):
        assert told in parts
    assert {line.split()[2] for line in lines} == {"rtc", "other", "kalender", "t", "b"}


def test_nginx_left_alone_would_write_the_token_down(pages: Pages) -> None:
    def talkative(site: str) -> str:
        return site.replace("error_log /dev/null emerg;", "error_log stderr error;")

    with ProxyServer(web_url=pages.url, edit=talkative) as proxy:
        misbehave(proxy)
        said = proxy.said()

    assert said.count(SECRET) > 5


# --- the command ----------------------------------------------------------------------------------------------


@pytest.fixture
def ours(settings: Any) -> Any:
    settings.NAHBAR_BASE_URL = "https://beratung.example.de"
    settings.NAHBAR_LIVEKIT_URL = "wss://beratung.example.de"
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:7880"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    return settings


def printed(*more: str) -> str:
    out = StringIO()
    files = ("--certificate", "/etc/nahbar/pages.pem", "--key", "/etc/nahbar/pages.key")
    call_command("proxy_config", "--address", "203.0.113.10", *files, *more, stdout=out)
    return out.getvalue()


def test_command_prints_what_was_tested(ours: Any, proxy: ProxyServer) -> None:
    said = printed()
    tested = replace(proxy.proxy, contact_name="Jobcenter").site()
    for here, there in {
        proxy.base_url: "https://beratung.example.de",
        f"{LOOPBACK}:{proxy.port} ssl": "203.0.113.10:443 ssl",
        f"{LOOPBACK}:{proxy.plain_port};": "203.0.113.10:80;",
        f"server_name {LOOPBACK}": "server_name beratung.example.de",
        f"Host {proxy.authority};": "Host beratung.example.de;",
        f"127.0.0.1:{proxy.webhook_port}": "127.0.0.1:8089",
        proxy.proxy.web_url: "http://127.0.0.1:8000",
        proxy.proxy.media_url: "http://127.0.0.1:7880",
        str(proxy.proxy.certificate): "/etc/nahbar/pages.pem",
        str(proxy.proxy.key): "/etc/nahbar/pages.key",
        proxy.proxy.access_log: "/var/log/nginx/nahbar.log",
    }.items():
        tested = tested.replace(here, there)

    assert said == tested


def test_command_listens_at_every_address_that_is_named(ours: Any) -> None:
    said = printed("--address", "2001:db8::10")

    assert "    listen 203.0.113.10:443 ssl http2;\n    listen [2001:db8::10]:443 ssl http2;\n" in said


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NAHBAR_BASE_URL", "http://beratung.example.de", "must be the https address"),
        ("NAHBAR_LIVEKIT_URL", "wss://media.example.de", "share one origin"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 2, "set NAHBAR_TRUSTED_PROXIES=1"),
        ("NAHBAR_LIVEKIT_API_URL", "http://x; return 200", "cannot stand in nginx's configuration"),
    ],
)
def test_command_refuses_what_the_proxy_cannot_be(ours: Any, name: str, value: Any, says: str) -> None:
    setattr(ours, name, value)

    with pytest.raises(CommandError, match=says):
        printed()


def test_path_that_would_be_more_than_a_path_is_refused(ours: Any) -> None:
    with pytest.raises(CommandError, match="certificate"):
        printed("--certificate", '/etc/x";}')
