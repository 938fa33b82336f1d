"""Many, late, repeated and out of order: what webhooks and reconnecting devices bring leaves the truth."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.calls.models import CallParticipation, CallPresence, WebhookEvent
from nahbar.calls.operations import admit, enter_waiting_room, join_as_counsellor
from nahbar.calls.presence import check_joined, note_left
from nahbar.calls.rules import PlaceState
from tests.calls.conftest import Peer, consent, visit_of
from tests.calls.test_webhook import post, signed
from tests.conftest import Cast
from tests.servers import LiveKitServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]
POSTS, THREADS = 200, 4
# LiveKit sends the next event only once this one is answered: a slow answer holds up the truth.
SLOWEST_SECONDS, USUAL_SECONDS = 4.0, 0.5


def storm(identities: list[str], room: str) -> list[str]:
    """Thirty events: of people in the room, of nobody known, of another room."""
    kinds = ["participant_joined", "participant_left", "participant_connection_aborted", "track_published"]
    of_people = list(itertools.product(kinds, [*identities, "EV_nobody"], [room]))
    of_others = list(itertools.product(kinds[:3], ["EV_nobody", *identities], ["another-room"]))
    of_rooms = [(kind, "", room) for kind in ("room_started", "room_finished", "egress_started")]
    events = [*of_people, *of_others, *of_rooms, *of_people[:6]]
    assert len(events) == 30
    created = str(int(dt.datetime.now(dt.UTC).timestamp()))
    return [
        json.dumps(
            {
                "id": f"EV_{number}",
                "event": kind,
                "createdAt": created,
                "room": {"name": name},
                "participant": {"identity": identity},
            }
        )
        for number, (kind, identity, name) in enumerate(events)
    ]


def test_a_storm_of_webhooks_leaves_one_open_presence_each_and_is_answered_fast(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Callable[[], Peer]
) -> None:
    consent(cast, now)
    theirs = enter_waiting_room(visit=visit_of(cast, now), now=now)
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    for entry in (theirs, mine):
        peers().join(url=media.url, token=entry.token)
    bodies = storm([theirs.identity, mine.identity], theirs.room)
    dice = random.Random(4)  # noqa: S311  the same storm every time
    posts = [*bodies, *dice.choices(bodies, k=POSTS - len(bodies))]
    dice.shuffle(posts)

    def send(body: str) -> tuple[int, float]:
        began = time.monotonic()
        try:
            status = post(Browser(), body, signed(body, key=media.key, secret=media.secret))
        finally:
            connection.close()
        return status, time.monotonic() - began

    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(send, posts))

    assert {status for status, _seconds in answers} == {204}
    took = sorted(seconds for _status, seconds in answers)
    assert took[len(took) // 2] < USUAL_SECONDS
    assert took[-1] < SLOWEST_SECONDS
    assert WebhookEvent.objects.count() == len(bodies)
    present = CallPresence.objects.filter(left_at=None).values_list("place__identity", flat=True)
    assert sorted(present) == sorted([theirs.identity, mine.identity])
    assert set(CallParticipation.objects.values_list("state", flat=True)) == {PlaceState.ADMITTED}


def test_thirty_reconnects_in_a_minute_leave_one_place_and_presences_in_order(cast: Cast, now: dt.datetime) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    first = enter_waiting_room(visit=visit, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    seconds = [now + dt.timedelta(seconds=second) for second in range(61)]
    for came, went in zip(seconds[0:60:2], seconds[1:60:2], strict=True):
        entry = enter_waiting_room(visit=visit, now=came)
        assert (entry.identity, entry.state in {PlaceState.ADMITTED, PlaceState.OUT}) == (first.identity, True)
        for _repeated in range(2):
            check_joined(room=entry.room, identity=entry.identity, now=came)
        for _repeated in range(2):
            note_left(room=entry.room, identity=entry.identity, now=went)
    check_joined(room=first.room, identity=first.identity, now=seconds[60])

    place = CallParticipation.objects.get(participation__client=cast.person)
    assert (place.state, place.identity) == (PlaceState.ADMITTED, first.identity)
    spans: list[Any] = list(CallPresence.objects.order_by("pk").values_list("joined_at", "left_at"))
    assert spans == [*zip(seconds[0:60:2], seconds[1:60:2], strict=True), (seconds[60], None)]


def test_two_windows_that_admit_at_once_admit_once(cast: Cast, now: dt.datetime) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    together = Barrier(2)

    def window(_number: int) -> bool:
        together.wait(5)
        try:
            return admit(desk=cast.desk, appointment=cast.appointment, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(window, range(2))) == [True, True]
    audited = AuditEntry.objects.filter(action__in=[Action.ADMITTED, Action.CALL_STARTED])
    assert sorted(audited.values_list("action", flat=True)) == ["admitted", "call_started"]
