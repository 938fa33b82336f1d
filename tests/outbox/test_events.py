from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from nahbar.outbox import operations
from nahbar.outbox.events import message_fate
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from tests.outbox.letters import queue_letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Iterator[list[tuple[State, State]]]:
    moves: list[tuple[State, State]] = []

    def hear(*, message: OutboxMessage, old: State, new: State, **kwargs: Any) -> None:
        assert message.state == new
        moves.append((old, new))

    message_fate.connect(hear)
    yield moves
    message_fate.disconnect(hear)


def test_moves_are_told_upward(heard: list[tuple[State, State]], now: dt.datetime) -> None:
    message = operations.claim(public_id=queue_letter(now=now).public_id, now=now)
    assert message is not None
    operations.confirm(message=message, now=now)

    assert heard == [(State.QUEUED, State.SENDING), (State.SENDING, State.SENT)]


def test_receiver_that_raises_undoes_the_move(now: dt.datetime) -> None:
    message = operations.claim(public_id=queue_letter(now=now).public_id, now=now)
    assert message is not None

    def refuse(**kwargs: Any) -> None:
        raise LookupError

    message_fate.connect(refuse)
    try:
        with pytest.raises(LookupError):
            operations.confirm(message=message, now=now)
    finally:
        message_fate.disconnect(refuse)

    assert OutboxMessage.objects.get().state == State.SENDING
