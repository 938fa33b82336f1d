"""Issuing links, opening them, proving, and what a device remembers."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action, Actor
from nahbar.invitations.links import hash_device_key, is_secret_of
from nahbar.invitations.models import Device, Invitation
from nahbar.invitations.queries import (
    Standing,
    expected_proof,
    find_invitation,
    invitation_of,
    proof_of,
    standing_of,
    was_never_told,
)
from nahbar.invitations.rules import (
    LINK_OUTLIVES_APPOINTMENT,
    WRONG_PROOFS_PER_DEVICE,
    WRONG_PROOFS_PER_LINK,
    Check,
    CheckResult,
    InvitationState,
    Reference,
    Template,
    plain,
    useful_until,
)
from nahbar.jobcenters.rules import Proof
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import About as MessageAbout
from nahbar.people.models import Client
from nahbar.scheduling.models import Appointment, AppointmentChange, Participation
from nahbar.scheduling.rules import ChangeKind, ParticipationRole


class LinkReason(StrEnum):
    """Why a link does not open."""

    UNKNOWN = "unknown"
    REISSUED = "reissued"
    CANCELLED = "cancelled"
    OVER = "over"


class LinkRefused(Exception):
    """The link was not exchanged; nothing was changed."""

    def __init__(self, reason: LinkReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ProofAnswer(StrEnum):
    """What became of four digits or characters."""

    PROVEN = "proven"
    WRONG = "wrong"
    EMPTY = "empty"
    LOCKED = "locked"


@dataclass(frozen=True)
class Opened:
    """An exchanged link: the cookie to set and the device it stands for."""

    device: Device
    device_key: str


def client_actor(invitation: Invitation) -> Actor:
    """How the audit log names somebody who came by a link."""
    return Actor(kind="client", id=str(invitation.public_id))


def issue_invitation(
    *,
    appointment: Appointment,
    template: Template,
    by: Actor,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
) -> Invitation:
    """The client's invitation, made when there is none, and its mail in the outbox; same transaction.

    A client without an address gets no mail; the appointment's page says so.
    """
    participation = appointment.participation_of(ParticipationRole.CLIENT)
    invitation, created = Invitation.objects.get_or_create(participation=participation, defaults={"issued_at": now})
    if created:
        _audit(Action.INVITATION_ISSUED, invitation=invitation, appointment=appointment, by=by, now=now)
    else:
        _revive(invitation)
    send(invitation=invitation, appointment=appointment, template=template, now=now, not_before=not_before)
    return invitation


def _revive(invitation: Invitation) -> None:
    expired = Invitation.objects.filter(pk=invitation.pk, state=InvitationState.EXPIRED)
    if expired.update(state=InvitationState.ISSUED):
        invitation.refresh_from_db()


# What corrects a change that the client has heard of.
CORRECTIONS = {
    ChangeKind.BOOKED: Template.CANCELLED,
    ChangeKind.MOVED: Template.MOVED,
    ChangeKind.MODE_CHANGED: Template.MODE_CHANGED,
    ChangeKind.CANCELLED: Template.INVITATION,
}


def correct(*, appointment: Appointment, undone: AppointmentChange, now: dt.datetime) -> None:
    """Tells the client at once that a change which was taken back does not hold; one mail, however often called."""
    invitation, template = invitation_of(appointment=appointment), CORRECTIONS.get(ChangeKind(undone.kind))
    if invitation is not None and template is not None:
        _revive(invitation)
        key = f"undone:{undone.pk}"
        send(invitation=invitation, appointment=appointment, template=template, now=now, key=key)


def send(
    *,
    invitation: Invitation,
    appointment: Appointment,
    template: Template,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
    key: str | None = None,
) -> None:
    """Queues one mail about the invitation; none when the client has no address.

    The revision in the reference lets the worker drop what a later change has overtaken. When that was
    the first mail of all, this one invites in its place: nobody hears of changes to what they never knew.
    """
    if not appointment.client.email:
        return
    news = template is not Template.CANCELLED and now < appointment.starts_at
    if news and was_never_told(invitation=invitation, now=now):
        template = Template.INVITATION
    reference = Reference(str(invitation.public_id), appointment.revision, invitation.generation)
    queue(
        template=template,
        about=MessageAbout("invitation", str(reference)),
        office=appointment.jobcenter.slug,
        key=key,
        not_before=not_before,
        not_after=useful_until(template, starts_at=appointment.starts_at, ends_at=appointment.ends_at),
        now=now,
    )


@transaction.atomic
def reissue(*, invitation: Invitation, appointment: Appointment, by: Actor, now: dt.datetime) -> None:
    """A new link; the old one and its devices stop working, wrong tries are forgotten, a mail goes out."""
    Invitation.objects.filter(pk=invitation.pk).update(generation=F("generation") + 1, wrong_proofs=0)
    invitation.refresh_from_db()
    _audit(Action.REISSUED, invitation=invitation, appointment=appointment, by=by, now=now)
    send(invitation=invitation, appointment=appointment, template=Template.REISSUED, now=now)


@transaction.atomic
def unlock(*, invitation: Invitation, by: Actor, now: dt.datetime) -> None:
    """Forgets wrong tries, for the link and for each of its devices."""
    Invitation.objects.filter(pk=invitation.pk).update(wrong_proofs=0)
    invitation.devices.update(wrong_proofs=0)
    _audit(Action.UNLOCKED, invitation=invitation, appointment=invitation.appointment, by=by, now=now)


def expire(*, now: dt.datetime) -> int:
    """Ends invitations whose appointment is well over; returns how many."""
    over = Invitation.objects.filter(
        state=InvitationState.ISSUED, participation__ends_at__lt=now - LINK_OUTLIVES_APPOINTMENT
    )
    return over.update(state=InvitationState.EXPIRED)


def open_link(*, public_id: uuid.UUID, secret: str, device_key: str, now: dt.datetime) -> Opened:
    """Exchanges a link for a device cookie. `device_key` is the browser's present cookie or empty.

    The cookie is new after every exchange; what the old one had opened and proven goes with it.
    Raises `LinkRefused`; the answer to a wrong secret and to an unknown id is the same.
    """
    invitation = find_invitation(public_id=public_id)
    if invitation is None:
        raise LinkRefused(LinkReason.UNKNOWN)
    _require_valid(invitation=invitation, secret=secret, now=now)
    new_key = secrets.token_urlsafe(32)
    with transaction.atomic():
        if device_key:
            Device.objects.filter(key_hash=hash_device_key(device_key)).update(key_hash=hash_device_key(new_key))
        device, created = Device.objects.get_or_create(
            invitation=invitation,
            key_hash=hash_device_key(new_key),
            defaults={"generation": invitation.generation, "opened_at": now, "seen_at": now},
        )
        if device.generation != invitation.generation:
            # The same browser with the reissued link: it proved before, but to the old link.
            device.generation, device.proven_at, device.wrong_proofs = invitation.generation, None, 0
            device.save(update_fields=["generation", "proven_at", "wrong_proofs"])
        if created:
            appointment = invitation.appointment
            _audit(Action.LINK_OPENED, invitation=invitation, appointment=appointment, by=ANONYMOUS, now=now)
    return Opened(device=device, device_key=new_key)


def _require_valid(*, invitation: Invitation, secret: str, now: dt.datetime) -> None:
    public_id, generation = invitation.public_id, invitation.generation
    if not is_secret_of(candidate=secret, public_id=public_id, generation=generation):
        older = any(
            is_secret_of(candidate=secret, public_id=public_id, generation=past) for past in range(1, generation)
        )
        raise LinkRefused(LinkReason.REISSUED if older else LinkReason.UNKNOWN)
    standing = standing_of(appointment=invitation.appointment, now=now)
    if standing is Standing.CANCELLED:
        raise LinkRefused(LinkReason.CANCELLED)
    if standing is Standing.OVER or invitation.state != InvitationState.ISSUED:
        raise LinkRefused(LinkReason.OVER)


def prove(*, device: Device, digits: str, now: dt.datetime) -> ProofAnswer:
    """Four digits or characters, as the office asks for them (`proof_of`).

    Five wrong tries a device, ten a link; empty ones do not count.

    A try is taken before it is compared, by compare-and-set: many at the same moment do not get more.
    Effects: counters, `proven_at`, audit row.
    """
    client = _client_of(device.invitation)
    given = plain(digits, digits_only=proof_of(client) is Proof.BIRTHDAY)
    if not given:
        return ProofAnswer.EMPTY
    if device.proven_at is not None:
        return ProofAnswer.PROVEN
    with transaction.atomic():
        return _compare(device=device, client=client, given=given, now=now)


def _client_of(invitation: Invitation) -> Client:
    client = Participation.objects.select_related("client__jobcenter").get(pk=invitation.participation_id).client
    assert client is not None  # only clients have invitations with this proof
    return client


def _compare(*, device: Device, client: Client, given: str, now: dt.datetime) -> ProofAnswer:
    invitation = device.invitation
    link = Invitation.objects.filter(pk=invitation.pk)
    own = Device.objects.filter(pk=device.pk)
    # Link first, then device, in one order everywhere; on PostgreSQL the update is the lock.
    if not link.filter(wrong_proofs__lt=WRONG_PROOFS_PER_LINK).update(wrong_proofs=F("wrong_proofs") + 1):
        return ProofAnswer.LOCKED
    if not own.filter(wrong_proofs__lt=WRONG_PROOFS_PER_DEVICE).update(wrong_proofs=F("wrong_proofs") + 1):
        link.update(wrong_proofs=Greatest(F("wrong_proofs") - 1, 0))
        return ProofAnswer.LOCKED
    expected = expected_proof(client)
    right = hmac.compare_digest(given.encode(), expected.encode())
    if right:
        link.update(wrong_proofs=Greatest(F("wrong_proofs") - 1, 0))
        own.update(wrong_proofs=0, proven_at=now)
    record(
        action=Action.PROOF_PASSED if right else Action.PROOF_FAILED,
        by=client_actor(invitation),
        office=client.jobcenter.slug,
        about=About("invitation", str(invitation.public_id)),
        now=now,
    )
    device.refresh_from_db()
    if right:
        return ProofAnswer.PROVEN
    if (
        device.wrong_proofs >= WRONG_PROOFS_PER_DEVICE
        or not link.filter(wrong_proofs__lt=WRONG_PROOFS_PER_LINK).exists()
    ):
        return ProofAnswer.LOCKED
    return ProofAnswer.WRONG


@transaction.atomic
def remember_check(*, device: Device, check: Check, result: CheckResult, now: dt.datetime) -> None:
    """Keeps how a check ended on this device; the latest answer counts."""
    fresh = Device.objects.select_for_update().get(pk=device.pk)
    fresh.checks = {**fresh.checks, check.value: result.value}
    fresh.seen_at = now
    fresh.save(update_fields=["checks", "seen_at"])
    device.checks = fresh.checks


def _audit(action: Action, *, invitation: Invitation, appointment: Appointment, by: Actor, now: dt.datetime) -> None:
    record(
        action=action,
        by=by,
        office=appointment.jobcenter.slug,
        about=About("invitation", str(invitation.public_id)),
        detail={"generation": invitation.generation},
        now=now,
    )
