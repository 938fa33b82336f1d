"""P19: the page of figures at a year of one office."""

from __future__ import annotations

from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from nahbar.jobcenters.rules import Role
from nahbar.reporting.operations import build_open_months
from nahbar.reporting.queries import team_choices
from nahbar.surveys.figures import Audience
from nahbar.web.lead.periods import after, month_of
from tests.bench import office_year
from tests.bench.contention import NAMES
from tests.bench.figures import Figure, middle, percentile
from tests.bench.office_year import APPOINTMENTS, QUICK_APPOINTMENTS, Year, fill, open_year, visit
from tests.factories import make_staff
from tests.web.lead.figured import answer

PAGE_MS = 300
ANSWERS = 400


def measure(*, quick: bool) -> list[Figure]:
    """Fill the year, build its months, then look at a month, a quarter, a year and a team."""
    year = open_year()
    count = fill(year, QUICK_APPOINTMENTS if quick else APPOINTMENTS)
    build_open_months(jobcenter=year.office, now=timezone.now())
    for audience in Audience:
        answer(year.office, audience, f"{timezone.localdate().year}Q1", yes=ANSWERS, no=ANSWERS)
    staff = [make_staff(year.office, Role.CONTROLLING)]
    browser, figures = Browser(), []
    with override_settings(ROOT_URLCONF=office_year.__name__):
        base = reverse("office_figures", args=[year.office.slug])
        for what, query in _questions(year).items():
            visits, bare, queries = visit(browser, staff, [base + query])
            figures.append(
                Figure(
                    id="P19",
                    what=f"figures, {what}, 95th percentile, {count:,} appointments, {NAMES[connection.vendor]}",
                    value=percentile(visits, 0.95),
                    unit="ms",
                    at_most=PAGE_MS,
                    baseline=percentile(bare, 0.95),
                    baseline_is="an empty view behind the same middleware",
                    note=f"median {middle(visits):.0f} ms, {queries} queries",
                )
            )
    return figures


def _questions(year: Year) -> dict[str, str]:
    # Teams are shown once a month is frozen, and this one always is.
    last = after(month_of(timezone.localdate()), -2)
    span = {"first": after(last, -11), "last": last}
    shown = [team for team in team_choices(jobcenter=year.office, **span) if not team.is_hidden]
    months = f"?von={span['first']:%Y-%m}&bis={last:%Y-%m}"
    return {
        "a month": f"?zeitraum={last:%Y-%m}",
        "twelve months": months,
        "a team, twelve months": f"{months}&team={shown[0].team_id}",
    }
