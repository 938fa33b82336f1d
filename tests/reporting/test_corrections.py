"""What changes after a month was frozen stands beside its figures, and the sum is right."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.models import JobCenter, Place, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.erasing import erase_person
from nahbar.people.models import Client
from nahbar.people.queries import Desk
from nahbar.reporting.figures import Figures, Tally, TravelFigures
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount
from nahbar.reporting.operations import build_month, build_open_months
from nahbar.reporting.queries import figures, months
from nahbar.scheduling.contacts import Entry, enter_contact, mark_third_party, remove_contact
from nahbar.scheduling.errors import Refused
from nahbar.scheduling.models import Appointment, Contact, ContactType
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.outcomes import Correction, correct_outcome, mark_held, mark_not_held, modes_it_had
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import (
    AppointmentState,
    CancelledBy,
    CancelReason,
    ContactKind,
    NotHeldReason,
    Outcome,
)
from nahbar.scheduling.undo import undo_change
from tests.conftest import Cast
from tests.factories import at, desk_of, make_staff
from tests.reporting.recount import read, recount, shown_teams, topics_apart
from tests.reporting.test_recount import in_plain_words
from tests.reporting.year import MONTHS, make_year
from tests.scheduling.together import at_once

MARCH = dt.date(2026, 3, 1)
FROZEN_AT, LATE = at("2026-04-10 03:00"), at("2026-04-20 09:00")
SOON = dt.timedelta(seconds=20)


@pytest.fixture
def march(cast: Cast) -> Cast:
    """March is frozen with two video appointments that nobody gave an outcome."""
    assert build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT) == "frozen"
    return cast


def in_march(office: JobCenter) -> Figures:
    return figures(jobcenter=office, first=MARCH, last=MARCH)


def fresh(appointment: Appointment) -> Appointment:
    return with_people(Appointment.objects.all()).get(pk=appointment.pk)


def correct(appointment: Appointment, correction: Correction, *, now: dt.datetime = LATE) -> bool:
    """By whoever sees how it stands now."""
    there = fresh(appointment)
    return correct_outcome(appointment=there, correction=correction, revision=there.revision, by=SYSTEM, now=now)


def enter(desk: Desk, client: Client, kind: ContactKind, moment: dt.datetime, **fields: Any) -> Contact:
    """Late, by somebody who has seen what looks alike."""
    alike = {*Contact.objects.values_list("public_id", flat=True)}
    alike |= {*Appointment.objects.values_list("public_id", flat=True)}
    fresh_client = Client.objects.get(pk=client.pk)
    entry = Entry(fresh_client, kind, uuid.uuid4(), at=moment, **fields)
    return enter_contact(desk=desk, entry=entry, now=LATE, despite=alike)


def put_in(client: Client, *, team: Team | None = None, place: Place | None = None) -> None:
    """They live elsewhere now, or somebody else looks after them."""
    Client.objects.filter(pk=client.pk).update(team=team or client.team, place=place)


# --- one by one ----------------------------------------------------------------------------------


def test_outcome_of_a_frozen_month_stands_beside_its_figures(march: Cast) -> None:
    frozen = list(AppointmentCount.objects.order_by("pk").values())
    mark_held(appointment=march.appointment, by=march.desk.actor, now=LATE, minutes=21)
    assert list(AppointmentCount.objects.filter(is_correction=False).order_by("pk").values()) == frozen
    added = AppointmentCount.objects.filter(is_correction=True)
    assert set(added.values_list("outcome", "count", "planned_minutes", "timed", "minutes")) == {
        (Outcome.OPEN, -1, -30, 0, 0),
        (Outcome.HELD, 1, 30, 1, 21),
    }
    found = in_march(march.office)
    assert found.total == Tally({Outcome.OPEN: 1, Outcome.HELD: 1})
    assert (found.contacts.total, found.travel.trips_of_unknown_length) == (1, 1)
    [standing] = months(march.office)
    assert (standing.is_frozen, standing.built_at, standing.corrected_at) == (True, FROZEN_AT, LATE)


def test_outcome_before_the_freeze_is_no_correction(cast: Cast) -> None:
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-05 03:00"))
    mark_held(appointment=cast.appointment, by=cast.desk.actor, now=at("2026-04-05 09:00"))
    assert not AppointmentCount.objects.filter(is_correction=True).exists()
    build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT)
    assert in_march(cast.office).total == Tally({Outcome.OPEN: 1, Outcome.HELD: 1})
    assert months(cast.office)[0].corrected_at is None


def test_corrections_of_a_cell_are_one_row(march: Cast) -> None:
    for appointment in (march.appointment, march.other_appointment):
        Appointment.objects.filter(pk=appointment.pk).update(team=march.person.team)
        mark_not_held(appointment=fresh(appointment), reason=NotHeldReason.TECHNICAL, by=SYSTEM, now=LATE)
    added = AppointmentCount.objects.filter(is_correction=True, team=march.person.team, outcome=Outcome.TECHNICAL)
    assert [row.count for row in added] == [2]


def test_mistake_found_after_the_freeze_is_in_nothing(march: Cast) -> None:
    office, reason = CancelledBy.OFFICE, CancelReason.MISTAKE
    cancel_appointment(appointment=march.appointment, cancelled_by=office, by=march.desk.actor, now=LATE, reason=reason)
    found = in_march(march.office)
    assert found.total == Tally({Outcome.OPEN: 1})
    undo_change(
        appointment=fresh(march.appointment),
        revision=fresh(march.appointment).revision,
        by=march.desk.actor,
        now=LATE + SOON,
    )
    assert in_march(march.office).total == Tally({Outcome.OPEN: 2})


def test_move_out_of_a_frozen_month_and_back_leaves_its_figures(march: Cast) -> None:
    before = in_march(march.office)
    move_appointment(
        appointment=march.appointment, starts_at=at("2026-04-22 09:00"), minutes=45, by=march.desk.actor, now=LATE
    )
    assert in_march(march.office).total == Tally({Outcome.OPEN: 1})
    moved = fresh(march.appointment)
    undo_change(appointment=moved, revision=moved.revision, by=march.desk.actor, now=LATE + SOON)
    after = in_march(march.office)
    assert (after.total, after.funnel) == (before.total, before.funnel)


def test_steps_of_a_frozen_month_stay_whatever_is_corrected(cast: Cast) -> None:
    mark_held(appointment=cast.appointment, by=SYSTEM, now=at("2026-03-03 10:40"))
    build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT)
    frozen = in_march(cast.office).funnel
    put_in(cast.person, team=cast.other_person.team)
    correct(cast.appointment, Correction(Mode.VIDEO, NotHeldReason.OFFICE))
    mistake, office = CancelReason.MISTAKE, CancelledBy.OFFICE
    cancel_appointment(appointment=cast.other_appointment, cancelled_by=office, by=SYSTEM, now=LATE, reason=mistake)
    found = in_march(cast.office)
    assert (found.funnel, found.travel.trips) == (frozen, 0)
    assert (frozen.offered, frozen.tried) == (2, 1)


def test_steps_that_are_not_part_of_the_one_before_are_refused_by_the_database(march: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PeopleCount.objects.filter(month__month=MARCH).update(chosen=-1)
    with pytest.raises(IntegrityError), transaction.atomic():
        PeopleCount.objects.filter(month__month=MARCH).update(tried=9)


def test_minutes_of_a_frozen_month_are_corrected_by_themselves(march: Cast) -> None:
    mark_held(appointment=march.appointment, by=SYSTEM, now=LATE, minutes=21)
    assert correct(march.appointment, Correction(Mode.VIDEO, minutes=44))
    video = in_march(march.office).lengths[0]
    assert (video.held, video.planned_minutes, video.minutes) == (1, 30.0, 44.0)
    assert in_march(march.office).total == Tally({Outcome.OPEN: 1, Outcome.HELD: 1})


def test_talk_that_was_by_telephone_saved_no_way(cast: Cast) -> None:
    put_in(cast.person, place=Place.objects.create(jobcenter=cast.office, name="Sulingen", km=14))
    mark_held(appointment=fresh(cast.appointment), by=SYSTEM, now=at("2026-03-03 10:40"), minutes=21)
    build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT)
    assert in_march(cast.office).travel == TravelFigures(trips=1, km=28, trips_of_unknown_length=0)
    put_in(cast.person, place=Place.objects.create(jobcenter=cast.office, name="Nienburg", km=40))
    assert correct(cast.appointment, Correction(Mode.TELEPHONE))
    found = in_march(cast.office)
    assert found.travel == TravelFigures(trips=0, km=0, trips_of_unknown_length=0)
    assert [(row.held, row.minutes) for row in found.lengths[:2]] == [(0, None), (1, 21.0)]
    assert {row.kind: row.count for row in found.contacts.rows if row.count} == {ContactKind.TELEPHONE: 1}


def test_kilometres_of_a_late_outcome_are_of_its_day(march: Cast) -> None:
    put_in(march.person, place=Place.objects.create(jobcenter=march.office, name="Sulingen", km=14))
    mark_held(appointment=fresh(march.appointment), by=SYSTEM, now=LATE)
    assert in_march(march.office).travel == TravelFigures(trips=1, km=28, trips_of_unknown_length=0)
    put_in(march.person)
    correct(march.appointment, Correction(Mode.VIDEO, NotHeldReason.TECHNICAL))
    assert in_march(march.office).travel == TravelFigures(trips=0, km=0, trips_of_unknown_length=0)


def test_contact_of_somebody_who_changed_teams_goes_where_it_was_counted(cast: Cast) -> None:
    Client.objects.update(created_at=at("2026-02-02 09:00"))
    contact = enter(cast.desk, cast.person, ContactKind.TELEPHONE, at("2026-03-04 09:00"))
    build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT)
    put_in(cast.person, team=cast.other_person.team)
    there = Contact.objects.get(pk=contact.pk)
    assert mark_third_party(desk=cast.desk, contact=there, present=True, now=LATE)
    assert in_march(cast.office).contacts.rows[1].with_third_party == 1
    assert remove_contact(desk=cast.desk, contact=there, now=LATE)
    assert set(ContactCount.objects.values_list("team", flat=True)) == {cast.person.team_id}
    assert [(row.count, row.with_third_party) for row in in_march(cast.office).contacts.rows] == [(0, 0)] * 4


def test_contact_of_a_type_that_counted_when_it_was_frozen_still_does(cast: Cast) -> None:
    Client.objects.update(created_at=at("2026-02-02 09:00"))
    letter = ContactType.objects.create(jobcenter=cast.office, name="Brief", counts=True)
    contact = enter(cast.desk, cast.person, ContactKind.OTHER, at("2026-03-04 09:00"), own_type=letter)
    build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT)
    ContactType.objects.update(counts=False)
    assert remove_contact(desk=cast.desk, contact=contact, now=LATE)
    found = in_march(cast.office).contacts
    assert (found.total, found.counted) == (0, 0)
    assert list(ContactCount.objects.values_list("counts", "count").order_by("pk")) == [(True, 1), (True, -1)]


def test_type_that_is_changed_between_entering_and_removing_leaves_nothing(march: Cast) -> None:
    Client.objects.update(created_at=at("2026-02-02 09:00"))
    letter = ContactType.objects.create(jobcenter=march.office, name="Brief", counts=True)
    contact = enter(march.desk, march.person, ContactKind.OTHER, at("2026-03-04 09:00"), own_type=letter)
    ContactType.objects.update(counts=False)
    assert remove_contact(desk=march.desk, contact=contact, now=LATE)
    found = in_march(march.office).contacts
    assert (found.total, found.counted, len(found.rows)) == (0, 0, 4)


def test_erasing_somebody_changes_no_frozen_month(march: Cast) -> None:
    mark_held(appointment=march.appointment, by=SYSTEM, now=LATE)
    before = in_march(march.office)
    assert erase_person(client=march.person, by=SYSTEM, why="restored", now=LATE)
    assert build_month(jobcenter=march.office, month=MARCH, now=LATE) == "left"
    assert in_march(march.office) == before


def test_no_row_of_a_figure_names_anybody(march: Cast) -> None:
    mark_held(appointment=march.appointment, by=SYSTEM, now=LATE)
    for model in (FiguresMonth, AppointmentCount, ContactCount, PeopleCount):
        fields = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
        targets = {field.related_model._meta.label for field in fields}
        assert targets <= {
            "jobcenters.JobCenter",
            "jobcenters.Team",
            "scheduling.Topic",
            "scheduling.ContactType",
            "reporting.FiguresMonth",
        }


# --- all of them ---------------------------------------------------------------------------------


def test_a_year_of_late_changes_agrees_with_a_recount(db: None) -> None:
    office, now = make_year("altona", seed=7, appointments=500), at("2026-03-15 12:00")
    build_open_months(jobcenter=office, now=now)
    frozen = read("altona", now=now)
    chance = random.Random(3)  # noqa: S311
    teams = list(office.teams.all())
    for client in Client.objects.filter(jobcenter=office).order_by("pk"):
        put_in(client, team=chance.choice(teams), place=chance.choice([None, *office.places.all()]))
    late = LateChanges(office, now)
    for pk in Appointment.objects.filter(starts_at__lt=at("2026-01-01 00:00")).values_list("pk", flat=True):
        late.change(fresh(Appointment(pk=pk)), chance)
    assert late.done >= {"held", "not_held", "cancel", "mistake", "mode", "move", "correct", "minutes", "undo"}
    _change_ledger(office, teams, chance, now=now)
    raw, compared = read("altona", now=now), 0
    apart = topics_apart(frozen, now=now)
    for month in MONTHS:
        for team in (None, *shown_teams(frozen, first=month, last=month, now=now)):
            found = figures(jobcenter=office, first=month, last=month, team=team)
            before = recount(frozen, first=month, last=month, team=team, apart=apart)
            # Who was there and how far they came stays as it was frozen.
            expected = recount(raw, first=month, last=month, team=team, apart=apart)
            expected |= {name: before[name] for name in ("person_months", "funnel")}
            assert in_plain_words(found) == expected, (month, team)
            assert found.months[0].corrected_at is not None
            compared += 1
    assert compared > 2 * len(MONTHS)


def _change_ledger(office: JobCenter, teams: list[Team], chance: random.Random, *, now: dt.datetime) -> None:
    """Entered late, marked late, and taken out."""
    desks = {team.pk: desk_of(make_staff(office, team=team), office) for team in teams}
    for client in Client.objects.filter(jobcenter=office, created_at__lt=at("2025-06-01 00:00")).order_by("pk"):
        third = chance.random() < 0.5
        moment = at("2025-06-30 23:59")
        enter(desks[client.team_id], client, ContactKind.TELEPHONE, moment, with_third_party=third)
    for contact in Contact.objects.filter(jobcenter=office).select_related("client").order_by("pk"):
        desk = desks[contact.client.team_id]
        if contact.appointment_id is None and contact.at < at("2025-04-01 00:00"):
            assert remove_contact(desk=desk, contact=contact, now=now)
        elif chance.random() < 0.2:
            assert mark_third_party(desk=desk, contact=contact, present=not contact.with_third_party, now=now)


class LateChanges:
    """Everything that can happen to an appointment whose month is frozen, by the real operations."""

    def __init__(self, office: JobCenter, now: dt.datetime) -> None:
        self.office, self.now = office, now
        self.done: set[str] = set()

    def change(self, appointment: Appointment, chance: random.Random) -> None:
        """One change; one that is refused changes nothing."""
        if appointment.is_cancelled:
            return
        ways = (
            ["correct", "minutes", ""]
            if not appointment.is_planned
            else ["held", "not_held", "cancel", "mistake", "mode", "move"]
        )
        way = chance.choice(ways)
        mode = chance.choice([mode for mode in Mode if mode != appointment.mode])
        works: dict[str, Callable[[], object]] = {
            "": lambda: None,
            "held": lambda: mark_held(appointment=appointment, by=SYSTEM, now=self.now, minutes=17),
            "not_held": lambda: mark_not_held(
                appointment=appointment, reason=chance.choice(list(NotHeldReason)), by=SYSTEM, now=self.now
            ),
            "cancel": lambda: self._cancel(appointment, CancelReason.NOT_SAID),
            "mistake": lambda: self._cancel(appointment, CancelReason.MISTAKE),
            "mode": lambda: switch_mode(
                appointment=appointment, mode=mode, by=SYSTEM, now=self.now, despite_policy=True
            ),
            "move": lambda: self._move(appointment, chance),
            "correct": lambda: self._correct(appointment, chance),
            "minutes": lambda: self._say_minutes(appointment, chance),
        }
        try:
            with transaction.atomic():
                works[way]()
                self.done.add(way)
            if way in {"cancel", "mistake", "mode", "move"} and chance.random() < 0.5:
                self._undo(fresh(appointment))
        except Refused:
            return

    def _cancel(self, appointment: Appointment, reason: CancelReason) -> None:
        cancel_appointment(
            appointment=appointment, cancelled_by=CancelledBy.CLIENT, by=SYSTEM, now=self.now, reason=reason
        )

    def _move(self, appointment: Appointment, chance: random.Random) -> None:
        starts_at = self.now + dt.timedelta(hours=chance.randrange(1, 2000))
        move_appointment(appointment=appointment, starts_at=starts_at, minutes=25, by=SYSTEM, now=self.now)

    def _correct(self, appointment: Appointment, chance: random.Random) -> None:
        mode = chance.choice(modes_it_had(appointment))
        reason = chance.choice([None, None, *NotHeldReason])
        correct(appointment, Correction(mode, reason, None if reason else 33), now=self.now)

    def _say_minutes(self, appointment: Appointment, chance: random.Random) -> None:
        if appointment.state == AppointmentState.HELD:
            correct(appointment, Correction(Mode(appointment.mode), minutes=chance.randrange(1, 90)), now=self.now)

    def _undo(self, appointment: Appointment) -> None:
        with transaction.atomic():
            undo_change(appointment=appointment, revision=appointment.revision, by=SYSTEM, now=self.now + SOON)
            self.done.add("undo")


# --- at the same moment --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", range(4))
def test_outcome_and_freeze_at_the_same_moment_count_once(cast: Cast, _time: int) -> None:
    build_month(jobcenter=cast.office, month=MARCH, now=at("2026-04-05 03:00"))
    at_once(
        lambda: build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT),
        lambda: mark_held(appointment=fresh(cast.appointment), by=SYSTEM, now=FROZEN_AT),
        lambda: mark_not_held(
            appointment=fresh(cast.other_appointment), reason=NotHeldReason.NOT_REACHED, by=SYSTEM, now=FROZEN_AT
        ),
        lambda: build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT),
    )
    found = in_march(cast.office)
    assert found.total == Tally({Outcome.HELD: 1, Outcome.CLIENT: 1})
    assert found.contacts.total == 1


@pytest.mark.django_db(transaction=True)
def test_first_build_and_outcome_at_the_same_moment_count_once(cast: Cast) -> None:
    at_once(
        lambda: build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT),
        lambda: mark_held(appointment=fresh(cast.appointment), by=SYSTEM, now=FROZEN_AT),
    )
    assert in_march(cast.office).total == Tally({Outcome.OPEN: 1, Outcome.HELD: 1})
