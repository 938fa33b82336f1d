"""The ledger on a person's page: two taps, what asks first, what keeps what was typed."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.models import Place
from nahbar.people.models import Client
from nahbar.people.records import open_with_reason
from nahbar.people.rules import LookReason
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import Contact, ContactType
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import ContactKind
from tests.conftest import Cast
from tests.factories import as_staff, at, book, desk_of, make_client
from tests.web.counsellor.pages import count_queries, form_of
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")
KEY = re.compile(r'name="key" value="([0-9a-f-]{36})"')


@pytest.fixture(autouse=True)
def since_january(cast: Cast) -> None:
    """The files began before the tests' Tuesday."""
    Client.objects.update(created_at=at("2026-01-15 12:00"))
    cast.person.refresh_from_db()


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    """The owner's browser."""
    return as_staff(client, cast.owner)


def address(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.office.slug, cast.person.public_id, *more])


def entered(cast: Cast, now: dt.datetime, kind: ContactKind = ContactKind.TELEPHONE, **more: Any) -> Contact:
    seen = [cast.appointment.public_id, *Contact.objects.values_list("public_id", flat=True)]
    entry = Entry(**{"client": cast.person, "kind": kind, "key": uuid.uuid4(), **more})
    return enter_contact(desk=cast.desk, entry=entry, now=now, despite=seen)


def post(browser: Browser, cast: Cast, **data: Any) -> Any:
    """By somebody who has seen the talk that is planned for the day."""
    given = {"key": uuid.uuid4(), "despite": cast.appointment.public_id, **data}
    return browser.post(address(cast, "person_contact_new"), given)


def test_two_taps_and_rueckgaengig(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    page = said(desk.get(address(cast, "person_page")))
    assert "Noch keiner. Termine, die stattgefunden haben, kommen von selbst hierher." in page
    (key,) = KEY.findall(page)
    given = {"what": "telephone", "key": key, "despite": cast.appointment.public_id}
    after = desk.post(address(cast, "person_contact_new"), given, follow=True)
    contact = Contact.objects.get()
    assert (contact.kind, contact.at, contact.entered_by) == ("telephone", now, cast.owner)
    page = said(after)
    assert "Eingetragen: Telefon, 10 Minuten." in page
    assert "Di, 3. März 2026, 09:30" in page
    assert "eingetragen von Inga Petersen" in page
    back = address(cast, "person_contact_remove", contact.public_id)
    note = re.search(rf'<form class="undo" method="post" action="{back}">.*?Rückgängig', page)
    assert note is not None
    assert "Der Kontakt ist entfernt und zählt nicht mehr." in said(desk.post(back, follow=True))
    assert not Contact.objects.exists()
    assert "Dieser Kontakt steht nicht mehr in der Liste." in said(desk.post(back, follow=True))


def test_the_same_tap_twice_counts_once(desk: Browser, cast: Cast) -> None:
    key = uuid.uuid4()
    for _tap in range(2):
        assert post(desk, cast, what="telephone", key=key).status_code == 302
    assert Contact.objects.count() == 1


def test_an_office_has_kinds_of_its_own(desk: Browser, cast: Cast) -> None:
    own = ContactType.objects.create(jobcenter=cast.office, name="Messenger")
    ContactType.objects.create(jobcenter=cast.office, name="Fax", is_active=False)
    foreign = ContactType.objects.create(jobcenter=cast.other_office, name="Gruppe")
    page = said(desk.get(address(cast, "person_page")))
    offered = re.findall(r'name="what" value="([\w-]+)"', page)
    assert offered == ["in_person", "telephone", "video", "outreach", f"other-{own.pk}"]
    assert post(desk, cast, what=f"other-{own.pk}").status_code == 302
    assert Contact.objects.get().own_type == own
    for wrong in (f"other-{foreign.pk}", "other", "", "other-x", "cancelled"):
        answer = post(desk, cast, what=wrong)
        assert answer.status_code == 422
        assert 'id="error-summary"' in said(answer)
    assert Contact.objects.count() == 1


def test_more_can_be_said_one_tap_further(desk: Browser, cast: Cast) -> None:
    page = said(desk.get(address(cast, "person_contact_new")))
    assert 'name="day" id="id_day" max="2026-03-03" value="2026-03-03"' in page
    assert 'id="id_start" value="09:30"' in page
    said_more = {"what": "in_person", "day": "2026-03-02", "start": "14:15", "minutes": "25", "third": "on"}
    assert post(desk, cast, **said_more)["Location"] == address(cast, "person_page")
    contact = Contact.objects.get()
    assert (contact.at, contact.minutes, contact.with_third_party) == (at("2026-03-02 14:15"), 25, True)
    assert "mit Dritten" in said(desk.get(address(cast, "person_page")))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day": "2026-03-04"}, "Diese Zeit kommt erst noch."),
        ({"start": "09:31"}, "Diese Zeit kommt erst noch."),
        ({"day": "2026-01-14"}, "Damals gab es diese Akte noch nicht."),
        ({"day": "1026-01-14"}, "Damals gab es diese Akte noch nicht."),
        ({"day": "0001-01-01", "start": "00:00"}, "Diese Uhrzeit gibt es an dem Tag nicht"),
        ({"day": "gestern"}, "Bitte geben Sie den Tag als Datum an."),
        ({"day": ""}, "Bitte geben Sie auch den Tag an."),
        ({"start": ""}, "Bitte geben Sie auch die Uhrzeit an."),
        ({"start": "25:00"}, "Bitte geben Sie den Beginn als Uhrzeit an"),
        ({"minutes": "0"}, "Bitte geben Sie 1 bis 480 Minuten an."),
        ({"minutes": "481"}, "Bitte geben Sie 1 bis 480 Minuten an."),
        ({"minutes": "lang"}, "Bitte geben Sie 1 bis 480 Minuten an."),
        ({"what": ""}, "Bitte wählen Sie die Art."),
    ],
)
def test_what_is_wrong_is_said_and_kept(desk: Browser, cast: Cast, wrong: dict[str, str], words: str) -> None:
    typed = {"what": "outreach", "day": "2026-03-03", "start": "09:00", "minutes": "90", "third": "on"}
    answer = post(desk, cast, **typed | wrong)
    assert answer.status_code == 422
    page = said(answer)
    assert words in page
    assert 'id="id_third" checked' in page
    for name, value in (typed | wrong).items():
        if name in {"day", "start", "minutes"}:
            assert re.search(rf'id="id_{name}"[^>]* value="{value}"', page)
    assert not Contact.objects.exists()


def test_a_time_the_clocks_skip_is_refused(desk: Browser, cast: Cast, frozen: Any) -> None:
    frozen.move_to(at("2026-03-30 12:00"))
    browser = as_staff(Browser(), cast.owner)
    answer = post(browser, cast, what="telephone", day="2026-03-29", start="02:30")
    assert answer.status_code == 422
    assert "Die Uhren werden vorgestellt" in said(answer)


def test_what_looks_the_same_asks_first(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    there = entered(cast, now - dt.timedelta(hours=1))
    key = uuid.uuid4()
    shown = post(desk, cast, what="telephone", key=key)
    page = said(shown)
    assert shown.status_code == 409
    assert "Ist das derselbe Kontakt?" in page
    assert "Telefon, 3. März, 08:30" in page
    assert KEY.findall(page) == [str(key)]
    despite = re.findall(r'name="despite" value="([0-9a-f-]{36})"', page)
    assert sorted(despite) == sorted([str(there.public_id), str(cast.appointment.public_id)])
    assert post(desk, cast, what="telephone", key=key, despite=["x", *despite]).status_code == 302
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("what", ["video", "telephone"])
def test_a_planned_talk_asks_first_and_is_one_click_away(desk: Browser, cast: Cast, what: str) -> None:
    shown = post(desk, cast, what=what, despite="")
    assert shown.status_code == 409
    assert "Termin am 3. März, 10:00" in said(shown)
    assert reverse("appointment_page", args=[cast.office.slug, cast.appointment.public_id]) in said(shown)
    assert not Contact.objects.exists()


def test_a_form_that_was_used_gets_a_new_key(desk: Browser, cast: Cast) -> None:
    key = uuid.uuid4()
    post(desk, cast, what="telephone", key=key)
    answer = post(desk, cast, what="outreach", key=key)
    assert answer.status_code == 422
    assert "Aus diesem Formular ist schon ein Kontakt eingetragen." in said(answer)
    (fresh,) = KEY.findall(said(answer))
    assert fresh != str(key)
    assert post(desk, cast, what="outreach", key=fresh).status_code == 302


def test_a_talks_contact_leads_to_the_talk_and_is_marked(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    held = mark_held(appointment=cast.appointment, by=SYSTEM, now=now + dt.timedelta(hours=1))
    page = said(desk.get(address(cast, "person_page")))
    assert "aus dem Termin" in page
    assert address(cast, "person_contact_remove", held.public_id) not in page
    mark = address(cast, "person_contact_third", held.public_id)
    for third, marked in (("yes", True), ("no", False), ("maybe", False)):
        desk.post(mark, {"third": third})
        held.refresh_from_db()
        assert held.with_third_party is marked
    assert desk.post(address(cast, "person_contact_remove", held.public_id)).status_code == 404
    assert Contact.objects.get() == held


def test_anothers_contact_is_none_of_this_persons(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    theirs = entered(cast, now, client=make_client(cast.office, created_at=now))
    for name in ("person_contact_remove", "person_contact_third"):
        answer = desk.post(address(cast, name, theirs.public_id), {"third": "yes"}, follow=True)
        assert "Dieser Kontakt steht nicht mehr in der Liste." in said(answer)
    theirs.refresh_from_db()
    assert theirs.with_third_party is False


def test_with_a_reason_one_enters_and_takes_out_ones_own(cast: Cast, now: dt.datetime) -> None:
    theirs = entered(cast, now)
    colleague = as_staff(Browser(), cast.colleague)
    assert post(colleague, cast, what="outreach").status_code == 404
    desk = desk_of(cast.colleague, cast.office, now)
    open_with_reason(desk=desk, client=cast.person, reason=LookReason.PERSON_ASKS, note="", now=now)
    assert post(colleague, cast, what="outreach").status_code == 302
    own = Contact.objects.get(kind="outreach")
    page = said(colleague.get(address(cast, "person_contacts")))
    assert address(cast, "person_contact_remove", own.public_id) in page
    assert address(cast, "person_contact_remove", theirs.public_id) not in page
    assert colleague.post(address(cast, "person_contact_remove", theirs.public_id)).status_code == 404
    assert colleague.post(address(cast, "person_contact_remove", own.public_id)).status_code == 302
    assert Contact.objects.get() == theirs


def test_a_long_ledger_has_a_page_of_its_own(desk: Browser, cast: Cast, now: dt.datetime) -> None:
    assert "Noch kein Kontakt." in said(desk.get(address(cast, "person_contacts")))
    for number in range(60):
        entered(cast, now, at=now - dt.timedelta(minutes=number), minutes=100 + number)
    page = said(desk.get(address(cast, "person_page")))
    assert re.findall(r"(\d+) Minuten, eingetragen", page) == [str(100 + number) for number in range(8)]
    assert address(cast, "person_contacts") in page
    first, second = (said(desk.get(address(cast, "person_contacts") + f"?seite={n}")) for n in (1, 2))
    assert "60 Kontakte" in first
    assert [len(re.findall("Minuten, eingetragen", page)) for page in (first, second)] == [50, 10]
    assert desk.get(address(cast, "person_contacts") + "?seite=x").status_code == 200


@pytest.mark.parametrize("name", ["person_page", "person_contacts"])
def test_the_same_queries_however_many(desk: Browser, cast: Cast, now: dt.datetime, name: str) -> None:
    own = ContactType.objects.create(jobcenter=cast.office, name="Messenger")
    counts = []
    for more in (1, 2, 6):
        for number in range(more):
            entered(cast, now, ContactKind.OTHER, own_type=own, at=now - dt.timedelta(days=more, hours=number))
            start = now + dt.timedelta(days=more, hours=1 + number)
            held = book(client=cast.person, staff=cast.owner, starts_at=start, now=now)
            mark_held(appointment=held, by=SYSTEM, now=start + dt.timedelta(hours=1))
        counts.append(count_queries(desk, address(cast, name)))
    assert counts[0] == counts[1] == counts[2]


# --- where somebody lives -------------------------------------------------------------------------


def test_where_somebody_lives_is_chosen_from_the_list(desk: Browser, cast: Cast) -> None:
    wedel = Place.objects.create(jobcenter=cast.office, name="Wedel", km=18)
    gone = Place.objects.create(jobcenter=cast.office, name="Uetersen", km=30, is_active=False)
    foreign = Place.objects.create(jobcenter=cast.other_office, name="Geesthacht", km=20)
    edit = address(cast, "person_edit")
    page = said(desk.get(edit))
    assert "Nur für die Kilometer, die Videogespräche sparen. Keine Adresse." in page
    assert re.findall(r'<option value="(\d+)"[^>]*>(?:Wedel|Uetersen|Geesthacht)', page) == [str(wedel.pk)]
    assert "Wohnort</dt><dd>nicht bekannt" in said(desk.get(address(cast, "person_page")))
    for wrong in (gone.pk, foreign.pk, "x"):
        assert desk.post(edit, form_of(desk.get(edit)) | {"place": str(wrong)}).status_code == 422
    assert desk.post(edit, form_of(desk.get(edit)) | {"place": str(wedel.pk)}).status_code == 302
    assert Client.objects.get(pk=cast.person.pk).place == wedel
    assert "Wedel, " in said(desk.get(address(cast, "person_page")))
    # Retired, it is kept by whoever has it.
    Place.objects.filter(pk=wedel.pk).update(is_active=False)
    assert desk.post(edit, form_of(desk.get(edit)) | {"first_name": "Elifa"}).status_code == 302
    assert Client.objects.get(pk=cast.person.pk).place == wedel
    assert desk.post(edit, form_of(desk.get(edit)) | {"place": ""}).status_code == 302
    assert Client.objects.get(pk=cast.person.pk).place is None


def test_who_comes_second_reads_where_somebody_lives_now(desk: Browser, cast: Cast) -> None:
    wedel = Place.objects.create(jobcenter=cast.office, name="Wedel", km=18)
    edit = address(cast, "person_edit")
    first = form_of(desk.get(edit))
    second = dict(first)
    desk.post(edit, first | {"place": str(wedel.pk)})
    answer = desk.post(edit, second | {"first_name": "Elifa"})
    assert answer.status_code == 409
    assert "Wohnort: Wedel" in said(answer)
    assert desk.post(edit, form_of(answer)).status_code == 302
    kept = Client.objects.get(pk=cast.person.pk)
    assert (kept.place, kept.first_name) == (wedel, "Elifa")


def test_of_two_records_one_chooses_where_somebody_lives(desk: Browser, cast: Cast) -> None:
    wedel = Place.objects.create(jobcenter=cast.office, name="Wedel", km=18)
    double = make_client(cast.office, first_name="Elif", last_name="Kaya", place=wedel)
    merge = f"{address(cast, 'person_merge')}?mit={double.public_id}"
    page = said(desk.get(merge))
    assert '<input type="radio" name="place" value="double" checked>' in page
    sent = {"kept": "0", "double": "0", "mit": double.public_id, "place": "double"}
    assert desk.post(merge, sent).status_code == 302
    assert Client.objects.get(pk=cast.person.pk).place == wedel
