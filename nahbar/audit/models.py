"""The audit's lines, and the log of the retention runs: written once, never changed."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import models
from django.db.models import Q

from nahbar.audit.rules import ACTOR_KINDS

Row = TypeVar("Row", bound=models.Model)


class AppendOnly(Exception):
    """Somebody tried to change or delete what was recorded."""


class AppendOnlyQuerySet(models.QuerySet[Row]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        # `update_conflicts` would be an update by the back door.
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly

    def expire(self) -> int:
        """Delete for good. Only the retention run, by retention.py's rules, may call this."""
        return super().delete()[0]


def expired(rows: models.QuerySet[Any]) -> int:
    """What a retention rule does with rows that refuse to be deleted."""
    assert isinstance(rows, AppendOnlyQuerySet)
    return rows.expire()


class _Recorded(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly


class AuditEntryQuerySet(AppendOnlyQuerySet["AuditEntry"]):
    """The record's lines."""


class AuditEntry(_Recorded):
    """One line of the record. No foreign keys: it must outlive what it is about."""

    at = models.DateTimeField()
    # One of rules.Action; not pinned here, because every room that is built adds some.
    action = models.CharField(max_length=32)
    # Slug of the office, empty where none is known.
    office = models.CharField(max_length=64, blank=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    object_kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        # Django's internals (cascades, save) must meet the same refusals.
        base_manager_name = "objects"
        indexes: ClassVar = [
            models.Index(fields=["office", "at"], name="audit_office_at"),
            models.Index(fields=["object_kind", "object_id"], name="audit_object"),
            models.Index(fields=["at"], name="audit_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ACTOR_KINDS),
                name="audit_actor_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_kind} {self.object_id}"


class RetentionRun(models.Model):
    """One night's deletions, or a trial that only counts. Several clocks share a night: one holds the claim."""

    # The date on which it began, as the clock in the office shows it.
    night = models.DateField()
    is_trial = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # The clock that carries it out, and until when it counts as alive.
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    # Rules that failed, as `rule:class` with commas; never a message, which could name somebody.
    errors = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["night"], condition=Q(is_trial=False), name="one_run_a_night"),
        ]
        indexes: ClassVar = [models.Index(fields=["started_at"], name="retention_run_started")]

    def __str__(self) -> str:
        return f"retention {self.night:%Y-%m-%d}"


class RetentionEntryQuerySet(AppendOnlyQuerySet["RetentionEntry"]):
    """The runs' proof."""


class RetentionEntry(_Recorded):
    """What one step of a run deleted, or a trial counted; written in the very transaction that deletes."""

    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="entries")
    rule = models.CharField(max_length=40)
    # Slug of the office, empty for what belongs to none.
    office = models.CharField(max_length=64, blank=True)
    count = models.PositiveIntegerField()
    # Since when the oldest of them was there.
    oldest_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    objects = RetentionEntryQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.rule} {self.office} {self.count}"
