"""Calls, the places people have in them, and who was present when.

The database is the truth; the media room is a projection of it.
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q

from nahbar.calls.rules import PAIRED, CallState, EndReason, PlaceState, SecondDeviceState, TakeOverState
from nahbar.invitations.models import Device
from nahbar.scheduling.models import Appointment, Participation


def random_name() -> str:
    """A name that says nothing: for a room, and for each device in it."""
    return secrets.token_urlsafe(16)


# To be typed on a tablet: no letter or figure that looks like another.
TYPED = "23456789abcdefghjkmnpqrstuvwxyz"


def short_name() -> str:
    """The open half of a code: eight letters and figures, easy to type."""
    return "".join(secrets.choice(TYPED) for _ in range(8))


class Call(models.Model):
    """One talk in one media room with a fresh random name."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="calls")
    room_name = models.CharField(max_length=32, unique=True, default=random_name)
    # The one it had before somebody was put out; the clock deletes it where the command got lost.
    former_room_name = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=8, choices=CallState, default=CallState.OPEN)
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=EndReason, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appointment"], condition=~Q(state=CallState.ENDED), name="one_call_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=CallState.values), name="call_state_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "ended_at"], name="call_by_state")]

    def __str__(self) -> str:
        return f"call {self.pk} ({self.state})"


class CallParticipation(models.Model):
    """One participant's place in a call. Admission belongs to it and to its device, not to an identity."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="places")
    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="places")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, related_name="places", null=True)
    state = models.CharField(max_length=12, choices=PlaceState)
    # What the media server calls this device; new whenever another device takes the place.
    identity = models.CharField(max_length=32, unique=True, default=random_name)
    waiting_since = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)
    deputy_noticed_at = models.DateTimeField(null=True)
    admitted_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "participation"], name="one_place_per_participant"),
            models.CheckConstraint(condition=Q(state__in=PlaceState.values), name="place_state_known"),
        ]

    def __str__(self) -> str:
        return f"place {self.pk} ({self.state})"


class TakeOver(models.Model):
    """Another device of the same link asks to go on with a talk; only the office lets it. The place stays where it is.

    While it asks the device is in the media room without rights, under the identity the place will get.
    """

    place = models.ForeignKey(CallParticipation, on_delete=models.CASCADE, related_name="requests")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, related_name="+", null=True)
    # The device that had the place, once it was taken over: its page says so.
    replaces = models.ForeignKey(Device, on_delete=models.SET_NULL, related_name="+", null=True)
    state = models.CharField(max_length=8, choices=TakeOverState, default=TakeOverState.ASKING)
    identity = models.CharField(max_length=32, unique=True, default=random_name)
    asked_at = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(state=TakeOverState.ASKING), name="one_request_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=TakeOverState.values), name="takeover_state_known"),
        ]

    def __str__(self) -> str:
        return f"takeover {self.pk} ({self.state})"


class SecondDevice(models.Model):
    """The counsellor's tablet beside the PC: it may hold their picture and sound, and nothing else.

    While it holds them the place's identity is the tablet's. Bound to the session that offered the code.
    """

    place = models.ForeignKey(CallParticipation, on_delete=models.CASCADE, related_name="second_devices")
    public_id = models.CharField(max_length=8, unique=True, default=short_name)
    # Of the code's secret until a tablet has used it, then of that tablet's cookie: so a code opens once.
    key_hash = models.CharField(max_length=64)
    session_key = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=SecondDeviceState, default=SecondDeviceState.OFFERED)
    offered_at = models.DateTimeField()
    paired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(state=SecondDeviceState.OFFERED), name="one_code_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["place"], condition=Q(state__in=sorted(PAIRED)), name="one_second_device_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=SecondDeviceState.values), name="second_device_state_known"),
        ]

    def __str__(self) -> str:
        return f"second device {self.pk} ({self.state})"


class CallPresence(models.Model):
    """From when to when somebody's device was in the media room."""

    place = models.ForeignKey(CallParticipation, on_delete=models.CASCADE, related_name="presences")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place"], condition=Q(left_at=None), name="present_once"),
        ]

    def __str__(self) -> str:
        return f"presence {self.pk}"


class WebhookEvent(models.Model):
    """Ids of webhooks that were taken; the same one again does nothing."""

    event_id = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event_id
