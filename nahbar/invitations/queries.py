"""The guarded doors for people who come by a link."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Length

from nahbar.consent.models import Consent
from nahbar.consent.rules import ConsentState, Purpose
from nahbar.invitations.links import hash_device_key
from nahbar.invitations.models import Device, Invitation
from nahbar.invitations.rules import (
    LINK_OUTLIVES_APPOINTMENT,
    PROOF_LENGTH,
    WRONG_PROOFS_PER_DEVICE,
    WRONG_PROOFS_PER_LINK,
    CheckResult,
    InvitationState,
    Reference,
    Template,
    number_end,
)
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Proof
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import KEPT_AFTER_FATE, MAYBE_READ
from nahbar.outbox.rules import State as MessageState
from nahbar.people.models import Client
from nahbar.scheduling.models import Appointment, AppointmentChange
from nahbar.scheduling.queries import standings, with_people
from nahbar.scheduling.rules import AppointmentState


class Standing(StrEnum):
    """What a link is worth at this moment."""

    OPEN = "open"
    CANCELLED = "cancelled"
    OVER = "over"


@dataclass(frozen=True)
class Visit:
    """A device that opened its link: the guarded view of one invitation."""

    invitation: Invitation
    device: Device
    appointment: Appointment

    @property
    def is_proven(self) -> bool:
        """Whether the person showed that the invitation is theirs."""
        return self.device.proven_at is not None

    @property
    def jobcenter(self) -> JobCenter:
        """The office that invited."""
        return self.appointment.jobcenter


def find_invitation(*, public_id: uuid.UUID) -> Invitation | None:
    """An invitation by the open half of its link, for the landing page: office and phone only."""
    return (
        Invitation.objects.filter(public_id=public_id)
        .select_related("participation__appointment__jobcenter", "participation__client")
        .first()
    )


def access_visit(*, public_id: uuid.UUID, device_key: str) -> Visit | None:
    """The visit of the device with this cookie; None without a device of the current generation.

    None is the answer for a wrong id, a foreign cookie and a reissued link alike.
    """
    if not device_key:
        return None
    device = (
        Device.objects.filter(invitation__public_id=public_id, key_hash=hash_device_key(device_key))
        .select_related("invitation__participation")
        .first()
    )
    if device is None or device.generation != device.invitation.generation:
        return None
    if device.invitation.state == InvitationState.REVOKED:
        return None
    appointment = with_people(Appointment.objects.all()).get(participations=device.invitation.participation_id)
    return Visit(invitation=device.invitation, device=device, appointment=appointment)


def standing_of(*, appointment: Appointment, now: dt.datetime) -> Standing:
    """Whether a link to this appointment still leads to it."""
    if appointment.state == AppointmentState.CANCELLED:
        return Standing.CANCELLED
    if appointment.state != AppointmentState.PLANNED or now > appointment.ends_at + LINK_OUTLIVES_APPOINTMENT:
        return Standing.OVER
    return Standing.OPEN


def is_locked(*, invitation: Invitation, device: Device | None = None) -> bool:
    """Whether no further proof is taken: from this device, or from any new one."""
    if device is not None and device.wrong_proofs >= WRONG_PROOFS_PER_DEVICE:
        return True
    return invitation.wrong_proofs >= WRONG_PROOFS_PER_LINK


def proof_of(client: Client) -> Proof:
    """What the client's office asks for; the birthday where the customer number is too short to prove anything."""
    wanted = Proof(client.jobcenter.proof)
    return wanted if wanted is Proof.BIRTHDAY or number_end(client.number) else Proof.BIRTHDAY


def expected_proof(client: Client) -> str:
    """The right answer to it: four digits or characters."""
    by_number = proof_of(client) is Proof.NUMBER
    return number_end(client.number) if by_number else client.birth_date.strftime("%d%m")


def clients_without_number_proof(*, jobcenter: JobCenter) -> int:
    """How many clients have a customer number too short to prove anything."""
    # Signs between the characters are rare, and whoever has them is asked rightly all the same.
    short = Client.objects.of(jobcenter).annotate(length=Length("number")).filter(length__lt=PROOF_LENGTH)
    return short.count()


def proof_is_blocked(*, invitation: Invitation) -> bool:
    """Whether the link or one of its devices is locked: what a counsellor can unlock."""
    return (
        is_locked(invitation=invitation)
        or invitation.devices.filter(proven_at=None, wrong_proofs__gte=WRONG_PROOFS_PER_DEVICE).exists()
    )


def invitation_of(*, appointment: Appointment) -> Invitation | None:
    """The client's invitation to an appointment."""
    return Invitation.objects.filter(
        participation__appointment=appointment, participation__client__isnull=False
    ).first()


def remembered_checks(*, invitation: Invitation) -> dict[str, str]:
    """What was last tried on the device that was last seen with this invitation."""
    device = invitation.devices.filter(proven_at__isnull=False).order_by("-seen_at").first()
    return dict(device.checks) if device else {}


def messages_of(invitation: Invitation) -> QuerySet[OutboxMessage]:
    """Every mail about an invitation, whatever revision or link it spoke of, newest first."""
    about = OutboxMessage.objects.filter(about_kind="invitation", about_id__startswith=f"{invitation.public_id}:")
    return about.order_by("-queued_at", "-pk")


def was_never_told(*, invitation: Invitation, now: dt.datetime) -> bool:
    """Whether no mail about an invitation has gone out yet.

    The outbox forgets: of an invitation older than its memory only a first mail that is still there tells.
    """
    about = messages_of(invitation)
    if about.filter(state=MessageState.SENT).exists():
        return False
    return now - invitation.issued_at < KEPT_AFTER_FATE or about.filter(template=Template.INVITATION).exists()


def knows_of(*, invitation: Invitation, appointment: Appointment, undone: AppointmentChange, now: dt.datetime) -> bool:
    """Whether the client takes an appointment for another than it is again after `undone` was taken back.

    By mail: what the last one that went out said does not hold. On the screen: a device was there since.
    """
    if invitation.devices.filter(seen_at__gte=undone.at).exists():
        return True
    holds, told = standings(appointment), _told_revision(invitation)
    if told is not None:
        return told >= len(holds) or holds[told] != holds[-1]
    # Nothing has gone out: of an old invitation the outbox has forgotten, of a young one they never heard.
    forgotten = now - invitation.issued_at >= KEPT_AFTER_FATE
    return not forgotten and holds[-1] != ()


def _told_revision(invitation: Invitation) -> int | None:
    """The latest revision of which a mail has gone out, or may have; None when none has."""
    gone = messages_of(invitation).filter(state__in=MAYBE_READ)
    references = map(Reference.parse, gone.values_list("about_id", flat=True))
    return max((reference.revision for reference in references), default=None)


def prepared(appointments: Iterable[Appointment]) -> set[int]:
    """The keys of those by video whose client has consented and tried a microphone that works; one query."""
    video = [appointment.pk for appointment in appointments if appointment.is_video]
    consented = Consent.objects.filter(
        client=OuterRef("invitation__participation__client"),
        purpose=Purpose.VIDEO_COUNSELLING,
        state=ConsentState.GIVEN,
    )
    tried = Device.objects.filter(
        Exists(consented),
        invitation__participation__appointment__in=video,
        generation=F("invitation__generation"),
        proven_at__isnull=False,
        checks__microphone=CheckResult.OK.value,
    )
    return set(tried.values_list("invitation__participation__appointment", flat=True))
