"""Spent tickets, sealed answers that wait, and answers. No column of one leads to another, and none is a time."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from nahbar.jobcenters.models import JobCenter
from nahbar.surveys.figures import Answer, Audience


class SpentTicket(models.Model):
    """That a ticket was used: its hash, which office and week it was of, and not when, nor what for."""

    hash = models.CharField(max_length=64, primary_key=True)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="+")
    # The Monday that stands in the ticket: of the talk, not of the answer.
    week = models.DateField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["week"], name="spent_ticket_by_week")]

    def __str__(self) -> str:
        return "spent ticket"


class StagedAnswer(models.Model):
    """A sealed answer that waits for nine more, of three people at least. Not part of backups (docs/operate/)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=8, choices=Audience)
    sealed = models.BinaryField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="staged_audience_known"),
        ]

    def __str__(self) -> str:
        return "staged answer"


def _column() -> models.CharField[str, str]:
    return models.CharField(max_length=8, choices=Answer, blank=True)


class StoredAnswer(models.Model):
    """What one answer said, of nobody: a random key, the quarter in which its lot of ten or more was counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=8, choices=Audience)
    quarter = models.CharField(max_length=6)
    # One for each `Question`; empty where it was left out.
    acceptance = _column()
    ease = _column()
    recommend = _column()
    again = _column()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="stored_audience_known"),
            models.CheckConstraint(
                condition=Q(
                    acceptance__in=["", *Answer.values],
                    ease__in=["", *Answer.values],
                    recommend__in=["", *Answer.values],
                    again__in=["", *Answer.values],
                ),
                name="stored_answers_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["jobcenter", "audience", "quarter"], name="stored_by_quarter")]

    def __str__(self) -> str:
        return "stored answer"
