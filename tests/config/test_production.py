"""The application with production's settings, behind the proxy that is shipped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from nahbar.onboarding.launch import ports
from nahbar.onboarding.launch.proxy import NoNginx, program
from tests.calls.test_webhook import event, signed
from tests.journeys.stack import database_address
from tests.proxies import Answer, ProxyServer
from tests.servers import LOOPBACK, REPO, await_process

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KEY, SECRET = "nahbar", "media-secret-" * 4
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture
def proxy(transactional_db: None, tmp_path: Path) -> Iterator[ProxyServer]:
    """Both servers; the database is the suite's."""
    try:
        program()
    except NoNginx as missing:
        pytest.skip(str(missing))
    port = ports.any_port(LOOPBACK)
    server = ProxyServer(web_url=f"http://{LOOPBACK}:{port}")
    with (tmp_path / "web").open("wb") as log:
        web = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "nahbar.config.wsgi:application"),
                # It listens only once the application is loaded.
                *("--preload", f"--bind={LOOPBACK}:{port}"),
            ],
            cwd=REPO,
            env={**os.environ, **_production(server)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        await_process(web, lambda: ports.answers(LOOPBACK, port), "gunicorn", (tmp_path / "web").read_text)
        with server:
            yield server
    finally:
        web.terminate()
        web.wait(20)
        cache.clear()


def _production(server: ProxyServer) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.production",
        "NAHBAR_SECRET_KEY": "production-" * 5,
        "NAHBAR_LINK_KEYS": "link-key-of-production-0123456789abcdef",
        "NAHBAR_DATABASE": database_address(),
        "NAHBAR_BASE_URL": server.base_url,
        "NAHBAR_HOSTS": LOOPBACK,
        "NAHBAR_TRUSTED_PROXIES": "1",
        # One origin: browsers find the media server where the pages are.
        "NAHBAR_LIVEKIT_URL": "",
        "NAHBAR_LIVEKIT_API_URL": f"http://{LOOPBACK}:1",
        "NAHBAR_LIVEKIT_KEY": KEY,
        "NAHBAR_LIVEKIT_SECRET": SECRET,
        "NAHBAR_CONTACT_PHONE": "040 66969-0",
        "NAHBAR_MAIL_FROM": "Jobcenter <noreply@example.org>",
    }


def test_page_stands_at_one_origin_with_every_header_once(proxy: ProxyServer) -> None:
    page = proxy.ask("/anmelden/")

    assert page.status == 200
    for name, value in {
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Server": "nginx",
    }.items():
        assert page.headers.get_all(name) == [value]
    (policy,) = page.headers.get_all("Content-Security-Policy") or []
    assert f"connect-src 'self' {proxy.base_url.replace('https', 'wss')};" in f"{policy};"
    assert all("; Secure" in cookie and cookie.startswith("__Host-") for cookie in _cookies(page))


def test_stylesheet_comes_compressed_and_may_be_kept(proxy: ProxyServer) -> None:
    address = re.search(r'href="(/static/[^"]+\.css)"', proxy.ask("/anmelden/").text)
    assert address is not None

    sheet = proxy.ask(address[1], headers={"Accept-Encoding": "br"})

    assert (sheet.status, sheet.headers["Content-Encoding"]) == (200, "br")
    assert "immutable" in sheet.headers["Cache-Control"]


def test_media_server_reports_at_the_inner_door(proxy: ProxyServer) -> None:
    path, body = "/api/livekit/webhook", event()
    token = {"Authorization": signed(body, key=KEY, secret=SECRET), "Content-Type": "application/webhook+json"}

    inside = proxy.ask_plainly(path, proxy.webhook_port, "POST", body=body.encode(), headers=token)
    forged = proxy.ask_plainly(path, proxy.webhook_port, "POST", body=b"{}", headers=token)
    outside = proxy.ask(path, "POST", body=body.encode(), headers=token)

    assert (inside.status, forged.status, outside.status) == (204, 401, 404)


def test_caller_who_names_other_addresses_is_counted_as_one(proxy: ProxyServer) -> None:
    said = [_sign_in_from(proxy, f"203.0.113.{number}", f"person{number}@example.org").text for number in range(12)]

    refused = ["Das waren viele Versuche" in page for page in said]
    assert refused == [False] * 10 + [True] * 2


def _sign_in_from(proxy: ProxyServer, address: str, email: str) -> Answer:
    """Somebody tries a password and says to come from elsewhere."""
    page = proxy.ask("/anmelden/")
    token = TOKEN.search(page.text)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "login": email, "password": "wrong-" * 4}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(cookie.partition(";")[0] for cookie in _cookies(page)),
        "Origin": proxy.base_url,
        "X-Forwarded-For": address,
    }
    return proxy.ask("/anmelden/", "POST", body=urlencode(form).encode(), headers=headers)


def _cookies(page: Answer) -> list[str]:
    return page.headers.get_all("Set-Cookie") or []
