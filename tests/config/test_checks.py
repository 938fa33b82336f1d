"""What is wrong with the configuration is said with a hint, all at once."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection

from nahbar.audit.rules import SYSTEM
from nahbar.config import checks
from nahbar.config.settings import environment
from nahbar.jobcenters.drafts import save_draft
from nahbar.jobcenters.legal import publish
from nahbar.jobcenters.models import JobCenter, LegalText
from nahbar.jobcenters.rules import REQUIRED_PAGES, LegalPage
from tests.factories import make_office


def _check(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`check` with the production settings and nothing of ours in the environment but `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NAHBAR_")}
    return subprocess.run(
        [sys.executable, "-m", "django", "check"],
        env={**kept, "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.production", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_and_malformed_variables_are_reported_together() -> None:
    done = _check({"NAHBAR_SMTP_PORT": "mail", "NAHBAR_TURN_TLS_PORT": "tls", "NAHBAR_DATABASE": "mysql://x"})
    said = done.stdout + done.stderr
    assert done.returncode == 1
    for expected in (
        "NAHBAR_SECRET_KEY is not set",
        "NAHBAR_SMTP_PORT is not a whole number",
        "NAHBAR_LINK_KEYS",
        "nahbar.E005",
    ):
        assert expected in said
    assert "NAHBAR_DATABASE names neither" in said
    assert "NAHBAR_TURN_TLS_PORT is not a whole number" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("value", "engine", "name"),
    [
        ("sqlite:////srv/db.sqlite3", "django.db.backends.sqlite3", "/srv/db.sqlite3"),
        ("postgresql://a:b%40c@h:5433/n", "django.db.backends.postgresql", "n"),
    ],
)
def test_database_addresses(monkeypatch: pytest.MonkeyPatch, value: str, engine: str, name: str) -> None:
    monkeypatch.setenv("NAHBAR_TRY", value)
    found = environment.database("NAHBAR_TRY")
    assert (found["ENGINE"], found["NAME"]) == (engine, name)
    assert found.get("PASSWORD", "b@c") == "b@c"


def test_the_demo_refuses_other_machines(settings: Any) -> None:
    settings.NAHBAR_DEMO, settings.ALLOWED_HOSTS = True, ["localhost", "nahbar.example.org"]
    assert [found.id for found in checks.check_demo_stays_here()] == ["nahbar.E003"]
    settings.NAHBAR_DEMO = False
    assert checks.check_demo_stays_here() == []


def test_short_link_keys_are_refused(settings: Any) -> None:
    settings.NAHBAR_LINK_KEYS = ["a" * 40, "short"]
    assert [found.id for found in checks.check_link_keys()] == ["nahbar.E002"]


@pytest.mark.parametrize(
    ("url", "problems"), [("http://office.example", 1), ("https://office.example", 0), ("http://localhost:8000", 0)]
)
def test_media_need_https(settings: Any, url: str, problems: int) -> None:
    settings.NAHBAR_BASE_URL = url
    assert len(checks.check_https()) == problems


@pytest.mark.parametrize(
    "url", ["http://localhost.example.de", "http://127.0.0.1.example", "http://[", "ftp://localhost"]
)
def test_what_only_looks_local_needs_https(settings: Any, url: str) -> None:
    settings.NAHBAR_BASE_URL = url
    assert [found.id for found in checks.check_https()] == ["nahbar.E004"]


def test_no_host_name_is_an_error(settings: Any) -> None:
    assert checks.check_hosts() == []
    settings.ALLOWED_HOSTS = []
    assert [found.id for found in checks.check_hosts()] == ["nahbar.E005"]


@pytest.mark.parametrize(("value", "said"), [("", 1), ("0", 0), ("1", 0)])
def test_production_wants_to_know_its_proxies(value: str, said: int) -> None:
    found = _check({"NAHBAR_TRUSTED_PROXIES": value})
    assert found.stderr.count("NAHBAR_TRUSTED_PROXIES is not set") == said


@pytest.mark.parametrize(("ledger", "said"), [("", ["nahbar.W001"]), ("/srv/erased", [])])
def test_deployment_without_a_ledger_of_erasures_is_warned(settings: Any, ledger: str, said: list[str]) -> None:
    settings.NAHBAR_ERASURE_LEDGER = ledger
    found = run_checks(tags=["security"], include_deployment_checks=True)
    assert [one.id for one in found if one.id == "nahbar.W001"] == said
    assert all(not one.is_serious() for one in found if one.id == "nahbar.W001")
    assert [one for one in run_checks(tags=["security"]) if one.id == "nahbar.W001"] == []


def _publish(office: JobCenter, kind: LegalPage, now: dt.datetime) -> None:
    bodies = {"de": "Text"}
    draft = save_draft(jobcenter=office, name=kind.value, bodies=bodies, state=None, by=SYSTEM, now=now)
    publish(jobcenter=office, kind=kind, state=draft.state, by=SYSTEM, now=now)


def _lacking() -> list[tuple[str, str]]:
    return [(found.id or "", found.msg) for found in run_checks(tags=["legal"], include_deployment_checks=True)]


def test_an_office_without_its_pages_must_not_go_public(db: None, now: dt.datetime) -> None:
    office = make_office("altona")
    for kind in REQUIRED_PAGES:
        assert ("nahbar.E006", f"The office altona has not published: {kind.value}.") in _lacking()
        _publish(office, kind, now)
    assert _lacking() == []
    make_office("bergedorf")
    assert [said.split()[2] for _id, said in _lacking()] == ["bergedorf"] * 3


def test_the_hint_names_the_page(db: None) -> None:
    make_office("altona")
    assert "/b/altona/einrichtung/texte/impressum/" in (checks.check_legal_pages()[0].hint or "")


def test_processes_start_without_the_pages(db: None) -> None:
    make_office("altona")
    assert [found for found in run_checks() if found.id == "nahbar.E006"] == []


def test_no_office_lacks_nothing(db: None) -> None:
    assert _lacking() == []


def test_a_database_before_its_first_migration_lacks_nothing(transactional_db: None) -> None:
    make_office("altona")
    table = LegalText._meta.db_table
    with connection.schema_editor() as editor:
        editor.alter_db_table(LegalText, table, f"{table}_away")
    try:
        assert checks.check_legal_pages() == []
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(LegalText, f"{table}_away", table)
