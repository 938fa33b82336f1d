"""Slices of an import's rows: compared with the records, applied to them, taken back from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db.models import ProtectedError, QuerySet

from nahbar.audit.rules import Action, Actor
from nahbar.jobcenters.kilometres import same_place
from nahbar.jobcenters.models import Team
from nahbar.people.import_fields import COLUMNS, MAY_BE_WRONG, REQUIRED, Wrong
from nahbar.people.models import Client, ClientImport, FormerNumber, ImportRow
from nahbar.people.records import SEARCHED, note_record
from nahbar.people.rules import RowFate, RowOutcome
from nahbar.people.search import index_clients
from nahbar.people.spelling import folded

FIELDS = tuple(column.field for column in COLUMNS)
# Kept by their key.
LINKED = ("team", "place")
WRITTEN = (*(f"{name}_id" for name in LINKED), *(name for name in FIELDS if name not in {"number", *LINKED}))
KEPT = [*(name.removesuffix("_id") for name in WRITTEN), "revision", "changed_by", "changed_at"]

Values = dict[str, Any]
Problems = list[tuple[str, str]]
ReadRow = tuple[int, Values, Problems]


def stored(client: Client) -> Values:
    """What a record says, as rows keep it: JSON, team and place by their keys."""
    found = {name: getattr(client, name) for name in FIELDS if name not in {*LINKED, "birth_date"}}
    found |= {name: getattr(client, f"{name}_id") for name in LINKED}
    return found | {"birth_date": client.birth_date.isoformat()}


@dataclass
class Comparison:
    """Rows of one file against the records of its office; remembers the numbers that stood in the file before."""

    upload: ClientImport
    teams: dict[str, int] = field(init=False)
    places: dict[str, int] = field(init=False)
    seen: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.teams = {folded(team.name): team.pk for team in self.upload.jobcenter.teams.filter(is_active=True)}
        there = self.upload.jobcenter.places.filter(is_active=True)
        self.places = {same_place(place.name): place.pk for place in there}

    def keep(self, rows: Sequence[ReadRow]) -> None:
        """Stores the rows with what they mean; a number for the second time makes both rows wrong."""
        numbers = {values["number"] for _position, values, _problems in rows if "number" in values}
        known = {client.number: client for client in _by_number(self.upload, numbers)}
        merged = FormerNumber.objects.filter(jobcenter=self.upload.jobcenter, number__in=numbers)
        former = set(merged.values_list("number", flat=True))
        twice: set[int] = set()
        made = [self._row(row, known, former, twice) for row in rows]
        ImportRow.objects.bulk_create(made)
        first = self.upload.rows.filter(position__in=twice)
        first.update(outcome=RowOutcome.WRONG, problems=[("number", Wrong.TWICE.value)], client=None, before={})

    def _row(self, row: ReadRow, known: Mapping[str, Client], former: set[str], twice: set[int]) -> ImportRow:
        position, values, problems = row
        problems += self._team(values) + self._place(values)
        number = values.get("number", "")
        client = known.get(number)
        if number in self.seen:
            problems.append(("number", Wrong.TWICE.value))
            twice.add(self.seen[number])
        elif number:
            self.seen[number] = position
        if number in former:
            problems.append(("number", Wrong.MERGED.value))
        said = {name for name, _wrong in problems}
        needed = {"number"} if client else REQUIRED
        problems += [(name, Wrong.MISSING.value) for name in FIELDS if name in needed - values.keys() - said]
        made = ImportRow(parent=self.upload, position=position, values=values, problems=problems)
        return _compared(made, client)

    def _team(self, values: Values) -> Problems:
        """The team's key instead of its name; where the office has one team, nobody need name it."""
        if "team" in values:
            values["team"] = self.teams.get(folded(values["team"]))
            if values["team"] is None:
                del values["team"]
                return [("team", Wrong.UNKNOWN_TEAM.value)]
        elif len(self.teams) == 1:
            values["team"] = next(iter(self.teams.values()))
        return []

    def _place(self, values: Values) -> Problems:
        """The place's key instead of its name; of one that the office does not list the row only says so."""
        if "place" in values:
            values["place"] = self.places.get(same_place(values["place"]))
            if values["place"] is None:
                del values["place"]
                return [("place", Wrong.UNKNOWN_PLACE.value)]
        return []


def _compared(row: ImportRow, client: Client | None) -> ImportRow:
    if any(name not in MAY_BE_WRONG for name, _wrong in row.problems):
        row.outcome = RowOutcome.WRONG
    elif client is None:
        row.outcome = RowOutcome.NEW
    else:
        now = stored(client)
        row.before = {name: now[name] for name, value in row.values.items() if now[name] != value}
        row.outcome = RowOutcome.CHANGED if row.before else RowOutcome.UNCHANGED
        row.client, row.revision = client, client.revision
    return row


def _by_number(upload: ClientImport, numbers: Iterable[str]) -> QuerySet[Client]:
    return Client.objects.of(upload.jobcenter).filter(number__in=list(numbers))


def _write(client: Client, values: Values, *, upload: ClientImport, now: dt.datetime) -> None:
    for name, value in values.items():
        if name in LINKED:
            setattr(client, f"{name}_id", value)
        else:
            setattr(client, name, dt.date.fromisoformat(value) if name == "birth_date" else value)
    client.changed_by, client.changed_at = upload.by, now


def apply_slice(*, upload: ClientImport, rows: Sequence[ImportRow], now: dt.datetime) -> None:
    """Makes and changes records as the preview said; what was changed since the preview is left as it is.

    So are rows whose team was removed since. Writes an audit row for each record. Skipped: the transaction; the
    caller's slice is one.
    """
    # Locked in the order of their keys, as by everybody who locks several.
    locked = _by_number(upload, (row.values["number"] for row in rows)).order_by("pk").select_for_update(of=("self",))
    known = {client.number: client for client in locked}
    teams = _teams(upload)
    made, changed = [], []
    for row in rows:
        client = known.get(row.values["number"])
        row.fate = RowFate.APPLIED
        written = row.values if row.outcome == RowOutcome.NEW else row.before
        if "team" in written and row.values["team"] not in teams:
            row.fate, row.client = RowFate.OVERTAKEN, client
        elif row.outcome == RowOutcome.NEW and client is None:
            made.append(_made(row, upload=upload, now=now))
        elif row.outcome == RowOutcome.CHANGED and client is not None and client.revision == row.revision:
            changed.append(_changed(row, client, upload=upload, now=now))
        else:
            row.fate = RowFate.OVERTAKEN
            # Nobody, when the person was erased or merged in between.
            row.client = client
    Client.objects.bulk_create([client for _row, client in made])
    _save(Client, [client for _row, client in changed], KEPT)
    for row, client in made + changed:
        row.client, row.revision = client, client.revision
    index_clients(
        [client for row, client in made + changed if row.outcome == RowOutcome.NEW or SEARCHED & row.before.keys()]
    )
    _note_all(Action.CLIENT_CREATED, [client for _row, client in made], upload=upload, now=now)
    _note_all(Action.CLIENT_CHANGED, [client for _row, client in changed], upload=upload, now=now)
    _save(ImportRow, rows, ["fate", "client", "revision"])


def _teams(upload: ClientImport) -> set[int]:
    """Locked: a key to a team that goes meanwhile is refused only as the transaction ends, and with it the slice."""
    teams = Team.objects.filter(jobcenter=upload.jobcenter, is_active=True).order_by("pk")
    return set(teams.select_for_update().values_list("pk", flat=True))


def _made(row: ImportRow, *, upload: ClientImport, now: dt.datetime) -> tuple[ImportRow, Client]:
    client = Client(jobcenter=upload.jobcenter, created_at=now)
    _write(client, row.values, upload=upload, now=now)
    return row, client


def _changed(row: ImportRow, client: Client, *, upload: ClientImport, now: dt.datetime) -> tuple[ImportRow, Client]:
    client.revision += 1
    _write(client, {name: row.values[name] for name in row.before}, upload=upload, now=now)
    return row, client


def undo_slice(*, upload: ClientImport, rows: Sequence[ImportRow], now: dt.datetime) -> None:
    """Restores what rows changed and deletes what they made, as far as nobody touched it since.

    What belonged to a team that was removed since stays where it is. Writes an audit row for each record. Skipped: the
    transaction; the caller's slice is one.
    """
    found = Client.objects.filter(pk__in=[row.client_id for row in rows]).order_by("pk")
    known = {client.pk: client for client in found.select_for_update(of=("self",))}
    teams = _teams(upload)
    to_delete, to_restore = [], []
    for row in rows:
        client = known.get(row.client_id or 0)
        if client is None or client.revision != row.revision:
            row.fate, row.client = RowFate.KEPT_CHANGED, client
        elif row.outcome == RowOutcome.NEW:
            to_delete.append((row, client))
        elif "team" in row.before and row.before["team"] not in teams:
            row.fate = RowFate.KEPT_CHANGED
        else:
            to_restore.append(_restored(row, client, upload=upload, now=now))
    _save(Client, to_restore, KEPT)
    index_clients(to_restore)
    _note_all(Action.CLIENT_CHANGED, to_restore, upload=upload, now=now)
    _delete_unused(to_delete, upload=upload, now=now)
    _save(ImportRow, rows, ["fate", "client"])


def _restored(row: ImportRow, client: Client, *, upload: ClientImport, now: dt.datetime) -> Client:
    row.fate = RowFate.UNDONE
    client.revision += 1
    _write(client, row.before, upload=upload, now=now)
    return client


def _delete_unused(pairs: list[tuple[ImportRow, Client]], *, upload: ClientImport, now: dt.datetime) -> None:
    """Those on which nothing hangs that the database protects; the others stay, and their rows say so."""
    held = _delete([client for _row, client in pairs])
    unused = [(row, client) for row, client in pairs if client.pk not in held]
    if held:
        _delete([client for _row, client in unused])
    for row, client in pairs:
        row.fate = RowFate.KEPT_USED if client.pk in held else RowFate.UNDONE
        row.client = client if client.pk in held else None
    _note_all(Action.DELETED, [client for _row, client in unused], upload=upload, now=now)


def _delete(clients: Iterable[Client]) -> set[int]:
    """Deletes all of them, or none and returns the keys of those that something hangs on."""
    try:
        Client.objects.filter(pk__in=[client.pk for client in clients]).delete()
    except ProtectedError as error:
        return set(map(attrgetter("client_id"), error.protected_objects))
    return set()


def _save(model: type[Client | ImportRow], rows: Sequence[Client] | Sequence[ImportRow], fields: list[str]) -> None:
    """Writes rows that exist. As an upsert: `bulk_update` makes a CASE of each row in each field, which is slow."""
    made: Any = model.objects
    made.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def _note_all(action: Action, clients: Iterable[Client], *, upload: ClientImport, now: dt.datetime) -> None:
    by = Actor("staff", str(upload.by.public_id))
    for client in clients:
        note_record(action=action, client=client, by=by, now=now, upload=str(upload.public_id))
