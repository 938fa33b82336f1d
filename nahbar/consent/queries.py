"""What somebody has agreed to."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.rules import ConsentState, Purpose
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import Client
from nahbar.people.rules import Language


def consent_in_force(*, client: Client, purpose: Purpose = Purpose.VIDEO_COUNSELLING) -> Consent | None:
    """The consent that holds now, if any."""
    return Consent.objects.filter(client=client, purpose=purpose, state=ConsentState.GIVEN).first()


def is_withdrawn(*, client: Client, purpose: Purpose = Purpose.VIDEO_COUNSELLING) -> bool:
    """Whether the last thing the person said was a withdrawal."""
    latest = Consent.objects.filter(client=client, purpose=purpose).order_by("-id").first()
    return latest is not None and latest.state == ConsentState.WITHDRAWN


def current_text(
    *, language: str, jobcenter: JobCenter | None = None, purpose: Purpose = Purpose.VIDEO_COUNSELLING
) -> ConsentText:
    """The text in force in an office: its own newest version, else the newest one shipped.

    In German, which prevails, where that version has none in `language`. Without an office: what is shipped.
    """
    newest = newest_german(jobcenter=jobcenter, purpose=purpose)
    if newest is None:
        raise ConsentText.DoesNotExist(f"no text for {purpose}: run migrate, it brings the shipped ones")
    if language == newest.language:
        return newest
    return texts_beside(newest).filter(language=language).first() or newest


def newest_german(*, jobcenter: JobCenter | None, purpose: Purpose) -> ConsentText | None:
    """The German text of the version in force; an office's own one comes before any that is shipped."""
    texts = ConsentText.objects.filter(purpose=purpose, language=Language.GERMAN).order_by("-version")
    own = texts.filter(jobcenter=jobcenter).first() if jobcenter is not None else None
    return own or texts.filter(jobcenter=None).first()


def texts_beside(text: ConsentText) -> QuerySet[ConsentText]:
    """The same version in all its languages, this one included."""
    return ConsentText.objects.filter(jobcenter=text.jobcenter_id, purpose=text.purpose, version=text.version)


def texts_seen_in(jobcenter: JobCenter, *, purpose: Purpose) -> QuerySet[ConsentText]:
    """Every version an office has asked with or could have: what is shipped, and its own; the newest first."""
    theirs = Q(jobcenter=jobcenter) | Q(jobcenter=None)
    # Own ones are numbered on from what was shipped when they were published, and prevail over it.
    return ConsentText.objects.filter(theirs, purpose=purpose).order_by(
        F("jobcenter").asc(nulls_last=True), "-version", "language"
    )


def consents_in_force(*, jobcenter: JobCenter, purpose: Purpose) -> int:
    """How many of an office's clients have agreed."""
    given = Consent.objects.filter(client__jobcenter=jobcenter, purpose=purpose, state=ConsentState.GIVEN)
    return given.count()
