"""Worker processes that are killed and terminated while a real mail server listens."""

from __future__ import annotations

import datetime as dt
import random
import signal
import time
import uuid
from typing import Any

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from nahbar.outbox import operations, pulse
from nahbar.outbox.management.commands.worker import Worker
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import LEASE, State
from nahbar.outbox.tasks import deliver
from tests.outbox.letters import queue_letter
from tests.outbox.processes import StallingServer, running
from tests.servers import MailServer
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def states() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("state", flat=True))


def pass_time(span: dt.timedelta) -> None:
    """As if everything in the database had happened that much earlier."""
    for message in OutboxMessage.objects.all():
        for name in ("next_attempt_at", "claimed_at", "handed_over_at"):
            if (at := getattr(message, name)) is not None:
                setattr(message, name, at - span)
        message.save()
    for result in DBTaskResult.objects.all():
        if result.started_at is not None:
            result.started_at -= span
        if result.run_after is not None and result.run_after.year < 9000:
            result.run_after -= span
        result.save()


def run_what_is_due(port: int) -> None:
    with running("worker", "--batch", "--no-startup-delay", smtp_port=port) as worker:
        assert worker.wait(30) == 0


def test_worker_sends_what_is_due_and_ends(mail_server: MailServer) -> None:
    queue_letter(now=timezone.now())
    queue_letter(now=timezone.now(), not_before=timezone.now() + dt.timedelta(days=1))

    run_what_is_due(mail_server.port)

    assert states() == [State.SENT, State.QUEUED]
    assert len(mail_server.deliveries) == 1


def test_worker_killed_between_claim_and_send_is_made_good(mail_server: MailServer) -> None:
    queue_letter(now=timezone.now())
    with StallingServer("RCPT") as server:
        with running("worker", "--no-startup-delay", smtp_port=server.port) as worker:
            assert server.reached.wait(20)
            worker.kill()
        assert states() == [State.SENDING]
        assert server.mails == []

    operations.repair(now=timezone.now() + LEASE + dt.timedelta(seconds=1))
    assert states() == [State.QUEUED]
    pass_time(dt.timedelta(hours=1))
    run_what_is_due(mail_server.port)

    assert states() == [State.SENT]
    assert len(mail_server.deliveries) == 1


def test_worker_killed_after_handing_over_leaves_it_uncertain(mail_server: MailServer) -> None:
    queue_letter(now=timezone.now())
    with (
        StallingServer("DATA") as server,
        running("worker", "--no-startup-delay", smtp_port=server.port) as worker,
    ):
        assert server.reached.wait(20)
        worker.kill()
        worker.wait(10)

    operations.repair(now=timezone.now() + LEASE + dt.timedelta(seconds=1))
    assert states() == [State.UNCERTAIN]
    pass_time(dt.timedelta(hours=1))
    run_what_is_due(mail_server.port)

    assert states() == [State.UNCERTAIN]
    assert mail_server.deliveries == []


def test_terminated_worker_finishes_its_mail(mail_server: MailServer) -> None:
    queue_letter(now=timezone.now())
    with (
        StallingServer("DATA") as server,
        running("worker", "--no-startup-delay", smtp_port=server.port) as worker,
    ):
        assert server.reached.wait(20)
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        server.released.set()
        assert worker.wait(10) == 0

    assert states() == [State.SENT]


def test_terminated_idle_worker_ends_at_once() -> None:
    with running("worker", "--no-startup-delay") as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            if "Starting worker" in line:
                break
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_killed_workers_lose_and_double_nothing(mail_server: MailServer) -> None:
    """Every mail either arrived exactly once or is marked uncertain."""
    for number in range(12):
        queue_letter(now=timezone.now(), about=f"letter {number}")
    for _ in range(3):
        with running("worker", "--no-startup-delay", smtp_port=mail_server.port) as worker:
            started = len(mail_server.deliveries)
            eventually(lambda started=started: len(mail_server.deliveries) > started)  # type: ignore[misc]
            time.sleep(random.random() / 20)  # noqa: S311
            worker.kill()
        pass_time(dt.timedelta(hours=1))
        operations.repair(now=timezone.now())
        pass_time(dt.timedelta(hours=1))
    run_what_is_due(mail_server.port)

    assert set(states()) <= {State.SENT, State.UNCERTAIN}
    arrived = [delivery.message["Message-ID"] for delivery in mail_server.deliveries]
    assert len(arrived) == len(set(arrived))
    sent = OutboxMessage.objects.filter(state=State.SENT).values_list("message_id", flat=True)
    assert set(sent) <= set(arrived)


# --- the lease of tasks --------------------------------------------------------------------------


def started(*, ago: dt.timedelta, starts: int) -> DBTaskResult[Any, Any]:
    queue_letter(now=timezone.now())
    result = DBTaskResult.objects.latest("enqueued_at")
    result.status = TaskResultStatus.RUNNING
    result.started_at = timezone.now() - ago
    result.worker_ids = [str(number) for number in range(starts)]
    result.save()
    return result


def test_task_of_a_silent_worker_becomes_ready_again() -> None:
    result = started(ago=pulse.LEASE * 2, starts=1)

    assert pulse.reap(now=timezone.now()) == 1

    result.refresh_from_db()
    assert (result.status, result.started_at) == (TaskResultStatus.READY, None)


def test_task_of_a_living_worker_is_left_alone() -> None:
    started(ago=pulse.LEASE / 2, starts=1)

    assert pulse.reap(now=timezone.now()) == 0


def test_task_that_kills_its_workers_fails() -> None:
    result = started(ago=pulse.LEASE * 2, starts=pulse.STARTS)

    pulse.reap(now=timezone.now())

    result.refresh_from_db()
    assert result.status == TaskResultStatus.FAILED


def test_pulse_renews_the_lease_of_the_running_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LEASE", dt.timedelta(seconds=0.4))
    result = started(ago=dt.timedelta(), starts=1)
    with pulse.Pulse() as beating:
        beating._on_start(task_result=result.task_result)
        time.sleep(1.2)
        result.refresh_from_db()
        assert result.status == TaskResultStatus.RUNNING
        beating._on_finish()
        eventually(lambda: DBTaskResult.objects.get(pk=result.pk).status == TaskResultStatus.READY)


def test_a_task_whose_row_goes_while_it_runs_ends_no_worker() -> None:
    task = DBTaskResult.objects.get(pk=deliver.enqueue(str(uuid.uuid4())).id)
    task.claim("worker")
    DBTaskResult.objects.filter(pk=task.pk).delete()
    worker = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="worker",
        excluded_queue_names=[],
    )
    worker.run_task(task)
    assert worker.running_task is False
