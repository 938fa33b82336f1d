"""The database refuses two things at once, whoever asks how often, and after every migration."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import subprocess
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AlterField,
    RemoveConstraint,
    RemoveField,
)
from django.db.migrations.operations.base import Operation

from nahbar.audit.models import AuditEntry
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.constraints import BtreeGist, NoOverlap, check_guards, violates
from nahbar.scheduling.models import Appointment, ChannelBooking, Participation, VideoChannel
from nahbar.scheduling.rules import ParticipationRole
from tests.factories import at, make_client, make_office, make_staff, topic_of
from tests.outbox.processes import database_url
from tests.scheduling.contender import FIRST, FIVE_MINUTES

REPO = Path(__file__).resolve().parents[2]
PROCESSES = 4


def clock(text: str) -> dt.datetime:
    return at(f"2026-03-03 {text}")


@pytest.fixture
def office(db: None) -> JobCenter:
    return make_office("altona")


@pytest.fixture
def channel(office: JobCenter) -> VideoChannel:
    return office.channels.earliest("number")


def make_appointment(office: JobCenter) -> Appointment:
    return Appointment.objects.create(
        jobcenter=office,
        team=office.teams.earliest("pk"),
        topic=topic_of(office),
        mode=Mode.VIDEO,
        starts_at=clock("10:00"),
        ends_at=clock("10:30"),
        booking_key=uuid.uuid4(),
        created_at=clock("08:00"),
    )


def seat(channel: VideoChannel, start: str, end: str) -> ChannelBooking:
    appointment = make_appointment(channel.jobcenter)
    return ChannelBooking.objects.create(
        channel=channel, appointment=appointment, starts_at=clock(start), ends_at=clock(end)
    )


def refusal(write: Any, *args: Any, **kwargs: Any) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write(*args, **kwargs)
    return caught.value


# --- what is refused and what is not -------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end"),
    [("10:00", "10:30"), ("09:45", "10:15"), ("10:15", "10:45"), ("10:10", "10:20"), ("09:00", "11:00")],
)
def test_overlap_is_refused_by_name(channel: VideoChannel, start: str, end: str) -> None:
    seat(channel, "10:00", "10:30")

    assert violates(refusal(seat, channel, start, end), "no_overlap_channel")


@pytest.mark.parametrize(("start", "end"), [("09:30", "10:00"), ("10:30", "11:00")])
def test_one_may_begin_when_another_ends(channel: VideoChannel, start: str, end: str) -> None:
    seat(channel, "10:00", "10:30")
    seat(channel, start, end)

    assert ChannelBooking.objects.count() == 2


def test_other_channel_is_free(office: JobCenter) -> None:
    for channel in office.channels.all():
        seat(channel, "10:00", "10:30")

    assert ChannelBooking.objects.count() == 2


def test_change_into_an_overlap_is_refused(channel: VideoChannel) -> None:
    seat(channel, "10:00", "10:30")
    later = seat(channel, "10:30", "11:00")

    error = refusal(ChannelBooking.objects.filter(pk=later.pk).update, starts_at=clock("10:29"))

    assert violates(error, "no_overlap_channel")


def test_change_to_an_occupied_channel_is_refused(office: JobCenter) -> None:
    first, second = office.channels.all()
    seat(first, "10:00", "10:30")
    other = seat(second, "10:00", "10:30")

    assert violates(refusal(ChannelBooking.objects.filter(pk=other.pk).update, channel=first), "no_overlap_channel")


def test_row_does_not_stand_in_its_own_way(channel: VideoChannel) -> None:
    booking = seat(channel, "10:00", "10:30")

    assert ChannelBooking.objects.filter(pk=booking.pk).update(ends_at=clock("10:45")) == 1


def test_rows_without_resource_never_conflict(office: JobCenter) -> None:
    for _ in range(2):
        Participation.objects.create(
            appointment=make_appointment(office),
            role=ParticipationRole.EMPLOYER,
            starts_at=clock("10:00"),
            ends_at=clock("10:30"),
        )

    assert Participation.objects.count() == 2


def test_only_active_rows_conflict(office: JobCenter) -> None:
    staff = make_staff(office)
    values = {"role": ParticipationRole.COUNSELLOR, "staff": staff}
    values |= {"starts_at": clock("10:00"), "ends_at": clock("10:30")}
    cancelled = Participation.objects.create(appointment=make_appointment(office), is_active=False, **values)
    Participation.objects.create(appointment=make_appointment(office), **values)

    again = refusal(Participation.objects.filter(pk=cancelled.pk).update, is_active=True)

    assert violates(again, "no_overlap_staff")
    Participation.objects.create(appointment=make_appointment(office), is_active=False, **values)


def test_violated_constraint_is_told_from_others(channel: VideoChannel) -> None:
    reversed_times = refusal(seat, channel, "10:30", "10:00")

    assert violates(reversed_times, "channel_booking_ends_after_start")
    assert not violates(reversed_times, "no_overlap_channel")
    assert not violates(IntegrityError("UNIQUE constraint failed: a.b"), "no_overlap_channel")


# --- migrations ----------------------------------------------------------------------------------


def migrate(*operations: Operation) -> None:
    """Run the operations as a migration after the last one would, and forwards only."""
    state = MigrationLoader(connection).project_state()
    for operation in operations:
        after = state.clone()
        operation.state_forwards("scheduling", after)
        with connection.schema_editor() as editor:
            operation.database_forwards("scheduling", editor, state, after)
        state = after


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "operations",
    [
        [
            AlterField("ChannelBooking", "ends_at", models.DateTimeField(null=True)),
            AlterField("ChannelBooking", "ends_at", models.DateTimeField()),
        ],
        [
            AddField("ChannelBooking", "note", models.CharField(max_length=9, default="", unique=True)),
            RemoveField("ChannelBooking", "note"),
        ],
        [
            RemoveConstraint("ChannelBooking", "no_overlap_channel"),
            AddConstraint(
                "ChannelBooking",
                NoOverlap(name="no_overlap_channel", resource="channel", start="starts_at", end="ends_at"),
            ),
        ],
    ],
    ids=["altered field", "added and removed field", "removed and added constraint"],
)
def test_guard_survives_rebuilt_tables(operations: list[Operation], channel: VideoChannel) -> None:
    migrate(*operations)

    seat(channel, "10:00", "10:30")
    assert violates(refusal(seat, channel, "10:15", "10:45"), "no_overlap_channel")
    assert check_guards(databases=["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_removed_constraint_guards_no_longer(channel: VideoChannel) -> None:
    constraint = NoOverlap(name="no_overlap_channel", resource="channel", start="starts_at", end="ends_at")
    migrate(RemoveConstraint("ChannelBooking", constraint.name))
    try:
        seat(channel, "10:00", "10:30")
        seat(channel, "10:00", "10:30")
    finally:
        ChannelBooking.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(ChannelBooking, constraint)


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "scheduling", check=True, dry_run=True)


@pytest.mark.django_db
def test_extension_has_nothing_to_undo_on_sqlite() -> None:
    if connection.vendor == "sqlite":
        state = MigrationLoader(connection).project_state()
        BtreeGist().database_backwards("scheduling", connection.schema_editor(), state, state)


# --- the system check ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_missing_guard_is_an_error() -> None:
    table = connection.ops.quote_name(ChannelBooking._meta.db_table)
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER no_overlap_channel_update"
            if sqlite
            else f"ALTER TABLE {table} DROP CONSTRAINT no_overlap_channel"
        )

    (error,) = check_guards(databases=["default"])

    missing = "no_overlap_channel_update" if sqlite else "no_overlap_channel"
    assert (error.id, error.obj) == ("scheduling.E001", ChannelBooking)
    assert error.msg.endswith(f"{missing} is missing.")
    with pytest.raises(SystemCheckError, match=r"scheduling\.E001"):
        call_command("clock", once=True)
    with pytest.raises(SystemCheckError, match=r"scheduling\.E001"):
        call_command("worker", batch=True)


@pytest.mark.django_db
def test_guards_are_checked_only_where_asked() -> None:
    assert check_guards(databases=None) == []
    assert check_guards(databases=["default"]) == []


# --- contention ----------------------------------------------------------------------------------


def contend(work: str, *, attempts: int) -> list[Any]:
    """What several processes that start together came to."""
    environment = {**os.environ, "NAHBAR_DATABASE": database_url()}
    contenders = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.scheduling.contender", work, str(attempts // PROCESSES), str(seed)],
            cwd=REPO,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    try:
        for contender in contenders:
            assert contender.stdout is not None
            assert contender.stdout.readline() == "ready\n"
        for contender in contenders:
            assert contender.stdin is not None
            contender.stdin.write("go\n")
            contender.stdin.flush()
        return [json.loads(contender.communicate(timeout=150)[0]) for contender in contenders]
    finally:
        for contender in contenders:
            contender.kill()
            contender.wait()


def overlaps(rows: Iterator[tuple[int, dt.datetime, dt.datetime]]) -> list[tuple[int, dt.datetime]]:
    """Resource and start of every row that begins before the one before it has ended."""
    by_resource = defaultdict(list)
    for resource, starts_at, ends_at in rows:
        by_resource[resource].append((starts_at, ends_at))
    return [
        (resource, later[0])
        for resource, times in by_resource.items()
        for earlier, later in itertools.pairwise(sorted(times))
        if later[0] < earlier[1]
    ]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_contended_bookings_are_exact(office: JobCenter) -> None:
    """2,000 attempts for three counsellors, five clients and two channels."""
    for _ in range(3):
        make_staff(office)
    for _ in range(5):
        make_client(office)

    outcomes: Counter[str] = Counter()
    for counted in contend("book", attempts=2000):
        outcomes.update(counted)

    assert outcomes.total() == 2000
    booked = outcomes["booked"]
    assert 20 < booked < 500
    assert Appointment.objects.count() == ChannelBooking.objects.count() == booked
    assert AuditEntry.objects.filter(action="appointment_booked").count() == booked
    assert Participation.objects.count() == 2 * booked
    spans = ("starts_at", "ends_at")
    for rows in (
        ChannelBooking.objects.values_list("channel_id", *spans),
        Participation.objects.filter(staff__isnull=False).values_list("staff_id", *spans),
        Participation.objects.filter(client__isnull=False).values_list("client_id", *spans),
    ):
        assert overlaps(rows.iterator()) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_contended_inserts_are_refused_exactly_when_they_overlap(office: JobCenter) -> None:
    """Nothing is ever removed, so whatever was refused overlaps something that stayed."""
    refused = [tuple(row) for rows in contend("seat", attempts=800) for row in rows]

    rows = list(ChannelBooking.objects.values_list("channel_id", "starts_at", "ends_at"))
    assert len(rows) + len(refused) == 800
    assert overlaps(iter(rows)) == []
    stayed = [(channel, (start - FIRST) / FIVE_MINUTES, (end - FIRST) / FIVE_MINUTES) for channel, start, end in rows]
    needless = [
        (channel, start, end)
        for channel, start, end in refused
        if not any(other == channel and begins < end and ends > start for other, begins, ends in stayed)
    ]
    assert needless == []
