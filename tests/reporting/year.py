"""An office's year with everything that can be in one, the same each time: raw rows, put in without any operation."""

from __future__ import annotations

import calendar
import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nahbar.audit.nightly import count_anew
from nahbar.consent.models import Consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import ConsentState, Purpose, Route
from nahbar.invitations.models import Device, Invitation
from nahbar.invitations.rules import CheckResult
from nahbar.jobcenters.models import JobCenter, Place, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.people.rules import Language
from nahbar.scheduling.models import Appointment, CallTask, Contact, ContactType, Participation, Topic
from nahbar.scheduling.rules import (
    BERLIN,
    CONTACT_KIND_OF_MODE,
    AppointmentState,
    CancelledBy,
    CancelReason,
    ContactKind,
    NotHeldReason,
    ParticipationRole,
)
from tests.factories import at, make_client, make_office, make_staff

YEAR = 2025
MONTHS = [dt.date(YEAR, number, 1) for number in range(1, 13)]
# In January: December can still change, and something is still to come.
NOW = at("2026-01-05 10:00")
FIRST, LAST = at("2024-12-27 08:00"), at("2026-01-15 18:00")
# Counsellors of each team. The fourth always is small, the fifth works in spring only, the sixth never does.
TEAMS = {"Team 1": 5, "Team 2": 4, "Team 3": 3, "Team 4": 2, "Team 5": 3, "Team 6": 0}
SPRING = range(3, 7)
CLOCK_CHANGES = ("2025-03-30 01:59", "2025-03-30 03:00", "2025-10-26 01:30", "2025-10-26 02:30", "2025-10-26 03:00")
MARGINS = (
    dt.timedelta(),
    dt.timedelta(seconds=1),
    dt.timedelta(hours=2),
    dt.timedelta(hours=24) - dt.timedelta(seconds=1),
    dt.timedelta(hours=24),
    dt.timedelta(hours=24, seconds=1),
    dt.timedelta(days=4),
    -dt.timedelta(hours=3),
)


@dataclass
class Year:
    """The office while it is filled."""

    office: JobCenter
    chance: random.Random
    staff: dict[int, list[StaffMember]]
    clients: list[Client]
    topics: list[Topic]
    types: list[ContactType]

    def one_of(self, things: Any) -> Any:
        """Any of these."""
        return self.chance.choice(list(things))

    def happens(self, share: float) -> bool:
        """True so often."""
        return self.chance.random() < share


def make_year(slug: str, *, seed: int, appointments: int, **fields: Any) -> JobCenter:
    """The office, filled."""
    office = make_office(slug, **fields)
    for name in list(TEAMS)[2:]:
        Team.objects.create(jobcenter=office, name=name)
    Topic.objects.create(jobcenter=office, name="Ankommen")
    teams = list(Team.objects.filter(jobcenter=office))
    year = Year(
        office=office,
        chance=random.Random(seed),  # noqa: S311
        staff={team.pk: [make_staff(office, team=team) for _ in range(TEAMS[team.name])] for team in teams},
        clients=[],
        topics=list(office.topics.all()),
        types=[
            ContactType.objects.create(jobcenter=office, name="Brief", counts=False),
            ContactType.objects.create(jobcenter=office, name="Hausbesuch"),
        ],
    )
    _people(year, teams)
    _talks(year, [team for team in teams if year.staff[team.pk]], appointments)
    _contacts(year, appointments // 3)
    _calls(year, appointments // 10)
    # As every night: a planner that takes a year for empty tables reads it row by row.
    count_anew()
    return office


def _people(year: Year, teams: list[Team]) -> None:
    names = [("Sulingen", 7), ("Nienburg", 23), ("Syke", 0)]
    places = [Place.objects.create(jobcenter=year.office, name=name, km=km) for name, km in names]
    text = current_text(language=Language.GERMAN, jobcenter=year.office)
    for team in teams:
        for _ in range(8 if year.staff[team.pk] else 1):
            made = min(NOW - dt.timedelta(days=1), year.one_of([FIRST - dt.timedelta(days=99), _moment(year)]))
            client = make_client(year.office, team, place=year.one_of([None, *places]), created_at=made)
            year.clients.append(client)
            state = year.one_of([None, ConsentState.GIVEN, ConsentState.GIVEN, ConsentState.WITHDRAWN])
            if state:
                Consent.objects.create(
                    client=client,
                    purpose=Purpose.VIDEO_COUNSELLING,
                    state=state,
                    text=text,
                    text_sha256=text.sha256,
                    language=Language.GERMAN,
                    route=Route.TAP,
                    given_at=made,
                )


def _moment(year: Year) -> dt.datetime:
    """At any time of the year, often where months, days and clocks change."""
    dice = year.chance.random()
    if dice < 0.05:
        return at(year.one_of(CLOCK_CHANGES))
    if dice < 0.15:
        month = year.one_of(MONTHS)
        last = calendar.monthrange(YEAR, month.month)[1]
        return at(year.one_of([f"{month:%Y-%m}-01 00:00", f"{month:%Y-%m}-{last} 23:59", f"{month:%Y-%m}-01 00:01"]))
    minutes = int((LAST - FIRST) / dt.timedelta(minutes=1))
    return FIRST + dt.timedelta(minutes=year.chance.randrange(minutes))


def _talks(year: Year, teams: list[Team], count: int) -> None:
    for _ in range(count):
        client, team, starts_at = year.one_of(year.clients), year.one_of(teams), _moment(year)
        if team.name == "Team 5" and starts_at.astimezone(BERLIN).month not in SPRING:
            continue
        if year.happens(0.8) and year.staff[client.team_id]:
            team = client.team
        length = dt.timedelta(minutes=year.one_of([5, 20, 30, 45, 60]))
        appointment = Appointment.objects.create(
            jobcenter=year.office,
            team=team,
            topic=year.one_of(year.topics),
            mode=year.one_of([*Mode, Mode.VIDEO, Mode.VIDEO]),
            starts_at=starts_at,
            ends_at=starts_at + length,
            created_at=starts_at - dt.timedelta(days=9),
            **_outcome(year, starts_at),
        )
        # Inactive: so they may lie across each other, which is nothing to the figures.
        span: dict[str, Any] = {"starts_at": starts_at, "ends_at": starts_at + length, "is_active": False}
        held_by = year.one_of(year.staff[team.pk])
        Participation.objects.create(appointment=appointment, role=ParticipationRole.COUNSELLOR, staff=held_by, **span)
        one = Participation.objects.create(
            appointment=appointment, role=ParticipationRole.CLIENT, client=client, **span
        )
        if appointment.is_video and year.happens(0.6):
            _device(year, one)
        if appointment.state == AppointmentState.HELD and year.happens(0.9):
            _contact_of(year, appointment, client)


def _outcome(year: Year, starts_at: dt.datetime) -> dict[str, Any]:
    states = [AppointmentState.HELD] * 6 + [AppointmentState.NOT_HELD] * 2 + list(AppointmentState)
    state = year.one_of(states)
    if state == AppointmentState.NOT_HELD:
        return {"state": state, "not_held_reason": year.one_of(["", *NotHeldReason])}
    if state != AppointmentState.CANCELLED:
        return {"state": state}
    return {
        "state": state,
        "cancelled_by": year.one_of(CancelledBy),
        "cancel_reason": year.one_of(CancelReason),
        "cancelled_at": year.one_of([None, *(starts_at - margin for margin in MARGINS)]),
    }


def _device(year: Year, participation: Participation) -> None:
    invitation = Invitation.objects.create(
        participation=participation, generation=year.one_of([1, 1, 2]), issued_at=participation.starts_at
    )
    for number in range(year.one_of([1, 1, 2])):
        Device.objects.create(
            invitation=invitation,
            key_hash=f"{participation.pk}-{number}",
            generation=year.one_of([1, 2]),
            opened_at=participation.starts_at,
            seen_at=participation.starts_at,
            proven_at=year.one_of([None, participation.starts_at, participation.starts_at]),
            checks={"microphone": year.one_of([*CheckResult, CheckResult.OK]).value},
        )


def _contact_of(year: Year, appointment: Appointment, client: Client) -> None:
    Contact.objects.create(
        jobcenter=year.office,
        team=appointment.team,
        client=client,
        # Some have moved since.
        km=year.one_of([client.place.km if client.place else None, client.place.km if client.place else None, 5, None]),
        appointment=appointment,
        kind=CONTACT_KIND_OF_MODE[Mode(appointment.mode)],
        at=appointment.starts_at,
        minutes=year.chance.randrange(1, 90),
        with_third_party=year.happens(0.2),
    )


def _contacts(year: Year, count: int) -> None:
    for _ in range(count):
        kind, client = year.one_of(ContactKind), year.one_of(year.clients)
        Contact.objects.create(
            jobcenter=year.office,
            # Some were in another team then.
            team=client.team if year.happens(0.8) else year.one_of(year.clients).team,
            client=client,
            kind=kind,
            own_type=year.one_of(year.types) if kind == ContactKind.OTHER else None,
            at=_moment(year),
            minutes=year.chance.randrange(1, 90),
            with_third_party=year.happens(0.2),
        )


def _calls(year: Year, count: int) -> None:
    anybody = [staff for of_team in year.staff.values() for staff in of_team]
    for _ in range(count):
        made = _moment(year)
        CallTask.objects.create(
            jobcenter=year.office,
            client=year.one_of(year.clients),
            topic=year.one_of(year.topics),
            for_staff=year.one_of(anybody),
            wanted_at=made,
            minutes=30,
            booking_key=uuid.uuid4(),
            created_at=made,
        )


def periods() -> Iterator[tuple[dt.date, dt.date]]:
    """Every first and last month of the year."""
    return ((first, last) for number, first in enumerate(MONTHS) for last in MONTHS[number:])
