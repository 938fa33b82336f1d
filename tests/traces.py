"""What a person leaves behind in every room, made by the real operations as far as they need no media server."""

from __future__ import annotations

import datetime as dt

from nahbar.calls.models import Call, CallParticipation, CallPresence, SecondDevice, TakeOver
from nahbar.calls.rules import CallState, PlaceState, SecondDeviceState, TakeOverState
from nahbar.invitations.links import secret_of
from nahbar.invitations.models import Invitation
from nahbar.invitations.operations import open_link, prove, remember_check
from nahbar.invitations.rules import Check, CheckResult
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.operations import claim, confirm
from nahbar.people.models import Client
from nahbar.scheduling.models import Appointment


def leave_a_talk(invitation: Invitation, appointment: Appointment, now: dt.datetime) -> None:
    """Rows of a talk as they are left behind: opened, proven, tried, talked; without a media server."""
    client = invitation.participation.client
    assert client is not None
    birth_date = Client.objects.get(pk=client.pk).birth_date
    secret = secret_of(public_id=invitation.public_id, generation=invitation.generation)
    device = open_link(public_id=invitation.public_id, secret=secret, device_key="", now=now).device
    prove(device=device, digits=f"{birth_date:%d%m}", now=now)
    remember_check(device=device, check=Check.MICROPHONE, result=CheckResult.OK, now=now)
    call = Call.objects.create(
        appointment=appointment, state=CallState.ENDED, opened_at=now, started_at=now, ended_at=now
    )
    for participation in appointment.participations.all():
        place = CallParticipation.objects.create(
            call=call,
            participation=participation,
            state=PlaceState.LEFT,
            device=device if participation.client else None,
        )
        CallPresence.objects.create(place=place, joined_at=now, left_at=now)
        TakeOver.objects.create(place=place, device=device, state=TakeOverState.DROPPED, asked_at=now)
        SecondDevice.objects.create(place=place, key_hash="x", state=SecondDeviceState.DROPPED, offered_at=now)


def send_all(now: dt.datetime) -> None:
    """Every mail that waits goes out."""
    for message in OutboxMessage.objects.filter(state="queued"):
        at = max(now, message.next_attempt_at)
        claimed = claim(public_id=message.public_id, now=at)
        assert claimed is not None
        confirm(message=claimed, now=at)
