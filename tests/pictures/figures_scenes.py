"""The figures' page: a year, a question it cannot answer, little, and nothing."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import Page

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.surveys.figures import Audience
from nahbar.web.lead.periods import Period, after, month_of, quarter_of
from tests.factories import make_office, make_staff
from tests.pictures.cases import video
from tests.pictures.stage import Stage
from tests.web.lead.figured import answer
from tests.web.lead.made import store


def _open(stage: Stage, office: JobCenter, query: str = "") -> Page:
    staff = make_staff(office, Role.CONTROLLING, first_name="Henrike", last_name="Albers")
    return stage.desk(f"/b/{office.slug}/zahlen/{query}", staff=staff)


def _filled() -> JobCenter:
    """Half a year; the last month goes on, and few have answered lately."""
    office, this = video(24 * 60).office, month_of(timezone.localdate())
    office.topics.filter(name="Unterlagen vorlegen").update(name="Leistungen und Unterlagen für Selbständige")
    for back in range(1, 7):
        store(office, after(this, -back), is_frozen=back > 1)
    quarter = quarter_of(after(this, -1))
    for audience, yes, no in ((Audience.CLIENTS, 71, 25), (Audience.STAFF, 4, 3)):
        answer(office, audience, _code(quarter), yes=yes, no=no)
        answer(office, audience, _code(quarter.before), yes=14, no=5)
    return office


def _code(quarter: Period) -> str:
    return quarter.code.replace("-", "")


def figures(stage: Stage) -> None:
    """Months together; how it is counted; a team; what cannot be shown."""
    office, last = _filled(), after(month_of(timezone.localdate()), -1)
    page = _open(stage, office, f"?von={after(last, -4):%Y-%m}&bis={last:%Y-%m}")
    stage.take(page)
    page.locator(".fig__how summary").first.click()
    stage.take(page, "counted")
    page.goto(f"/b/{office.slug}/zahlen/?team={office.teams.get(name='Team 1').pk}")
    stage.take(page, "team")
    page.goto(f"/b/{office.slug}/zahlen/?von=2026-10&bis=2026-03")
    stage.take(page, "reversed")


def nothing(stage: Stage) -> None:
    """A new office, for each language another one."""
    stage.take(_open(stage, make_office(f"neu-{timezone.now():%H%M%S}", name="Jobcenter Neuland")))
