"""What somebody has agreed to."""

from __future__ import annotations

from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.rules import ConsentState, Purpose
from nahbar.people.models import Client
from nahbar.people.rules import Language


def consent_in_force(*, client: Client, purpose: Purpose = Purpose.VIDEO_COUNSELLING) -> Consent | None:
    """The consent that holds now, if any."""
    return Consent.objects.filter(client=client, purpose=purpose, state=ConsentState.GIVEN).first()


def is_withdrawn(*, client: Client, purpose: Purpose = Purpose.VIDEO_COUNSELLING) -> bool:
    """Whether the last thing the person said was a withdrawal."""
    latest = Consent.objects.filter(client=client, purpose=purpose).order_by("-id").first()
    return latest is not None and latest.state == ConsentState.WITHDRAWN


def current_text(*, language: str, purpose: Purpose = Purpose.VIDEO_COUNSELLING) -> ConsentText:
    """The newest version in `language`; the German one, which prevails, where there is none."""
    texts = ConsentText.objects.filter(purpose=purpose).order_by("-version")
    found = texts.filter(language=language).first() or texts.filter(language=Language.GERMAN).first()
    if found is None:
        raise ConsentText.DoesNotExist(f"no text for {purpose}: run migrate, it brings the shipped ones")
    return found
