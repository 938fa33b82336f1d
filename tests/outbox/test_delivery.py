"""A queued message and a real mail server: what arrives, what is tried again, what is not."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from nahbar.outbox import operations, queries
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.retention import MESSAGES
from nahbar.outbox.rules import GRACE, KEPT_AFTER_FATE, LEASE, WAITS, State
from nahbar.outbox.tasks import deliver
from tests.factories import forget
from tests.outbox import letters
from tests.outbox.letters import queue_letter
from tests.servers import MailServer

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


def attempt(message: OutboxMessage, *, now: dt.datetime) -> OutboxMessage:
    """What the worker does at `now`; returns the message as it then stands."""
    with time_machine.travel(now, tick=False):
        deliver.call(str(message.public_id))
    message.refresh_from_db()
    return message


def claimed(message: OutboxMessage, *, now: dt.datetime) -> OutboxMessage:
    taken = operations.claim(public_id=message.public_id, now=now)
    assert taken is not None
    return taken


# --- arriving ------------------------------------------------------------------------------------


def test_queued_mail_arrives_once_with_both_texts(mail_server: MailServer, now: dt.datetime) -> None:
    message = attempt(queue_letter(now=now), now=now)

    assert message.state == State.SENT
    (delivery,) = mail_server.deliveries
    assert delivery.recipients == (letters.RECIPIENT,)
    assert delivery.sender == "noreply@example.org"
    assert delivery.text().splitlines() == ["Guten Tag,", ".", "der Punkt allein in der Zeile bleibt."]
    assert delivery.text("html").strip() == "<p>Guten Tag</p>"


def test_mail_carries_its_headers_once_each(mail_server: MailServer, now: dt.datetime) -> None:
    message = attempt(queue_letter(now=now), now=now)

    mail = mail_server.deliveries[0].message
    assert mail["Message-ID"] == message.message_id == f"<{message.public_id}@example.org>"
    assert {name: mail.get_all(name) for name in ("Auto-Submitted", "Subject", "To", "Reply-To")} == {
        "Auto-Submitted": ["auto-generated"],
        "Subject": ["Ihr Termin – Grüße"],
        "To": [letters.RECIPIENT],
        "Reply-To": ["jobcenter@example.org"],
    }
    assert mail["Date"].datetime == now


def test_message_sent_already_is_not_sent_again(mail_server: MailServer, now: dt.datetime) -> None:
    message = attempt(queue_letter(now=now), now=now)

    attempt(message, now=now + HOUR)

    assert len(mail_server.deliveries) == 1


def test_outbox_page_renders_what_was_sent(now: dt.datetime) -> None:
    assert queries.rendered(queue_letter(now=now)) == letters.render("letter")


def test_messages_of_one_thing_newest_first(now: dt.datetime) -> None:
    older, newer = queue_letter(now=now), queue_letter(now=now + HOUR)
    queue_letter(now=now, about="other")

    assert list(queries.about(kind="letter", id="letter")) == [newer, older]


# --- queueing ------------------------------------------------------------------------------------


def test_message_and_task_roll_back_with_the_caller(now: dt.datetime) -> None:
    with transaction.atomic():
        queue_letter(now=now)
        transaction.set_rollback(True)

    assert (OutboxMessage.objects.count(), DBTaskResult.objects.count()) == (0, 0)


def test_same_key_queues_once(now: dt.datetime) -> None:
    first, second = queue_letter(now=now, key="letter:1"), queue_letter(now=now, key="letter:1")

    assert second == first
    assert DBTaskResult.objects.count() == 1


def test_message_waits_until_it_may_be_sent(mail_server: MailServer, now: dt.datetime) -> None:
    message = queue_letter(now=now, not_before=now + HOUR)
    assert DBTaskResult.objects.get().run_after == now + HOUR

    assert attempt(message, now=now + HOUR - MINUTE).state == State.QUEUED
    assert attempt(message, now=now + HOUR).state == State.SENT
    assert len(mail_server.deliveries) == 1


def test_message_no_longer_wanted_is_dropped(mail_server: MailServer, now: dt.datetime) -> None:
    message = attempt(queue_letter(now=now, about="unwanted"), now=now)

    assert (message.state, message.fate_at) == (State.DROPPED, now)
    assert mail_server.deliveries == []


def test_message_too_late_is_dropped(mail_server: MailServer, now: dt.datetime) -> None:
    message = attempt(queue_letter(now=now, not_after=now + HOUR), now=now + HOUR + MINUTE)

    assert message.state == State.DROPPED
    assert mail_server.deliveries == []


# --- trying again --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error"),
    [("421 4.3.2 closing", "421 temporary"), ("451 4.3.0 try later", "451 temporary")],
)
def test_temporary_refusal_is_tried_again_later(
    mail_server: MailServer, now: dt.datetime, reply: str, error: str
) -> None:
    mail_server.answer(reply)

    message = attempt(queue_letter(now=now), now=now)

    assert (message.state, message.last_error, message.attempts) == (State.QUEUED, error, 1)
    assert (message.claim, message.handed_over_at, message.fate_at) == (None, None, None)
    assert MINUTE <= message.next_attempt_at - now <= 1.1 * MINUTE
    assert message.task_id is not None
    assert DBTaskResult.objects.get(pk=message.task_id).run_after == message.next_attempt_at

    message = attempt(message, now=message.next_attempt_at)
    assert (message.state, message.last_error, message.attempts) == (State.SENT, "", 2)
    assert [delivery.message["Message-ID"] for delivery in mail_server.deliveries] == [message.message_id]


def test_recipient_refused_for_now_is_tried_again_later(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.answer_recipient("450 4.2.1 greylisted")

    message = attempt(queue_letter(now=now), now=now)

    assert (message.state, message.last_error) == (State.QUEUED, "450 temporary")


def test_recipient_refused_for_good_fails_at_once(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.answer_recipient(f"550 5.1.1 <{letters.RECIPIENT}> unknown")

    message = attempt(queue_letter(now=now), now=now)

    assert (message.state, message.last_error, message.fate_at) == (State.FAILED, "550 permanent", now)
    assert mail_server.deliveries == []


def test_text_refused_for_good_fails_at_once(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.answer("554 5.7.1 looks like spam")

    message = attempt(queue_letter(now=now), now=now)

    assert (message.state, message.last_error) == (State.FAILED, "554 permanent")


def test_mail_server_down_for_an_hour_loses_and_doubles_nothing(mail_server: MailServer, now: dt.datetime) -> None:
    messages = [queue_letter(now=now, about=f"letter {number}") for number in range(3)]
    mail_server.stop()
    try:
        for message in messages:
            while message.next_attempt_at <= now + HOUR:
                attempt(message, now=message.next_attempt_at)
    finally:
        mail_server.start()
    assert {(message.state, message.last_error) for message in messages} == {
        (State.QUEUED, "unreachable ConnectionRefusedError")
    }

    for message in messages:
        attempt(message, now=message.next_attempt_at)

    assert sorted(delivery.message["Message-ID"] for delivery in mail_server.deliveries) == sorted(
        message.message_id for message in messages
    )


def test_gives_up_after_about_a_day(mail_server: MailServer, now: dt.datetime) -> None:
    message = queue_letter(now=now)
    mail_server.answer_recipient(*["451 4.3.0 try later"] * 20)

    while message.state == State.QUEUED:
        attempt(message, now=message.next_attempt_at)

    assert message.attempts == len(WAITS) + 1
    assert (message.state, message.last_error) == (State.FAILED, "451 temporary")
    assert message.fate_at is not None
    assert 20 * HOUR < message.fate_at - now < 26 * HOUR


def test_line_lost_after_the_text_leaves_it_uncertain(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.vanish_after_data()

    message = attempt(queue_letter(now=now), now=now)

    assert (message.state, message.last_error) == (State.UNCERTAIN, "unanswered SMTPServerDisconnected")
    attempt(message, now=now + HOUR)
    operations.repair(now=now + 24 * HOUR)
    assert len(mail_server.deliveries) == 1


@pytest.mark.parametrize("about", ["broken", "copy", "folded header"])
def test_fault_in_rendering_waits_and_names_nobody(
    mail_server: MailServer, now: dt.datetime, caplog: pytest.LogCaptureFixture, about: str
) -> None:
    message = attempt(queue_letter(now=now, about=about), now=now)

    assert (message.state, message.last_error) == (State.QUEUED, "render ValueError")
    assert "not rendered: ValueError at outbox/" in caplog.text
    assert "example.org" not in caplog.text
    assert mail_server.deliveries == []


def test_template_nobody_owns_waits(mail_server: MailServer, now: dt.datetime) -> None:
    message = queue_letter(now=now)
    OutboxMessage.objects.update(template="of another version")

    assert attempt(message, now=now).last_error == "render KeyError"


@pytest.mark.parametrize("about", ["nobody", "two"])
def test_anything_but_one_plain_address_fails(mail_server: MailServer, now: dt.datetime, about: str) -> None:
    message = attempt(queue_letter(now=now, about=about), now=now)

    assert (message.state, message.last_error) == (State.FAILED, "recipient invalid")
    assert mail_server.deliveries == []


def test_line_break_in_subject_begins_no_header(mail_server: MailServer, now: dt.datetime) -> None:
    attempt(queue_letter(now=now, about="folded subject"), now=now)

    (delivery,) = mail_server.deliveries
    assert delivery.recipients == (letters.RECIPIENT,)
    assert delivery.message["Bcc"] is None
    assert delivery.message["Subject"] == "Ihr Termin Bcc: eve@example.org"


def test_log_has_a_line_for_each_move_and_no_address(
    mail_server: MailServer,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    caplog.set_level(logging.INFO)
    mail_server.answer("451 4.3.0 try later", f"550 5.1.1 <{letters.RECIPIENT}>")
    with django_capture_on_commit_callbacks(execute=True):
        message = attempt(queue_letter(now=now), now=now)
        attempt(message, now=message.next_attempt_at)

    moves = [record.getMessage().split()[3] for record in caplog.records if record.name == operations.__name__]
    assert moves == ["queued->sending", "sending->queued", "queued->sending", "sending->failed"]
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    assert [line for line in ours if "example.org" in line] == []


# --- a person decides ----------------------------------------------------------------------------


def test_person_sends_uncertain_message_again_under_the_same_id(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.vanish_after_data()
    message = attempt(queue_letter(now=now), now=now)

    operations.retry(message=message, now=now + HOUR)
    attempt(message, now=now + HOUR)

    assert (message.state, message.attempts) == (State.SENT, 1)
    ids = [delivery.message["Message-ID"] for delivery in mail_server.deliveries]
    assert ids == [message.message_id, message.message_id]


def test_person_settles_uncertain_message(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.vanish_after_data()
    message = attempt(queue_letter(now=now), now=now)

    operations.settle(message=message, now=now + HOUR)

    assert (message.state, message.fate_at) == (State.SENT, now + HOUR)


def test_second_person_who_retries_is_told(mail_server: MailServer, now: dt.datetime) -> None:
    mail_server.answer("554 5.7.1 no")
    message = attempt(queue_letter(now=now), now=now)
    same = OutboxMessage.objects.get(pk=message.pk)

    operations.retry(message=message, now=now)
    with pytest.raises(operations.WrongState):
        operations.retry(message=same, now=now)

    assert OutboxMessage.objects.get(pk=message.pk).state == State.QUEUED


def test_message_on_its_way_is_not_for_people(now: dt.datetime) -> None:
    message = queue_letter(now=now)

    with pytest.raises(operations.WrongState):
        operations.retry(message=message, now=now)
    with pytest.raises(operations.WrongState):
        operations.settle(message=message, now=now)


# --- claims --------------------------------------------------------------------------------------


def test_message_is_claimed_by_one_worker(now: dt.datetime) -> None:
    message = queue_letter(now=now)

    claimed(message, now=now)

    assert operations.claim(public_id=message.public_id, now=now) is None


def test_worker_whose_claim_went_to_another_sends_nothing(now: dt.datetime) -> None:
    message = queue_letter(now=now)
    slow = claimed(message, now=now)
    later = now + LEASE + MINUTE
    operations.repair(now=later)
    message.refresh_from_db()
    claimed(message, now=message.next_attempt_at)

    assert not operations.hand_over(message=slow, now=later)
    assert not operations.confirm(message=slow, now=later)
    message.refresh_from_db()
    assert message.state == State.SENDING


def test_move_that_the_table_forbids_raises(now: dt.datetime) -> None:
    with pytest.raises(operations.WrongState):
        operations.confirm(message=queue_letter(now=now), now=now)


def test_unknown_state_is_refused_by_the_database(now: dt.datetime) -> None:
    message = queue_letter(now=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(state="posted")


# --- repair --------------------------------------------------------------------------------------


def test_lost_task_is_replaced(mail_server: MailServer, now: dt.datetime) -> None:
    message = queue_letter(now=now)
    DBTaskResult.objects.all().delete()

    assert operations.repair(now=now + GRACE) == 1
    assert operations.repair(now=now + GRACE) == 0

    message.refresh_from_db()
    assert DBTaskResult.objects.get().pk == message.task_id
    assert attempt(message, now=now + GRACE).state == State.SENT


def test_message_whose_tasks_keep_failing_gets_one_a_minute(now: dt.datetime) -> None:
    queue_letter(now=now)
    DBTaskResult.objects.update(status=TaskResultStatus.FAILED)

    assert operations.repair(now=now + GRACE) == 1
    DBTaskResult.objects.update(status=TaskResultStatus.FAILED)
    assert operations.repair(now=now + GRACE + MINUTE / 2) == 0
    assert operations.repair(now=now + 2 * GRACE) == 1


def test_living_task_is_left_alone(now: dt.datetime) -> None:
    queue_letter(now=now)
    queue_letter(now=now, not_before=now + 48 * HOUR)

    assert operations.repair(now=now + 24 * HOUR) == 0
    assert DBTaskResult.objects.count() == 2


def test_worker_dead_before_handing_over_means_again(now: dt.datetime) -> None:
    message = claimed(queue_letter(now=now), now=now)

    assert operations.repair(now=now + LEASE) == 0
    assert operations.repair(now=now + LEASE + MINUTE) == 1

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, "worker lost")


def test_worker_dead_after_handing_over_means_uncertain(now: dt.datetime) -> None:
    message = claimed(queue_letter(now=now), now=now)
    operations.hand_over(message=message, now=now + LEASE - MINUTE)

    assert operations.repair(now=now + LEASE + MINUTE) == 0
    assert operations.repair(now=now + 2 * LEASE) == 1

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.UNCERTAIN, "worker lost")


def test_message_that_kills_its_workers_fails_in_the_end(now: dt.datetime) -> None:
    message = queue_letter(now=now)
    while message.state == State.QUEUED:
        now = message.next_attempt_at
        claimed(message, now=now)
        operations.repair(now=now + 2 * LEASE)
        message.refresh_from_db()

    assert (message.state, message.attempts) == (State.FAILED, len(WAITS) + 1)


def test_messages_are_forgotten_fourteen_days_after_their_fate(mail_server: MailServer, now: dt.datetime) -> None:
    sent = attempt(queue_letter(now=now), now=now)
    waiting = queue_letter(now=now, not_before=now + 100 * 24 * HOUR)

    assert forget(MESSAGES, now=now + KEPT_AFTER_FATE) == 0
    assert forget(MESSAGES, now=now + KEPT_AFTER_FATE + MINUTE) == 1

    assert list(OutboxMessage.objects.all()) == [waiting]
    assert sent.pk != waiting.pk
