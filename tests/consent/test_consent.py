"""One record per person and purpose, of exactly the text that was shown."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.consent import operations
from nahbar.consent.models import Consent, ConsentText
from nahbar.consent.operations import bring_shipped_texts, give_consent, withdraw_consent
from nahbar.consent.queries import consent_in_force, current_text, is_withdrawn
from nahbar.consent.rules import ConsentState, Purpose, Route, text_hash
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
VIDEO = Purpose.VIDEO_COUNSELLING


def test_consent_keeps_text_language_route_and_time(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de-simple")
    consent = give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    assert (consent.language, consent.route, consent.given_at) == ("de-simple", "tap", now)
    assert consent.text_sha256 == text_hash(text.body)


def test_the_same_consent_given_twice_is_one_record(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de")
    for _ in range(2):
        give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    assert Consent.objects.count() == 1


def test_consent_to_another_text_supersedes(cast: Cast, now: dt.datetime) -> None:
    for language in ("de", "de-simple"):
        text = current_text(language=language)
        give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    states = list(Consent.objects.order_by("pk").values_list("state", flat=True))
    assert states == [ConsentState.SUPERSEDED, ConsentState.GIVEN]


def test_withdrawing_ends_the_consent_and_giving_again_starts_a_new_one(cast: Cast, now: dt.datetime) -> None:
    text = current_text(language="de")
    give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    assert withdraw_consent(client=cast.person, purpose=VIDEO, by=SYSTEM, now=now)
    assert is_withdrawn(client=cast.person)
    assert not withdraw_consent(client=cast.person, purpose=VIDEO, by=SYSTEM, now=now)
    give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    assert consent_in_force(client=cast.person) is not None
    assert not is_withdrawn(client=cast.person)


def test_a_language_without_its_own_text_gets_the_german_one() -> None:
    assert current_text(language="qps").language == "de"


def test_a_shipped_text_that_was_changed_is_refused() -> None:
    ConsentText.objects.filter(language="de").update(sha256="0" * 64)
    with pytest.raises(ValueError, match="ship version 2"):
        bring_shipped_texts()


def test_shipped_texts_exist_in_german_and_plain_german() -> None:
    assert {path.name for path in operations.SHIPPED.glob("*.txt")} == {
        "video_counselling.1.de.txt",
        "video_counselling.1.de-simple.txt",
    }
