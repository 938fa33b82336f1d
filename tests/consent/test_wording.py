"""An office's own consent text prevails, and what was agreed to stays what it was."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.consent.models import ConsentText
from nahbar.consent.operations import bring_shipped_texts, give_consent
from nahbar.consent.queries import consent_in_force, consents_in_force, current_text
from nahbar.consent.rules import Purpose, Route, text_hash
from nahbar.consent.wording import draft_name, publish_wording
from nahbar.jobcenters.drafts import DraftChanged, NotReady, save_draft
from nahbar.jobcenters.models import JobCenter
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
VIDEO = Purpose.VIDEO_COUNSELLING


def put_out(office: JobCenter, now: dt.datetime, bodies: dict[str, str]) -> int:
    draft = save_draft(jobcenter=office, name=draft_name(VIDEO), bodies=bodies, state=None, by=SYSTEM, now=now)
    return publish_wording(jobcenter=office, purpose=VIDEO, state=draft.state, by=SYSTEM, now=now)


def test_an_office_without_its_own_text_has_the_shipped_one(cast: Cast) -> None:
    assert current_text(language="de", jobcenter=cast.office) == current_text(language="de")


def test_an_offices_own_text_prevails_there_and_only_there(cast: Cast, now: dt.datetime) -> None:
    assert put_out(cast.office, now, {"de": "Ich sage Ja."}) == 2
    own = current_text(language="de", jobcenter=cast.office)
    assert (own.body, own.version, own.sha256) == ("Ich sage Ja.", 2, text_hash("Ich sage Ja."))
    assert current_text(language="de", jobcenter=cast.other_office) == current_text(language="de")


def test_its_german_is_shown_where_it_has_no_plain_german(cast: Cast, now: dt.datetime) -> None:
    put_out(cast.office, now, {"de": "eins", "de-simple": "eins, einfach"})
    put_out(cast.office, now, {"de": "zwei"})
    assert current_text(language="de-simple", jobcenter=cast.office).body == "zwei"


def test_a_consent_keeps_the_text_it_was_given_to(cast: Cast, now: dt.datetime) -> None:
    shipped = current_text(language="de", jobcenter=cast.office)
    give_consent(client=cast.person, text=shipped, route=Route.TAP, by=SYSTEM, now=now)
    put_out(cast.office, now, {"de": "neu"})
    kept = consent_in_force(client=cast.person)
    assert kept is not None
    assert (kept.text, kept.text_sha256) == (shipped, text_hash(shipped.body))
    assert consents_in_force(jobcenter=cast.office, purpose=VIDEO) == 1
    assert consents_in_force(jobcenter=cast.other_office, purpose=VIDEO) == 0


def test_nobody_agrees_to_another_offices_text(cast: Cast, now: dt.datetime) -> None:
    put_out(cast.other_office, now, {"de": "deren Text"})
    theirs = current_text(language="de", jobcenter=cast.other_office)
    with pytest.raises(ValueError, match="another office"):
        give_consent(client=cast.person, text=theirs, route=Route.TAP, by=SYSTEM, now=now)
    assert consent_in_force(client=cast.person) is None


def test_gaps_and_old_drafts_are_refused(cast: Cast, now: dt.datetime) -> None:
    with pytest.raises(NotReady):
        put_out(cast.office, now, {"de": "Ich, [Name], sage Ja."})
    draft = cast.office.text_drafts.get()
    save_draft(jobcenter=cast.office, name=draft.name, bodies={"de": "ja"}, state=draft.state, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        publish_wording(jobcenter=cast.office, purpose=VIDEO, state=draft.state, by=SYSTEM, now=now)
    assert not ConsentText.objects.exclude(jobcenter=None).exists()


def test_an_offices_text_does_not_stop_the_shipped_ones(cast: Cast, now: dt.datetime) -> None:
    put_out(cast.office, now, {"de": "eigener"})
    before = ConsentText.objects.count()
    bring_shipped_texts()
    assert ConsentText.objects.count() == before
