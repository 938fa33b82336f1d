"""The editor: a draft, a look at it, the next version; two who write at once; other offices."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser

from nahbar.audit.rules import SYSTEM
from nahbar.consent.models import ConsentText
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.jobcenters.drafts import draft_of, save_draft
from nahbar.jobcenters.legal import publish
from nahbar.jobcenters.models import LegalText, TextDraft
from nahbar.jobcenters.rules import LegalPage
from nahbar.web.office.known_texts import TEXTS
from tests.conftest import Cast
from tests.factories import as_staff
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")
BASE = "/b/altona/einrichtung/texte/"
IMPRINT, CONSENT = f"{BASE}impressum/", f"{BASE}einverstaendnis-video/"


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """The administrator's browser."""
    return as_staff(client, cast.administrator)


def write(desk: Browser, page: str = IMPRINT, *, de: str = "Wir sind es.", plain: str = "", state: str = "") -> Any:
    """Sends the editor's form."""
    return desk.post(page, {"body_de": de, "body_de-simple": plain, "state": state})


def state_of(page: Any) -> str:
    """The draft that a page has shown."""
    found = re.search(r'name="state" value="([^"]*)"', said(page))
    return found[1] if found else ""


def publish_it(desk: Browser, page: str = IMPRINT) -> Any:
    state = state_of(desk.get(f"{page}pruefen/"))
    return desk.post(f"{page}pruefen/", {"state": state}, follow=True)


def test_from_the_hub_to_a_published_page(desk: Browser, cast: Cast) -> None:
    hub = said(desk.get("/b/altona/einrichtung/"))
    assert [f'href="{BASE}{page}/"' in hub for page in ("impressum", "datenschutz", "barrierefreiheit")] == [True] * 3
    write(desk, plain="Wir.")
    assert "Fassung 1 ist veröffentlicht." in said(publish_it(desk))
    kept = LegalText.objects.values_list("kind", "version", "language", "body")
    assert sorted(kept) == [("imprint", 1, "de", "Wir sind es."), ("imprint", 1, "de-simple", "Wir.")]
    assert f'href="{IMPRINT}"' not in said(desk.get("/b/altona/einrichtung/"))


def test_the_first_text_is_a_proposal_with_gaps(desk: Browser, cast: Cast) -> None:
    page = said(desk.get(IMPRINT))
    assert "Jobcenter Altona" in page
    assert "[Name und Anschrift der Aufsichtsbehörde]" in page
    assert not TextDraft.objects.exists()


def test_what_has_gaps_shows_them_and_cannot_be_published(desk: Browser, cast: Cast) -> None:
    write(desk, de="Wir: [Name]", plain="[Ort]")
    page = desk.get(f"{IMPRINT}pruefen/")
    assert ("<li>[Name]</li><li>[Ort]</li>" in said(page), 'name="state"' in said(page)) == (True, False)
    state = str(TextDraft.objects.get().state)
    assert desk.post(f"{IMPRINT}pruefen/", {"state": state}).status_code == 422
    assert not LegalText.objects.exists()


def test_without_german_nothing_is_published(desk: Browser, cast: Cast) -> None:
    write(desk, de=" ", plain="Nur einfach")
    state = str(TextDraft.objects.get().state)
    answer = desk.post(f"{IMPRINT}pruefen/", {"state": state})
    assert (answer.status_code, LegalText.objects.count()) == (422, 0)
    assert "Der deutsche Text fehlt." in said(answer)


def test_what_is_new_is_marked_and_said(desk: Browser, cast: Cast) -> None:
    write(desk, de="Wir sind da.")
    publish_it(desk)
    write(desk, de="Wir sind hier.")
    page = said(desk.get(f"{IMPRINT}pruefen/"))
    marked = re.sub(r"<span class=\"vh\">[^<]*</span>", "", page)
    assert "Wir sind <del>da.</del><ins>hier.</ins>" in marked
    assert "gestrichen:" in page


def test_the_preview_shows_markup_as_clients_see_it(desk: Browser, cast: Cast) -> None:
    write(desk, de="## Kopf\n\n<script>alert(1)</script>")
    page = said(desk.get(f"{IMPRINT}pruefen/"))
    assert '<div class="as-phone prose"><h2>Kopf</h2>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>' in page


def test_a_consents_page_says_how_many_have_agreed_and_keeps_their_text(
    desk: Browser, cast: Cast, now: dt.datetime
) -> None:
    text = current_text(language="de")
    give_consent(client=cast.person, text=text, route=Route.TAP, by=SYSTEM, now=now)
    assert f"\n{text.body}</textarea>".replace('"', "&quot;") in said(desk.get(CONSENT))
    write(desk, CONSENT, de="Ich sage Ja.")
    assert "1 Person hat zugestimmt." in said(desk.get(f"{CONSENT}pruefen/"))
    publish_it(desk, CONSENT)
    own = ConsentText.objects.get(jobcenter=cast.office)
    assert (own.body, own.version) == ("Ich sage Ja.", 2)
    assert cast.person.consents.get().text == text


def test_who_saves_second_reads_what_the_first_wrote_and_keeps_their_own(desk: Browser, cast: Cast) -> None:
    write(desk, de="erste")
    read = str(TextDraft.objects.get().state)
    write(desk, de="deren", state=read)
    answer = write(desk, de="meine", state=read)
    page = said(answer)
    assert answer.status_code == 409
    assert ("\nmeine</textarea>" in page, '<p class="changes">deren</p>' in page) == (True, True)
    assert TextDraft.objects.get().bodies == {"de": "deren"}
    write(desk, de="meine", state=state_of(answer))
    assert TextDraft.objects.get().bodies == {"de": "meine"}


def test_who_begins_at_the_same_moment_is_told(desk: Browser, cast: Cast) -> None:
    write(desk, de="erste")
    assert write(desk, de="zweite").status_code == 409
    assert TextDraft.objects.get().bodies == {"de": "erste"}


def test_a_draft_that_changed_since_is_not_published(desk: Browser, cast: Cast) -> None:
    write(desk, de="erste")
    read = state_of(desk.get(f"{IMPRINT}pruefen/"))
    write(desk, de="zweite", state=read)
    answer = desk.post(f"{IMPRINT}pruefen/", {"state": read}, follow=True)
    assert "Der Entwurf ist inzwischen ein anderer." in said(answer)
    assert not LegalText.objects.exists()


def test_published_twice_it_is_one_version(desk: Browser, cast: Cast) -> None:
    write(desk)
    state = state_of(desk.get(f"{IMPRINT}pruefen/"))
    for _ in range(2):
        desk.post(f"{IMPRINT}pruefen/", {"state": state})
    assert LegalText.objects.count() == 1


def test_a_draft_is_dropped_and_what_is_published_stays(desk: Browser, cast: Cast) -> None:
    write(desk, de="gilt")
    publish_it(desk)
    write(desk, de="weg")
    desk.post(f"{IMPRINT}verwerfen/", {"state": str(TextDraft.objects.get().state)})
    assert (TextDraft.objects.count(), LegalText.objects.get().body) == (0, "gilt")


@pytest.mark.parametrize("state", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_forged_state_drops_and_publishes_nothing(desk: Browser, cast: Cast, state: str) -> None:
    write(desk)
    for page in ("verwerfen/", "pruefen/"):
        assert desk.post(f"{IMPRINT}{page}", {"state": state}).status_code == 302
    assert (TextDraft.objects.count(), LegalText.objects.count()) == (1, 0)


def test_too_long_a_text_stays_in_the_form(desk: Browser, cast: Cast) -> None:
    answer = write(desk, de="x" * 20_001)
    assert (answer.status_code, TextDraft.objects.count()) == (422, 0)
    assert "x" * 20_001 in said(answer)


def test_every_version_can_be_read_and_none_changed(desk: Browser, cast: Cast) -> None:
    for body in ("eins", "zwei"):
        write(desk, de=body)
        publish_it(desk)
    page = said(desk.get(f"{IMPRINT}fassungen/"))
    assert re.findall(r"<p>(eins|zwei)</p>", page) == ["zwei", "eins"]
    shipped = said(desk.get(f"{CONSENT}fassungen/"))
    assert "Fassung 1, Text von Nahbar" in shipped


@pytest.mark.parametrize("name", ["nirgends", "consent", "imprint"])
def test_a_text_that_is_none_is_missing(desk: Browser, cast: Cast, name: str) -> None:
    assert desk.get(f"{BASE}{name}/").status_code == 404


def test_an_office_changes_only_its_own_texts(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    theirs = save_draft(
        jobcenter=cast.other_office, name="imprint", bodies={"de": "ihres"}, state=None, by=SYSTEM, now=now
    )
    assert "ihres" not in said(desk.get(IMPRINT))
    desk.post(f"{IMPRINT}verwerfen/", {"state": str(theirs.state)})
    desk.post(f"{IMPRINT}pruefen/", {"state": str(theirs.state)})
    assert write(desk, "/b/bergedorf/einrichtung/texte/impressum/").status_code == 404
    assert draft_of(jobcenter=cast.other_office, name="imprint") == theirs
    assert not LegalText.objects.exists()


def test_the_list_asks_as_much_whatever_was_written(
    desk: Browser, cast: Cast, now: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    desk.get(BASE)
    for kind in LegalPage:
        for body in ("eins", "zwei", "drei"):
            draft = save_draft(
                jobcenter=cast.office, name=kind.value, bodies={"de": body}, state=None, by=SYSTEM, now=now
            )
            publish(jobcenter=cast.office, kind=kind, state=draft.state, by=SYSTEM, now=now)
    # Two for each text, and what every page of the desk asks.
    with django_assert_max_num_queries(2 * len(TEXTS) + 9):
        desk.get(BASE)
