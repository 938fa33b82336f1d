"""What everybody may read about an office, and how its administrators write it."""

from __future__ import annotations

from django.utils import timezone

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.drafts import save_draft
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.onboarding.demo_texts import publish_examples
from nahbar.people.models import StaffMember
from tests.factories import make_staff
from tests.pictures.cases import a_case, an_office
from tests.pictures.stage import Stage


def _published() -> JobCenter:
    office = an_office()
    publish_examples(jobcenter=office, now=timezone.now())
    return office


def _administrator(office: JobCenter) -> StaffMember:
    return make_staff(office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase")


def pages(stage: Stage) -> None:
    office = _published()
    for page in ("impressum", "datenschutz", "barrierefreiheit", "einfache-sprache"):
        stage.take(stage.phone(f"/o/{office.slug}/{page}"), page)
    stage.take(stage.phone(f"/o/{an_office().slug}/impressum"), "missing")
    stage.take(stage.phone("/impressum"), "choice")


def report(stage: Stage) -> None:
    page = stage.phone(f"/o/{_published().slug}/barrierefreiheit")
    with page.expect_navigation():
        page.locator("form.form button").click()
    stage.take(page, "empty")
    page.locator("#body").fill("Auf der Seite „Ihr Termin“ liest mein Gerät den Knopf nicht vor.")
    with page.expect_navigation():
        page.locator("form.form button").click()
    stage.take(page, "sent")


def row(stage: Stage) -> None:
    """The row at the end of a page, above the foot."""
    page = stage.phone(a_case().link)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    stage.take(page)


def listed(stage: Stage) -> None:
    office = an_office()
    stage.take(stage.desk(f"/b/{office.slug}/einrichtung/", staff=_administrator(office)), "hub")
    office = _published()
    save_draft(jobcenter=office, name="plain", bodies={"de": "Neu"}, state=None, by=SYSTEM, now=timezone.now())
    stage.take(stage.desk(f"/b/{office.slug}/einrichtung/texte/", staff=_administrator(office)), "list")


def editor(stage: Stage) -> None:
    office = _published()
    base, staff = f"/b/{office.slug}/einrichtung/texte/impressum/", _administrator(office)
    page = stage.desk(base, staff=staff)
    stage.take(page)
    page.locator("#id_body_de").fill("## Anbieter\n\nJobcenter Westheide, Neue Straße 3\n[Telefon]")
    with page.expect_navigation():
        page.locator("button[name=review]").click()
    stage.take(page, "review-gaps")
    draft = office.text_drafts.get()
    bodies = {"de": office.legal_texts.get(kind="imprint", language="de").body.replace("Dr. Hanna", "Dr. Ella")}
    save_draft(jobcenter=office, name="imprint", bodies=bodies, state=draft.state, by=SYSTEM, now=timezone.now())
    page.goto(f"{base}pruefen/")
    stage.take(page, "review")
    page = stage.desk(f"{base}fassungen/", staff=staff)
    page.locator("summary").first.click()
    stage.take(page, "versions")
    stage.take(stage.desk(f"/b/{office.slug}/einrichtung/texte/einverstaendnis-video/", staff=staff), "consent")
