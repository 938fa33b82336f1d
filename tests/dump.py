"""Every table of the database as text, whatever is in it: for showing that something is nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.contrib.sessions.models import Session
from django.db import connection

# What survives on purpose, and what it may hold: ids, in these columns.
BY_ID = {("audit_auditentry", name) for name in ("object_id", "actor_id", "detail")}


def cells() -> Iterator[tuple[str, str, str]]:
    """Table, column and text of every cell."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((table, name, _text(value)) for name, value in zip(columns, row, strict=True))
    # Packed by Django: what stands in them can be read only unpacked.
    for session in Session.objects.all():
        yield ("django_session", "session_data", json.dumps(session.get_decoded(), ensure_ascii=False))


def _text(value: object) -> str:
    """Bytes as far as they are text: PostgreSQL hands them out as memory, which says nothing."""
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def found(marks: set[str]) -> set[tuple[str, str]]:
    """Table and column of every cell in which one of the marks stands, upper and lower case alike."""
    lowered = {mark.lower() for mark in marks}
    # SQLite keeps UUIDs without hyphens.
    lowered |= {mark.replace("-", "") for mark in lowered if len(mark) == 36}
    return {(table, column) for table, column, text in cells() if any(mark in text.lower() for mark in lowered)}
