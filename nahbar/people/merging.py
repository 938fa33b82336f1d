"""Making one record of two that are about the same person. It cannot be undone.

Rooms above register what they keep about clients, and what forbids a merge: this room does not know them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise

from nahbar.audit.rules import Action
from nahbar.people.erasing import set_hold
from nahbar.people.models import Client, ClientLook, FormerNumber, ImportRow, LegalHold, SearchKey
from nahbar.people.queries import Desk, known_clients, needs_reason, open_looks
from nahbar.people.records import FACTS, NotKept, Refusal, note_record
from nahbar.people.rules import HoldReason, KeyKind
from nahbar.people.search import index_clients

# What is taken from one of the two; number and team stay with the record that stays.
CHOSEN = tuple(name for name in FACTS if name not in {"number", "team"})
MOST_DOUBLES = 5
# Beside what rooms forbid: one of the two is another team's.
OTHER_TEAM = "other_team"


class Forbidden(Exception):
    """Nothing was changed: `reason` is the code of what a room forbids the merge for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Belonging:
    """What one room keeps about a client: its name on the page, how many, how it moves, what forbids the merge."""

    name: str | Promise
    count: Callable[[Client], int]
    move: Callable[[Client, Client, dt.datetime], None]
    forbids: Callable[[Client, Client, dt.datetime], str | None]


_belongings: list[Belonging] = []


def register(belonging: Belonging) -> None:
    """For `AppConfig.ready()` of a room that keeps something about clients."""
    _belongings.append(belonging)


def moves(*, double: Client) -> list[tuple[str | Promise, int]]:
    """What would move with the double: each name and how many."""
    return [(belonging.name, belonging.count(double)) for belonging in _belongings]


def forbidden(*, desk: Desk, kept: Client, double: Client, now: dt.datetime) -> str | None:
    """The code of the first thing that forbids the merge; None when nothing does.

    A reason to look opens a record for a day, and a merge is for ever: the desk must know both.
    """
    if any(needs_reason(desk=desk, client=client) for client in (kept, double)):
        return OTHER_TEAM
    return next(filter(None, (belonging.forbids(kept, double, now) for belonging in _belongings)), None)


def doubles_of(*, desk: Desk, client: Client) -> list[Client]:
    """Records open to the desk that may be about the same person: same birth date, a name that sounds alike."""
    sounds = client.search_keys.filter(kind=KeyKind.SOUND).values("key")
    alike = SearchKey.objects.filter(jobcenter=client.jobcenter, kind=KeyKind.SOUND, key__in=sounds)
    open_to_desk = Q(pk__in=known_clients(desk).values("pk")) | Q(pk__in=open_looks(desk).values("client_id"))
    same = Client.objects.of(client.jobcenter).filter(
        open_to_desk, birth_date=client.birth_date, pk__in=alike.values("client_id")
    )
    return list(same.exclude(pk=client.pk).select_related("team")[:MOST_DOUBLES])


@transaction.atomic
def merge(
    *, desk: Desk, kept: Client, double: Client, taken: Collection[str], revisions: tuple[int, int], now: dt.datetime
) -> Client:
    """`kept` gets what `taken` names and everything that belongs to `double`, which is then gone for good.

    The double's customer number goes on leading to `kept`. A hold on either stays, the longer one of two, and the file
    is kept as long as the younger one would have been. Writes an audit row about either. Raises `NotKept` when one
    of them was changed since the page was shown (`revisions`), `Forbidden` for what a room forbids, and where either
    is open to the desk by a reason only. Skipped: whether it is open at all; the caller passed
    `people.queries.access_client` with both.
    """
    kept, double = _held(kept, double, revisions)
    if reason := forbidden(desk=desk, kept=kept, double=double, now=now):
        raise Forbidden(reason)
    _take(desk, kept, double, [name for name in CHOSEN if name in taken], now=now)
    for belonging in _belongings:
        belonging.move(double, kept, now)
    _move_own(double, kept)
    _move_hold(desk, double, kept, now=now)
    gone = _drop(desk, double, into=kept, now=now)
    FormerNumber.objects.create(jobcenter=kept.jobcenter, client=kept, number=gone)
    index_clients([kept])
    note_record(action=Action.CLIENTS_MERGED, client=kept, by=desk.actor, now=now, double=str(double.public_id))
    return kept


def _held(kept: Client, double: Client, revisions: tuple[int, int]) -> tuple[Client, Client]:
    """Both rows, locked in the order of their keys as everybody who locks several."""
    pair = Client.objects.select_for_update().filter(pk__in=[kept.pk, double.pk], jobcenter=kept.jobcenter)
    rows = {client.pk: client for client in pair.order_by("pk")}
    if len(rows) != 2 or (rows[kept.pk].revision, rows[double.pk].revision) != revisions:
        raise NotKept(Refusal.STALE)
    return rows[kept.pk], rows[double.pk]


def _take(desk: Desk, kept: Client, double: Client, names: list[str], *, now: dt.datetime) -> None:
    for name in names:
        setattr(kept, name, getattr(double, name))
    if "notes" in names:
        kept.notes_by, kept.notes_at = double.notes_by, double.notes_at
    kept.revision += 1
    kept.changed_by, kept.changed_at = desk.staff, now
    # The office had to do with the person then: merging must not end a file that was opened yesterday.
    kept.created_at = max(kept.created_at, double.created_at)
    kept.save()


def _move_own(double: Client, kept: Client) -> None:
    ClientLook.objects.filter(client=double).update(client=kept)
    FormerNumber.objects.filter(client=double).update(client=kept)
    # Without a revision no undoing touches the one record because of what an import did to the other.
    ImportRow.objects.filter(client=double).update(client=kept, revision=None)


def _move_hold(desk: Desk, double: Client, kept: Client, *, now: dt.datetime) -> None:
    """Whatever held one of the two holds the one record; set anew it is audited there."""
    holds = {hold.client_id: hold for hold in LegalHold.objects.filter(client__in=[double, kept])}
    theirs, own = holds.get(double.pk), holds.get(kept.pk)
    LegalHold.objects.filter(client=double).delete()
    if theirs and (own is None or own.last_day < theirs.last_day):
        reason = HoldReason(theirs.reason)
        set_hold(desk=desk, client=kept, reason=reason, last_day=theirs.last_day, now=now)


def _drop(desk: Desk, double: Client, *, into: Client, now: dt.datetime) -> str:
    """Deletes the emptied record, with an audit row about it; returns the number it had.

    Whatever a room forgot to move refuses the deletion (`PROTECT`), and with it the whole merge.
    """
    number = double.number
    note_record(action=Action.CLIENTS_MERGED, client=double, by=desk.actor, now=now, into=str(into.public_id))
    Client.objects.filter(pk=double.pk).delete()
    return number
