"""The fixed cast, and a moment they all live in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine

from nahbar.invitations.models import Invitation
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from tests.factories import at, book, desk_of, invitation_for, make_client, make_office, make_staff
from tests.lines.line import Line, missing
from tests.servers import LiveKitServer


@pytest.fixture
def now() -> dt.datetime:
    """A Tuesday morning, half past nine in Berlin; the time itself goes on (see `frozen`)."""
    return at("2026-03-03 09:30")


@pytest.fixture
def frozen(now: dt.datetime) -> Iterator[time_machine.Traveller]:
    """For views, which ask the clock themselves: it stands still at `now` until it is moved."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@dataclass(frozen=True)
class Cast:
    """Who is who. `owner` holds the appointment of `person`."""

    office: JobCenter
    other_office: JobCenter
    owner: StaffMember
    colleague: StaffMember
    teammate: StaffMember
    stranger: StaffMember
    guide: StaffMember
    team_lead: StaffMember
    administrator: StaffMember
    foreign_administrator: StaffMember
    person: Client
    other_person: Client
    foreign_person: Client
    appointment: Appointment
    other_appointment: Appointment
    invitation: Invitation
    other_invitation: Invitation

    @property
    def desk(self) -> Desk:
        """The owner at work."""
        return desk_of(self.owner, self.office)


@pytest.fixture
def cast(db: None, now: dt.datetime) -> Cast:
    """Two offices and everybody in them.

    `owner` and `teammate` are of team 1, `colleague` of team 2, `stranger` of another office;
    `person` is the owner's client with a video appointment at 10:00, `other_person` of team 2 with one
    of the colleague's at 11:00.
    """
    office, other_office = make_office("altona"), make_office("bergedorf")
    team_2 = office.teams.get(name="Team 2")
    owner = make_staff(office, first_name="Inga", last_name="Petersen")
    colleague = make_staff(office, team=team_2, first_name="Jonas", last_name="Brandt")
    person = make_client(office, first_name="Elif", last_name="Kaya")
    other_person = make_client(office, team_2, first_name="Amir", last_name="Rahimi")
    appointment = book(client=person, staff=owner, starts_at=now + dt.timedelta(minutes=30), now=now)
    other_appointment = book(client=other_person, staff=colleague, starts_at=now + dt.timedelta(minutes=90), now=now)
    return Cast(
        office=office,
        other_office=other_office,
        owner=owner,
        colleague=colleague,
        teammate=make_staff(office, first_name="Mara", last_name="Vogt"),
        stranger=make_staff(other_office, first_name="Sven", last_name="Lorenz"),
        guide=make_staff(office, Role.GUIDE, first_name="Tom", last_name="Lohse"),
        team_lead=make_staff(office, Role.TEAM_LEAD, first_name="Karin", last_name="Behrens"),
        administrator=make_staff(office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase"),
        foreign_administrator=make_staff(other_office, Role.ADMINISTRATOR, first_name="Rita", last_name="Clasen"),
        person=person,
        other_person=other_person,
        foreign_person=make_client(other_office, first_name="Olga", last_name="Petrenko"),
        appointment=appointment,
        other_appointment=other_appointment,
        invitation=invitation_for(appointment),
        other_invitation=invitation_for(other_appointment),
    )


@pytest.fixture(scope="session")
def media_server() -> Iterator[LiveKitServer]:
    """One LiveKit for all tests that do not end it."""
    with LiveKitServer() as server:
        yield server


def use_media(settings: Any, server: LiveKitServer) -> None:
    """Points the application at `server`."""
    for name, value in server.environment.items():
        setattr(settings, name, value)


@pytest.fixture
def media(settings: Any, media_server: LiveKitServer) -> LiveKitServer:
    """The application talks to the real media server."""
    use_media(settings, media_server)
    return media_server


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    """A poor line between two ends, where this machine can make one."""
    reason = missing()
    if reason:
        pytest.skip(f"no poor line here: {reason}")
    with Line() as running:
        yield running


# What other processes have to do with: two cores carry browsers, media, mail and databases at once.
SERVERS = {"media", "media_server", "line", "stack"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come last: their stack's worker and clock work on the suite's own database until the end.

    What stands on other processes may be tried once more, and the summary counts and names it: what such a machine
    delays is no fault of the product. What fails twice fails.
    """
    items.sort(key=_is_journey)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if _is_journey(item) or item.get_closest_marker("slow") or fixtures & SERVERS:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What failed at its first try is shown although its second passed: else nobody would ever learn why."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.write_sep("=", f"first try of {report.nodeid}", yellow=True)
        terminalreporter.write_line(report.longreprtext)


def _is_journey(item: pytest.Item) -> bool:
    return item.get_closest_marker("journey") is not None
