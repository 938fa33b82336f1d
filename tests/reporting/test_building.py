"""A month is counted, counted again, and frozen; from then on its figures stay."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.reporting.figures import Figures, Tally
from nahbar.reporting.models import AppointmentCount, FiguresMonth
from nahbar.reporting.operations import build_month, build_open_months, nightly, open_months
from nahbar.reporting.queries import figures, months
from nahbar.scheduling.models import Contact
from nahbar.scheduling.operations import cancel_appointment
from nahbar.scheduling.outcomes import mark_held
from nahbar.scheduling.rules import CancelledBy, CancelReason, ContactKind, Outcome
from tests.conftest import Cast
from tests.factories import at, book, make_client

MARCH = dt.date(2026, 3, 1)
LATER = at("2026-03-20 03:00")


def figures_of(office: JobCenter, month: dt.date = MARCH) -> Figures:
    return figures(jobcenter=office, first=month, last=month)


def test_build_month_counts_what_is_over(cast: Cast) -> None:
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=at("2026-03-03 10:20"), minutes=18)
    book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-25 09:00"), now=at("2026-03-03 10:30"))
    assert build_month(jobcenter=cast.office, month=MARCH, now=LATER) == "built"
    found = figures_of(cast.office)
    assert found.total == Tally({Outcome.OPEN: 1, Outcome.HELD: 1})
    assert [row.tally.planned for row in found.by_mode] == [2, 0, 0, 0]
    video = found.lengths[0]
    assert (video.mode, video.held, video.planned_minutes, video.minutes) == (Mode.VIDEO, 1, 30.0, 18.0)


def test_build_month_leaves_mistakes_out(cast: Cast) -> None:
    cancel_appointment(
        appointment=cast.appointment,
        cancelled_by=CancelledBy.OFFICE,
        by=cast.desk.actor,
        now=at("2026-03-03 09:40"),
        reason=CancelReason.MISTAKE,
    )
    build_month(jobcenter=cast.office, month=MARCH, now=LATER)
    found = figures_of(cast.office)
    assert found.total == Tally({Outcome.OPEN: 1})
    assert (found.funnel.offered, found.funnel.chosen) == (1, 1)


def test_build_month_counts_people_whose_merged_file_began_later(cast: Cast) -> None:
    """`people.merging` keeps the later beginning; what the older file brought along was there before."""
    Client.objects.filter(jobcenter=cast.office).update(created_at=at("2026-04-02 09:00"))
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-03 03:00"))
    assert figures_of(cast.office).contacts.person_months == 2
    make_client(cast.office, created_at=at("2026-04-02 09:00"))
    early = make_client(cast.office, created_at=at("2026-04-02 09:00"))
    Contact.objects.create(
        jobcenter=cast.office,
        team=early.team,
        client=early,
        kind=ContactKind.TELEPHONE,
        at=at("2026-02-28 12:00"),
        minutes=5,
    )
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-04 03:00"))
    assert figures_of(cast.office).contacts.person_months == 3


def test_build_month_twice_changes_nothing(cast: Cast) -> None:
    build_month(jobcenter=cast.office, month=MARCH, now=LATER)
    once = figures_of(cast.office)
    assert build_month(jobcenter=cast.office, month=MARCH, now=LATER) == "built"
    assert figures_of(cast.office) == once


def test_build_month_to_come_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="to come"):
        build_month(jobcenter=cast.office, month=dt.date(2026, 4, 1), now=LATER)


@pytest.mark.parametrize(
    ("moment", "expected"), [("2026-04-09 23:59", "built"), ("2026-04-10 00:00", "frozen")], ids=["before", "on"]
)
def test_build_month_freezes_on_the_tenth(cast: Cast, moment: str, expected: str) -> None:
    assert build_month(jobcenter=cast.office, month=MARCH, now=at(moment)) == expected
    audited = AuditEntry.objects.filter(action=Action.FIGURES_FROZEN, office="altona", object_id="2026-03")
    assert audited.count() == (expected == "frozen")


def test_build_month_leaves_a_frozen_one(cast: Cast) -> None:
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-10 03:00"))
    frozen = FiguresMonth.objects.get()
    assert build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-11 03:00")) == "left"
    assert FiguresMonth.objects.get().built_at == frozen.built_at


def test_build_month_of_another_office_is_apart(cast: Cast) -> None:
    build_month(jobcenter=cast.office, month=MARCH, now=LATER)
    build_month(jobcenter=cast.other_office, month=MARCH, now=LATER)
    assert figures_of(cast.office).total.planned == 2
    assert figures_of(cast.other_office).total.planned == 0
    assert not AppointmentCount.objects.filter(month__jobcenter=cast.other_office).exists()


def test_open_months_are_all_from_the_first_until_they_are_frozen(cast: Cast) -> None:
    april, may = dt.date(2026, 4, 1), dt.date(2026, 5, 1)
    now = at("2026-05-05 03:00")
    assert open_months(jobcenter=cast.office, now=now) == [MARCH, april, may]
    assert build_open_months(jobcenter=cast.office, now=now) == [MARCH, april, may]
    assert open_months(jobcenter=cast.office, now=now) == [april, may]
    assert [month.is_frozen for month in months(cast.office)] == [True, False, False]


def test_open_months_of_an_empty_office_are_none(cast: Cast) -> None:
    assert open_months(jobcenter=cast.other_office, now=LATER) == []


def test_nightly_builds_once_a_night(cast: Cast) -> None:
    for moment in ("2026-03-20 00:50", "2026-03-20 01:10", "2026-03-20 01:20", "2026-03-20 14:00"):
        nightly(now=at(moment))
    assert FiguresMonth.objects.get(jobcenter=cast.office).built_at == at("2026-03-20 01:10")
