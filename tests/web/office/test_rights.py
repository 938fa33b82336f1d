"""The set-up's pages for a person's rights and for the periods, over HTTP."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from nahbar.audit.models import AuditEntry, RetentionRun
from nahbar.audit.nightly import run_now
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import Client, FormerNumber, LegalHold
from nahbar.people.search import index_clients
from nahbar.scheduling.outcomes import mark_held
from nahbar.web.office import rights
from nahbar.web.shared.limits import Limit
from tests.conftest import Cast
from tests.factories import as_staff, book, invitation_for, make_client
from tests.traces import leave_a_talk, send_all

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(cast: Cast) -> Browser:
    """The administrator's."""
    return as_staff(Browser(), cast.administrator)


@pytest.fixture
def free(cast: Cast, now: dt.datetime, frozen: Any) -> Client:
    """The person, with a held talk behind them and nothing to come: nothing hinders an erasure."""
    leave_a_talk(cast.invitation, cast.appointment, now)
    mark_held(appointment=cast.appointment, by=cast.desk.actor, minutes=20, now=cast.appointment.ends_at)
    send_all(now)
    frozen.move_to(now + dt.timedelta(hours=3))
    return cast.person


def address(cast: Cast, name: str) -> str:
    return reverse(name, args=[cast.office.slug, cast.person.public_id])


def text_of(answer: Any) -> str:
    """The page, with the spaces that no line parts as plain ones."""
    return str(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def find(desk: Browser, cast: Cast, number: str) -> Any:
    return desk.post(reverse("office_rights", args=[cast.office.slug]), {"number": number})


def test_a_person_is_found_by_the_whole_number_of_the_own_office_and_that_is_audited(desk: Browser, cast: Cast) -> None:
    answer = find(desk, cast, f" {cast.person.number} ")
    assert (answer.status_code, answer["Location"]) == (302, address(cast, "office_rights_person"))
    told = AuditEntry.objects.get(action=Action.PERSON_FOUND)
    assert (told.object_id, told.actor_id) == (str(cast.person.public_id), str(cast.administrator.public_id))


def test_a_person_is_found_by_a_number_that_was_merged_and_however_it_is_spelt(desk: Browser, cast: Cast) -> None:
    FormerNumber.objects.create(jobcenter=cast.office, client=cast.person, number="888Y666666")
    Client.objects.filter(pk=cast.person.pk).update(number="999-Z 7777")
    index_clients([Client.objects.get(pk=cast.person.pk)])
    for number in ("888Y666666", "999-Z 7777", "999z7777"):
        assert find(desk, cast, number)["Location"] == address(cast, "office_rights_person")
    assert find(desk, cast, "999Z777").status_code == 422


def test_an_administrator_sees_no_page_of_a_person_but_that_of_their_rights(desk: Browser, cast: Cast) -> None:
    for name in ("person_page", "person_edit", "person_reason", "person_merge"):
        assert desk.get(address(cast, name)).status_code == 404, name


@pytest.mark.parametrize("which", ["part", "foreign", "empty", "long"])
def test_who_is_not_there_is_said_and_what_was_typed_stays(desk: Browser, cast: Cast, which: str) -> None:
    numbers = {"part": cast.person.number[:-1], "foreign": cast.foreign_person.number, "empty": "", "long": "1" * 21}
    answer = find(desk, cast, numbers[which])
    assert answer.status_code == 422
    assert f'value="{numbers[which]}"' in text_of(answer)
    assert not AuditEntry.objects.filter(action=Action.PERSON_FOUND).exists()


def test_searching_has_an_end(desk: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "FINDING", Limit("rights", tries=1))
    assert find(desk, cast, cast.person.number).status_code == 302
    assert find(desk, cast, cast.person.number).status_code == 422


def test_every_look_is_audited_however_somebody_came_there(desk: Browser, cast: Cast) -> None:
    desk.get(address(cast, "office_rights_person"))
    desk.post(address(cast, "office_rights_erase"), {"number": "no"})
    looks = AuditEntry.objects.filter(action=Action.PERSON_FOUND)
    assert [(one.object_id, one.actor_id) for one in looks] == [
        (str(cast.person.public_id), str(cast.administrator.public_id))
    ] * 2


def test_looking_has_an_end(desk: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "FINDING", Limit("rights", tries=1))
    page = address(cast, "office_rights_person")
    assert desk.get(page).status_code == 200
    hold = address(cast, "office_rights_hold")
    for answer in (desk.get(page, follow=True), desk.post(hold, {"reason": ""}, follow=True)):
        assert answer.redirect_chain == [(reverse("office_rights", args=[cast.office.slug]), 302)]
        assert "Bitte warten Sie zehn Minuten." in text_of(answer)
        assert cast.person.last_name not in text_of(answer)
    assert AuditEntry.objects.filter(action=Action.PERSON_FOUND).count() == 1


def test_page_says_what_is_kept_and_until_when(desk: Browser, cast: Cast, free: Client) -> None:
    page = text_of(desk.get(address(cast, "office_rights_person")))
    assert "Akte nach dem 3. März 2031 gelöscht" in page
    assert '<th scope="row">Termine</th><td class="r">1</td><td>so lange wie die Akte</td>' in page
    assert "Endgültig löschen" in page


def test_page_asks_the_database_as_often_for_many_appointments(
    desk: Browser, cast: Cast, free: Client, now: dt.datetime
) -> None:
    counts = set()
    for many in range(3):
        day = now + dt.timedelta(days=many + 1)
        appointment = book(client=free, staff=cast.owner, starts_at=day, now=now)
        leave_a_talk(invitation_for(appointment), appointment, now)
        desk.get(address(cast, "office_rights_person"))
        with CaptureQueriesContext(connection) as captured:
            desk.get(address(cast, "office_rights_person"))
        counts.add(len(captured))
    assert len(counts) == 1


def test_paper_is_tagged_says_everything_and_is_not_kept_anywhere(desk: Browser, cast: Cast, free: Client) -> None:
    answer = desk.post(address(cast, "office_rights_export"), {"form": "pdf"})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store, private")
    assert answer["Content-Disposition"] == 'attachment; filename="auskunft.pdf"'
    reader = PdfReader(io.BytesIO(answer.content))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "Für Elif Kaya. Stand: 3. März 2026, 12:30 Uhr." in text
    for said in ("Berufliche Ziele", "Inga Petersen", "Nachweis bestanden", "Berichtigung"):
        assert said in text
    assert "Rahimi" not in text
    assert AuditEntry.objects.get(action=Action.EXPORTED).detail == {"form": "pdf"}


def test_programs_get_json(desk: Browser, cast: Cast, free: Client) -> None:
    answer = desk.post(address(cast, "office_rights_export"), {"form": "json"})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "no-store, private")
    assert answer["Content-Disposition"] == 'attachment; filename="auskunft.json"'
    assert answer.json()["sections"][0]["records"][0]["number"] == cast.person.number
    assert "Geräte, mit denen" in text_of(answer)


def test_hold_is_set_changed_and_released(desk: Browser, cast: Cast, free: Client) -> None:
    hold = address(cast, "office_rights_hold")
    assert desk.post(hold, {"reason": "claim", "last_day": "2027-03-01"}).status_code == 302
    assert desk.post(hold, {"reason": "review", "last_day": "2028-03-01"}).status_code == 302
    there = LegalHold.objects.get()
    assert (there.reason, there.last_day) == ("review", dt.date(2028, 3, 1))
    page = text_of(desk.get(address(cast, "office_rights_person")))
    assert "Bis zum 1. März 2028 löscht niemand diese Akte. Grund: Prüfung durch Revision oder Aufsicht." in page
    assert "Endgültig löschen" not in page
    assert desk.post(hold, {"release": "1"}).status_code == 302
    assert not LegalHold.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"reason": "", "last_day": "2027-03-01"},
        {"reason": "whim", "last_day": "2027-03-01"},
        {"reason": "claim", "last_day": ""},
        {"reason": "claim", "last_day": "soon"},
        {"reason": "claim", "last_day": "2026-03-02"},
        {"reason": "claim", "last_day": "2040-03-01"},
    ],
)
def test_hold_that_cannot_be_is_said(desk: Browser, cast: Cast, values: dict[str, str]) -> None:
    answer = desk.post(address(cast, "office_rights_hold"), values)
    assert answer.status_code == 422
    assert f'value="{values["last_day"]}"' in text_of(answer)
    assert not LegalHold.objects.exists()


def test_erasing_needs_the_number_again(desk: Browser, cast: Cast, free: Client) -> None:
    erase = address(cast, "office_rights_erase")
    for number in ("", "123", cast.other_person.number):
        assert desk.post(erase, {"number": number}).status_code == 422
    assert Client.objects.filter(pk=free.pk).exists()
    answer = desk.post(erase, {"number": cast.person.number}, follow=True)
    assert "Die Person ist gelöscht, mit allem, was zu ihr gehörte." in text_of(answer)
    assert not Client.objects.filter(pk=free.pk).exists()
    assert desk.post(erase, {"number": cast.person.number}).status_code == 404
    assert AuditEntry.objects.get(action=Action.DELETED).actor_id == str(cast.administrator.public_id)


def test_what_hinders_is_said_with_what_to_do(desk: Browser, cast: Cast) -> None:
    page = text_of(desk.get(address(cast, "office_rights_person")))
    said = "Es stehen noch Termine bevor. Bitten Sie die Fachkraft, diese Termine zuerst abzusagen."
    assert said in page
    assert "Eine Nachricht an die Person ist noch unterwegs." in page
    answer = desk.post(address(cast, "office_rights_erase"), {"number": cast.person.number})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert Client.objects.filter(pk=cast.person.pk).exists()


# --- periods -------------------------------------------------------------------------------------


def policy(desk: Browser, cast: Cast, **values: str) -> Any:
    return desk.post(reverse("office_retention", args=[cast.office.slug]), values)


def test_effect_is_said_before_it_is_saved(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    JobCenter.objects.filter(pk=cast.office.pk).update(file_years=10)
    make_client(cast.office, created_at=now - dt.timedelta(days=365 * 7))
    make_client(cast.other_office, created_at=now - dt.timedelta(days=365 * 20))
    looked = policy(desk, cast, years="6")
    assert "In der nächsten Nacht wird 1 Akte gelöscht." in text_of(looked)
    cast.office.refresh_from_db()
    assert cast.office.file_years == 10
    assert 'name="save" value="6-1"' in text_of(looked)
    assert policy(desk, cast, years="6", save="6-1").status_code == 302
    cast.office.refresh_from_db()
    assert cast.office.file_years == 6
    assert AuditEntry.objects.get(action=Action.RETENTION_SET).detail == {"years": 6}


@pytest.mark.parametrize("save", ["6-1", "5-1", "1"])
def test_what_is_saved_is_what_was_shown(desk: Browser, cast: Cast, now: dt.datetime, save: str) -> None:
    """Shown were six years, or one file; typed was another number since, or another file came due."""
    JobCenter.objects.filter(pk=cast.office.pk).update(file_years=10)
    for _two in range(2):
        make_client(cast.office, created_at=now - dt.timedelta(days=365 * 7))
    answer = policy(desk, cast, years="5", save=save)
    assert "In der nächsten Nacht werden 2 Akten gelöscht." in text_of(answer)
    cast.office.refresh_from_db()
    assert cast.office.file_years == 10


@pytest.mark.parametrize("years", ["", "4", "11", "-5", "fünf", "99999999999999999999"])
def test_what_the_law_does_not_allow_is_refused_with_words(desk: Browser, cast: Cast, years: str) -> None:
    answer = policy(desk, cast, years=years, save="1")
    assert answer.status_code == 422
    assert f'value="{years}"' in text_of(answer)
    assert "Erlaubt sind 5 bis 10 Jahre." in text_of(answer)
    cast.office.refresh_from_db()
    assert cast.office.file_years == 5


def test_trial_counts_for_the_own_office_only(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    old = now - dt.timedelta(days=365 * 12)
    for office in (cast.office, cast.other_office, cast.other_office):
        make_client(office, created_at=old)
    trial = reverse("office_retention_trial", args=[cast.office.slug])
    page = text_of(desk.post(trial, follow=True))
    files = '<th scope="row">Akten: Personen mit allem, was zu ihnen gehört</th>'
    assert f'{files}<td class="r">1</td><td class="num">6. März 2014</td>' in page
    assert Client.objects.filter(created_at=old).count() == 3
    assert RetentionRun.objects.get().is_trial


def test_last_runs_are_shown_in_as_many_queries_however_many(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    page = reverse("office_retention", args=[cast.office.slug])
    assert "Noch keiner." in text_of(desk.get(page))
    counts = set()
    for days in range(4):
        make_client(cast.office, created_at=now - dt.timedelta(days=365 * 12))
        run_now(now=now + dt.timedelta(days=days))
        # The run of a later day has ended the session.
        as_staff(desk, cast.administrator)
        desk.get(page)
        with CaptureQueriesContext(connection) as captured:
            shown = text_of(desk.get(page))
        counts.add(len(captured))
        assert shown.count("<details") == days + 1
    assert len(counts) == 1
