"""Every write to the outbox. Each move is a compare-and-set: whoever comes second changes nothing."""

import logging
import random
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks.base import Task

from nahbar.outbox import queries
from nahbar.outbox.events import message_fate
from nahbar.outbox.faults import whereabouts
from nahbar.outbox.mail import host
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import (
    FATES,
    TRANSITIONS,
    About,
    State,
    wait_after,
)

logger = logging.getLogger(__name__)

# By name, because tasks lie above operations.
DELIVER = "nahbar.outbox.tasks.deliver"

# One tick of the clock stays short even after a long outage.
REPAIRED_AT_ONCE = 200


class WrongState(Exception):
    """The message is not (or no longer) in a state this can be done in."""


def queue(
    *,
    template: str,
    about: About,
    office: str,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    key: str | None = None,
    now: datetime,
) -> OutboxMessage:
    """Queue one mail and its task, in the caller's transaction.

    With a `key` that was used before, nothing is queued and the first message is returned.
    Nothing is rendered here; whether the message is still wanted is asked when it is sent.
    """
    public_id = uuid.uuid4()
    fields: dict[str, Any] = {
        "public_id": public_id,
        "message_id": f"<{public_id}@{host()}>",
        "template": template,
        "about_kind": about.kind,
        "about_id": about.id,
        "office": office,
        "queued_at": now,
        "not_before": not_before,
        "not_after": not_after,
        "next_attempt_at": max(now, not_before or now),
    }
    with transaction.atomic():
        message, created = _create(key=key, fields=fields)
        if created:
            _enqueue(message, now=now)
    return message


def claim(*, public_id: uuid.UUID, now: datetime) -> OutboxMessage | None:
    """Take a due message for one attempt; None when it is not due or somebody else has it."""
    message = OutboxMessage.objects.filter(public_id=public_id, state=State.QUEUED, next_attempt_at__lte=now).first()
    if message is None:
        return None
    taken = _move(
        message,
        to=State.SENDING,
        now=now,
        claim=uuid.uuid4(),
        claimed_at=now,
        attempts=message.attempts + 1,
    )
    return message if taken else None


def hand_over(*, message: OutboxMessage, now: datetime) -> bool:
    """Note that the text goes out next; False when the claim was lost and it must not."""
    held = OutboxMessage.objects.filter(pk=message.pk, state=State.SENDING, claim=message.claim)
    return held.update(handed_over_at=now) == 1


def confirm(*, message: OutboxMessage, now: datetime) -> bool:
    """The mail server has taken it."""
    return _move(message, to=State.SENT, now=now, last_error="")


def fail(*, message: OutboxMessage, error: str, now: datetime) -> bool:
    """The mail server will never take it."""
    return _move(message, to=State.FAILED, now=now, last_error=error)


def doubt(*, message: OutboxMessage, error: str, now: datetime) -> bool:
    """Handed over, but unanswered: sending again could double it, so a person decides."""
    return _move(message, to=State.UNCERTAIN, now=now, last_error=error)


def drop(*, message: OutboxMessage, now: datetime) -> bool:
    """Not wanted any more, or too late."""
    return _move(message, to=State.DROPPED, now=now)


def postpone(*, message: OutboxMessage, error: str, now: datetime) -> bool:
    """Queue it again after a growing wait; give up and fail after about a day."""
    wait = wait_after(attempts=message.attempts, chance=random.random())  # noqa: S311
    if wait is None:
        return fail(message=message, error=error, now=now)
    return _requeue(message, at=now + wait, now=now, last_error=error)


def retry(*, message: OutboxMessage, now: datetime) -> None:
    """A person sends a failed or uncertain message again, under the same Message-ID.

    Raises WrongState when it is neither, or when somebody was faster.
    """
    if message.state not in {State.FAILED, State.UNCERTAIN}:
        raise WrongState(message.state)
    if not _requeue(message, at=now, now=now, attempts=0, last_error=""):
        raise WrongState(message.state)


def settle(*, message: OutboxMessage, now: datetime) -> None:
    """A person knows that an uncertain message has arrived. Raises WrongState like retry()."""
    if message.state != State.UNCERTAIN or not _move(message, to=State.SENT, now=now):
        raise WrongState(message.state)


def repair(*, now: datetime) -> int:
    """Mend what a dead worker or a lost task left; return how many messages were touched.

    Safe to run at any time and in several processes at once.
    """
    lost = queries.without_task(now=now)[:REPAIRED_AT_ONCE]
    abandoned = queries.abandoned(now=now)[:REPAIRED_AT_ONCE]
    return sum(
        [_guarded(_enqueue, message, now=now) for message in lost]
        + [_guarded(_release, message, now=now) for message in abandoned]
    )


def _create(*, key: str | None, fields: dict[str, Any]) -> tuple[OutboxMessage, bool]:
    if key is None:
        return OutboxMessage.objects.create(**fields), True
    return OutboxMessage.objects.get_or_create(key=key, defaults=fields)


def _move(message: OutboxMessage, *, to: State, now: datetime, **changes: Any) -> bool:
    """Move the message as last read to another state, and tell; False when it has moved since."""
    old = State(message.state)
    if to not in TRANSITIONS[old]:
        raise WrongState(f"{old} -> {to}")
    values = {"claim": None, "fate_at": now if to in FATES else None, **changes}
    as_read = OutboxMessage.objects.filter(pk=message.pk, state=old, claim=message.claim, attempts=message.attempts)
    with transaction.atomic():
        if as_read.update(state=to, **values) != 1:
            return False
        message.refresh_from_db()
        message_fate.send(sender=OutboxMessage, message=message, old=old, new=to)
        transaction.on_commit(partial(logger.info, _line(message, old, to)))
    return True


def _line(message: OutboxMessage, old: State, new: State) -> str:
    """What the log says of a move: no recipient, no address, no words of the server."""
    return (
        f"outbox message={message.public_id} template={message.template} {old}->{new}"
        f" attempts={message.attempts} error={message.last_error or '-'}"
    )


def _requeue(message: OutboxMessage, *, at: datetime, now: datetime, **changes: Any) -> bool:
    with transaction.atomic():
        moved = _move(
            message,
            to=State.QUEUED,
            now=now,
            next_attempt_at=at,
            claimed_at=None,
            handed_over_at=None,
            **changes,
        )
        return moved and _enqueue(message, now=now)


def _enqueue(message: OutboxMessage, *, now: datetime) -> bool:
    """Give the message a task that runs when it is due; False when it got another one meanwhile."""
    task: Task[[str], None] = import_string(DELIVER)
    if message.next_attempt_at > now:
        task = task.using(run_after=message.next_attempt_at)
    with transaction.atomic():
        task_id = task.enqueue(str(message.public_id)).id
        as_read = OutboxMessage.objects.filter(pk=message.pk, task_id=message.task_id)
        # Overdue counts from here again, or a task that keeps failing would be replaced each second.
        if as_read.update(task_id=task_id, next_attempt_at=max(message.next_attempt_at, now)) != 1:
            transaction.set_rollback(True)
            return False
    message.task_id = uuid.UUID(task_id)
    return True


def _release(message: OutboxMessage, *, now: datetime) -> bool:
    """What becomes of a message whose worker died depends on whether the text had gone out."""
    settle_by = postpone if message.handed_over_at is None else doubt
    return settle_by(message=message, error="worker lost", now=now)


def _guarded(mend: Callable[..., bool], message: OutboxMessage, *, now: datetime) -> bool:
    """One message that cannot be mended must not keep the others from it."""
    try:
        return mend(message, now=now)
    except Exception as exc:  # noqa: BLE001
        logger.error("outbox message=%s not repaired: %s", message.public_id, whereabouts(exc))
        return False
