"""Every stored field has a privacy class, a purpose and a period, and the table shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from nahbar.audit import privacy
from nahbar.audit.privacy import FIELDS, Period, Privacy, PrivacyClass, describe, missing, rooms

SOMETHING = Privacy(PrivacyClass.TECHNICAL, "nothing", Period.DAYS)


def test_every_field_of_every_room_has_an_entry() -> None:
    assert missing(rooms()) == []


def test_table_in_the_docs_is_current() -> None:
    call_command("privacy_table", check=True)


def test_field_without_entry_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FIELDS["AuditEntry"], "office")

    assert missing([apps.get_app_config("audit")]) == ["audit.AuditEntry.office: no entry"]


def test_entry_without_field_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIELDS["AuditEntry"], "name", SOMETHING)

    assert missing([apps.get_app_config("audit")]) == ["audit.AuditEntry.name: no field"]


@pytest.mark.parametrize("name", ["Forgotten", "audit.Forgotten", "nowhere.Forgotten"])
def test_entry_without_model_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(FIELDS, name, {"field": SOMETHING})

    assert missing([apps.get_app_config("audit")]) == [f"audit.{name}.field: no field"]


def test_library_model_can_be_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIELDS, "contenttypes.ContentType", {"app_label": SOMETHING})

    assert missing([apps.get_app_config("audit")]) == ["audit.contenttypes.ContentType.model: no entry"]


def test_room_without_entries_misses_all_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "FIELDS", {})

    assert len(missing([apps.get_app_config("audit")])) == sum(map(len, FIELDS.values()))


def test_rows_are_described_in_model_order() -> None:
    rows = describe([apps.get_app_config("audit")])

    assert [row.field for row in rows][:3] == ["at", "action", "office"]
    assert list(dict.fromkeys((row.room, row.model) for row in rows)) == [
        ("audit", "AuditEntry"),
        ("audit", "RetentionRun"),
        ("audit", "RetentionEntry"),
    ]


def test_check_fails_when_the_table_is_out_of_date(tmp_path: Path) -> None:
    output = tmp_path / "privacy" / "fields.md"
    call_command("privacy_table", output=output)
    call_command("privacy_table", output=output, check=True)

    output.write_text(output.read_text() + "\n")
    with pytest.raises(CommandError, match="out of date"):
        call_command("privacy_table", output=output, check=True)


def test_table_is_not_written_with_gaps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(FIELDS["AuditEntry"], "office")

    with pytest.raises(CommandError, match=r"audit\.AuditEntry\.office: no entry"):
        call_command("privacy_table", output=tmp_path / "fields.md")
