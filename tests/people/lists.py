"""Lists as offices export them, and the worker's work on them without a worker."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from django_tasks_db.models import DBTaskResult
from openpyxl import Workbook

from nahbar.people.imports import apply_next, confirm, read_upload, start_import, undo, undo_next
from nahbar.people.models import ClientImport, ImportRow
from nahbar.people.rules import ImportState
from tests.conftest import Cast
from tests.factories import desk_of

HEADER = ["Kundennummer", "Nachname", "Vorname", "Geburtsdatum", "Team", "E-Mail", "Telefon", "Anrede"]
NEW = ["777A000001", "Müller", "Jürgen", "12.03.1980", "Team 2", "j.mueller@example.org", "0176 555", "Herr"]


def text(rows: Iterable[Sequence[str]], *, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """A file of plain cells."""
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def workbook(rows: Iterable[Sequence[object]]) -> bytes:
    """A spreadsheet."""
    book, file = Workbook(), io.BytesIO()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    book.save(file)
    return file.getvalue()


def patched(content: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """A spreadsheet with other parts in it, packed as small as they go."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as original, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in {*original.namelist(), *parts}:
            changed.writestr(name, parts[name] if name in parts else original.read(name))
    return file.getvalue()


def damaged(content: bytes) -> bytes:
    """A spreadsheet that lost some bytes on its way: its list of parts is whole, what is packed is not."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    start = part.header_offset + 30 + len(part.filename)
    return content[:start] + b"\xff" * 60 + content[start + 60 :]


def sheet(rows: str) -> str:
    """The part of a spreadsheet that holds its first sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'


def uploaded(cast: Cast, content: bytes, *, now: dt.datetime) -> ClientImport:
    """The file, read."""
    upload = start_import(desk=desk_of(cast.administrator, cast.office), content=content, now=now)
    return reread(upload, now=now)


def reread(upload: ClientImport, *, now: dt.datetime) -> ClientImport:
    """Read as it is mapped now."""
    read_upload(public_id=upload.public_id, reading=upload.reading, now=now)
    return ClientImport.objects.get(pk=upload.pk)


def applied(cast: Cast, upload: ClientImport, *, now: dt.datetime) -> ClientImport:
    """Confirmed, and worked off."""
    confirm(desk=desk_of(cast.administrator, cast.office), upload=upload, now=now)
    while ClientImport.objects.get(pk=upload.pk).state == ImportState.APPLYING:
        apply_next(public_id=upload.public_id, now=now)
    return ClientImport.objects.get(pk=upload.pk)


def undone(cast: Cast, upload: ClientImport, *, now: dt.datetime) -> ClientImport:
    """Taken back, and worked off."""
    undo(desk=desk_of(cast.administrator, cast.office), upload=upload, now=now)
    while ClientImport.objects.get(pk=upload.pk).state == ImportState.UNDOING:
        undo_next(public_id=upload.public_id, now=now)
    return ClientImport.objects.get(pk=upload.pk)


def outcomes(upload: ClientImport) -> list[tuple[int, str]]:
    """Each row's number and what it means."""
    return list(ImportRow.objects.filter(parent=upload).values_list("position", "outcome"))


def fates(upload: ClientImport) -> list[tuple[int, str]]:
    """Each row's number and what became of it."""
    return list(ImportRow.objects.filter(parent=upload).values_list("position", "fate"))


def problems(upload: ClientImport) -> dict[int, list[tuple[str, str]]]:
    """What is wrong, by row."""
    wrong = ImportRow.objects.filter(parent=upload).exclude(problems=[])
    return {row.position: [(field, code) for field, code in row.problems] for row in wrong}


def waiting_tasks() -> list[str]:
    """The names of the tasks of this room that wait for a worker."""
    ready = DBTaskResult.objects.ready().filter(task_path__startswith="nahbar.people.")
    return [result.task_path.rsplit(".", 1)[1] for result in ready]
