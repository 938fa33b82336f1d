from __future__ import annotations

import datetime as dt
import signal
import threading

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from nahbar.outbox import clockwork, operations
from nahbar.outbox.clockwork import Clock, Duty, duties, every, perform
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from tests.outbox.letters import queue_letter
from tests.outbox.processes import running
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def test_duties_of_the_outbox_are_registered() -> None:
    assert {"outbox.repair", "retention.nightly"} <= {duty.name for duty in duties()}


def test_duty_of_a_name_already_taken_is_refused() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        every(1, "outbox.repair")(lambda now: None)


def test_failing_duty_is_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    def fail(now: dt.datetime) -> None:
        raise LookupError("erika@example.org")

    assert not perform(Duty("failing", 1, fail), now=timezone.now())

    assert "clock duty=failing failed: LookupError at outbox/test_clock.py:" in caplog.text
    assert "erika" not in caplog.text


def test_slow_duty_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert perform(Duty("slow", 0, lambda now: None), now=timezone.now())

    assert "clock duty=slow took" in caplog.text


def test_stuck_and_failing_duties_keep_no_other_from_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "TICK", 0.02)
    release, counted = threading.Event(), threading.Event()
    turns: list[dt.datetime] = []

    def count(now: dt.datetime) -> None:
        turns.append(now)
        if len(turns) == 5:
            counted.set()

    clock = Clock(
        [
            Duty("stuck", 0.02, lambda now: release.wait(30)),
            Duty("failing", 0.02, lambda now: 1 // 0),
            Duty("counting", 0.02, count),
        ]
    )
    clock.start()
    assert counted.wait(10)
    clock.stop()
    assert clock.wait(patience=0.5) == ["stuck"]
    release.set()
    assert clock.wait(patience=5) == []


def test_clock_once_runs_every_duty() -> None:
    message = queue_letter(now=timezone.now() - dt.timedelta(hours=1))
    DBTaskResult.objects.all().delete()

    call_command("clock", once=True)

    message.refresh_from_db()
    assert DBTaskResult.objects.get().pk == message.task_id


def test_clock_process_repairs_and_ends_on_sigterm() -> None:
    past = timezone.now() - dt.timedelta(hours=1)
    assert operations.claim(public_id=queue_letter(now=past).public_id, now=past) is not None

    with running("clock") as clock:
        eventually(lambda: OutboxMessage.objects.get().state == State.QUEUED)
        clock.send_signal(signal.SIGTERM)
        output, _ = clock.communicate(timeout=10)

    assert clock.returncode == 0
    assert "clock stopped unfinished=-" in output
