"""The import's work in the worker. Takes ids only; what is over is not done again."""

from uuid import UUID

from django.utils import timezone
from django_tasks import task

from nahbar.people import imports


@task()
def read(import_id: str, reading: int) -> None:
    """Read and compare an uploaded list."""
    imports.read_upload(public_id=UUID(import_id), reading=reading, now=timezone.now())


@task()
def apply(import_id: str) -> None:
    """Apply the next rows of a confirmed import."""
    imports.apply_next(public_id=UUID(import_id), now=timezone.now())


@task()
def undo(import_id: str) -> None:
    """Undo the next rows of an applied import."""
    imports.undo_next(public_id=UUID(import_id), now=timezone.now())
