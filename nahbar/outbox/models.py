from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from nahbar.outbox.rules import Channel, State


class OutboxMessage(models.Model):
    """One message to one recipient: which template about what, and what became of it.

    Neither recipient nor text is stored: the room that owns the template renders it when it is
    sent. The public id is also the idempotent part of the Message-ID.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.CharField(max_length=64)
    about_kind = models.CharField(max_length=32)
    about_id = models.CharField(max_length=64)
    office = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.MAIL)
    # Whoever queues twice with the same key gets the first message back; NULLs do not collide.
    key = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    not_after = models.DateTimeField(null=True)

    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    task_id = models.UUIDField(null=True)
    # The claim names one attempt of one worker; every later move of that attempt compares it.
    claim = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    # Set right before the text goes out: a worker that dies later leaves the fate uncertain.
    handed_over_at = models.DateTimeField(null=True)
    fate_at = models.DateTimeField(null=True)
    # A class of error ("421 temporary"), never the server's words: they may name the recipient.
    last_error = models.CharField(max_length=64, blank=True)
    message_id = models.CharField(max_length=255)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="outbox_due"),
            models.Index(fields=["about_kind", "about_id"], name="outbox_about"),
            models.Index(fields=["fate_at"], name="outbox_fate_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="outbox_state_known"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="outbox_channel_known"),
            models.CheckConstraint(
                condition=models.Q(state=State.SENDING, claim__isnull=False)
                | (~models.Q(state=State.SENDING) & models.Q(claim__isnull=True)),
                name="outbox_claimed_while_sending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.public_id} {self.state}"
