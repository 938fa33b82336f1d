"""A person's rights in this room: the mail that asks. Answers and tickets lead to nobody, so they are nobody's."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nahbar.outbox.models import OutboxMessage
from nahbar.people.rights import Who
from nahbar.scheduling.own_rights import appointments_with, keeper_of_mails, messages_about
from nahbar.surveys.asking import KIND


def _messages(who: Who) -> QuerySet[OutboxMessage]:
    return messages_about(KIND, list(appointments_with(who).order_by().values_list("public_id", flat=True)))


QUESTIONS = keeper_of_mails(
    name="survey_messages",
    title=_("Frage nach dem Gespräch, per Mail"),
    messages=_messages,
    what=lambda _mail: _("Frage nach dem Gespräch"),
)
