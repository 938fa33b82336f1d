"""Drafts are nobody's but the office's; what is published is never edited, only followed."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.drafts import DraftChanged, NotReady, draft_of, drop_draft, save_draft
from nahbar.jobcenters.legal import brought_along, publish, published, unpublished, versions_of
from nahbar.jobcenters.models import JobCenter, LegalText, TextDraft
from nahbar.jobcenters.readiness import missing
from nahbar.jobcenters.rules import LONGEST_TEXT, REQUIRED_PAGES, LegalPage, gaps
from nahbar.people.rules import Language
from tests.factories import make_office
from tests.scheduling.together import at_once

pytestmark = pytest.mark.django_db
IMPRINT = LegalPage.IMPRINT


@pytest.fixture
def office(db: None) -> JobCenter:
    return make_office("altona")


def write(office: JobCenter, now: dt.datetime, kind: LegalPage = IMPRINT, **bodies: str) -> TextDraft:
    """A first draft; `plain` is its plain German."""
    named = {{"plain": "de-simple"}.get(language, language): body for language, body in bodies.items()}
    return save_draft(jobcenter=office, name=kind.value, bodies=named, state=None, by=SYSTEM, now=now)


def put_out(office: JobCenter, now: dt.datetime, kind: LegalPage = IMPRINT, **bodies: str) -> int:
    draft = write(office, now, kind, **bodies)
    return publish(jobcenter=office, kind=kind, state=draft.state, by=SYSTEM, now=now)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("[Name]\n[Ort] und [Name]", ["[Name]", "[Ort]"]),
        ("[Worte](https://a.example) [Lücke]", ["[Lücke]"]),
        ("ganz voll", []),
        ("[nicht\nzu]", []),
    ],
)
def test_gaps_are_what_is_to_be_filled_in(body: str, found: list[str]) -> None:
    assert gaps(body) == found


def test_publishing_makes_the_next_version_and_keeps_the_old(office: JobCenter, now: dt.datetime) -> None:
    assert put_out(office, now, de="eins") == 1
    assert put_out(office, now, de="zwei", plain="zwei, einfach") == 2
    kept = versions_of(jobcenter=office, kind=IMPRINT).values_list("version", "language", "body")
    assert list(kept) == [(2, "de", "zwei"), (2, "de-simple", "zwei, einfach"), (1, "de", "eins")]
    assert draft_of(jobcenter=office, name="imprint") is None


def test_a_draft_is_not_what_is_published(office: JobCenter, now: dt.datetime) -> None:
    put_out(office, now, de="alt")
    write(office, now, de="neu")
    found = published(jobcenter=office, kind=IMPRINT)
    assert found is not None
    assert found.body == "alt"


def test_plain_german_of_an_older_version_is_not_shown(office: JobCenter, now: dt.datetime) -> None:
    put_out(office, now, de="eins", plain="eins, einfach")
    put_out(office, now, de="zwei")
    found = published(jobcenter=office, kind=IMPRINT, language="de-simple")
    assert found is not None
    assert (found.body, found.language) == ("zwei", "de")


@pytest.mark.parametrize(
    ("bodies", "left"), [({"plain": "nur einfach"}, []), ({"de": "[Name] und", "plain": "[Ort]"}, ["[Name]", "[Ort]"])]
)
def test_what_is_not_complete_is_not_published(
    office: JobCenter, now: dt.datetime, bodies: dict[str, str], left: list[str]
) -> None:
    draft = write(office, now, **bodies)
    with pytest.raises(NotReady) as refused:
        publish(jobcenter=office, kind=IMPRINT, state=draft.state, by=SYSTEM, now=now)
    assert refused.value.gaps == left
    assert draft_of(jobcenter=office, name="imprint") == draft
    assert not LegalText.objects.exists()


def test_published_twice_is_published_once(office: JobCenter, now: dt.datetime) -> None:
    draft = write(office, now, de="eins")
    publish(jobcenter=office, kind=IMPRINT, state=draft.state, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        publish(jobcenter=office, kind=IMPRINT, state=draft.state, by=SYSTEM, now=now)
    assert LegalText.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_publish_at_the_same_moment_one_does(now: dt.datetime) -> None:
    office = make_office("altona")
    draft = write(office, now, de="eins")

    refused: list[DraftChanged] = []

    def try_it() -> None:
        try:
            publish(jobcenter=office, kind=IMPRINT, state=draft.state, by=SYSTEM, now=now)
        except DraftChanged as changed:
            refused.append(changed)

    at_once(*[try_it] * 4)

    assert len(refused) == 3
    assert list(LegalText.objects.values_list("version", "language")) == [(1, "de")]


def test_what_somebody_else_changed_is_not_overwritten_nor_published_nor_dropped(
    office: JobCenter, now: dt.datetime
) -> None:
    read = write(office, now, de="eins").state
    save_draft(jobcenter=office, name="imprint", bodies={"de": "anders"}, state=read, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        save_draft(jobcenter=office, name="imprint", bodies={"de": "meins"}, state=read, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        save_draft(jobcenter=office, name="imprint", bodies={"de": "meins"}, state=None, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        publish(jobcenter=office, kind=IMPRINT, state=read, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        drop_draft(jobcenter=office, name="imprint", state=read, by=SYSTEM, now=now)
    assert TextDraft.objects.get().bodies == {"de": "anders"}


def test_a_draft_of_another_office_cannot_be_taken(office: JobCenter, now: dt.datetime) -> None:
    theirs = write(make_office("bergedorf"), now, de="ihres")
    with pytest.raises(DraftChanged):
        drop_draft(jobcenter=office, name="imprint", state=theirs.state, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        save_draft(jobcenter=office, name="imprint", bodies={"de": "x"}, state=theirs.state, by=SYSTEM, now=now)
    with pytest.raises(DraftChanged):
        publish(jobcenter=office, kind=IMPRINT, state=theirs.state, by=SYSTEM, now=now)
    assert TextDraft.objects.get().bodies == {"de": "ihres"}


def test_line_ends_are_of_one_kind_and_empty_texts_are_none(office: JobCenter, now: dt.datetime) -> None:
    assert write(office, now, de="eins\r\n\r\nzwei\rdrei  ", plain=" \r\n").bodies == {"de": "eins\n\nzwei\ndrei"}


def test_a_text_that_is_too_long_is_refused(office: JobCenter, now: dt.datetime) -> None:
    with pytest.raises(ValueError, match="too long"):
        write(office, now, de="x" * (LONGEST_TEXT + 1))


def test_the_database_refuses_a_version_twice(office: JobCenter, now: dt.datetime) -> None:
    put_out(office, now, de="eins")
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalText.objects.create(jobcenter=office, kind=IMPRINT, version=1, language="de", body="x", published_at=now)


def test_all_of_it_is_audited_without_a_word_of_the_text(office: JobCenter, now: dt.datetime) -> None:
    put_out(office, now, de="Ein Wort")
    drop = write(office, now, de="weg")
    drop_draft(jobcenter=office, name="imprint", state=drop.state, by=SYSTEM, now=now)
    entries = AuditEntry.objects.order_by("pk").values_list("action", "office", "object_id", "detail")
    assert list(entries) == [
        ("text_drafted", "altona", "imprint", {}),
        ("text_published", "altona", "imprint", {"version": 1}),
        ("text_drafted", "altona", "imprint", {}),
        ("text_draft_dropped", "altona", "imprint", {}),
    ]


def test_what_is_missing_shrinks_with_every_page(office: JobCenter, now: dt.datetime) -> None:
    codes = [gap.code for gap in missing(office)]
    assert [code for code in codes if code.startswith("legal_")] == [
        "legal_imprint",
        "legal_privacy",
        "legal_accessibility",
    ]
    put_out(office, now, de="eins")
    write(office, now, LegalPage.PRIVACY, de="nur ein Entwurf")
    assert unpublished(jobcenter=office) == [LegalPage.PRIVACY, LegalPage.ACCESSIBILITY]


@pytest.mark.parametrize("kind", REQUIRED_PAGES)
@pytest.mark.parametrize("language", list(Language))
def test_the_product_brings_a_text_with_gaps_and_the_offices_data(
    office: JobCenter, kind: LegalPage, language: Language
) -> None:
    body = brought_along(jobcenter=office, kind=kind, language=language.value)
    assert gaps(body)
    assert "[Name der Behörde]" not in body
    assert "[Telefon]" not in body


def test_what_the_site_offers_in_plain_german_has_no_gap(office: JobCenter) -> None:
    body = brought_along(jobcenter=office, kind=LegalPage.PLAIN, language="de")
    assert gaps(body) == []
    assert office.phone_display in body


def test_an_unknown_state_changes_nothing(office: JobCenter, now: dt.datetime) -> None:
    with pytest.raises(DraftChanged):
        publish(jobcenter=office, kind=IMPRINT, state=uuid.uuid4(), by=SYSTEM, now=now)
    assert not AuditEntry.objects.exists()
