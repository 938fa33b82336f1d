from datetime import datetime

from django.db.models import Q, QuerySet
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from nahbar.outbox import registry
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import GRACE, LEASE, State


def about(*, kind: str, id: str) -> QuerySet[OutboxMessage]:  # noqa: A002
    """The messages about one thing, newest first."""
    return OutboxMessage.objects.filter(about_kind=kind, about_id=id).order_by("-queued_at", "-pk")


def rendered(message: OutboxMessage) -> RenderedMail:
    """The message as it would be sent now; whatever its template's room raises."""
    return registry.get(message.template).render(message.about_id)


def without_task(*, now: datetime) -> QuerySet[OutboxMessage]:
    """Due messages that no living task will deliver."""
    alive = DBTaskResult.objects.filter(status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING])
    return OutboxMessage.objects.filter(
        Q(task_id__isnull=True) | ~Q(task_id__in=alive.values("pk")),
        state=State.QUEUED,
        next_attempt_at__lte=now - GRACE,
    )


def abandoned(*, now: datetime) -> QuerySet[OutboxMessage]:
    """Claimed messages whose worker gave no news for a whole lease."""
    silent = Q(handed_over_at__isnull=True, claimed_at__lt=now - LEASE)
    silent_after_hand_over = Q(handed_over_at__lt=now - LEASE)
    return OutboxMessage.objects.filter(silent | silent_after_hand_over, state=State.SENDING)
