"""Opening the demo to a phone: which hosts are refused, what is said, what can be photographed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from nahbar.config import checks
from nahbar.onboarding.launch.real_phone import CannotOpen, Place, code, place_of, warning
from tests.servers import REPO, livekit_binary


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("192.168.7.20", Place(name="192.168.7.20", address="192.168.7.20")),
        ("LOCALHOST", Place(name="localhost", address="127.0.0.1")),
    ],
)
def test_host_is_an_address_or_a_name_that_has_one(host: str, place: Place) -> None:
    assert place_of(host) == place


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("0.0.0.0", "is every address at once. Name the one your phone reaches"),  # noqa: S104
        ("::", "is every address at once"),
        ("fd00::1", "an IPv4 address, or a name that has one"),
        ("nowhere.invalid", "is neither an address nor a name known here"),
        ("a b;c", "is neither an address nor a name known here"),
        ("192.168.7.20:8000", "is neither an address nor a name known here"),
    ],
)
def test_host_that_cannot_be_opened_is_refused_with_words(host: str, says: str) -> None:
    with pytest.raises(CannotOpen, match=says):
        place_of(host)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("0.0.0.0", "HOST=0.0.0.0 is every address at once."),  # noqa: S104
        ("203.0.113.7", "203.0.113.7 is no address of this machine. `ip -brief address` lists them."),
    ],
)
def test_demo_ends_with_what_to_do_before_anything_listens(tmp_path: Path, host: str, says: str) -> None:
    done = demo(tmp_path, NAHBAR_DEMO_HOST=host)

    assert (done.returncode, says in done.stdout, "Starting" in done.stdout) == (1, True, False)
    assert "Traceback" not in done.stdout + done.stderr


def test_demo_without_nginx_says_how_to_get_it(tmp_path: Path) -> None:
    # A machine without the program: neither on the path nor where Debian keeps it.
    script = (
        "import shutil, runpy, sys; find = shutil.which; "
        "shutil.which = lambda name, *a, **k: None if name == 'nginx' else find(name, *a, **k); "
        "sys.argv = ['django', 'demo']; runpy.run_module('django', run_name='__main__')"
    )

    done = demo(tmp_path, "-c", script, NAHBAR_DEMO_HOST="127.0.0.2")

    assert done.returncode == 1
    assert "nginx is missing: run `apt-get install --no-install-recommends nginx` as root" in done.stdout


def demo(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.demo",
        "NAHBAR_HOME": str(folder),
        "NAHBAR_VAR": str(folder),
        "NAHBAR_LIVEKIT_BINARY": livekit_binary(),
        **variables,
    }
    command = [sys.executable, *(arguments or ("-m", "django", "demo"))]
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_warning_says_what_opening_means() -> None:
    said = warning(Place(name="demo.example.org", address="192.168.7.20"))

    for meaning in ("signs in with one click", "reads every mail", "Enter nobody real", "Ctrl-C closes it"):
        assert meaning in said
    assert "public Internet" not in said
    assert "public Internet" in warning(Place(name="9.9.9.9", address="9.9.9.9"))


def test_code_is_dark_on_light_whatever_the_terminal_looks_like() -> None:
    lines = code("https://192.168.7.20:8443/demo/").splitlines()
    cells = [re.fullmatch(r"\x1b\[97;40m([█▀▄ ]+)\x1b\[0m", line) for line in lines]

    assert all(cells)
    widths = {len(found[1]) for found in cells if found}
    # Twice as many rows as lines, and as many columns as rows: it is square.
    assert widths == {2 * len(lines) - 1}


def test_page_of_all_doors_offers_no_certificate_where_there_is_none(settings: Any, client: Client) -> None:
    settings.ROOT_URLCONF = "nahbar.config.urls_demo"

    assert client.get("/demo/zertifikat/nahbar-demo.crt").status_code == 404
    page = client.get("/demo/").content.decode()
    assert ("Alle Türen" in page, "Zertifikat" in page) == (True, False)


@pytest.mark.parametrize(("host", "problems"), [("192.168.7.20", 0), ("192.168.7.21", 1)])
def test_only_the_named_host_is_answered(settings: Any, host: str, problems: int) -> None:
    settings.NAHBAR_DEMO, settings.NAHBAR_DEMO_HOST = True, "192.168.7.20"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", host]

    assert [found.id for found in checks.check_demo_stays_here()] == ["nahbar.E003"] * problems
