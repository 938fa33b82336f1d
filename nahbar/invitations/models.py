"""Invitations and the devices that opened them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from nahbar.invitations.rules import InvitationState
from nahbar.scheduling.models import Appointment, Participation


class Invitation(models.Model):
    """One participant's way in. Holds no link: that is derived from id and generation."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participation = models.OneToOneField(Participation, on_delete=models.CASCADE, related_name="invitation")
    state = models.CharField(max_length=8, choices=InvitationState, default=InvitationState.ISSUED)
    # Counts reissues; older links stop working.
    generation = models.PositiveSmallIntegerField(default=1)
    # Over all devices, since the link was issued or unlocked.
    wrong_proofs = models.PositiveSmallIntegerField(default=0)
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=InvitationState.values), name="invitation_state_known"),
            models.CheckConstraint(condition=Q(generation__gte=1), name="invitation_generation_counts"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.public_id}"

    @property
    def appointment(self) -> Appointment:
        """What it invites to; nobody is invited to a meeting."""
        appointment = self.participation.appointment
        assert appointment is not None
        return appointment


class Device(models.Model):
    """One browser that exchanged the link. Knows it by the hash of its cookie."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="devices")
    key_hash = models.CharField(max_length=64)
    generation = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True)
    wrong_proofs = models.PositiveSmallIntegerField(default=0)
    # {"microphone": "ok", …}: what was tried on this device and how it went.
    checks = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invitation", "key_hash"], name="device_once_per_invitation"),
        ]
        indexes: ClassVar = [models.Index(fields=["key_hash"], name="device_by_key")]

    def __str__(self) -> str:
        return f"device {self.pk}"
