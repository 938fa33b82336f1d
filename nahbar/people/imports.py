"""A list of clients from another system: read, compared, applied, and undone as a whole.

The customer number is the key. Everything slow happens in the worker, in slices of which each is one transaction and
one task, so that mails are not kept waiting and a killed worker goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.people.import_fields import COLUMNS, guess, read_row
from nahbar.people.import_files import Line, Problem, Unreadable, lines_of
from nahbar.people.import_rows import Comparison, apply_slice, undo_slice
from nahbar.people.models import ClientImport, ImportRow
from nahbar.people.queries import Desk, NotYours
from nahbar.people.rules import IMPORT_MOVES, ImportState, RowFate, RowOutcome

logger = logging.getLogger(__name__)

SLICE = 500
# By name, because tasks lie above operations.
_TASKS = "nahbar.people.tasks."
TOUCHES = (RowOutcome.NEW, RowOutcome.CHANGED)


class Elsewhere(Exception):
    """Nothing was changed: the import is not where the page showed it, or another one is at work."""


def access_import(*, desk: Desk, public_id: uuid.UUID) -> ClientImport:
    """An import of the desk's office, for its administrators; raises `NotYours` for any other."""
    found = ClientImport.objects.filter(jobcenter=desk.jobcenter, public_id=public_id).defer("content").first()
    if found is None or not desk.administers:
        raise NotYours
    return found


def imports_of(jobcenter: JobCenter) -> list[ClientImport]:
    """What was uploaded in the last days, the latest first."""
    uploads = ClientImport.objects.filter(jobcenter=jobcenter).defer("content", "header")
    return list(uploads.select_related("by"))


@transaction.atomic
def start_import(*, desk: Desk, content: bytes, now: dt.datetime) -> ClientImport:
    """Keeps the file and has it read. What is wrong with it the reading says, nobody here looks inside."""
    made = ClientImport.objects.create(jobcenter=desk.jobcenter, by=desk.staff, content=content, created_at=now)
    _enqueue("read", made, made.reading)
    return made


@transaction.atomic
def map_columns(*, upload: ClientImport, mapping: Mapping[str, int]) -> None:
    """Reads the file once more with other columns. Raises `Elsewhere` when it is no longer only looked at.

    Skipped: positions beyond the header; a column that is not there says nothing.
    """
    fields = {column.field for column in COLUMNS}
    chosen = {field: position for field, position in mapping.items() if field in fields}
    _move(upload, ImportState.READING, mapping=chosen, reading=upload.reading + 1, done=0, total=0)
    _enqueue("read", upload, upload.reading)


@transaction.atomic
def confirm(*, desk: Desk, upload: ClientImport, now: dt.datetime) -> None:
    """Applies what the preview showed, in the worker; the file goes now. Writes an audit row. Raises `Elsewhere`."""
    touched = upload.rows.filter(outcome__in=TOUCHES).count()
    _move(upload, ImportState.APPLYING, done=0, total=touched, content=b"")
    _note(Action.CLIENTS_IMPORTED, upload, by=desk.actor, now=now, rows=touched)
    _enqueue("apply", upload)


@transaction.atomic
def undo(*, desk: Desk, upload: ClientImport, now: dt.datetime) -> None:
    """Takes everything back that nobody has touched since, in the worker. Writes an audit row. Raises `Elsewhere`."""
    _move(upload, ImportState.UNDOING, done=0, total=upload.rows.filter(fate=RowFate.APPLIED).count())
    _note(Action.IMPORT_UNDONE, upload, by=desk.actor, now=now)
    _enqueue("undo", upload)


@transaction.atomic
def discard(*, desk: Desk, upload: ClientImport, now: dt.datetime) -> None:
    """Deletes an upload that was not applied, with its rows; a reading of it ends. Writes an audit row.

    Raises `Elsewhere`.
    """
    states = [ImportState.READING, ImportState.READ, ImportState.FAILED]
    idle = ClientImport.objects.filter(pk=upload.pk, state__in=states)
    if not idle.exists():
        raise Elsewhere
    idle.delete()
    _note(Action.IMPORT_DISCARDED, upload, by=desk.actor, now=now)


def _move(upload: ClientImport, to: ImportState, **changes: Any) -> None:
    """Compare-and-set; the database refuses a second import at work in the same office."""
    state = ImportState(upload.state)
    if to not in IMPORT_MOVES[state]:
        raise Elsewhere
    as_read = ClientImport.objects.filter(pk=upload.pk, state=state, reading=upload.reading)
    try:
        with transaction.atomic():
            moved = as_read.update(state=to, **changes)
    except IntegrityError as error:
        raise Elsewhere from error
    if not moved:
        raise Elsewhere
    upload.state = to
    for name, value in changes.items():
        setattr(upload, name, value)


def _enqueue(name: str, upload: ClientImport, *more: int) -> None:
    task: Task[..., None] = import_string(_TASKS + name)
    task.enqueue(str(upload.public_id), *more)


def _note(action: Action, upload: ClientImport, *, by: Actor, now: dt.datetime, **detail: int) -> None:
    about = About("import", str(upload.public_id))
    record(action=action, by=by, office=upload.jobcenter.slug, about=about, detail=detail, now=now)


# --- in the worker --------------------------------------------------------------------------------


def read_upload(*, public_id: uuid.UUID, reading: int, now: dt.datetime) -> None:
    """Reads the file into rows and compares them with the records. A newer reading ends this one, without effect.

    Writes an audit row, since the comparison is seen. What is wrong with the file becomes the import's `problem`.
    """
    upload = ClientImport.objects.filter(public_id=public_id, state=ImportState.READING, reading=reading).first()
    if upload is None:
        return
    # A killed worker may have left some.
    upload.rows.all().delete()
    with contextlib.suppress(Elsewhere):
        try:
            _read_rows(upload, lines_of(bytes(upload.content)), now=now)
        except Elsewhere:
            raise
        except Unreadable as error:
            _fail(upload, error.problem)
        except Exception as error:  # noqa: BLE001  otherwise it would be read for ever
            # Nothing but the class: what it says, and its traceback, may quote the list.
            logger.error("a list was not read: %s", type(error).__name__)
            _fail(upload, Problem.BROKEN)
        else:
            _show(upload, now=now)


def _fail(upload: ClientImport, problem: Problem) -> None:
    upload.rows.all().delete()
    _move(upload, ImportState.FAILED, problem=problem.value, content=b"")


@transaction.atomic
def _show(upload: ClientImport, *, now: dt.datetime) -> None:
    rows = upload.rows.count()
    _move(upload, ImportState.READ, total=rows)
    by = Actor("staff", str(upload.by.public_id))
    _note(Action.CLIENTS_PREVIEWED, upload, by=by, now=now, rows=rows)


def _read_rows(upload: ClientImport, lines: Iterator[Line], *, now: dt.datetime) -> None:
    header = _named(lines)
    mapping = upload.mapping or guess(header)
    as_read = ClientImport.objects.filter(pk=upload.pk, state=ImportState.READING, reading=upload.reading)
    as_read.update(header=header, mapping=mapping)
    if "number" not in mapping:
        # Somebody says which column it is; the rest of the file is only looked at for its faults.
        for _line in lines:
            continue
        return
    today, comparison = timezone.localdate(now), Comparison(upload=upload)
    while slice_of_lines := list(islice(lines, SLICE)):
        rows = [(position, *read_row(cells, mapping, today=today)) for position, cells in slice_of_lines]
        with transaction.atomic():
            # First, so that the import is locked before the people, as by an erasure.
            _advance(upload, ImportState.READING, by=len(rows))
            comparison.keep(rows)


def _named(lines: Iterable[Line]) -> list[str]:
    for _position, cells in lines:
        return cells
    return []


def _advance(upload: ClientImport, state: ImportState, *, by: int) -> None:
    """Says how far the work is; `Elsewhere` rolls back when it is no longer wanted."""
    upload.done += by
    wanted = ClientImport.objects.filter(pk=upload.pk, state=state, reading=upload.reading)
    if not wanted.update(done=upload.done):
        raise Elsewhere


def apply_next(*, public_id: uuid.UUID, now: dt.datetime) -> None:
    """Applies the next rows and has the ones after them applied by another task; the last one closes the import."""
    with transaction.atomic():
        upload = _at_work(public_id, ImportState.APPLYING)
        if upload is None:
            return
        rows = list(upload.rows.filter(outcome__in=TOUCHES, fate=RowFate.OPEN)[:SLICE])
        if not rows:
            _move(upload, ImportState.APPLIED, applied_at=now)
            return
        _apply(upload, rows, now=now)
        _advance(upload, ImportState.APPLYING, by=len(rows))
        _enqueue("apply", upload)


def _apply(upload: ClientImport, rows: Sequence[ImportRow], *, now: dt.datetime) -> None:
    """What the database refuses, such as a number that was given meanwhile, is its own row's matter alone."""
    try:
        with transaction.atomic():
            apply_slice(upload=upload, rows=rows, now=now)
    except (DataError, IntegrityError):
        if len(rows) == 1:
            upload.rows.filter(pk=rows[0].pk).update(fate=RowFate.OVERTAKEN, client=None)
            return
        # Read once more: what was refused had changed them.
        for row in upload.rows.filter(pk__in=[row.pk for row in rows]):
            _apply(upload, [row], now=now)


def undo_next(*, public_id: uuid.UUID, now: dt.datetime) -> None:
    """Undoes the next rows, the last ones first, and has the others undone by another task."""
    with transaction.atomic():
        upload = _at_work(public_id, ImportState.UNDOING)
        if upload is None:
            return
        rows = list(upload.rows.filter(fate=RowFate.APPLIED).order_by("-position")[:SLICE])
        if not rows:
            _move(upload, ImportState.UNDONE, undone_at=now)
            return
        undo_slice(upload=upload, rows=rows, now=now)
        _advance(upload, ImportState.UNDOING, by=len(rows))
        _enqueue("undo", upload)


def _at_work(public_id: uuid.UUID, state: ImportState) -> ClientImport | None:
    """Locked, so that a task that runs twice does its slice once; without the file, which may be large."""
    found = ClientImport.objects.select_for_update(of=("self",)).select_related("jobcenter", "by").defer("content")
    return found.filter(public_id=public_id, state=state).first()
