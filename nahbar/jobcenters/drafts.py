"""Drafts of an office's texts: kept apart from what is published, and only ever changed by who has read them.

A draft holds all languages of one text, since they are published together.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter, TextDraft
from nahbar.jobcenters.rules import GERMAN, LONGEST_TEXT, gaps


class DraftChanged(Exception):
    """Somebody else has changed, published or dropped the draft since it was read."""


class NotReady(Exception):
    """A draft that cannot be published: without German, or with `gaps` to be filled in."""

    def __init__(self, gaps: list[str]) -> None:
        super().__init__("the draft is not complete")
        self.gaps = gaps


def draft_of(*, jobcenter: JobCenter, name: str) -> TextDraft | None:
    """The office's draft of a text, if somebody has begun one."""
    return TextDraft.objects.filter(jobcenter=jobcenter, name=name).first()


def tidied(bodies: Mapping[str, str]) -> dict[str, str]:
    """The bodies as they are kept: with one kind of line end, without what is empty."""
    lines = {language: body.replace("\r\n", "\n").replace("\r", "\n").strip() for language, body in bodies.items()}
    return {language: body for language, body in lines.items() if body}


@transaction.atomic
def save_draft(
    *,
    jobcenter: JobCenter,
    name: str,
    bodies: Mapping[str, str],
    state: uuid.UUID | None,
    by: Actor,
    now: dt.datetime,
) -> TextDraft:
    """Keeps what was written; nobody outside sees it. Writes an audit row.

    `state` is that of the draft that was read, None where there was none. Raises `DraftChanged` when it is
    another one now, ValueError for a body over `LONGEST_TEXT`.
    """
    kept = tidied(bodies)
    if any(len(body) > LONGEST_TEXT for body in kept.values()):
        raise ValueError("the text is too long")
    if state is None:
        _begin(jobcenter, name, kept, now=now)
    else:
        theirs = TextDraft.objects.filter(jobcenter=jobcenter, name=name, state=state)
        if theirs.update(bodies=kept, state=uuid.uuid4(), changed_at=now) != 1:
            raise DraftChanged
    _note(Action.TEXT_DRAFTED, jobcenter, name, by=by, now=now)
    return TextDraft.objects.get(jobcenter=jobcenter, name=name)


def _begin(jobcenter: JobCenter, name: str, bodies: dict[str, str], *, now: dt.datetime) -> None:
    try:
        with transaction.atomic():
            TextDraft.objects.create(jobcenter=jobcenter, name=name, bodies=bodies, changed_at=now)
    except IntegrityError:
        raise DraftChanged from None


@transaction.atomic
def drop_draft(*, jobcenter: JobCenter, name: str, state: uuid.UUID, by: Actor, now: dt.datetime) -> None:
    """Throws the draft away; what is published stays. Writes an audit row. Raises `DraftChanged`."""
    _take(jobcenter, name, state)
    _note(Action.TEXT_DRAFT_DROPPED, jobcenter, name, by=by, now=now)


def take_ready_draft(*, jobcenter: JobCenter, name: str, state: uuid.UUID) -> dict[str, str]:
    """Takes the draft away to publish it, in the caller's transaction: of two who try, one gets it.

    Raises `DraftChanged`, and `NotReady` while German is missing or a gap is left.
    """
    bodies = _take(jobcenter, name, state)
    if GERMAN not in bodies or (left := open_gaps(bodies)):
        raise NotReady(left if GERMAN in bodies else [])
    return bodies


def open_gaps(bodies: Mapping[str, str]) -> list[str]:
    """What is still to be filled in, over all languages."""
    return list(dict.fromkeys(gap for body in bodies.values() for gap in gaps(body)))


def _take(jobcenter: JobCenter, name: str, state: uuid.UUID) -> dict[str, str]:
    read = TextDraft.objects.filter(jobcenter=jobcenter, name=name, state=state)
    bodies = read.values_list("bodies", flat=True).first()
    # Deleting is the compare-and-set: who comes second deletes nothing.
    if bodies is None or read.delete()[0] != 1:
        raise DraftChanged
    return dict(bodies)


def _note(action: Action, jobcenter: JobCenter, name: str, *, by: Actor, now: dt.datetime) -> None:
    record(action=action, by=by, office=jobcenter.slug, about=About("text", name), now=now)
