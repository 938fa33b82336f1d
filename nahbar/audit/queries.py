"""Reading the record: always one office's own rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rows; what is empty asks for nothing. `begins` is within, `ends` is not."""

    begins: datetime | None = None
    ends: datetime | None = None
    action: str = ""
    actor_kind: str = ""
    actor_id: str = ""
    object_id: str = ""


def entries_of(*, office: str, wanted: Wanted) -> QuerySet[AuditEntry]:
    """An office's rows, newest first."""
    named = {
        "at__gte": wanted.begins,
        "at__lt": wanted.ends,
        "action": wanted.action,
        "actor_kind": wanted.actor_kind,
        "actor_id": wanted.actor_id,
        "object_id": wanted.object_id,
    }
    asked = {name: value for name, value in named.items() if value}
    return AuditEntry.objects.filter(office=office, **asked).order_by("-at", "-pk")


def latest_of(*, office: str, actions: Iterable[Action], count: int) -> list[AuditEntry]:
    """The last `count` rows of these kinds, oldest first."""
    found = AuditEntry.objects.filter(office=office, action__in=list(actions)).order_by("-at", "-pk")
    return list(found[:count])[::-1]
