"""A person's file ends: on request, when its time is over, or once more after a restore; and what holds it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Literal

from django.db import transaction

from nahbar.audit.models import AuditEntry
from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action, Actor, Scalar
from nahbar.people import ledger
from nahbar.people.models import Client, ClientImport, LegalHold
from nahbar.people.queries import Desk, hold_client, merged_into
from nahbar.people.rights import Erased, Who, keepers
from nahbar.people.rules import Hindrance, HoldReason

Why = Literal["asked", "restored"]


class CannotErase(Exception):
    """The person stays as they are; `hindrances` says what must be over first."""

    def __init__(self, hindrances: list[Hindrance]) -> None:
        super().__init__(",".join(hindrances))
        self.hindrances = hindrances


def hindrances(*, client: Client, now: dt.datetime) -> list[Hindrance]:
    """What must be over before somebody can be erased, in a fixed order."""
    found = _hindering([client.pk], now=now)
    return [hindrance for hindrance in Hindrance if hindrance in found]


def _hindering(who: Who, *, now: dt.datetime) -> set[Hindrance]:
    return {hindrance for keeper in keepers() for hindrance in keeper.hinders(who, now)}


@transaction.atomic
def erase_person(*, client: Client, by: Actor, why: Why, now: dt.datetime) -> Erased:
    """Delete everything every room keeps about a person; returns how many rows of what went.

    The audit log keeps its lines, which hold ids and codes only, and gets one more, which also is the ledger by
    which an erasure is carried out again after a restore. Whoever comes second finds nothing and deletes nothing.
    Raises `CannotErase` while something hinders it; nothing is deleted then. After a restore nothing hinders:
    what was erased once is erased.
    Skipped: whether `by` may; the page asked for an administrator.
    """
    if not _locked([client.pk]):
        return Erased()
    if why != "restored" and (found := hindrances(client=client, now=now)):
        raise CannotErase(found)
    erased = _erase([client.pk])
    _note(client=client, by=by, detail={"why": why, **erased}, now=now)
    return erased


@transaction.atomic
def erase_files(*, clients: list[Client], now: dt.datetime) -> list[Client]:
    """As `erase_person` for the files of several people whose time is over; returns whose went.

    Together it takes hardly longer than for one. Who cannot be erased just now is passed over.
    """
    there = _locked([client.pk for client in clients])
    due = [client for client in clients if client.pk in there]
    # Hardly ever: then everybody is asked alone.
    if _hindering([client.pk for client in due], now=now):
        due = [client for client in due if not _hindering([client.pk], now=now)]
    if due:
        _erase([client.pk for client in due])
    for client in due:
        _note(client=client, by=SYSTEM, detail={"why": "period"}, now=now)
    return due


def _locked(who: Who) -> set[int]:
    """Who is there. On PostgreSQL the row is the lock: whoever books for the person waits, and then finds nobody.

    Before them their office's lists, as the import's worker does: it would write back rows that are deleted here.
    """
    offices = Client.objects.filter(pk__in=who).values("jobcenter")
    lists = ClientImport.objects.select_for_update().filter(jobcenter__in=offices).order_by("pk")
    list(lists.values_list("pk", flat=True))
    there = set(Client.objects.select_for_update().filter(pk__in=who).order_by("pk").values_list("pk", flat=True))
    for keeper in keepers():
        keeper.lock(who)
    return there


def _erase(who: Who) -> Erased:
    return sum((keeper.erase(who) for keeper in reversed(keepers())), Erased())


def _note(*, client: Client, by: Actor, detail: Mapping[str, Scalar], now: dt.datetime) -> None:
    """Also of the records merged into this one: a backup may hold them still."""
    ids = [str(client.public_id), *sorted(merged_into(client))]
    for one in ids:
        about = About("client", one)
        record(action=Action.DELETED, by=by, office=client.jobcenter.slug, about=about, detail=detail, now=now)
    transaction.on_commit(partial(ledger.append, ids))


@transaction.atomic
def set_hold(*, desk: Desk, client: Client, reason: HoldReason, last_day: dt.date, now: dt.datetime) -> None:
    """Nobody erases the person until `last_day` is over; replaces a hold that is there. Audited.

    Raises `NotYours` when the person was erased meanwhile.
    """
    hold_client(client)
    values = {"reason": reason, "last_day": last_day, "set_at": now}
    LegalHold.objects.update_or_create(client=client, defaults=values)
    detail = {"reason": reason.value, "last_day": last_day.isoformat()}
    about = About("client", str(client.public_id))
    record(action=Action.HOLD_SET, by=desk.actor, office=desk.jobcenter.slug, about=about, detail=detail, now=now)


@transaction.atomic
def release_hold(*, desk: Desk, client: Client, now: dt.datetime) -> bool:
    """The person can be erased again; False when there was no hold. Audited."""
    released, _rows = LegalHold.objects.filter(client=client).delete()
    if released:
        about = About("client", str(client.public_id))
        record(action=Action.HOLD_RELEASED, by=desk.actor, office=desk.jobcenter.slug, about=about, now=now)
    return released > 0


def erased_ids() -> set[str]:
    """Public ids of everybody who was erased, as far as this database knows."""
    entries = AuditEntry.objects.filter(action=Action.DELETED, object_kind="client")
    return set(entries.values_list("object_id", flat=True))


def reapply(*, ids: set[str], now: dt.datetime) -> int:
    """After a restore: erase once more whoever of `ids` is there again; returns how many."""
    there = Client.objects.filter(public_id__in=ids).select_related("jobcenter")
    return sum(bool(erase_person(client=client, by=SYSTEM, why="restored", now=now)) for client in there)
