"""The nightly runs: every promised period has a rule, once a night, in steps, with a log that proves them."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from nahbar.audit import nightly, retention
from nahbar.audit.models import AppendOnly, AuditEntry, RetentionEntry, RetentionRun
from nahbar.audit.operations import record
from nahbar.audit.privacy import Period, describe, rooms
from nahbar.audit.retention import Tallies, Tally
from nahbar.audit.rules import SYSTEM, About, Action
from tests.factories import at

# Without a date of their own: they end with something that people do, and are deleted then.
UNTIMED = frozenset(
    {Period.OFFICE_SETTINGS, Period.UNTIL_REPLACED, Period.EMPLOYMENT, Period.UNTIL_TEN, Period.FOR_GOOD}
)
NIGHT = at("2026-03-03 02:00")
pytestmark = pytest.mark.django_db


class Pile:
    """A rule of the tests: so many things, deleted five at a time."""

    name, what, period, models, batch = "tests.pile", "Sachen", Period.DAYS, frozenset[str](), 5

    def __init__(self, left: int, *, breaks_at: int | None = None) -> None:
        self.left, self.breaks_at, self.steps = left, breaks_at, 0

    def count(self, *, now: dt.datetime) -> Tallies:
        return {"altona": Tally(self.left, now)} if self.left else {}

    def delete(self, *, now: dt.datetime, limit: int) -> Tallies:
        self.steps += 1
        if self.steps == self.breaks_at:
            raise SystemExit
        gone = min(limit, self.left)
        self.left -= gone
        return {"altona": Tally(gone, now)} if gone else {}


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Only the given rules."""

    def put(*rules: Any) -> None:
        monkeypatch.setattr(retention, "_rules", {rule.name: rule for rule in rules})

    return put


def _promised() -> set[tuple[str, Period]]:
    rows = [row for row in describe(rooms()) if row.privacy is not None and row.privacy.period not in UNTIMED]
    return {
        (row.model if "." in row.model else f"{row.room}.{row.model}", row.privacy.period)
        for row in rows
        if row.privacy
    }


def _kept() -> set[tuple[str, Period]]:
    return {(model, rule.period) for rule in retention.rules() for model in rule.models}


def test_every_promised_period_is_kept_by_a_rule() -> None:
    assert ("calls.Call", Period.THREE_MONTHS) in _promised()
    assert _promised() - _kept() == set()


def test_a_period_that_no_rule_keeps_is_missed(only: Any) -> None:
    rules = [rule for rule in retention.rules() if rule.name != "outbox.messages"]
    only(*rules)
    assert _promised() - _kept() == {("outbox.OutboxMessage", Period.FOURTEEN_DAYS_AFTER_FATE)}


def test_every_rule_counts_and_deletes_on_an_empty_database() -> None:
    assert {rule.name: rule.count(now=NIGHT) for rule in retention.rules()} == {r.name: {} for r in retention.rules()}
    assert {rule.name: rule.delete(now=NIGHT, limit=1) for rule in retention.rules()} == {
        rule.name: {} for rule in retention.rules()
    }


@pytest.mark.parametrize(
    ("moment", "runs"),
    [
        ("2026-03-03 00:59", False),
        ("2026-03-03 01:00", True),
        ("2026-03-03 04:59", True),
        ("2026-03-03 05:00", False),
        ("2026-07-03 01:00", True),
        ("2026-07-03 05:00", False),
    ],
)
def test_runs_at_night_as_the_clock_in_the_office_shows_it(only: Any, moment: str, *, runs: bool) -> None:
    only()
    assert (nightly.nightly(now=at(moment)) is not None) is runs


def test_runs_once_a_night(only: Any) -> None:
    pile = Pile(12)
    only(pile)
    run = nightly.nightly(now=NIGHT)
    assert run is not None
    assert run.finished_at is not None
    assert nightly.nightly(now=NIGHT + dt.timedelta(minutes=10)) is None
    assert [entry.count for entry in run.entries.all()] == [5, 5, 2]
    assert pile.left == 0
    told = AuditEntry.objects.get(action=Action.DELETED)
    assert (told.object_id, told.detail) == ("tests.pile", {"count": 12})
    assert nightly.nightly(now=NIGHT + dt.timedelta(days=1)) is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_one_runs(only: Any) -> None:
    only()
    claimed: list[RetentionRun | None] = []
    start = threading.Barrier(4)

    def clock() -> None:
        start.wait(10)
        try:
            claimed.append(nightly.claim_night(now=NIGHT))
        finally:
            connection.close()

    threads = [threading.Thread(target=clock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(run is not None for run in claimed) == [False, False, False, True]


def test_goes_on_where_a_dead_clock_stopped(only: Any) -> None:
    pile = Pile(12, breaks_at=2)
    only(pile)
    with pytest.raises(SystemExit):
        nightly.nightly(now=NIGHT)
    assert (RetentionRun.objects.get().finished_at, pile.left) == (None, 7)
    assert nightly.nightly(now=NIGHT + dt.timedelta(minutes=4)) is None
    run = nightly.nightly(now=NIGHT + dt.timedelta(minutes=6))
    assert run is not None
    assert RetentionRun.objects.get() == run
    assert [entry.count for entry in run.entries.all()] == [5, 5, 2]


def test_a_clock_that_was_taken_for_dead_stops(only: Any) -> None:
    pile = Pile(12)
    only(pile)
    slow = nightly.claim_night(now=NIGHT)
    assert slow is not None
    assert nightly.claim_night(now=NIGHT + dt.timedelta(minutes=6)) is not None
    nightly.carry_out(run=slow, now=NIGHT)
    assert (pile.left, RetentionEntry.objects.count()) == (12, 0)


def test_a_failing_rule_keeps_no_other_from_its_turn(only: Any, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Pile):
        name = "tests.broken"

        def delete(self, *, now: dt.datetime, limit: int) -> Tallies:
            raise LookupError("erika@example.org")

    pile = Pile(3)
    only(Broken(1), pile)
    run = nightly.nightly(now=NIGHT)
    assert run is not None
    assert (run.errors, pile.left) == ("tests.broken:LookupError", 0)
    assert "erika" not in caplog.text


def test_a_trial_counts_and_deletes_nothing(only: Any) -> None:
    pile = Pile(12)
    only(pile)
    run = nightly.trial(by=SYSTEM, office="altona", now=NIGHT)
    assert [(entry.rule, entry.office, entry.count) for entry in run.entries.all()] == [("tests.pile", "altona", 12)]
    assert (pile.left, pile.steps, run.is_trial) == (12, 0, True)
    assert nightly.nightly(now=NIGHT) is not None


def test_command_shows_what_would_go_and_carries_it_out(only: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pile = Pile(7)
    only(pile)
    call_command("retention", dry_run=True)
    today = timezone.now()
    assert capsys.readouterr().out == f"tests.pile altona: 7, oldest {today:%Y-%m-%d}\nerrors: -\n"
    assert pile.left == 7
    call_command("retention")
    assert capsys.readouterr().out == f"tests.pile altona: 7, oldest {today:%Y-%m-%d}\nerrors: -\n"
    assert pile.left == 0
    call_command("retention")
    assert capsys.readouterr().out == "Tonight's run is done, or another clock is at it.\n"


def test_the_proof_cannot_be_changed(only: Any) -> None:
    only(Pile(1))
    nightly.nightly(now=NIGHT)
    entry = RetentionEntry.objects.get()
    for change in (entry.save, entry.delete, RetentionEntry.objects.all().delete):
        with pytest.raises(AppendOnly):
            change()
    with pytest.raises(AppendOnly):
        RetentionEntry.objects.update(count=0)


def test_a_rule_is_registered_once() -> None:
    names = Counter(rule.name for rule in retention.rules())
    assert set(names.values()) == {1}
    with pytest.raises(ValueError, match="registered twice"):
        retention.register(retention.rules()[0])


def test_night_tells_the_planner_how_large_the_tables_are() -> None:
    for number in range(5):
        record(action=Action.DELETED, by=SYSTEM, office="", about=About("client", str(number)), now=NIGHT)
    nightly.run_now(now=NIGHT)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT DISTINCT stat FROM sqlite_stat1 WHERE tbl = 'audit_auditentry'")
            known = {int(row[0].split()[0]) for row in cursor.fetchall()}
        else:
            cursor.execute("SELECT reltuples::int FROM pg_class WHERE relname = 'audit_auditentry'")
            known = {row[0] for row in cursor.fetchall()}
    assert known == {AuditEntry.objects.count()}
