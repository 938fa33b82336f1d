from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from nahbar.audit.rules import ACTOR_KINDS


class AppendOnly(Exception):
    """Somebody tried to change or delete what was recorded."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
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
        """Delete for good. Only operations.forget(), the retention run, may call this."""
        return super().delete()[0]


class AuditEntry(models.Model):
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly
