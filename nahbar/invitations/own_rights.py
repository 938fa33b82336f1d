"""A person's invitations, the devices that opened them, and the mails about them, for their rights."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nahbar.audit.rules import About
from nahbar.invitations.models import Device, Invitation
from nahbar.invitations.rules import Template
from nahbar.outbox.models import OutboxMessage
from nahbar.people.own_rights import WITH_FILE
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, delete_straight, plain
from nahbar.scheduling.own_rights import keeper_of_mails, messages_about

_INVITATION = [
    plain("issued_at", _("Ausgestellt")),
    Column("appointment", _("Termin"), lambda invitation: invitation.participation.starts_at),
    chosen("state", _("Stand")),
    plain("generation", _("Wievielter Link")),
    plain("wrong_proofs", _("Falsche Angaben")),
    Column("id", _("Kennung"), lambda invitation: invitation.public_id),
]
_DEVICE = [
    plain("opened_at", _("Link geöffnet")),
    plain("seen_at", _("zuletzt benutzt")),
    plain("proven_at", _("Nachweis bestanden")),
    Column("checks", _("Geprüft"), lambda device: ", ".join(f"{what}: {how}" for what, how in device.checks.items())),
]


def _invitations(who: Who) -> QuerySet[Invitation]:
    theirs = Invitation.objects.filter(participation__client__in=who)
    return theirs.select_related("participation").order_by("pk")


def _ids(who: Who) -> list[object]:
    return list(_invitations(who).values_list("public_id", flat=True))


def _messages(who: Who) -> QuerySet[OutboxMessage]:
    return messages_about("invitation", _ids(who))


def _devices(who: Who) -> QuerySet[Device]:
    return Device.objects.filter(invitation__participation__client__in=who).order_by("pk")


def _erase_invitations(who: Who) -> Erased:
    return Erased(invitations=delete_straight(_invitations(who)))


INVITATIONS = Keeper(
    name="invitations",
    title=_("Einladungen"),
    until=WITH_FILE,
    models=frozenset({"invitations.Invitation"}),
    export=lambda client: Table(_INVITATION, list(_invitations([client.pk]))),
    erase=_erase_invitations,
    about=lambda client: {About("invitation", str(one)) for one in _ids([client.pk])},
)
DEVICES = Keeper(
    name="devices",
    title=_("Geräte, mit denen Links geöffnet wurden"),
    until=_("höchstens drei Monate"),
    models=frozenset({"invitations.Device"}),
    export=lambda client: Table(_DEVICE, list(_devices([client.pk]))),
    erase=lambda who: Erased(devices=_devices(who).delete()[0]),
)
MESSAGES = keeper_of_mails(
    name="messages",
    title=_("Nachrichten an die Person"),
    messages=_messages,
    what=lambda mail: Template(mail.template).label,
)
