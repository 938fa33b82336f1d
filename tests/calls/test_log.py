"""Every move of a call, a place and a request leaves one line, without a person."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from nahbar.audit.rules import SYSTEM
from nahbar.calls.models import Call
from nahbar.calls.operations import admit, end_call, enter_waiting_room, join_as_counsellor
from nahbar.calls.presence import check_joined
from nahbar.calls.reconcile import reconcile
from nahbar.calls.rules import EndReason
from nahbar.calls.takeover import admit_takeover
from tests.calls.conftest import consent, visit_of
from tests.conftest import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]


def test_one_line_for_every_move(cast: Cast, now: dt.datetime, caplog: pytest.LogCaptureFixture) -> None:
    consent(cast, now)
    phone, tablet = visit_of(cast, now), visit_of(cast, now)
    entry = enter_waiting_room(visit=phone, now=now)
    join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    for _twice in range(2):
        admit(desk=cast.desk, appointment=cast.appointment, now=now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    reconcile(now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    for _twice in range(2):
        asked = enter_waiting_room(visit=tablet, now=now)
        check_joined(room=asked.room, identity=asked.identity, now=now)
        admit_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)
    call = Call.objects.get().pk
    assert [record.getMessage() for record in caplog.records] == [
        f"call call={call} role=- from=- to=open why=arrived",
        f"place call={call} role=client from=- to=waiting why=arrived",
        f"place call={call} role=counsellor from=- to=admitted why=joined",
        f"place call={call} role=client from=waiting to=admitted why=admitted",
        f"call call={call} role=- from=open to=active why=admitted",
        f"place call={call} role=client from=admitted to=out why=disconnected",
        f"place call={call} role=client from=out to=admitted why=connected",
        f"takeover call={call} role=client from=- to=asking why=other_device",
        f"takeover call={call} role=client from=asking to=admitted why=decided",
        f"place call={call} role=client from=admitted to=admitted why=other_device",
        f"place call={call} role=client from=admitted to=left why=finished",
        f"place call={call} role=counsellor from=admitted to=left why=finished",
        f"call call={call} role=- from=active to=ended why=finished",
    ]


def test_what_is_rolled_back_is_not_said(cast: Cast, now: dt.datetime, caplog: pytest.LogCaptureFixture) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    caplog.clear()
    with transaction.atomic():
        end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)
        transaction.set_rollback(True)
    assert caplog.records == []
