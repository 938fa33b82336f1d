"""Versioned consent texts and what people answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from nahbar.consent.rules import ConsentState, Purpose, Route
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import Client
from nahbar.people.rules import Language


class ConsentText(models.Model):
    """One wording in one language; never edited, only followed by the next version.

    Without an office it is the one the product ships, for every office that has none of its own.
    """

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, null=True, related_name="consent_texts")
    purpose = models.CharField(max_length=32, choices=Purpose)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16, choices=Language)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    # When an office published it; a shipped one came with the product.
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purpose", "version", "language"],
                condition=Q(jobcenter__isnull=True),
                name="consent_text_version_once",
            ),
            models.UniqueConstraint(
                fields=["jobcenter", "purpose", "version", "language"], name="consent_text_office_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} ({self.language})"


class Consent(models.Model):
    """What one person answered for one purpose. Refusing is not stored."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=32, choices=Purpose)
    state = models.CharField(max_length=12, choices=ConsentState, default=ConsentState.PENDING)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    # Kept beside the reference: the proof must not depend on another row staying as it was.
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=16, choices=Language)
    route = models.CharField(max_length=8, choices=Route)
    given_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "purpose"], condition=Q(state=ConsentState.GIVEN), name="one_consent_in_force"
            ),
            models.CheckConstraint(condition=Q(state__in=ConsentState.values), name="consent_state_known"),
            models.CheckConstraint(
                condition=Q(given_at__isnull=False) | ~Q(state=ConsentState.GIVEN), name="consent_given_has_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["client", "purpose", "-id"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.state}"
