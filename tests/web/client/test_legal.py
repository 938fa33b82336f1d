"""The public pages of an office: reachable from every client page, and knowing nobody."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.rules import SYSTEM
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Purpose
from nahbar.consent.wording import draft_name, publish_wording
from nahbar.jobcenters.drafts import save_draft
from nahbar.jobcenters.legal import publish
from nahbar.jobcenters.models import BarrierReport, JobCenter
from nahbar.jobcenters.rules import ADDRESSES, LegalPage
from nahbar.outbox.models import OutboxMessage
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import CancelledBy
from nahbar.web.client import urls
from tests.conftest import Cast
from tests.factories import make_office
from tests.web.client.conftest import Address, link_secret, text_of

pytestmark = pytest.mark.usefixtures("frozen")
THREE = ("impressum", "datenschutz", "barrierefreiheit")
OFFICE, EVERYBODY = [f"/o/altona/{page}" for page in THREE], [f"/{page}" for page in THREE]
STATEMENT = "/o/altona/barrierefreiheit"


def put_out(office: JobCenter, now: dt.datetime, kind: LegalPage, **bodies: str) -> None:
    """Publishes a page; `plain` is its plain German."""
    named = {{"plain": "de-simple"}.get(language, language): body for language, body in bodies.items()}
    draft = save_draft(jobcenter=office, name=kind.value, bodies=named, state=None, by=SYSTEM, now=now)
    publish(jobcenter=office, kind=kind, state=draft.state, by=SYSTEM, now=now)


def row_of(page: str) -> list[str]:
    """Where the row at the end of a document leads; in the call document the talk has a second one."""
    rows = re.findall(r'<nav class="c-legal".*?</nav>', page, re.DOTALL)
    return re.findall(r'href="([^"]+)"', rows[0]) if rows else []


def documents(browser: Browser, public_id: uuid.UUID) -> Iterator[tuple[str, str]]:
    """Every address of a link that answers this browser with a document, by reading."""
    for pattern in urls.urlpatterns:
        name = str(pattern.name)
        if not name.startswith("client_"):
            continue
        response = browser.get(reverse(name, args=[public_id]))
        if response.content.lower().startswith(b"<!doctype html"):
            yield name, response.content.decode()


def in_states(browser: Browser, cast: Cast, url: Address, now: dt.datetime) -> Iterator[str]:
    """Takes a browser through everything that may become of a link, and stops at each."""
    yield "nobody"
    browser.post(url("oeffnen"), {"secret": link_secret(cast.invitation)})
    yield "opened"
    browser.post(url("nachweis"), {"digits": "1704"})
    yield "proven"
    browser.post(url("einverstaendnis"), {"answer": "yes", "text": current_text(language="de").sha256})
    yield "agreed"
    browser.post(url("art"), {"mode": "telephone"})
    yield "by telephone"
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=now)
    yield "cancelled"


def test_every_client_page_in_every_state_leads_to_the_offices_pages(
    client: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    seen: set[str] = set()
    for state in in_states(client, cast, url, now):
        for name, page in documents(client, cast.invitation.public_id):
            seen.add(name)
            assert row_of(page) == OFFICE, (state, name)
    assert seen == {
        "client_landing",
        "client_proof",
        "client_appointment",
        "client_calendar",
        "client_consent",
        "client_call",
        "client_end",
        "client_privacy",
    }


def test_a_link_that_is_over_leads_there_too(
    visitor: Browser, cast: Cast, url: Address, frozen: Any, now: dt.datetime
) -> None:
    frozen.shift(dt.timedelta(hours=9))
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=cast.appointment.ends_at)
    assert {name: row_of(page) for name, page in documents(visitor, cast.invitation.public_id)}
    for name, page in documents(visitor, cast.invitation.public_id):
        assert row_of(page) == OFFICE, name


@pytest.mark.parametrize(
    ("page", "sent"),
    [("oeffnen", {}), ("oeffnen", {"secret": "wrong"}), ("nachweis", {"digits": "9999"}), ("art", {"mode": "x"})],
)
def test_pages_that_answer_what_was_sent_lead_there(
    visitor: Browser, url: Address, page: str, sent: dict[str, str]
) -> None:
    response = visitor.post(url(page), sent, follow=True)
    assert row_of(response.content.decode()) == OFFICE


@pytest.mark.parametrize("path", ["/datenschutz", "/sprache", "/impressum", f"/t/{uuid.UUID(int=1)}"])
def test_pages_that_know_no_office_lead_to_the_choice(client: Browser, cast: Cast, path: str) -> None:
    assert row_of(client.get(path).content.decode()) == EVERYBODY


@pytest.mark.parametrize("path", ["/nirgends", "/anmelden/"])
def test_error_pages_and_the_sign_in_lead_to_the_choice(client: Browser, cast: Cast, path: str) -> None:
    page = client.get(path).content.decode()
    assert [f'href="{one}"' in page for one in EVERYBODY] == [True] * 3


def test_from_the_call_document_they_open_beside_it(agreed: Browser, url: Address) -> None:
    talk = agreed.get(url("gespraech") + "?teil=talk").content.decode()
    for page in (agreed.get(url("gespraech")).content.decode(), talk):
        for link in re.findall(r'<a href="/o/[^>]+>', page):
            assert 'target="_blank" rel="noopener"' in link


def test_from_a_public_page_the_language_page_knows_the_office(client: Browser, cast: Cast) -> None:
    page = client.post("/sprache", {"next": "/o/altona/impressum"}).content.decode()
    assert row_of(page) == OFFICE
    chosen = client.post("/sprache", {"next": "/o/altona/impressum", "language": "de-simple"})
    assert chosen.headers["Location"] == "/o/altona/impressum"


@pytest.mark.parametrize("path", ["/sprache?next=/o/altona/impressum", STATEMENT, None])
def test_what_there_is_in_plain_german_is_found(client: Browser, cast: Cast, url: Address, path: str | None) -> None:
    page = client.get(path or url()).content.decode()
    assert 'href="/o/altona/einfache-sprache"' in page
    assert "Niemand nimmt das Gespräch auf." in text_of(client.get("/o/altona/einfache-sprache"))


def test_with_one_office_nobody_chooses(client: Browser, db: None, now: dt.datetime) -> None:
    put_out(make_office("altona"), now, LegalPage.IMPRINT, de="Wir sind es.")
    assert "<p>Wir sind es.</p>" in text_of(client.get("/impressum"))


def test_without_any_office_the_pages_stand(client: Browser, db: None) -> None:
    assert [client.get(f"/{path}").status_code for path in ADDRESSES.values()] == [200] * 4


@pytest.mark.parametrize("path", ["/o/nirgends/impressum", "/o/altona/nirgends"])
def test_an_office_or_page_that_is_not_there_is_missing(client: Browser, cast: Cast, path: str) -> None:
    assert client.get(path).status_code == 404


def test_each_office_has_its_own_text(client: Browser, cast: Cast, now: dt.datetime) -> None:
    put_out(cast.office, now, LegalPage.IMPRINT, de="Altonas Text")
    assert "Altonas Text" in text_of(client.get("/o/altona/impressum"))
    assert "Altonas Text" not in text_of(client.get("/o/bergedorf/impressum"))


@pytest.mark.parametrize("kind", list(LegalPage))
def test_a_draft_is_never_shown(client: Browser, cast: Cast, now: dt.datetime, kind: LegalPage) -> None:
    put_out(cast.office, now, kind, de="Das gilt.")
    save_draft(jobcenter=cast.office, name=kind.value, bodies={"de": "geheim"}, state=None, by=SYSTEM, now=now)
    for browser in (client, Browser()):
        page = text_of(browser.get(f"/o/altona/{ADDRESSES[kind]}"))
        assert ("Das gilt." in page, "geheim" in page) == (True, False)


def test_before_the_first_text_the_page_says_whom_to_call(client: Browser, cast: Cast) -> None:
    page = text_of(client.get("/o/altona/impressum"))
    assert "Mehr steht hier noch nicht." in page
    assert 'href="tel:+494066969100"' in page


def test_plain_german_is_shown_and_its_lack_is_said(client: Browser, cast: Cast, now: dt.datetime) -> None:
    said = "<em>"
    put_out(cast.office, now, LegalPage.IMPRINT, de="Schwer", plain="Leicht")
    put_out(cast.office, now, LegalPage.ACCESSIBILITY, de="Nur schwer")
    client.cookies["nahbar-language"] = "de-simple"
    imprint, statement = (text_of(client.get(f"/o/altona/{page}")) for page in ("impressum", "barrierefreiheit"))
    assert ("<p>Leicht</p>" in imprint, said in imprint) == (True, False)
    assert ("<p>Nur schwer</p>" in statement, said in statement) == (True, True)
    client.cookies["nahbar-language"] = "de"
    assert said not in text_of(client.get("/o/altona/barrierefreiheit"))


def test_the_privacy_notice_is_the_products_part_and_the_offices(
    visitor: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    put_out(cast.office, now, LegalPage.PRIVACY, de="Beauftragte: Frau Muster")
    for path in ("/o/altona/datenschutz", url("datenschutz")):
        page = text_of(visitor.get(path))
        assert ("höchstens drei Monate" in page, "Beauftragte: Frau Muster" in page) == (True, True)


@pytest.mark.parametrize("kind", list(LegalPage))
def test_public_pages_are_the_same_for_whoever_came_by_a_link(
    visitor: Browser, cast: Cast, now: dt.datetime, kind: LegalPage
) -> None:
    put_out(cast.office, now, kind, de="Text")
    path = f"/o/altona/{ADDRESSES[kind]}"

    def read(browser: Browser) -> str:
        hidden = r'(name="csrfmiddlewaretoken"|name="key") value="[^"]*"'
        return re.sub(hidden, "", browser.get(path).content.decode())

    assert read(visitor) == read(Browser())


def test_markup_in_a_text_is_shown_as_it_was_typed(client: Browser, cast: Cast, now: dt.datetime) -> None:
    typed = "<script>alert(1)</script> [x](javascript:alert(1))"
    put_out(cast.office, now, LegalPage.IMPRINT, de=typed)
    page = text_of(client.get("/o/altona/impressum"))
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1))</p>" in page


# --- telling of a barrier -----------------------------------------------------------------------------


def given(**changes: str) -> dict[str, str]:
    return {"key": str(uuid.UUID(int=9)), "body": "Der Knopf hat keinen Namen.", "answer_to": "", **changes}


def test_a_report_needs_nothing_about_anybody_and_says_where_it_goes(client: Browser, cast: Cast) -> None:
    response = client.post(STATEMENT, given(), follow=True)
    assert 'role="status"' in text_of(response)
    kept = BarrierReport.objects.get()
    assert (kept.jobcenter, kept.body, kept.answer_to) == (cast.office, "Der Knopf hat keinen Namen.", "")


def test_a_report_sent_twice_is_one_mail(client: Browser, cast: Cast) -> None:
    before = OutboxMessage.objects.count()
    for _ in range(2):
        client.post(STATEMENT, given())
    assert OutboxMessage.objects.count() == before + 1


@pytest.mark.parametrize("wrong", [{"body": " "}, {"body": "x" * 2001}, {"answer_to": "x" * 201}, {"key": "x"}])
def test_what_cannot_be_sent_keeps_what_was_typed(client: Browser, cast: Cast, wrong: dict[str, str]) -> None:
    sent = given(answer_to="0171 123")
    response = client.post(STATEMENT, sent | wrong)
    assert response.status_code == 422
    assert (sent | wrong)["answer_to"] in text_of(response)
    assert not BarrierReport.objects.exists()


def test_whoever_sends_too_many_is_asked_to_call(client: Browser, cast: Cast) -> None:
    answers = [client.post(STATEMENT, given(key=str(uuid.uuid4()))) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert "Bitte rufen Sie uns an." in text_of(answers[-1])
    assert BarrierReport.objects.count() == 10


def test_an_office_without_mail_has_no_form(client: Browser, cast: Cast) -> None:
    JobCenter.objects.filter(pk=cast.office.pk).update(email="")
    assert "<form class" not in text_of(client.get(STATEMENT))
    assert client.post(STATEMENT, given()).status_code == 409


def test_a_report_needs_the_forms_token(cast: Cast) -> None:
    assert Browser(enforce_csrf_checks=True).post(STATEMENT, given()).status_code == 403


# --- an office's own consent text -----------------------------------------------------------------------


def test_the_offices_own_consent_text_is_asked_with_and_kept(
    visitor: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    old = current_text(language="de").sha256
    draft = save_draft(
        jobcenter=cast.office,
        name=draft_name(Purpose.VIDEO_COUNSELLING),
        bodies={"de": "Ich sage Ja.\n\n- zum Bild\n- zum Ton"},
        state=None,
        by=SYSTEM,
        now=now,
    )
    publish_wording(jobcenter=cast.office, purpose=Purpose.VIDEO_COUNSELLING, state=draft.state, by=SYSTEM, now=now)
    assert "<li>zum Bild</li>" in text_of(visitor.get(url("einverstaendnis")))
    assert visitor.post(url("einverstaendnis"), {"answer": "yes", "text": old}).status_code == 409
    own = current_text(language="de", jobcenter=cast.office)
    visitor.post(url("einverstaendnis"), {"answer": "yes", "text": own.sha256})
    assert cast.person.consents.get().text == own


def test_a_consent_text_without_plain_german_says_so(
    visitor: Browser, cast: Cast, url: Address, now: dt.datetime
) -> None:
    name = draft_name(Purpose.VIDEO_COUNSELLING)
    draft = save_draft(jobcenter=cast.office, name=name, bodies={"de": "Ja."}, state=None, by=SYSTEM, now=now)
    publish_wording(jobcenter=cast.office, purpose=Purpose.VIDEO_COUNSELLING, state=draft.state, by=SYSTEM, now=now)
    visitor.cookies["nahbar-language"] = "de-simple"
    page = text_of(visitor.get(url("einverstaendnis")))
    assert ("<p>Ja.</p>" in page, "<em>" in page) == (True, True)
