from collections.abc import Mapping
from datetime import datetime

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import About, Action, Actor, Scalar, checked_detail


def record(
    *,
    action: Action,
    by: Actor,
    office: str,
    about: About,
    detail: Mapping[str, Scalar] | None = None,
    now: datetime,
) -> AuditEntry:
    """Append one entry, in the caller's transaction: what rolls back was never done.

    Raises ValueError when the detail carries free text instead of codes.
    """
    return AuditEntry.objects.create(
        at=now,
        action=Action(action),
        office=office,
        actor_kind=by.kind,
        actor_id=by.id,
        object_kind=about.kind,
        object_id=about.id,
        detail=checked_detail(detail),
    )
