"""“Personen übernehmen”: what an administrator sees of a list, from the upload to taking it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from nahbar.people.import_fields import COLUMNS, Wrong
from nahbar.people.import_files import MOST_BYTES, Problem
from nahbar.people.imports import apply_next
from nahbar.people.models import Client, ClientImport
from nahbar.people.rules import ImportState, RowFate
from nahbar.web.office.import_words import CHIPS, KEPT, PROBLEMS, wrong_words
from tests.conftest import Cast
from tests.factories import as_staff, make_client
from tests.people.lists import HEADER, NEW, applied, reread, text, undone, uploaded
from tests.web.counsellor.pages import count_queries
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The administrator's browser."""
    return as_staff(client, cast.administrator)


def address(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.office.slug, *more])


def send(desk: Browser, cast: Cast, content: bytes) -> Any:
    return desk.post(address(cast, "import_list"), {"file": SimpleUploadedFile("liste.csv", content)})


def test_from_the_upload_to_taking_it_back(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    answer = send(desk, cast, text([HEADER, NEW, ["9", "Ohne", "", "", "", "", "", ""]]))
    upload = ClientImport.objects.get()
    page = address(cast, "import_page", upload.public_id)
    assert answer["Location"] == page
    assert "Die Liste wird gelesen" in said(desk.get(page))

    reread(upload, now=now)
    wrong, fresh = said(desk.get(page)), said(desk.get(page + "?zeigen=new"))
    assert "Zeile 3" in wrong
    assert "Vorname fehlt. Für neue Personen ist das nötig." in wrong
    assert "Jürgen Müller" in fresh
    assert "1 Zeile übernehmen" in fresh

    assert desk.post(address(cast, "import_confirm", upload.public_id))["Location"] == page
    assert "0 von 1 Zeilen" in said(desk.get(page))
    for _slice in range(2):
        apply_next(public_id=upload.public_id, now=now)
    assert "Als Ganzes zurücknehmen" in said(desk.get(page))
    desk.post(address(cast, "import_undo", upload.public_id))
    assert ClientImport.objects.get().state == ImportState.UNDOING


def test_progress_asks_again_and_ends_with_the_page(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    send(desk, cast, text([HEADER, NEW]))
    upload = ClientImport.objects.get()
    page = address(cast, "import_page", upload.public_id)
    polled = desk.get(page, headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in said(polled)
    assert "<html" not in said(polled)
    reread(upload, now=now)
    assert desk.get(page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_columns_nobody_guessed_are_asked_for_and_chosen(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([["A", "B", "C", "D", "E", "F", "G", "H"], NEW]), now=now)
    page = address(cast, "import_page", upload.public_id)
    assert "Welche Spalte ist die Kundennummer?" in said(desk.get(page))
    chosen = {"number": "0", "last_name": "1", "first_name": "2", "birth_date": "3", "team": "4", "email": "99"}
    assert desk.post(address(cast, "import_map", upload.public_id), chosen)["Location"] == page
    upload = reread(ClientImport.objects.get(), now=now)
    assert upload.mapping == {"number": 0, "last_name": 1, "first_name": 2, "birth_date": 3, "team": 4}
    assert "1 Zeile übernehmen" in said(desk.get(page))


def test_a_change_is_shown_without_what_stands_in_the_record(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    row = [cast.person.number, "Kaya", "Elif", "18.04.1990", "Team 2", "", "", "Herr"]
    upload = uploaded(cast, text([HEADER, row]), now=now)
    page = said(desk.get(address(cast, "import_page", upload.public_id)))
    assert "Geändert: Geburtsdatum, Team, Anrede" in page
    applied(cast, upload, now=now)
    for shown in (page, said(desk.get(address(cast, "import_page", upload.public_id)))):
        assert [old for old in ("17.04.1990", "1990-04-17", "Team 1", "Frau") if old in shown] == []


def test_what_stayed_is_named_after_undoing(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    upload = applied(cast, uploaded(cast, text([HEADER, NEW]), now=now), now=now)
    Client.objects.filter(number=NEW[0]).update(revision=5)
    undone(cast, upload, now=now)
    page = said(desk.get(address(cast, "import_page", upload.public_id)))
    assert "Nicht zurückgenommen" in page
    assert str(KEPT[RowFate.KEPT_CHANGED]) in page


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"%PDF-1.7", Problem.NOT_A_LIST), (b"", Problem.EMPTY), (b"PK\x03\x04x", Problem.BROKEN)],
)
def test_a_file_that_is_none_says_what_to_do(
    desk: Browser, cast: Cast, now: dt.datetime, content: bytes, problem: Problem
) -> None:
    send(desk, cast, content)
    upload = reread(ClientImport.objects.get(), now=now)
    assert str(PROBLEMS[problem]) in said(desk.get(address(cast, "import_page", upload.public_id)))
    desk.post(address(cast, "import_discard", upload.public_id))
    assert not ClientImport.objects.exists()


def test_a_list_that_is_being_read_can_be_thrown_away(desk: Browser, cast: Cast) -> None:
    send(desk, cast, text([HEADER, NEW]))
    upload = ClientImport.objects.get()
    discarding = address(cast, "import_discard", upload.public_id)
    assert f'action="{discarding}"' in said(desk.get(address(cast, "import_page", upload.public_id)))
    desk.post(discarding)
    assert not ClientImport.objects.exists()


def test_no_file_and_too_big_a_file_are_refused_on_the_spot(desk: Browser, cast: Cast) -> None:
    for data in ({}, {"file": SimpleUploadedFile("liste.csv", b"x" * (MOST_BYTES + 1))}):
        answer = desk.post(address(cast, "import_list"), data)
        assert answer.status_code == 422
        assert 'id="error-summary"' in said(answer)
    assert not ClientImport.objects.exists()


def test_a_page_that_is_stale_says_so(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    upload = applied(cast, uploaded(cast, text([HEADER, NEW]), now=now), now=now)
    for name in ("import_confirm", "import_discard", "import_map"):
        answer = desk.post(address(cast, name, upload.public_id), follow=True)
        assert "Das geht gerade nicht" in said(answer), name
    assert Client.objects.filter(number=NEW[0]).count() == 1


def test_another_offices_upload_is_missing(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([HEADER, NEW]), now=now)
    stranger = as_staff(Browser(), cast.foreign_administrator)
    for slug in (cast.office.slug, cast.other_office.slug):
        assert stranger.get(reverse("import_page", args=[slug, upload.public_id])).status_code == 404
        assert stranger.post(reverse("import_confirm", args=[slug, upload.public_id])).status_code == 404


def test_names_are_escaped(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([HEADER, [NEW[0], "<script>alert(1)</script>", *NEW[2:]]]), now=now)
    assert "<script>alert" not in said(desk.get(address(cast, "import_page", upload.public_id)))


def test_the_same_queries_however_many_rows(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    counts = []
    for rows in (1, 3, 40):
        more = [[f"55{rows}{number}", *NEW[1:]] for number in range(rows)]
        upload = uploaded(cast, text([HEADER, *more]), now=now)
        make_client(cast.office)
        counts.append(count_queries(desk, address(cast, "import_page", upload.public_id)))
    assert counts[0] == counts[1] == counts[2]


def test_every_state_and_every_wrong_cell_has_words() -> None:
    assert set(CHIPS) == set(ImportState)
    assert set(PROBLEMS) == set(Problem)
    assert all(wrong_words(column.field, wrong) for column in COLUMNS for wrong in Wrong)
