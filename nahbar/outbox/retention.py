"""What the outbox forgets by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import KEPT_AFTER_FATE, KEPT_TASKS


def _finished(now: datetime) -> QuerySet[Any]:
    return DBTaskResult.objects.finished().filter(finished_at__lt=now - KEPT_TASKS)


MESSAGES = Rows(
    name="outbox.messages",
    what=_("Nachrichten nach dem Versand"),
    period=Period.FOURTEEN_DAYS_AFTER_FATE,
    models=frozenset({"outbox.OutboxMessage"}),
    due=lambda now: OutboxMessage.objects.filter(fate_at__lt=now - KEPT_AFTER_FATE),
    since="fate_at",
    office="office",
)
TASKS = Rows(
    name="outbox.tasks",
    what=_("Erledigte Aufgaben des Versands"),
    period=Period.DAYS,
    models=frozenset({"django_tasks_database.DBTaskResult"}),
    due=_finished,
    since="finished_at",
)
