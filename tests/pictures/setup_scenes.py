"""The set-up of an office: its pages empty and full, what a change does, and what keeps something from going."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from playwright.sync_api import Page

from nahbar.jobcenters.models import LocalHoliday, Site
from nahbar.jobcenters.rules import Land, Mode, Role
from nahbar.people.models import Deputyship, StaffMember
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.rules import CancelledBy
from tests.factories import book, make_staff
from tests.pictures.cases import Case, video
from tests.pictures.stage import Stage


def _office() -> tuple[Case, StaffMember]:
    """A set-up office with something to come, and its administrator."""
    case = video(24 * 60)
    office = case.office
    office.land, office.street, office.postcode = Land.HH, "Platz der Republik 1", "22765"
    office.opening_hours = "Mo bis Fr 8 bis 12 Uhr, Do auch 14 bis 18 Uhr"
    office.save()
    site = Site.objects.create(
        jobcenter=office,
        name="Haus am Hafen",
        street="Hafenweg 5",
        postcode="22767",
        city="Hamburg",
        directions="Eingang im Hof, Aufzug bis zum 2. Stock",
    )
    Site.objects.create(
        jobcenter=office, name="Altes Haus", street="Weg 1", postcode="22765", city="Hamburg", is_active=False
    )
    office.teams.filter(name="Team 2").update(site=site)
    office.channels.filter(number=2).update(is_active=False)
    administrator = make_staff(office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase")
    return case, administrator


def _open(stage: Stage, page: str) -> tuple[Page, Case]:
    case, administrator = _office()
    return stage.desk(f"/b/{case.office.slug}/einrichtung/{page}", staff=administrator), case


def hub(stage: Stage) -> None:
    """The list of pages."""
    stage.take(_open(stage, "")[0])


def facts(stage: Stage) -> None:
    """The office; wrong; what another number does."""
    page, _case = _open(stage, "buero/")
    stage.take(page)
    page.locator("#id_phone_display").fill("zwölf")
    page.locator("main form button").click()
    page.locator("#error-summary").wait_for()
    stage.take(page, "wrong")
    page.locator("#id_phone_display").fill("040 3020100")
    page.locator("main form button").click()
    page.locator("#effects").wait_for()
    stage.take(page, "effects")


def server(stage: Stage) -> None:
    """Nothing tried yet; a mail that has left, and a line to the media server."""
    page, _case = _open(stage, "server/")
    stage.take(page)
    page.locator("form[action$='/server/mail/'] button").click()
    stage.settle_mail()
    page.reload()
    page.locator("#trial").click()
    page.locator("#trial-standing .note:is(.note--ok, .note--warn)").wait_for()
    stage.take(page, "tried")


def places(stage: Stage) -> None:
    """Sites, one of them, teams, one of them, and a team that is still needed."""
    page, case = _open(stage, "standorte/")
    stage.take(page, "sites")
    page.get_by_role("link", name="Haus am Hafen").click()
    page.wait_for_url("**/standorte/*/")
    stage.take(page, "site")
    page.goto(f"/b/{case.office.slug}/einrichtung/teams/")
    stage.take(page, "teams")
    page.goto(f"/b/{case.office.slug}/einrichtung/teams/{case.office.teams.get(name='Team 1').pk}/")
    stage.take(page, "team")
    page.go_back()
    page.locator("button[value=off]").first.click()
    page.locator("#what").wait_for()
    stage.take(page, "team-in-use")


def offer(stage: Stage) -> None:
    """Topics, what still has one, one of them; channels, and one that is booked."""
    page, case = _open(stage, "themen/")
    stage.take(page, "topics")
    row = page.locator("ul.rows li", has=page.get_by_text(case.appointment.topic.name, exact=True))
    row.locator("button[value=off]").click()
    page.locator("#listed").wait_for()
    stage.take(page, "topic-in-use")
    page.goto(f"/b/{case.office.slug}/einrichtung/themen/{case.appointment.topic_id}/")
    stage.take(page, "topic")
    page.goto(f"/b/{case.office.slug}/einrichtung/videokanaele/")
    stage.take(page, "channels")
    # What is booked moves on to the others, until there are none.
    while not page.locator("#listed").count():
        with page.expect_navigation():
            page.locator("button[value=off]").first.click()
    stage.take(page, "channel-in-use")


def times(stage: Stage) -> None:
    """Hours, lengths, closed days, and a closed day with something booked."""
    page, case = _open(stage, "zeiten/")
    soon = timezone.localdate() + dt.timedelta(days=20)
    LocalHoliday.objects.create(jobcenter=case.office, day=soon, name="Personalversammlung")
    page.reload()
    stage.take(page)
    page.locator("#id_day").fill(case.appointment.local_start.date().isoformat())
    page.locator("#id_name").fill("Betriebsausflug")
    page.locator("section[aria-labelledby=closed] form.form button").click()
    page.locator("#effects").wait_for()
    stage.take(page, "closed-day")


def deputies(stage: Stage) -> None:
    """Nobody; somebody; somebody else as well."""
    page, case = _open(stage, "vertretungen/")
    stage.take(page, "empty")
    deputy = make_staff(case.office, first_name="Jonas", last_name="Behrens")
    today = timezone.localdate()
    for first in (today, today + dt.timedelta(days=14)):
        Deputyship.objects.create(
            jobcenter=case.office,
            absent=case.staff,
            deputy=deputy,
            first_day=first,
            last_day=first + dt.timedelta(days=4),
        )
    page.reload()
    stage.take(page)


def policies(stage: Stage) -> None:
    """The rules, and what another proof does."""
    page, _case = _open(stage, "regeln/")
    stage.take(page)
    page.locator("#id_proof").select_option("number")
    page.locator("main form button").click()
    page.locator("#effects").wait_for()
    stage.take(page, "effects")


def log(stage: Stage) -> None:
    """Rows, and none."""
    page, case = _open(stage, "protokoll/")
    start = timezone.now() + dt.timedelta(days=3)
    for number in range(12):
        book(
            client=case.client,
            staff=case.staff,
            starts_at=start + dt.timedelta(hours=number),
            now=timezone.now(),
            mode=Mode.TELEPHONE,
            agreed_by=None,
        )
    page.reload()
    stage.take(page)
    page.goto(f"/b/{case.office.slug}/einrichtung/protokoll/?thing=niemand")
    stage.take(page, "empty")


def closing(stage: Stage) -> None:
    """With something to come; with nothing; closed."""
    page, case = _open(stage, "schliessen/")
    stage.take(page, "unsettled")
    cancel_appointment(
        appointment=case.appointment, cancelled_by=CancelledBy.OFFICE, by=case.desk.actor, now=timezone.now()
    )
    page.reload()
    stage.take(page)
    page.locator("#id_name").fill(case.office.name)
    page.locator("main form button").click()
    page.locator("form[action$='/wieder-oeffnen']").wait_for()
    stage.take(page, "closed")
