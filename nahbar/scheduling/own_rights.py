"""A person's appointments with what happened to them, calls to make, and contacts, for their rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nahbar.audit.rules import About
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.people.models import Client
from nahbar.people.own_rights import WITH_FILE
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, delete_straight, plain
from nahbar.people.rules import Hindrance
from nahbar.scheduling.models import (
    Appointment,
    AppointmentChange,
    CallTask,
    ChannelBooking,
    Contact,
    Participation,
)
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import AppointmentState, ParticipationRole

# Messages that the worker may be about to send.
UNDER_WAY = (State.QUEUED, State.SENDING)
UUID_LENGTH = 36

_APPOINTMENT = [
    plain("starts_at", _("Beginn")),
    plain("ends_at", _("Ende")),
    chosen("mode", _("Art")),
    Column("topic", _("Thema"), lambda appointment: appointment.topic.name),
    Column("with", _("mit"), lambda appointment: appointment.counsellor.full_name),
    chosen("state", _("Stand")),
    Column(
        "not_held_reason",
        _("Warum nicht"),
        lambda appointment: appointment.not_held_reason,
        lambda appointment: appointment.why_not_held,
    ),
    chosen("cancelled_by", _("Wer hat abgesagt")),
    chosen("cancel_reason", _("Grund der Absage")),
    plain("cancelled_at", _("Abgesagt am")),
    chosen("agreed_by", _("Video vereinbart")),
    plain("created_at", _("Gebucht am")),
    Column("id", _("Kennung"), lambda appointment: appointment.public_id),
]
_CHANGE = [
    plain("at", _("Wann")),
    Column("appointment", _("Termin"), lambda change: change.appointment.starts_at),
    chosen("kind", _("Was")),
    plain("old_starts_at", _("Beginn vorher")),
    plain("new_starts_at", _("Beginn nachher")),
    chosen("old_mode", _("Art vorher")),
    chosen("new_mode", _("Art nachher")),
    chosen("old_outcome", _("Ergebnis vorher")),
    chosen("new_outcome", _("Ergebnis nachher")),
]
_CALL_TASK = [
    plain("created_at", _("Angelegt")),
    plain("wanted_at", _("Für wann")),
    plain("minutes", _("Minuten")),
    Column("topic", _("Thema"), lambda task: task.topic.name),
    Column("by", _("Wer ruft an"), lambda task: task.for_staff.full_name),
    chosen("state", _("Stand")),
    plain("attempts", _("Versuche")),
    plain("done_at", _("Erledigt")),
]
_CONTACT = [
    plain("at", _("Wann")),
    chosen("kind", _("Art")),
    plain("minutes", _("Minuten")),
    plain("with_third_party", _("Jemand Drittes dabei")),
    plain("km", _("Kilometer bis zum Jobcenter")),
    Column(
        "own_type", _("Eigene Art des Jobcenters"), lambda contact: contact.own_type.name if contact.own_type else ""
    ),
    Column("by", _("Eingetragen von"), lambda contact: contact.entered_by.full_name if contact.entered_by else ""),
]


def appointments_with(who: Who) -> QuerySet[Appointment]:
    """Those that are these people's."""
    return Appointment.objects.filter(participations__client__in=who)


def _about(client: Client) -> set[About]:
    return {
        About("appointment", str(one)) for one in appointments_with([client.pk]).values_list("public_id", flat=True)
    }


def _hinders(who: Who, now: dt.datetime) -> set[Hindrance]:
    coming = appointments_with(who).filter(state=AppointmentState.PLANNED, ends_at__gt=now)
    return {Hindrance.TO_COME} if coming.exists() else set()


def _lock(who: Who) -> object:
    theirs = appointments_with(who).values("pk")
    return list(Appointment.objects.select_for_update().filter(pk__in=theirs).values_list("pk"))


def messages_about(kind: str, ids: list[object]) -> QuerySet[OutboxMessage]:
    """Mails about things that a reference names first: `<public id>:…`."""
    about = OutboxMessage.objects.filter(about_kind=kind).annotate(thing=Left("about_id", UUID_LENGTH))
    return about.filter(thing__in=[str(one) for one in ids])


def keeper_of_mails(
    *, name: str, title: Promise, messages: Callable[[Who], QuerySet[OutboxMessage]], what: Callable[[Any], object]
) -> Keeper:
    """For mails to the people themselves. `messages` finds theirs; `what` says of one in words what it was about."""
    columns = [
        plain("queued_at", _("Beauftragt")),
        Column("template", _("Was"), lambda mail: mail.template, what),
        chosen("channel", _("Weg")),
        chosen("state", _("Stand")),
        plain("fate_at", _("Seit wann")),
    ]

    def theirs(who: Who) -> QuerySet[OutboxMessage]:
        return messages(who).order_by("queued_at", "pk")

    def hinders(who: Who, now: dt.datetime) -> set[Hindrance]:
        del now
        return {Hindrance.MAIL} if theirs(who).filter(state__in=UNDER_WAY).exists() else set()

    return Keeper(
        name=name,
        title=title,
        until=_("14 Tage nach dem Versand"),
        models=frozenset({"outbox.OutboxMessage"}),
        export=lambda client: Table(columns, list(theirs([client.pk]))),
        erase=lambda who: Erased(messages=theirs(who).delete()[0]),
        hinders=hinders,
        # Whoever is about to claim a mail waits, and then finds none.
        lock=lambda who: list(theirs(who).select_for_update()),
    )


def _calendar_mails(who: Who) -> QuerySet[OutboxMessage]:
    of_theirs = Participation.objects.filter(appointment__in=appointments_with(who).values("pk"))
    return messages_about("participation", list(of_theirs.values_list("public_id", flat=True)))


def _erase_appointments(who: Who) -> Erased:
    mails = _calendar_mails(who).delete()[0]
    theirs = list(appointments_with(who).values_list("pk", flat=True))
    ChannelBooking.objects.filter(appointment__in=theirs).delete()
    # The talks and this person's invitations are gone: the rooms above come first.
    people = Participation.objects.filter(appointment__in=theirs)
    delete_straight(people.filter(role__in=[ParticipationRole.CLIENT, ParticipationRole.COUNSELLOR]))
    # Further people may have invitations of their own.
    people.delete()
    many = delete_straight(Appointment.objects.filter(pk__in=theirs))
    return Erased(appointments=many, calendar_mails=mails)


def _erase_changes(who: Who) -> Erased:
    return Erased(changes=_changes(who).delete()[0])


def _changes(who: Who) -> QuerySet[AppointmentChange]:
    theirs = appointments_with(who).values("pk")
    return AppointmentChange.objects.filter(appointment__in=theirs).select_related("appointment").order_by("at", "pk")


def _erase_call_tasks(who: Who) -> Erased:
    return Erased(call_tasks=CallTask.objects.filter(client__in=who).delete()[0])


def _erase_contacts(who: Who) -> Erased:
    return Erased(contacts=Contact.objects.filter(client__in=who).delete()[0])


APPOINTMENTS = Keeper(
    name="appointments",
    title=_("Termine"),
    until=WITH_FILE,
    models=frozenset(f"scheduling.{name}" for name in ("Appointment", "Participation", "ChannelBooking")),
    export=lambda client: Table(_APPOINTMENT, list(with_people(appointments_with([client.pk])).order_by("starts_at"))),
    erase=_erase_appointments,
    hinders=_hinders,
    about=_about,
    lock=_lock,
    moments=("participations__ends_at",),
)
CHANGES = Keeper(
    name="changes",
    title=_("Änderungen an Terminen"),
    until=WITH_FILE,
    models=frozenset({"scheduling.AppointmentChange"}),
    export=lambda client: Table(_CHANGE, list(_changes([client.pk]))),
    erase=_erase_changes,
)
CALL_TASKS = Keeper(
    name="call_tasks",
    title=_("Anrufe, um ein Video-Gespräch zu erklären"),
    until=WITH_FILE,
    models=frozenset({"scheduling.CallTask"}),
    export=lambda client: Table(
        _CALL_TASK, list(CallTask.objects.filter(client=client).select_related("topic", "for_staff"))
    ),
    erase=_erase_call_tasks,
    about=lambda client: {
        About("call_task", str(one)) for one in client.call_tasks.values_list("public_id", flat=True)
    },
    moments=("call_tasks__created_at", "call_tasks__wanted_at"),
)
CONTACTS = Keeper(
    name="contacts",
    title=_("Kontakte"),
    until=WITH_FILE,
    models=frozenset({"scheduling.Contact"}),
    export=lambda client: Table(
        _CONTACT, list(Contact.objects.filter(client=client).select_related("own_type", "entered_by"))
    ),
    erase=_erase_contacts,
    moments=("contacts__at",),
)
