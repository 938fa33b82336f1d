"""Who is in the pictures: for every scene an office, a counsellor and a client of its own, with believable names."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from nahbar.audit.rules import SYSTEM
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.links import link_of, secret_of
from nahbar.invitations.models import Invitation
from nahbar.invitations.operations import open_link, prove, remember_check
from nahbar.invitations.queries import Visit, access_visit
from nahbar.invitations.rules import Check, CheckResult
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode, Role
from nahbar.onboarding.demo_cast import TOPICS
from nahbar.people.models import Client, StaffMember
from nahbar.people.queries import Desk
from nahbar.people.rules import Salutation
from nahbar.scheduling.models import Appointment, Topic
from tests.factories import book, desk_of, invitation_for, make_client, make_office, make_staff

Result = TypeVar("Result")
_numbers = itertools.count(1)
PROOF = "1704"
CLIENTS = (
    (Salutation.FRAU, "Aylin", "Kaya"),
    (Salutation.HERR, "Dariusz", "Nowak"),
    (Salutation.FRAU, "Maria", "Schönfeld"),
    (Salutation.HERR, "Joachim", "Brandt"),
    (Salutation.FRAU, "Olena", "Kovalenko"),
    (Salutation.HERR, "Samuel", "Tesfay"),
    (Salutation.FRAU, "Nadine", "Wolff"),
    (Salutation.HERR, "Marek", "Zieliński"),
)


def apart(operation: Callable[..., Result], **values: Any) -> Result:
    """Runs an operation in a thread of its own.

    Those that speak to the media server run an event loop; the scenes' thread already has Playwright's.
    """

    def work() -> Result:
        try:
            return operation(**values)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


@dataclass(frozen=True)
class Case:
    """One appointment and everybody it is about."""

    office: JobCenter
    staff: StaffMember
    client: Client
    appointment: Appointment

    @property
    def desk(self) -> Desk:
        """The counsellor at work."""
        return desk_of(self.staff, self.office)

    @property
    def invitation(self) -> Invitation:
        """The client's invitation."""
        return invitation_for(self.appointment)

    @property
    def link(self) -> str:
        """The personal link."""
        return link_of(public_id=self.invitation.public_id, generation=self.invitation.generation)

    @property
    def home(self) -> str:
        """The open half of the link, as a path."""
        return f"/t/{self.invitation.public_id}"

    @property
    def page(self) -> str:
        """The counsellor's page of the appointment."""
        return f"/b/{self.office.slug}/termine/{self.appointment.public_id}/"


def an_office(**fields: Any) -> JobCenter:
    """Jobcenter Westheide, once more."""
    values = {"name": "Jobcenter Westheide", "phone": "+494066969120", "phone_display": "040 66969-120"}
    values |= {"email": "kontakt@westheide.example", "street": "Heidestraße 14", "postcode": "29999"}
    office = make_office(f"westheide-{next(_numbers)}", **{"channels": 4, **values, "city": "Westheide", **fields})
    for name, video, telephone, on_site, outreach in TOPICS:
        Topic.objects.create(
            jobcenter=office,
            name=name,
            allows_video=video,
            allows_telephone=telephone,
            allows_on_site=on_site,
            allows_outreach_visit=outreach,
        )
    return office


def a_counsellor(office: JobCenter, role: Role = Role.COUNSELLOR) -> StaffMember:
    """Frau Petersen."""
    email = f"sabine.petersen{next(_numbers)}@westheide.example"
    return make_staff(office, role, first_name="Sabine", last_name="Petersen", email=email)


def a_client(office: JobCenter, which: int = 0, **fields: Any) -> Client:
    """One of those in CLIENTS; the first is Frau Kaya."""
    salutation, first_name, last_name = CLIENTS[which]
    values = {"salutation": salutation, "first_name": first_name, "last_name": last_name}
    values |= {"number": f"WE{4100 + 37 * which}", "email": f"person-{which}@mail.example"}
    values |= {"phone_display": f"0171 39200{10 + which}", "what_helps": "Langsam sprechen hilft."}
    return make_client(office, **{**values, **fields})


def clock(minutes: float = 0) -> dt.datetime:
    """So many minutes from now, on a full five."""
    now = timezone.now()
    full = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + dt.timedelta(minutes=5)
    return full + dt.timedelta(minutes=minutes)


def a_case(
    starts_in: float = 10,
    *,
    office: JobCenter | None = None,
    staff: StaffMember | None = None,
    client: Client | None = None,
    agreed: bool = False,
    **changes: Any,
) -> Case:
    """An appointment `starts_in` minutes from now, booked well before; `agreed` is consent to video."""
    office = office or an_office()
    staff, client = staff or a_counsellor(office), client or a_client(office)
    starts_at = clock(starts_in)
    before = min(timezone.now(), starts_at) - dt.timedelta(hours=20)
    appointment = book(client=client, staff=staff, starts_at=starts_at, now=before, **changes)
    case = Case(office, staff, client, appointment)
    if agreed:
        agree(case, now=before)
    return case


def agree(case: Case, *, now: dt.datetime | None = None) -> None:
    """Consents to video."""
    text = current_text(language="de")
    give_consent(client=case.client, text=text, route=Route.TAP, by=SYSTEM, now=now or timezone.now())


@dataclass(frozen=True)
class Entered:
    """A browser that exchanged the link: its cookie, and what the server makes of it."""

    cookie: str
    visit: Visit


def enter(case: Case, *, proven: bool = True, checked: bool = False, wrong: int = 0) -> Entered:
    """Opens the link; `checked` remembers microphone and camera, `wrong` is how often the proof was."""
    now = case.appointment.starts_at - dt.timedelta(minutes=20)
    invitation = case.invitation
    secret = secret_of(public_id=invitation.public_id, generation=invitation.generation)
    opened = open_link(public_id=invitation.public_id, secret=secret, device_key="", now=now)
    for _ in range(wrong):
        prove(device=opened.device, digits="0101", now=now)
    if proven:
        prove(device=opened.device, digits=PROOF, now=now)
    if checked:
        for check in Check:
            remember_check(device=opened.device, check=check, result=CheckResult.OK, now=now)
    visit = access_visit(public_id=invitation.public_id, device_key=opened.device_key)
    assert visit is not None
    return Entered(opened.device_key, visit)


def video(starts_in: float = 10, **changes: Any) -> Case:
    """A case whose client has agreed to video."""
    return a_case(starts_in, agreed=True, **changes)


def by_telephone(starts_in: float = 10, **changes: Any) -> Case:
    """A telephone appointment."""
    return a_case(starts_in, mode=Mode.TELEPHONE, minutes=20, agreed_by=None, **changes)
