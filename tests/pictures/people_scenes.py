"""Records of people, the search for them, and lists from other systems."""

from __future__ import annotations

import datetime as dt
import time

from django.urls import reverse
from django.utils import timezone

from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.imports import confirm, start_import
from nahbar.people.models import Client, ClientImport
from nahbar.people.records import change_client, open_with_reason
from nahbar.people.rules import ImportState, LookReason
from tests.factories import desk_of, join_office, make_client, make_staff
from tests.people.lists import HEADER, text
from tests.pictures.cases import Case, a_case, a_client, a_counsellor, an_office, video
from tests.pictures.stage import Stage

PATIENCE = 30
NOTES = "Lebenslauf liegt vor. Als Nächstes: Zeugnis der Weiterbildung.\nFrau Vogt kennt den Träger und ruft dort an."


def _known() -> Case:
    """Somebody about whom everything is kept."""
    case = video(60)
    a_case(60 * 24 * 7, office=case.office, staff=case.staff, client=case.client, mode=Mode.TELEPHONE, agreed_by=None)
    facts = {"preferred_mode": Mode.TELEPHONE, "guardian_name": "Regina Thomsen", "guardian_phone": "0171 3920099"}
    facts |= {"notes": NOTES}
    change_client(desk=case.desk, client=case.client, facts=facts, revision=0, now=timezone.now())
    case.client.refresh_from_db()
    return case


def _page(case: Case, name: str, client: Client | None = None) -> str:
    return reverse(name, args=[case.office.slug, (client or case.client).public_id])


def _colleague(case: Case) -> None:
    """Somebody of another team looked at the record."""
    helper = make_staff(case.office, team=case.office.teams.get(name="Team 2"), first_name="Timo", last_name="Hagen")
    now = timezone.now() - dt.timedelta(hours=2)
    desk = desk_of(helper, case.office, now)
    open_with_reason(desk=desk, client=case.client, reason=LookReason.PERSON_ASKS, note="", now=now)


def record(stage: Stage) -> None:
    """The record, full and nearly empty; the form, and the form for who comes second."""
    case = _known()
    _colleague(case)
    stage.take(stage.desk(_page(case, "person_page"), staff=case.staff))
    bare = a_client(case.office, 3, phone_display="", email="", what_helps="")
    stage.take(stage.desk(_page(case, "person_page", bare), staff=case.staff), "empty")
    page = stage.desk(_page(case, "person_edit"), staff=case.staff)
    stage.take(page, "edit")
    facts = {"phone_display": "0171 3920077"}
    change_client(desk=case.desk, client=case.client, facts=facts, revision=1, now=timezone.now())
    page.fill("#id_notes", "Zeugnis ist da.")
    page.locator("main button.kern-btn--primary").click()
    page.locator("[role=alert]").wait_for()
    stage.take(page, "second")


def new(stage: Stage) -> None:
    """The form, empty and wrong; and a number that two offices know."""
    case = _known()
    page = stage.desk(reverse("person_new", args=[case.office.slug]), staff=case.staff)
    stage.take(page)
    page.locator("main button.kern-btn--primary").click()
    page.locator("#error-summary").wait_for()
    stage.take(page, "wrong")
    other = an_office(name="Jobcenter Ostmoor")
    a_client(other)
    join_office(case.staff, other)
    stage.take(stage.desk(reverse("person_by_number", args=[case.client.number]), staff=case.staff), "two-offices")


def search(stage: Stage) -> None:
    """The list, somebody found by sound, nobody found, somebody of another team."""
    case = _known()
    for which in range(1, 8):
        a_client(case.office, which)
    people = reverse("person_list", args=[case.office.slug])
    stage.take(stage.desk(people, staff=case.staff))
    stage.take(stage.desk(f"{people}?q=Kaja", staff=case.staff), "found")
    stage.take(stage.desk(f"{people}?q=Xylander", staff=case.staff), "nobody")
    team = case.office.teams.get(name="Team 2")
    make_client(case.office, team, first_name="Petra", last_name="Hoffmann", number="WE9001")
    stage.take(stage.desk(f"{people}?q=WE9001", staff=case.staff), "elsewhere")


def reason(stage: Stage) -> None:
    """The way to another team's record, the record behind it, and what the lead sees."""
    case = _known()
    helper = make_staff(case.office, team=case.office.teams.get(name="Team 2"), first_name="Timo", last_name="Hagen")
    page = stage.desk(case.page, staff=helper)
    stage.take(page)
    page.locator("main button.kern-btn--primary").click()
    page.locator("#error-summary").wait_for()
    stage.take(page, "wrong")
    page.check("input[value=person_asks]")
    page.locator("main button.kern-btn--primary").click()
    page.goto(_page(case, "person_page"))
    stage.take(page, "opened")
    lead = make_staff(case.office, Role.TEAM_LEAD, first_name="Martina", last_name="Vogel")
    stage.take(stage.desk(reverse("person_looks", args=[case.office.slug]), staff=lead), "looks")


def merge(stage: Stage) -> None:
    """Two records of one person side by side; and what forbids it."""
    case = _known()
    double = make_client(case.office, first_name="Aylin", last_name="Kaja", number="WE9002", phone_display="040 555")
    address = f"{_page(case, 'person_merge')}?mit={double.public_id}"
    stage.take(stage.desk(address, staff=case.staff))
    other = a_counsellor(case.office)
    a_case(60, office=case.office, staff=other, client=double, mode=Mode.TELEPHONE, agreed_by=None)
    stage.take(stage.desk(address, staff=case.staff), "overlap")


def _read(upload: ClientImport, state: ImportState) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if ClientImport.objects.filter(pk=upload.pk, state=state).exists():
            return
        time.sleep(0.1)
    raise TimeoutError(f"the worker did not bring the list to {state}")


def imports(stage: Stage) -> None:
    """From the empty page to the undoing; read and applied by the worker."""
    office = an_office()
    administrator = a_counsellor(office, Role.ADMINISTRATOR)
    desk, person = desk_of(administrator, office), a_client(office)
    start = reverse("import_list", args=[office.slug])
    stage.take(stage.desk(start, staff=administrator))
    rows = [HEADER, [person.number, "Kaya", "Aylin", "17.04.1990", "Team 2", "", "0171 3920077", ""]]
    rows += [[f"WE{7000 + n}", f"Lindner-{n}", "Kim", "12.03.1980", "Team 1", "", "", ""] for n in range(6)]
    rows += [["WE8000", "Öz", "Deniz", "31.02.1980", "Team 9", "deniz", "", ""]]
    upload = start_import(desk=desk, content=text(rows, encoding="cp1252"), now=timezone.now())
    _read(upload, ImportState.READ)
    page = reverse("import_page", args=[office.slug, upload.public_id])
    stage.take(stage.desk(page, staff=administrator), "preview")
    stage.take(stage.desk(f"{page}?zeigen=changed", staff=administrator), "changed")
    upload.refresh_from_db()
    confirm(desk=desk, upload=upload, now=timezone.now())
    _read(upload, ImportState.APPLIED)
    stage.take(stage.desk(page, staff=administrator), "applied")
    stage.take(stage.desk(start, staff=administrator), "list")
    broken = start_import(desk=desk, content=b"%PDF-1.7", now=timezone.now())
    _read(broken, ImportState.FAILED)
    address = reverse("import_page", args=[office.slug, broken.public_id])
    stage.take(stage.desk(address, staff=administrator), "unreadable")
    ClientImport.objects.filter(pk=upload.pk).update(state=ImportState.APPLYING, done=3, total=7)
    stage.take(stage.desk(page, staff=administrator), "progress")
