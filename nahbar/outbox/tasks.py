import logging
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django_tasks import task

from nahbar.outbox import operations, registry
from nahbar.outbox.faults import whereabouts
from nahbar.outbox.mail import BadRecipient, compose
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.smtp import Conversation, Refused, Unanswered, Unreachable

logger = logging.getLogger(__name__)


@task()
def deliver(message_id: str) -> None:
    """Try once to send the message, if it is due and nobody else does.

    Never raises for anything the mail or its server did: a task that fails is logged with its
    traceback, and that could name the recipient. The message's row says what became of it.
    """
    message = operations.claim(public_id=UUID(message_id), now=timezone.now())
    if message is None:
        return
    try:
        mail = _prepare(message)
    except BadRecipient:
        operations.fail(message=message, error="recipient invalid", now=timezone.now())
    except Exception as exc:  # noqa: BLE001
        # Most likely a fault of ours that the next version mends: the message waits for it.
        logger.error("outbox message=%s not rendered: %s", message.public_id, whereabouts(exc))
        error = f"render {type(exc).__name__}"[:64]
        operations.postpone(message=message, error=error, now=timezone.now())
    else:
        if mail is None:
            operations.drop(message=message, now=timezone.now())
        else:
            _send(message, mail)


def _prepare(message: OutboxMessage) -> EmailMultiAlternatives | None:
    """The mail, or None when it is too late or not wanted any more."""
    now = timezone.now()
    template = registry.get(message.template)
    if message.not_after is not None and message.not_after < now:
        return None
    if not template.still_wanted(message.about_id, now):
        return None
    rendered = template.render(message.about_id)
    return compose(rendered=rendered, message_id=message.message_id, now=now)


def _send(message: OutboxMessage, mail: EmailMultiAlternatives) -> None:
    with Conversation(mail) as conversation:
        try:
            conversation.offer()
            if not operations.hand_over(message=message, now=timezone.now()):
                return
            conversation.hand_over()
        except Refused as exc:
            refuse = operations.fail if exc.permanent else operations.postpone
            refuse(message=message, error=str(exc), now=timezone.now())
        except Unreachable as exc:
            operations.postpone(message=message, error=str(exc), now=timezone.now())
        except Unanswered as exc:
            operations.doubt(message=message, error=str(exc), now=timezone.now())
        else:
            operations.confirm(message=message, now=timezone.now())
