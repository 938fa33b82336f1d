"""What changes after a month was frozen stands beside its figures, and the sum is right."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import ForeignKey

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.models import JobCenter, Place
from nahbar.jobcenters.rules import Mode
from nahbar.people.erasing import erase_person
from nahbar.people.models import Client
from nahbar.reporting.figures import Figures, Tally
from nahbar.reporting.models import AppointmentCount, ContactCount, FiguresMonth, PeopleCount
from nahbar.reporting.operations import build_month, build_open_months
from nahbar.reporting.queries import figures, months
from nahbar.scheduling import events
from nahbar.scheduling.changing import note
from nahbar.scheduling.errors import Refused
from nahbar.scheduling.models import Appointment, Contact, ContactType
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import (
    CONTACT_KIND_OF_MODE,
    AppointmentState,
    CancelledBy,
    CancelReason,
    ChangeKind,
    ContactKind,
    NotHeldReason,
    Outcome,
)
from nahbar.scheduling.undo import undo_change
from tests.conftest import Cast
from tests.factories import at, book
from tests.reporting.recount import read, recount
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


@transaction.atomic
def correct_outcome(appointment: Appointment, *, state: AppointmentState, mode: Mode, now: dt.datetime) -> None:
    """As the room below does: the ledger first, then the news."""
    old_outcome, old_mode = appointment.outcome, appointment.mode
    reason = NotHeldReason.OFFICE if state == AppointmentState.NOT_HELD else ""
    appointment.state, appointment.mode, appointment.not_held_reason = state, mode, reason
    appointment.save()
    note(appointment=appointment, kind=ChangeKind.CORRECTED, by=SYSTEM, now=now, old_mode=old_mode)
    contact = Contact.objects.filter(appointment=appointment).first()
    if contact is not None:
        events.contact_removed.send(sender=Contact, contact=contact, by=SYSTEM, now=now)
        contact.delete()
    if state == AppointmentState.HELD:
        enter(appointment.client, CONTACT_KIND_OF_MODE[mode], appointment.starts_at, now=now, appointment=appointment)
    events.outcome_corrected.send(
        sender=Appointment, appointment=appointment, old_outcome=old_outcome, by=SYSTEM, now=now
    )


def enter(client: Client, kind: ContactKind, moment: dt.datetime, *, now: dt.datetime, **fields: object) -> Contact:
    contact = Contact.objects.create(
        jobcenter=client.jobcenter, client=client, kind=kind, at=moment, minutes=12, **fields
    )
    events.contact_entered.send(sender=Contact, contact=contact, by=SYSTEM, now=now)
    return contact


def remove(contact: Contact, *, now: dt.datetime) -> None:
    events.contact_removed.send(sender=Contact, contact=contact, by=SYSTEM, now=now)
    contact.delete()


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
    assert (found.funnel.tried, found.contacts.total, found.travel.trips_of_unknown_length) == (1, 1, 1)
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
    assert (found.total, found.funnel.offered) == (Tally({Outcome.OPEN: 1}), 1)
    undo_change(
        appointment=fresh(march.appointment),
        revision=fresh(march.appointment).revision,
        by=march.desk.actor,
        now=LATE + SOON,
    )
    found = in_march(march.office)
    assert (found.total, found.funnel.offered) == (Tally({Outcome.OPEN: 2}), 2)


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


def test_talk_that_never_was_makes_a_later_one_the_first(cast: Cast) -> None:
    april = book(client=cast.person, staff=cast.owner, starts_at=at("2026-04-14 09:00"), now=at("2026-03-03 09:30"))
    mark_held(appointment=cast.appointment, by=SYSTEM, now=at("2026-03-03 10:40"))
    mark_held(appointment=april, by=SYSTEM, now=at("2026-04-14 09:40"))
    build_open_months(jobcenter=cast.office, now=at("2026-05-10 03:00"))
    month = dt.date(2026, 4, 1)
    assert figures(jobcenter=cast.office, first=month, last=month).funnel.again == 1
    correct_outcome(
        fresh(cast.appointment), state=AppointmentState.NOT_HELD, mode=Mode.VIDEO, now=at("2026-05-11 09:00")
    )
    found = figures(jobcenter=cast.office, first=month, last=month)
    assert (found.funnel.tried, found.funnel.again) == (1, 0)
    assert [standing.corrected_at is not None for standing in months(cast.office)] == [True, True, False]


def test_contact_of_a_type_that_counted_when_it_was_frozen_still_does(cast: Cast) -> None:
    letter = ContactType.objects.create(jobcenter=cast.office, name="Brief", counts=True)
    contact = enter(cast.person, ContactKind.OTHER, at("2026-03-04 09:00"), now=at("2026-03-04 10:00"), own_type=letter)
    build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT)
    ContactType.objects.update(counts=False)
    contact = Contact.objects.get(pk=contact.pk)
    remove(contact, now=LATE)
    found = in_march(cast.office).contacts
    assert (found.total, found.counted) == (0, 0)
    assert list(ContactCount.objects.values_list("counts", "count").order_by("pk")) == [(True, 1), (True, -1)]


def test_kilometres_of_a_late_outcome(march: Cast) -> None:
    place = Place.objects.create(jobcenter=march.office, name="Sulingen", km=14)
    Client.objects.filter(pk=march.person.pk).update(place=place)
    mark_held(appointment=fresh(march.appointment), by=SYSTEM, now=LATE)
    travel = in_march(march.office).travel
    assert (travel.trips, travel.km, travel.trips_of_unknown_length) == (1, 28, 0)


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
    late, chance = LateChanges(office, now), random.Random(3)  # noqa: S311
    for pk in Appointment.objects.filter(starts_at__lt=at("2026-01-01 00:00")).values_list("pk", flat=True):
        late.change(fresh(Appointment(pk=pk)), chance)
    assert late.done >= {"held", "not_held", "cancel", "mistake", "mode", "move", "correct", "undo"}
    for client in Client.objects.filter(jobcenter=office):
        enter(client, ContactKind.TELEPHONE, at("2025-06-30 23:59"), now=now, with_third_party=chance.random() < 0.5)
    for contact in Contact.objects.filter(appointment=None, at__lt=at("2025-04-01 00:00")):
        remove(contact, now=now)
    raw = read("altona", now=now)
    for month in MONTHS:
        found = figures(jobcenter=office, first=month, last=month)
        assert in_plain_words(found) == recount(raw, first=month, last=month, team=None), month
        assert found.months[0].corrected_at is not None


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
            ["correct", ""] if not appointment.is_planned else ["held", "not_held", "cancel", "mistake", "mode", "move"]
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
        state = chance.choice([AppointmentState.HELD, AppointmentState.NOT_HELD])
        correct_outcome(appointment, state=state, mode=chance.choice(list(Mode)), now=self.now)

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
    assert (found.contacts.total, found.funnel.tried) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_first_build_and_outcome_at_the_same_moment_count_once(cast: Cast) -> None:
    at_once(
        lambda: build_month(jobcenter=cast.office, month=MARCH, now=FROZEN_AT),
        lambda: mark_held(appointment=fresh(cast.appointment), by=SYSTEM, now=FROZEN_AT),
    )
    assert in_march(cast.office).total == Tally({Outcome.OPEN: 1, Outcome.HELD: 1})
