from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit import operations
from nahbar.audit.models import AppendOnly, AuditEntry
from nahbar.audit.nightly import run_now
from nahbar.audit.rules import ANONYMOUS, AUDIT_PERIOD, About, Action, Actor, Scalar

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


def entry(*, now: dt.datetime = NOW, detail: dict[str, Scalar] | None = None) -> AuditEntry:
    return operations.record(
        action=Action.ADMITTED,
        by=Actor("staff", "7"),
        office="hafen",
        about=About("appointment", "1b9e"),
        detail=detail,
        now=now,
    )


def test_record_keeps_who_did_what() -> None:
    entry(detail={"mode": "video", "tries": 2, "first": True, "old": None})

    assert list(AuditEntry.objects.values_list("at", "action", "office", "actor_kind", "actor_id")) == [
        (NOW, "admitted", "hafen", "staff", "7")
    ]
    assert AuditEntry.objects.get().detail == {"mode": "video", "tries": 2, "first": True, "old": None}


def test_nobody_can_be_an_actor() -> None:
    operations.record(action=Action.DENIED, by=ANONYMOUS, office="", about=About("url", "staff_day"), now=NOW)

    assert AuditEntry.objects.get().actor_kind == "anonymous"


@pytest.mark.parametrize(
    "value",
    ["Erika Mustermann", "erika@example.org", "Müller", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0"],
)
def test_detail_refuses_names_addresses_and_tokens(value: str) -> None:
    with pytest.raises(ValueError, match="must be a code"):
        entry(detail={"who": value})

    assert AuditEntry.objects.count() == 0


def test_detail_refuses_what_is_not_flat() -> None:
    with pytest.raises(ValueError, match="must be a scalar"):
        entry(detail={"who": {"name": "x"}})  # type: ignore[dict-item]


def test_detail_takes_times_and_ids() -> None:
    detail: dict[str, Scalar] = {"old": NOW.isoformat(), "id": "0b8a4d4e-6a0e-4b3f-9d53-2f5f5b4b2f11"}

    assert entry(detail=detail).detail == detail


def test_entry_cannot_be_changed() -> None:
    recorded = entry()
    recorded.action = Action.EJECTED

    with pytest.raises(AppendOnly):
        recorded.save()
    with pytest.raises(AppendOnly):
        AuditEntry.objects.update(action=Action.EJECTED)
    with pytest.raises(AppendOnly):
        AuditEntry.objects.bulk_update([recorded], ["action"])
    with pytest.raises(AppendOnly):
        AuditEntry._base_manager.update(action=Action.EJECTED)
    with pytest.raises(AppendOnly):
        AuditEntry.objects.update_or_create(pk=recorded.pk, defaults={"action": Action.EJECTED})
    assert AuditEntry.objects.get().action == Action.ADMITTED


def test_entry_cannot_be_deleted() -> None:
    recorded = entry()

    with pytest.raises(AppendOnly):
        recorded.delete()
    with pytest.raises(AppendOnly):
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.count() == 1


def test_entries_end_with_their_period_and_the_run_is_recorded() -> None:
    entry(now=NOW - AUDIT_PERIOD - dt.timedelta(seconds=1))
    kept = entry(now=NOW - AUDIT_PERIOD)

    run = run_now(now=NOW)

    assert list(AuditEntry.objects.values_list("pk", flat=True).filter(at=kept.at)) == [kept.pk]
    told = AuditEntry.objects.get(action=Action.DELETED)
    assert (told.object_kind, told.object_id, told.detail) == ("retention", "audit.entries", {"count": 1})
    assert run is not None
    assert [(one.rule, one.count) for one in run.entries.all()] == [("audit.entries", 1)]


def test_retention_run_without_work_records_nothing() -> None:
    assert run_now(now=NOW) is not None
    assert AuditEntry.objects.count() == 0
