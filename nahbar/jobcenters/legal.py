"""The legal pages of an office: what stands there, and how the next version gets there."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.drafts import take_ready_draft
from nahbar.jobcenters.models import JobCenter, LegalText
from nahbar.jobcenters.rules import GERMAN, REQUIRED_PAGES, LegalPage, gaps

BROUGHT_ALONG = Path(__file__).parent / "texts"


def published(*, jobcenter: JobCenter, kind: LegalPage, language: str = GERMAN) -> LegalText | None:
    """The version in force in `language`; in German where that version has no other. None before the first."""
    german = _german(jobcenter, kind).first()
    if german is None or language == GERMAN:
        return german
    return (
        versions_of(jobcenter=jobcenter, kind=kind, version=german.version).filter(language=language).first() or german
    )


def versions_of(*, jobcenter: JobCenter, kind: LegalPage, version: int | None = None) -> QuerySet[LegalText]:
    """All that was ever published on a page, the newest first; of one `version` only, where it is given."""
    texts = LegalText.objects.filter(jobcenter=jobcenter, kind=kind).order_by("-version", "language")
    return texts if version is None else texts.filter(version=version)


def _german(jobcenter: JobCenter, kind: LegalPage) -> QuerySet[LegalText]:
    return versions_of(jobcenter=jobcenter, kind=kind).filter(language=GERMAN)


@transaction.atomic
def publish(*, jobcenter: JobCenter, kind: LegalPage, state: uuid.UUID, by: Actor, now: dt.datetime) -> int:
    """The office's draft becomes the next version, in all its languages, and is what everybody reads from now on.

    Returns the version and writes an audit row. Raises `DraftChanged` when the draft is not the one that was
    read, and `NotReady` while something is to be filled in.
    """
    bodies = take_ready_draft(jobcenter=jobcenter, name=kind.value, state=state)
    latest = _german(jobcenter, kind).values_list("version", flat=True).first() or 0
    version = latest + 1
    for language, body in bodies.items():
        LegalText.objects.create(
            jobcenter=jobcenter, kind=kind, version=version, language=language, body=body, published_at=now
        )
    record(
        action=Action.TEXT_PUBLISHED,
        by=by,
        office=jobcenter.slug,
        about=About("text", kind.value),
        detail={"version": version},
        now=now,
    )
    return version


def unpublished(*, jobcenter: JobCenter) -> list[LegalPage]:
    """The required pages that an office has not published."""
    there = set(jobcenter.legal_texts.filter(language=GERMAN).values_list("kind", flat=True))
    return [kind for kind in REQUIRED_PAGES if kind not in there]


def brought_along(*, jobcenter: JobCenter, kind: LegalPage, language: str) -> str:
    """The text to begin with: the office's data where they are known, "[…]" where somebody must fill in.

    Empty where the product brings none in that language.
    """
    path = BROUGHT_ALONG / f"{kind.value}.{language}.txt"
    if not path.exists():
        return ""
    body = path.read_text(encoding="utf-8").strip()
    known = {
        "[Name der Behörde]": jobcenter.name,
        "[Straße und Hausnummer]": jobcenter.street,
        "[Postleitzahl und Ort]": f"{jobcenter.postcode} {jobcenter.city}".strip(),
        "[Telefon]": jobcenter.phone_display,
        "[E-Mail]": jobcenter.email,
    }
    for gap in gaps(body):
        # Brackets in a name would be a gap of their own; they stay to be filled in by hand.
        if value := known.get(gap):
            body = body.replace(gap, value)
    return body
