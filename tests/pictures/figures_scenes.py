"""The figures' page."""

from __future__ import annotations

from nahbar.jobcenters.rules import Role
from tests.factories import make_staff
from tests.pictures.cases import video
from tests.pictures.stage import Stage


def figures(stage: Stage) -> None:
    """A month, and a question that cannot be answered."""
    office = video(24 * 60).office
    staff = make_staff(office, Role.CONTROLLING, first_name="Henrike", last_name="Albers")
    page = stage.desk(f"/b/{office.slug}/zahlen/", staff=staff)
    stage.take(page)
    page.goto(f"/b/{office.slug}/zahlen/?von=2026-10&bis=2026-03")
    stage.take(page, "reversed")
