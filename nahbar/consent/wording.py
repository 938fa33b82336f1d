"""An office's own consent text: the next version, asked with from now on; what was agreed to stays as it was."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Max, Q

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.consent.models import ConsentText
from nahbar.consent.rules import Purpose, text_hash
from nahbar.jobcenters.drafts import take_ready_draft
from nahbar.jobcenters.models import JobCenter


def draft_name(purpose: Purpose) -> str:
    """What the office's draft of a consent text is called."""
    return f"consent.{purpose.value}"


@transaction.atomic
def publish_wording(*, jobcenter: JobCenter, purpose: Purpose, state: uuid.UUID, by: Actor, now: dt.datetime) -> int:
    """The office's draft becomes the next version, in all its languages. Returns it and writes an audit row.

    Whoever has agreed keeps the text they agreed to; whoever is asked from now on reads the new one, and who is
    just reading is asked again. Raises `DraftChanged` when the draft is not the one that was read, and
    `NotReady` while something is to be filled in.
    """
    bodies = take_ready_draft(jobcenter=jobcenter, name=draft_name(purpose), state=state)
    version = _latest(jobcenter, purpose) + 1
    for language, body in bodies.items():
        ConsentText.objects.create(
            jobcenter=jobcenter,
            purpose=purpose,
            version=version,
            language=language,
            body=body,
            sha256=text_hash(body),
            published_at=now,
        )
    record(
        action=Action.TEXT_PUBLISHED,
        by=by,
        office=jobcenter.slug,
        about=About("text", draft_name(purpose)),
        detail={"version": version},
        now=now,
    )
    return version


def _latest(jobcenter: JobCenter, purpose: Purpose) -> int:
    # Counted on from what is shipped, so that a number names one text in an office.
    known = ConsentText.objects.filter(Q(jobcenter=jobcenter) | Q(jobcenter=None), purpose=purpose)
    return known.aggregate(latest=Max("version"))["latest"] or 0
