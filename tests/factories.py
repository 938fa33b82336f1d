"""Offices, people and appointments for tests, made by the real operations wherever there is one."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from contextlib import suppress
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from nahbar.audit.retention import Rule
from nahbar.calls.operations import join_as_counsellor
from nahbar.calls.second_device import offer_code
from nahbar.calls.sfu import MediaUnavailable
from nahbar.invitations.links import secret_of
from nahbar.invitations.models import Invitation
from nahbar.invitations.queries import invitation_of
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.models import Client, Membership, StaffMember
from nahbar.people.queries import Desk, access_desk
from nahbar.people.rules import Salutation
from nahbar.people.search import index_clients
from nahbar.scheduling.meetings import MeetingWish, book_meeting
from nahbar.scheduling.models import Appointment, Meeting, Topic, VideoChannel
from nahbar.scheduling.operations import Wish, book_appointment
from nahbar.scheduling.rules import BERLIN, AgreedBy, MeetingKind
from nahbar.scheduling.weeks import Held, held_between

PASSWORD = "ein langes Kennwort für Tests"
_numbers = itertools.count(1)


def at(text: str) -> dt.datetime:
    """A moment as the clock in the office shows it: `at("2026-03-03 09:30")`."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(dt.UTC)


def make_office(slug: str, *, channels: int = 2, **fields: Any) -> JobCenter:
    """An office with two teams, two topics and channels."""
    values: dict[str, Any] = {
        "name": f"Jobcenter {slug.title()}",
        "phone": "+494066969100",
        "phone_display": "040 66969-100",
        "email": f"{slug}@example.org",
        "city": "Hamburg",
        # The second factor has tests of its own.
        "requires_second_factor": False,
    }
    office = JobCenter.objects.create(slug=slug, **{**values, **fields})
    for name in ("Team 1", "Team 2"):
        Team.objects.create(jobcenter=office, name=name)
    Topic.objects.create(jobcenter=office, name="Berufliche Ziele", allows_outreach_visit=True)
    Topic.objects.create(jobcenter=office, name="Unterlagen vorlegen", allows_video=False)
    for number in range(1, channels + 1):
        VideoChannel.objects.create(jobcenter=office, number=number)
    return office


def make_staff(office: JobCenter, role: Role = Role.COUNSELLOR, team: Team | None = None, **fields: Any) -> StaffMember:
    """An account with one role in one office; without `team` in its first one."""
    number = next(_numbers)
    values: dict[str, Any] = {"salutation": Salutation.FRAU, "first_name": "Inga", "last_name": f"Petersen{number}"}
    # Mails to counsellors' calendars have tests of their own; elsewhere the mail that counts is the client's.
    values |= {"email": f"staff{number}@example.org", "gets_calendar_mails": False}
    values |= {"offers_video": True, **fields}
    staff = StaffMember.objects.create_user(password=PASSWORD, **values)
    return join_office(staff, office, role, team)


def join_office(
    staff: StaffMember, office: JobCenter, role: Role = Role.COUNSELLOR, team: Team | None = None
) -> StaffMember:
    """One more role for somebody who has an account."""
    if team is None and role in {Role.COUNSELLOR, Role.TEAM_LEAD}:
        team = office.teams.get(name="Team 1")
    Membership.objects.create(staff=staff, jobcenter=office, team=team, role=role)
    return staff


def make_client(office: JobCenter, team: Team | None = None, **fields: Any) -> Client:
    """A client with an address, born on 17 April; without `team` of the office's first one."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "salutation": Salutation.FRAU,
        "first_name": "Elif",
        "last_name": f"Kaya{number}",
    }
    values |= {"number": f"123A{number:06}", "birth_date": dt.date(1990, 4, 17)}
    values |= {"email": f"client{number}@example.org", "phone_display": "0176 1234567"}
    team = team or office.teams.get(name="Team 1")
    client: Client = Client.objects.create(jobcenter=office, team=team, **{**values, **fields})
    index_clients([client])
    return client


def forget(rule: Rule, *, now: dt.datetime) -> int:
    """Carries one retention rule out to its end; returns how many rows went."""
    count = 0
    while tallies := rule.delete(now=now, limit=rule.batch):
        count += sum(tally.count for tally in tallies.values())
    return count


def desk_of(staff: StaffMember, office: JobCenter, now: dt.datetime | None = None) -> Desk:
    """The desk of somebody in an office; `now` matters to deputies only."""
    return access_desk(staff=staff, office=office.slug, now=now or timezone.now())


def day_of(desk: Desk, day: dt.date) -> Held:
    """What the desk's own staff member has on a day."""
    return held_between(desk=desk, staff=[desk.staff], first=day, last=day)[desk.staff.pk, day]


def topic_of(office: JobCenter) -> Topic:
    """The topic that allows every mode."""
    return Topic.objects.get(jobcenter=office, name="Berufliche Ziele")


def make_wish(*, client: Client, staff: StaffMember, starts_at: dt.datetime, **changes: Any) -> Wish:
    """A video appointment of half an hour, agreed by phone, unless `changes` say otherwise."""
    values: dict[str, Any] = {"topic": None, "mode": Mode.VIDEO, "minutes": 30, "agreed_by": AgreedBy.PHONE}
    values |= {"key": uuid.uuid4(), **changes}
    values["topic"] = values["topic"] or topic_of(client.jobcenter)
    return Wish(client=client, counsellor=staff, starts_at=starts_at, **values)


def book(
    *, client: Client, staff: StaffMember, starts_at: dt.datetime, now: dt.datetime, **changes: Any
) -> Appointment:
    """Books by the real operation: participations, channel, invitation and mail row included."""
    wish = make_wish(client=client, staff=staff, starts_at=starts_at, **changes)
    return book_appointment(desk=desk_of(staff, client.jobcenter), wish=wish, now=now)


def meet(staff: StaffMember, office: JobCenter, *, starts_at: dt.datetime, now: dt.datetime, **changes: Any) -> Meeting:
    """A meeting of half an hour that `staff` calls, alone and without a channel unless `changes` say otherwise."""
    values: dict[str, Any] = {"kind": MeetingKind.MEETING, "title": "Teamrunde", "minutes": 30, "colleagues": []}
    values |= {"uses_channel": False, "key": uuid.uuid4(), **changes}
    return book_meeting(desk=desk_of(staff, office), wish=MeetingWish(starts_at=starts_at, **values), now=now)


def invitation_for(appointment: Appointment) -> Invitation:
    """The client's invitation to a booked appointment."""
    invitation = invitation_of(appointment=appointment)
    assert invitation is not None
    return invitation


def as_staff(browser: Browser, staff: StaffMember) -> Browser:
    """The browser, signed in."""
    browser.force_login(staff)
    return browser


def open_as_client(browser: Browser, invitation: Invitation) -> HttpResponse:
    """Exchanges the link and proves, over HTTP as a person would; returns the last answer."""
    public_id = invitation.public_id
    secret = secret_of(public_id=public_id, generation=invitation.generation)
    browser.post(reverse("client_open", args=[public_id]), {"secret": secret})
    client = invitation.participation.client
    assert client is not None
    digits = client.birth_date.strftime("%d%m")
    answer = browser.post(reverse("client_proof", args=[public_id]), {"digits": digits})
    assert isinstance(answer, HttpResponse)
    return answer


def offer_tablet(appointment: Appointment) -> tuple[str, str]:
    """The counsellor is in the talk and has a code shown; its two halves. Needs no media server."""
    desk = desk_of(appointment.counsellor, appointment.jobcenter)
    with suppress(MediaUnavailable):
        join_as_counsellor(desk=desk, appointment=appointment, now=timezone.now())
    session = SessionStore()
    session.create()
    device, secret = offer_code(
        desk=desk, appointment=appointment, session_key=session.session_key or "", now=timezone.now()
    )
    return device.public_id, secret
