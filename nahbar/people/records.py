"""Keeping a client's record: making it, changing it, and opening it for a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.people.models import Client, ClientLook, FormerNumber, StaffMember
from nahbar.people.queries import Desk, may_move, needs_reason
from nahbar.people.rules import LookReason
from nahbar.people.search import index_clients

FACTS = (
    "salutation",
    "first_name",
    "last_name",
    "number",
    "birth_date",
    "team",
    "email",
    "phone_display",
    "language",
    "preferred_mode",
    "what_helps",
    "place",
    "guardian_name",
    "guardian_phone",
    "guardian_email",
    "notes",
)
SEARCHED = {"first_name", "last_name", "number"}


class Refusal(StrEnum):
    """What stands in the way of keeping a record."""

    STALE = "stale"
    NUMBER_TAKEN = "number_taken"
    OTHER_TEAM = "other_team"


class NotKept(Exception):
    """Nothing was changed; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@transaction.atomic
def create_client(*, desk: Desk, facts: Mapping[str, Any], now: dt.datetime) -> Client:
    """A new record in the desk's office, with its search keys and an audit row.

    Raises `NotKept` when the number belongs to somebody, also by a merge. Skipped: whether the facts are well-formed
    and the team is one of the desk's; the form is for that.
    """
    _require_number_free(facts["number"], desk=desk)
    known = {name: facts[name] for name in FACTS if name in facts}
    client = Client(jobcenter=desk.jobcenter, created_at=now, **known)
    _sign(client, by=desk.staff, notes=bool(client.notes), now=now)
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError as error:
        raise NotKept(Refusal.NUMBER_TAKEN) from error
    index_clients([client])
    note_record(action=Action.CLIENT_CREATED, client=client, by=desk.actor, now=now)
    return client


@transaction.atomic
def change_client(*, desk: Desk, client: Client, facts: Mapping[str, Any], revision: int, now: dt.datetime) -> bool:
    """Keeps what differs, raises the revision, and writes an audit row with the names of the fields.

    False when nothing differs. Raises `NotKept`: the page was stale, the number belongs to somebody else, or the
    team would change of a record that is open for another reason than to be handed over.
    Skipped: whether the desk may; the caller passed `people.queries.access_client`.
    """
    current = Client.objects.select_for_update().get(pk=client.pk)
    changes = {name: facts[name] for name in FACTS if name in facts and getattr(current, name) != facts[name]}
    if not changes:
        return False
    if current.revision != revision:
        raise NotKept(Refusal.STALE)
    if "team" in changes and not may_move(desk=desk, client=current):
        raise NotKept(Refusal.OTHER_TEAM)
    if "number" in changes:
        _require_number_free(changes["number"], desk=desk)
    for name, value in changes.items():
        setattr(current, name, value)
    _sign(current, by=desk.staff, notes="notes" in changes, now=now)
    _save_as(current, revision=revision)
    if SEARCHED & changes.keys():
        index_clients([current])
    note_record(action=Action.CLIENT_CHANGED, client=current, by=desk.actor, now=now, fields=changes)
    return True


def _save_as(client: Client, *, revision: int) -> None:
    """Compare-and-set: SQLite's transactions are the lock already, PostgreSQL's row is held."""
    client.revision = revision + 1
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError as error:
        raise NotKept(Refusal.NUMBER_TAKEN) from error


def _require_number_free(number: str, *, desk: Desk) -> None:
    """The constraint refuses a number twice; one that was merged away is kept beside it."""
    if FormerNumber.objects.filter(jobcenter=desk.jobcenter, number=number).exists():
        raise NotKept(Refusal.NUMBER_TAKEN)


def _sign(client: Client, *, by: StaffMember, notes: bool, now: dt.datetime) -> None:
    client.changed_by, client.changed_at = by, now
    if notes:
        client.notes_by, client.notes_at = by, now


def note_record(
    *,
    action: Action,
    client: Client,
    by: Actor,
    now: dt.datetime,
    fields: Mapping[str, Any] | None = None,
    **detail: str,
) -> None:
    """One audit row about a record: which fields, never what stands in them."""
    record(
        action=action,
        by=by,
        office=client.jobcenter.slug,
        about=About("client", str(client.public_id)),
        detail={**dict.fromkeys(fields or (), True), **detail},
        now=now,
    )


@transaction.atomic
def note_door(*, desk: Desk, client: Client, now: dt.datetime) -> None:
    """An audit row: the desk saw name, number and team of a client it does not know, whatever came of it.

    Skipped: a client the desk knows; whether it may ask, as in `open_with_reason`.
    """
    if needs_reason(desk=desk, client=client):
        note_record(action=Action.CLIENT_DOOR_SHOWN, client=client, by=desk.actor, now=now)


@transaction.atomic
def open_with_reason(*, desk: Desk, client: Client, reason: LookReason, note: str, now: dt.datetime) -> ClientLook:
    """Opens a record for the rest of the day in Berlin; stored where the person's team sees it, and audited.

    The note is stored with the look only: an audit row carries no free text. Skipped: whether the desk may ask; the
    caller passed `people.queries.access_door`.
    """
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    midnight = timezone.make_aware(dt.datetime.combine(tomorrow, dt.time()))
    look = ClientLook.objects.create(client=client, staff=desk.staff, reason=reason, note=note, at=now, until=midnight)
    note_record(action=Action.CLIENT_OPENED, client=client, by=desk.actor, now=now, reason=reason.value)
    return look
