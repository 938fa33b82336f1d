"""`python -m nahbar setup`, run as an operator runs it: another process, a real database and mail server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import MailServer

REPO = Path(__file__).resolve().parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "nahbar", "setup", *arguments],
        cwd=REPO,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.test", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_empty_server_becomes_one_that_asks_for_the_first_office(tmp_path: Path) -> None:
    database = {"NAHBAR_DATABASE": f"sqlite:///{tmp_path / 'new.sqlite3'}"}
    with MailServer() as mail:
        done = run("--skip-media", "--test-mail", "uwe@example.org", **database, **mail.environment)
        (arrived,) = mail.wait_for(1, within=5)
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if line]
    assert [line for line in lines if line.startswith("MISSING")] == []
    assert arrived.text().startswith("It came")
    assert lines[-2].strip() == "http://localhost/erste-einrichtung/"
    assert lines[-1].startswith("It asks for this code: ")
    assert done.returncode == 0


@pytest.mark.slow
def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    nobody = {"NAHBAR_SMTP_HOST": "127.0.0.1", "NAHBAR_SMTP_PORT": "9", "NAHBAR_LIVEKIT_API_URL": "http://127.0.0.1:9"}
    done = run("--test-mail", "uwe@example.org", NAHBAR_DATABASE=f"sqlite:///{tmp_path / 'new.sqlite3'}", **nobody)
    missing = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("MISSING")]
    assert (missing, done.returncode) == (["Mail:", "Commands:"], 1)


def test_without_a_configuration_it_stops_and_names_all_of_it(tmp_path: Path) -> None:
    done = run(NAHBAR_DATABASE="mysql://x/y", NAHBAR_BASE_URL="http://beratung.example.de")
    missing = [line for line in done.stdout.splitlines() if line.startswith("MISSING")]
    assert sorted(line.split()[1] for line in missing) == ["NAHBAR_BASE_URL", "NAHBAR_DATABASE"]
    assert (done.stdout.splitlines()[-1], done.returncode) == ("Mend these, and start again.", 1)
