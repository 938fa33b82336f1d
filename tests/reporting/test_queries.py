"""What is read takes the same few queries, however much there is; counted kinds, labels and unbuilt months."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.reporting.figures import ContactRow, MonthStanding
from nahbar.reporting.models import FiguresMonth
from nahbar.reporting.operations import build_month, build_open_months
from nahbar.reporting.queries import figures, months, team_choices
from nahbar.scheduling.models import Contact, ContactType
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import ContactKind
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_staff
from tests.reporting.year import MONTHS, NOW, make_year

MARCH = dt.date(2026, 3, 1)
LATER = at("2026-03-20 03:00")


@pytest.mark.parametrize("appointments", [10, 30, 200])
def test_figures_take_the_same_queries_at_any_size(db: None, appointments: int, django_assert_num_queries: Any) -> None:
    office = make_year("altona", seed=5, appointments=appointments)
    build_open_months(jobcenter=office, now=NOW)
    for last in (MONTHS[0], MONTHS[2], MONTHS[-1]):
        with django_assert_num_queries(4):
            figures(jobcenter=office, first=MONTHS[0], last=last)
        with django_assert_num_queries(2):
            team_choices(jobcenter=office, first=MONTHS[0], last=last)
    with django_assert_num_queries(1):
        months(office)


def test_figures_of_a_team_take_two_queries_more(cast: Cast, django_assert_num_queries: Any) -> None:
    for hour in (10, 11, 12):
        _hold(cast, at(f"2026-03-04 {hour}:00"))
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-10 03:00"))
    # The other team is small, but alone in nothing: its appointment was not held.
    FiguresMonth.objects.get().standings.update(is_small=False, is_hidden=False)
    with django_assert_num_queries(6):
        found = figures(jobcenter=cast.office, first=MARCH, last=MARCH, team=cast.person.team_id)
    assert (found.total.planned, found.by_topic) == (4, None)


def _hold(cast: Cast, starts_at: dt.datetime) -> None:
    staff, client = make_staff(cast.office), make_client(cast.office)
    mark_held(
        appointment=book(client=client, staff=staff, starts_at=starts_at, now=at("2026-03-03 09:30")),
        by=SYSTEM,
        now=starts_at + dt.timedelta(hours=1),
    )


def test_contacts_by_kind_and_own_type(cast: Cast) -> None:
    letter = ContactType.objects.create(jobcenter=cast.office, name="Brief", counts=False)
    visit = ContactType.objects.create(jobcenter=cast.office, name="Stadtteilbüro")
    for kind, own_type, third in (
        (ContactKind.OTHER, visit, True),
        (ContactKind.OTHER, letter, False),
        (ContactKind.OTHER, letter, True),
        (ContactKind.TELEPHONE, None, False),
    ):
        Contact.objects.create(
            jobcenter=cast.office,
            team=cast.person.team,
            client=cast.person,
            kind=kind,
            own_type=own_type,
            at=at("2026-03-05 12:00"),
            minutes=5,
            with_third_party=third,
        )
    build_month(jobcenter=cast.office, month=MARCH, now=LATER)
    contacts = figures(jobcenter=cast.office, first=MARCH, last=MARCH).contacts
    assert contacts.rows == [
        ContactRow(ContactKind.IN_PERSON, "persönlich", 0, 0, counts=True),
        ContactRow(ContactKind.TELEPHONE, "Telefon", 1, 0, counts=True),
        ContactRow(ContactKind.VIDEO, "Video", 0, 0, counts=True),
        ContactRow(ContactKind.OUTREACH, "aufsuchend", 0, 0, counts=True),
        ContactRow(ContactKind.OTHER, "Brief", 2, 1, counts=False),
        ContactRow(ContactKind.OTHER, "Stadtteilbüro", 1, 1, counts=True),
    ]
    assert (contacts.total, contacts.counted) == (4, 2)


def test_own_types_of_a_team_are_together_as_far_as_they_count_alike(cast: Cast) -> None:
    """One of them may be one colleague's."""
    for name, counts in (("Brief", False), ("Gruppe", True), ("Stadtteilbüro", True)):
        Contact.objects.create(
            jobcenter=cast.office,
            team=cast.person.team,
            client=cast.person,
            kind=ContactKind.OTHER,
            own_type=ContactType.objects.create(jobcenter=cast.office, name=name, counts=counts),
            at=at("2026-03-05 12:00"),
            minutes=5,
        )
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-10 03:00"))
    FiguresMonth.objects.get().standings.update(is_small=False, is_hidden=False)
    contacts = figures(jobcenter=cast.office, first=MARCH, last=MARCH, team=cast.person.team_id).contacts
    assert contacts.rows[4:] == [
        ContactRow(ContactKind.OTHER, "andere", 1, 0, counts=False),
        ContactRow(ContactKind.OTHER, "andere", 2, 0, counts=True),
    ]
    assert (contacts.total, contacts.counted) == (3, 2)


def test_figures_of_months_that_nobody_built(cast: Cast) -> None:
    build_month(jobcenter=cast.office, month=MARCH, now=LATER)
    found = figures(jobcenter=cast.office, first=dt.date(2026, 2, 14), last=dt.date(2026, 4, 30))
    assert found.months == [
        MonthStanding(month, is_frozen=False, built_at=built_at, corrected_at=None)
        for month, built_at in ((dt.date(2026, 2, 1), None), (MARCH, LATER), (dt.date(2026, 4, 1), None))
    ]
    assert found.total.planned == 2


def test_figures_of_an_office_without_any(cast: Cast) -> None:
    found = figures(jobcenter=cast.other_office, first=MARCH, last=MARCH)
    assert (found.total.planned, found.total.held_rate, found.contacts.density) == (0, None, None)
    assert [(row.held, row.planned_minutes, row.minutes) for row in found.lengths] == [(0, None, None)] * 4
    assert team_choices(jobcenter=cast.other_office, first=MARCH, last=MARCH) == []
