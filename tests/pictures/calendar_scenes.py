"""When a counsellor can be booked, and how their calendar learns of it."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.rules import day_bounds
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


def own_video(stage: Stage) -> None:
    """On, and off with an appointment that is booked."""
    case = video(24 * 60)
    page = stage.desk(f"/b/{case.office.slug}/mein-video/", staff=case.staff)
    stage.take(page)
    page.locator("button[name=video]").click()
    page.locator("section[aria-labelledby=coming]").wait_for()
    stage.take(page, "off")


def calendar(stage: Stage) -> None:
    """By mail; a new address; by feed."""
    case = video(24 * 60)
    page = stage.desk(f"/b/{case.office.slug}/kalender/", staff=case.staff)
    stage.take(page)
    page.locator("button[name=make]").click()
    page.locator("#address").wait_for()
    stage.take(page, "address")
    stage.take(stage.desk(f"/b/{case.office.slug}/kalender/", staff=case.staff), "feed")
