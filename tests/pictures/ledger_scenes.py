"""The contact ledger, an office's own kinds of contact, and the places its people live in."""

from __future__ import annotations

import datetime as dt
import uuid

from django.urls import reverse
from django.utils import timezone

from nahbar.jobcenters.models import Place
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import ContactType
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import ContactKind
from tests.pictures.cases import Case, a_case, a_counsellor, video
from tests.pictures.stage import Stage


def _case() -> Case:
    """A file that has been there for a year, in an office with kinds of contact and places of its own."""
    case = video(60)
    Client.objects.filter(pk=case.client.pk).update(created_at=timezone.now() - dt.timedelta(days=365))
    case.client.refresh_from_db()
    for name, counts in (("Messenger", True), ("Gruppenangebot beim Träger", True), ("Brief", False)):
        ContactType.objects.create(jobcenter=case.office, name=name, counts=counts)
    case.office.contact_types.filter(name="Brief").update(is_active=False)
    for name, km in (("Wedel (Holstein)", 18), ("Pinneberg", 20), ("Schenefeld", 9), ("Uetersen", 31)):
        Place.objects.create(jobcenter=case.office, name=name, km=km, is_active=name != "Uetersen")
    Client.objects.filter(pk=case.client.pk).update(place=case.office.places.get(name="Pinneberg"))
    return case


def _entered(case: Case, days: int, kind: ContactKind, **more: object) -> None:
    at = timezone.now() - dt.timedelta(days=days, hours=1)
    entry = Entry(client=case.client, kind=kind, key=uuid.uuid4(), at=at, **more)  # type: ignore[arg-type]
    enter_contact(desk=case.desk, entry=entry, now=timezone.now())


def _full(case: Case) -> None:
    own = case.office.contact_types.get(name="Gruppenangebot beim Träger")
    _entered(case, 2, ContactKind.TELEPHONE)
    _entered(case, 5, ContactKind.OUTREACH, with_third_party=True)
    _entered(case, 9, ContactKind.OTHER, own_type=own, minutes=90)
    held = a_case(60 * 5, office=case.office, staff=case.staff, client=case.client).appointment
    mark_held(appointment=held, by=case.desk.actor, now=timezone.now(), minutes=25)
    for days in range(20, 90, 7):
        _entered(case, days, ContactKind.IN_PERSON)


def ledger(stage: Stage) -> None:
    """Two taps on the person's page, what asks first, what is wrong, and the whole ledger."""
    case = _case()
    record = reverse("person_page", args=[case.office.slug, case.client.public_id])
    page = stage.desk(record, staff=case.staff)
    page.locator(".contact-enter summary").click()
    stage.take(page, "empty")
    page.locator("button[name=what][value=telephone]").click()
    page.locator("form.undo").wait_for()
    stage.take(page, "entered")
    page.locator(".contact-enter summary").click()
    page.locator("button[name=what][value=telephone]").click()
    page.locator("#alike").wait_for()
    stage.take(page, "alike")
    page.goto(reverse("person_contact_new", args=[case.office.slug, case.client.public_id]))
    stage.take(page, "new")
    page.fill("#id_minutes", "1000")
    page.locator("main form > .btnrow button").click()
    page.locator("#error-summary").wait_for()
    stage.take(page, "wrong")
    _full(case)
    page.goto(record)
    page.locator(".contact-change summary").first.click()
    stage.take(page)
    page.goto(reverse("person_contacts", args=[case.office.slug, case.client.public_id]))
    stage.take(page, "all")


def setup(stage: Stage) -> None:
    """Kinds of contact and places: the lists, one of each, a pasted list, and what a change does."""
    case = _case()
    _full(case)
    administrator = a_counsellor(case.office, Role.ADMINISTRATOR)
    page = stage.desk(reverse("office_contact_types", args=[case.office.slug]), staff=administrator)
    stage.take(page, "types")
    page.get_by_role("link", name="Gruppenangebot").click()
    page.locator("#id_counts").uncheck()
    page.locator("main form button").click()
    page.locator("#effects").wait_for()
    stage.take(page, "type-effects")
    page.goto(reverse("office_distances", args=[case.office.slug]))
    stage.take(page, "places")
    page.get_by_role("link", name="Pinneberg").click()
    page.fill("#id_km", "22")
    page.locator("main form button").click()
    page.locator("#effects").wait_for()
    stage.take(page, "place-effects")
    page.goto(reverse("office_distances_paste", args=[case.office.slug]))
    page.fill("#id_places", "Ort;km\nPinneberg;weit\nGlinde 5\nReinbek; 14")
    page.locator("main form button").click()
    page.locator("#error-summary").wait_for()
    stage.take(page, "paste-wrong")
    page.fill("#id_places", "Ort;km\nPinneberg;22\nUetersen;31\nGlinde;5,4\nReinbek; 14")
    page.locator("main form button").click()
    page.locator("#effects").wait_for()
    stage.take(page, "paste")
