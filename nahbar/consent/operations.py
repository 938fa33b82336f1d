"""Giving and withdrawing consent, and bringing shipped texts into the database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.consent.events import consent_withdrawn
from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.rules import TRANSITIONS, ConsentState, Purpose, Route, text_hash
from nahbar.people.models import Client

SHIPPED = Path(__file__).parent / "texts"


def bring_shipped_texts(**_kwargs: object) -> None:
    """Stores every shipped text (`<purpose>.<version>.<language>.txt`) that is not there yet.

    Raises ValueError when a shipped text differs from the stored one of the same version: a text
    that somebody agreed to is never changed, only followed by the next version.
    """
    for path in sorted(SHIPPED.glob("*.txt")):
        purpose, version, language = path.name.removesuffix(".txt").split(".")
        body = path.read_text(encoding="utf-8").strip()
        text, _created = ConsentText.objects.get_or_create(
            jobcenter=None,
            purpose=Purpose(purpose),
            version=int(version),
            language=language,
            defaults={"body": body, "sha256": text_hash(body)},
        )
        if text.sha256 != text_hash(body):
            raise ValueError(f"{path.name} was changed after it came into use; ship version {int(version) + 1}")


def move_state(*, consent: Consent, to: ConsentState, now: dt.datetime) -> bool:
    """Compare-and-set of one consent; False when it was no longer in the state that was read."""
    old = ConsentState(consent.state)
    if to not in TRANSITIONS[old]:
        raise ValueError(f"a consent does not go from {old} to {to}")
    changed = Consent.objects.filter(pk=consent.pk, state=old).update(state=to, ended_at=now)
    return changed == 1


@transaction.atomic
def give_consent(*, client: Client, text: ConsentText, route: Route, by: Actor, now: dt.datetime) -> Consent:
    """Records that `client` agreed to exactly `text`.

    An earlier consent to another text is superseded; the same text given twice stays one record.
    Raises ValueError for a text of another office.
    """
    if text.jobcenter_id not in {None, client.jobcenter_id}:
        raise ValueError("the text belongs to another office")
    # The client's row is the lock: two taps at once must not both find "none in force".
    Client.objects.select_for_update().get(pk=client.pk)
    in_force = Consent.objects.filter(client=client, purpose=text.purpose, state=ConsentState.GIVEN).first()
    if in_force is not None:
        if in_force.text_sha256 == text.sha256:
            return in_force
        move_state(consent=in_force, to=ConsentState.SUPERSEDED, now=now)
    consent = Consent.objects.create(
        client=client,
        purpose=text.purpose,
        state=ConsentState.GIVEN,
        text=text,
        text_sha256=text.sha256,
        language=text.language,
        route=route,
        given_at=now,
    )
    record(
        action=Action.CONSENT_GIVEN,
        by=by,
        office=client.jobcenter.slug,
        about=About("client", str(client.public_id)),
        detail={"purpose": text.purpose, "version": text.version, "route": route.value},
        now=now,
    )
    return consent


@transaction.atomic
def withdraw_consent(*, client: Client, purpose: Purpose, by: Actor, now: dt.datetime) -> bool:
    """Ends the consent in force at once and tells the rooms above; False when there was none."""
    consent = Consent.objects.filter(client=client, purpose=purpose, state=ConsentState.GIVEN).first()
    if consent is None or not move_state(consent=consent, to=ConsentState.WITHDRAWN, now=now):
        return False
    record(
        action=Action.CONSENT_WITHDRAWN,
        by=by,
        office=client.jobcenter.slug,
        about=About("client", str(client.public_id)),
        detail={"purpose": purpose.value},
        now=now,
    )
    consent_withdrawn.send(sender=Consent, client=client, purpose=purpose, by=by, now=now)
    return True
