"""A person's rights in this room: the mail that asks. Answers and tickets lead to nobody, so they are nobody's."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nahbar.outbox.models import OutboxMessage
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, plain
from nahbar.people.rules import Hindrance
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.own_rights import UNDER_WAY
from nahbar.surveys.asking import KIND

_MESSAGE = [
    plain("queued_at", _("Beauftragt")),
    Column("template", _("Was"), lambda mail: mail.template, lambda mail: _("Frage nach dem Gespräch")),
    chosen("channel", _("Weg")),
    chosen("state", _("Stand")),
    plain("fate_at", _("Seit wann")),
]


def _messages(who: Who) -> QuerySet[OutboxMessage]:
    talks = Appointment.objects.filter(participations__client__in=who).order_by()
    ids = [str(public_id) for public_id in talks.values_list("public_id", flat=True)]
    return OutboxMessage.objects.filter(about_kind=KIND, about_id__in=ids).order_by("queued_at", "pk")


def _mail_hinders(who: Who, now: dt.datetime) -> set[Hindrance]:
    del now
    return {Hindrance.MAIL} if _messages(who).filter(state__in=UNDER_WAY).exists() else set()


QUESTIONS = Keeper(
    name="survey_messages",
    title=_("Frage nach dem Gespräch, per Mail"),
    until=_("14 Tage nach dem Versand"),
    models=frozenset({"outbox.OutboxMessage"}),
    export=lambda client: Table(_MESSAGE, list(_messages([client.pk]))),
    erase=lambda who: Erased(messages=_messages(who).delete()[0]),
    hinders=_mail_hinders,
    lock=lambda who: list(_messages(who).select_for_update()),
)
