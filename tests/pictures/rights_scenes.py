"""What is kept about a person and what can be done with it; how long, and what the nights deleted."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from nahbar.audit.nightly import run_now, trial
from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.rules import Role
from nahbar.people.erasing import set_hold
from nahbar.people.rules import HoldReason
from tests.factories import desk_of, make_client, make_staff
from tests.pictures.cases import an_office, video
from tests.pictures.stage import Stage


def rights(stage: Stage) -> None:
    """Finding, nobody found; the person with a talk to come, with a hold, and free to be erased."""
    case = video(24 * 60)
    administrator = make_staff(case.office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase")
    address = f"/b/{case.office.slug}/einrichtung/rechte/"
    page = stage.desk(address, staff=administrator)
    stage.take(page)
    page.locator("#id_number").fill("999")
    page.locator("main form button").click()
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "nobody")
    stage.take(stage.desk(f"{address}{case.client.public_id}/", staff=administrator), "hindered")
    now, free = timezone.now(), make_client(case.office, first_name="Maria", last_name="Schönfeld")
    stage.take(stage.desk(f"{address}{free.public_id}/", staff=administrator), "free")
    last_day = timezone.localdate(now) + dt.timedelta(days=400)
    desk = desk_of(administrator, case.office)
    set_hold(desk=desk, client=free, reason=HoldReason.DISPUTE, last_day=last_day, now=now)
    stage.take(stage.desk(f"{address}{free.public_id}/", staff=administrator), "hold")


def retention(stage: Stage) -> None:
    """No run yet; the effect of another period, one the law refuses; a trial, and a run."""
    office, now = an_office(), timezone.now()
    administrator = make_staff(office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase")
    for years in (6, 7, 9):
        make_client(office, created_at=now - dt.timedelta(days=365 * years))
    page = stage.desk(f"/b/{office.slug}/einrichtung/loeschfristen/", staff=administrator)
    stage.take(page)
    page.locator("#id_years").fill("8")
    page.locator("section[aria-labelledby=policy] button").click()
    page.locator("[role=status]").wait_for()
    stage.take(page, "effect")
    page.locator("#id_years").fill("2")
    page.locator("button[name=save]").click()
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "refused")
    trial(by=SYSTEM, office=office.slug, now=now)
    run_now(now=now)
    page = stage.desk(f"/b/{office.slug}/einrichtung/loeschfristen/", staff=administrator)
    page.locator("summary").first.click()
    stage.take(page, "runs")
