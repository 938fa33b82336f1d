"""When a counsellor can be booked, what else takes their time, and how their calendar learns of it."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.rules import day_bounds
from tests.factories import make_staff, meet
from tests.pictures.cases import video
from tests.pictures.stage import Stage


def times(stage: Stage) -> None:
    """Hours and absences: none yet, one with an appointment in it, and wrong ones."""
    case = video(24 * 60)
    address = f"/b/{case.office.slug}/zeiten/"
    stage.take(stage.desk(address, staff=case.staff))
    first, last = day_bounds(timezone.localdate())[0], day_bounds(timezone.localdate() + dt.timedelta(days=5))[1]
    enter_absence(desk=case.desk, starts_at=first, ends_at=last)
    page = stage.desk(address, staff=case.staff)
    stage.take(page, "to-move")
    page.locator("#id_begins_0_0").fill("12:00")
    page.locator("#id_ends_0_0").fill("08:00")
    page.locator("section[aria-labelledby=hours] button").click()
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "wrong")


def calendar(stage: Stage) -> None:
    """By mail; a new address; by feed."""
    case = video(24 * 60)
    page = stage.desk(f"/b/{case.office.slug}/kalender/", staff=case.staff)
    stage.take(page)
    page.locator("button[name=make]").click()
    page.locator("#address").wait_for()
    stage.take(page, "address")
    stage.take(stage.desk(f"/b/{case.office.slug}/kalender/", staff=case.staff), "feed")


def meeting(stage: Stage) -> None:
    """The form with colleagues, a wrong one; the meeting, and its row in the day."""
    case = video(24 * 60)
    colleagues = [make_staff(case.office, team=case.client.team, last_name=name) for name in ("Kaluza", "Özdemir")]
    page = stage.desk(f"/b/{case.office.slug}/besprechungen/neu/", staff=case.staff)
    stage.take(page)
    page.locator("[name=start]").fill("10:00")
    page.locator("main form button").click()
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "wrong")
    starts_at, now = case.appointment.ends_at + dt.timedelta(hours=1), timezone.now()
    people = {"colleagues": colleagues, "uses_channel": True}
    booked = meet(case.staff, case.office, title="Neue Abläufe im Team", starts_at=starts_at, now=now, **people)
    stage.take(stage.desk(f"/b/{case.office.slug}/besprechungen/{booked.public_id}/", staff=case.staff), "own")
    day = f"/b/{case.office.slug}/heute/?tag={timezone.localdate(starts_at)}"
    stage.take(stage.desk(day, staff=case.staff), "day")
