"""Every address as everybody: owner, another team, another office, another link, nobody.

An address without an entry here fails.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import Place, Site
from nahbar.jobcenters.rules import Role
from nahbar.outbox.models import OutboxMessage
from nahbar.people.imports import start_import
from nahbar.people.models import Client, ClientImport, Deputyship, GroupRole
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.contacts import Entry as ContactEntry
from nahbar.scheduling.contacts import enter_contact
from nahbar.scheduling.models import Absence, Appointment, CallTask, Contact, ContactType, Meeting
from nahbar.scheduling.rules import ContactKind
from tests.conftest import Cast
from tests.factories import as_staff, desk_of, make_client, make_wish, meet, offer_tablet, open_as_client

pytestmark = pytest.mark.usefixtures("frozen")


@dataclass(frozen=True)
class Entry:
    """Answers to (owner, another team, another office, another link, nobody) for GET and for POST."""

    get: tuple[int, int, int, int, int]
    post: tuple[int, int, int, int, int]


WHO = ("owner", "colleague", "stranger", "other_link", "nobody")
NO_GET, NO_POST = (405,) * 5, (405,) * 5
# A page about one thing: missing and forbidden answer alike; whoever is not signed in is asked to.
MINE = (200, 404, 404, 302, 302)
DONE = (302, 404, 404, 302, 302)
# What the form sends is not enough.
REFUSED = (422, 404, 404, 302, 302)
OFFICE = (200, 200, 404, 302, 302)
# One's own account, whatever the office.
SIGNED_IN = (200, 200, 200, 302, 302)
# A page that leads another team of the office to the reason that opens it.
DOOR = (200, 302, 404, 302, 302)
# The same for scripts, which cannot sign anybody in.
LINK = (200, 404, 404, 404, 404)

STAFF: dict[str, Entry] = {
    "home": Entry((302, 302, 302, 302, 302), NO_POST),
    "office_home": Entry((302, 302, 404, 302, 302), NO_POST),
    "staff_day": Entry(OFFICE, NO_POST),
    "staff_week": Entry(OFFICE, NO_POST),
    "staff_team_day": Entry(OFFICE, NO_POST),
    "waiting_poll": Entry(OFFICE, NO_POST),
    "survey_skip": Entry(NO_GET, (302, 302, 404, 302, 302)),
    "client_search": Entry(OFFICE, NO_POST),
    "staff_times": Entry(OFFICE, (302, 302, 404, 302, 302)),
    "absence_new": Entry(NO_GET, (422, 422, 404, 302, 302)),
    "absence_drop": Entry(NO_GET, DONE),
    "staff_calendar": Entry(OFFICE, (302, 302, 404, 302, 302)),
    "own_video": Entry(OFFICE, (302, 302, 404, 302, 302)),
    "staff_feed": Entry(NO_GET, (302, 302, 404, 302, 302)),
    "office_overview": Entry((302, 302, 404, 302, 302), NO_POST),
    # Of team leads and controlling: tests/web/lead/test_figures_page.py.
    "office_figures": Entry((404, 404, 404, 302, 302), NO_POST),
    "office_figures_file": Entry(NO_GET, (404, 404, 404, 302, 302)),
    "appointment_new": Entry(OFFICE, OFFICE),
    "meeting_new": Entry(OFFICE, (422, 422, 404, 302, 302)),
    "meeting_page": Entry(MINE, (422, 404, 404, 302, 302)),
    "meeting_cancel": Entry(NO_GET, DONE),
    "appointment_page": Entry(DOOR, NO_POST),
    "person_list": Entry(OFFICE, NO_POST),
    "person_looks": Entry((404, 404, 404, 302, 302), NO_POST),
    "person_new": Entry(OFFICE, (422, 422, 404, 302, 302)),
    "person_page": Entry(DOOR, NO_POST),
    # Another team reads name and number there, and nothing else.
    "person_reason": Entry(OFFICE, (422, 422, 404, 302, 302)),
    "person_edit": Entry(MINE, (422, 404, 404, 302, 302)),
    "person_merge": Entry(MINE, (409, 404, 404, 302, 302)),
    "person_contacts": Entry(MINE, NO_POST),
    "person_contact_new": Entry(MINE, REFUSED),
    "person_contact_remove": Entry(NO_GET, DONE),
    "person_contact_third": Entry(NO_GET, DONE),
    "person_by_number": Entry((302, 302, 404, 302, 302), NO_POST),
    "appointment_move": Entry(MINE, (422, 404, 404, 302, 302)),
    "appointment_cancel": Entry(MINE, (422, 404, 404, 302, 302)),
    "appointment_mode": Entry(NO_GET, DONE),
    "appointment_outcome": Entry(NO_GET, DONE),
    # Nothing to correct yet: to the appointment, which says so.
    "appointment_correct": Entry(DONE, DONE),
    "staff_results": Entry(OFFICE, NO_POST),
    "appointment_undo": Entry(NO_GET, DONE),
    "appointment_take_over": Entry(NO_GET, DONE),
    "invitation_reissue": Entry(NO_GET, DONE),
    "invitation_unlock": Entry(NO_GET, DONE),
    "message_decide": Entry(NO_GET, DONE),
    "call_task": Entry(MINE, DONE),
    "staff_call": Entry(MINE, NO_POST),
    "staff_join": Entry(NO_GET, (503, 404, 404, 302, 302)),
    "staff_admit": Entry(NO_GET, (409, 404, 404, 302, 302)),
    "staff_eject": Entry(NO_GET, (409, 404, 404, 302, 302)),
    "staff_change_device": Entry(NO_GET, (409, 404, 404, 302, 302)),
    "staff_refuse_device": Entry(NO_GET, (409, 404, 404, 302, 302)),
    "staff_telephone": Entry(NO_GET, MINE),
    "staff_end": Entry(NO_GET, MINE),
    "staff_leave": Entry(NO_GET, MINE),
    "staff_seen": Entry(NO_GET, MINE),
    "staff_tablet_code": Entry(NO_GET, (409, 404, 404, 302, 302)),
    "staff_tablet_fetch": Entry(NO_GET, MINE),
    "staff_tablet_drop": Entry(NO_GET, MINE),
    "staff_state": Entry(MINE, NO_POST),
}

ANYBODY: dict[str, Entry] = {
    "account_login": Entry((302, 302, 302, 200, 200), (302, 302, 302, 200, 200)),
    "account_inactive": Entry((200,) * 5, NO_POST),
    "account_logout": Entry((200, 200, 200, 302, 302), (302,) * 5),
    # There are offices.
    "first_run": Entry((404,) * 5, (404,) * 5),
    "account_forgotten": Entry((200,) * 5, (422,) * 5),
    "account_link": Entry((200,) * 5, NO_POST),
    "account_link_open": Entry(NO_GET, (410,) * 5),
    "account_begin": Entry((410,) * 5, (410,) * 5),
    "account_reauthenticate": Entry(SIGNED_IN, SIGNED_IN),
    "own_account": Entry(SIGNED_IN, NO_POST),
    # Who signed in by other means than a form has to say first who they are.
    "own_password": Entry((302,) * 5, (302,) * 5),
    "own_email": Entry(NO_GET, (302,) * 5),
    "own_identity_end": Entry(NO_GET, (302,) * 5),
    "own_session_end": Entry(NO_GET, (302,) * 5),
    "own_sessions_end": Entry(NO_GET, (302,) * 5),
    "mfa_index": Entry(SIGNED_IN, NO_POST),
    "mfa_list_webauthn": Entry(SIGNED_IN, NO_POST),
    "mfa_authenticate": Entry((302,) * 5, (302,) * 5),
    "mfa_reauthenticate": Entry((302,) * 5, (302,) * 5),
    "mfa_reauthenticate_webauthn": Entry((302,) * 5, (302,) * 5),
    "mfa_login_webauthn": Entry((302,) * 5, (302,) * 5),
    "mfa_activate_totp": Entry((302,) * 5, (302,) * 5),
    "mfa_deactivate_totp": Entry((404, 404, 404, 302, 302), (404, 404, 404, 302, 302)),
    "mfa_totp_picture": Entry((404, 404, 404, 302, 302), NO_POST),
    "mfa_view_recovery_codes": Entry((404, 404, 404, 302, 302), (405, 405, 405, 302, 302)),
    "mfa_generate_recovery_codes": Entry((302,) * 5, (302,) * 5),
    "mfa_add_webauthn": Entry((302,) * 5, (302,) * 5),
    "mfa_remove_webauthn": Entry((302,) * 5, (302,) * 5),
    # Without a single sign-on there is none.
    "openid_connect_login": Entry(NO_GET, (404,) * 5),
    "openid_connect_callback": Entry((404,) * 5, NO_POST),
    "livekit_webhook": Entry(NO_GET, (401,) * 5),
    # The address holds a key that is not one.
    "calendar_feed": Entry((404,) * 5, NO_POST),
    "privacy": Entry((200,) * 5, NO_POST),
    "imprint": Entry((200,) * 5, NO_POST),
    "accessibility": Entry((200,) * 5, (200,) * 5),
    "plain": Entry((200,) * 5, NO_POST),
    "legal": Entry((200,) * 5, (422,) * 5),
    # A ticket is the right to answer, whoever has it; here there is none.
    "survey": Entry((200,) * 5, (410,) * 5),
    "survey_in": Entry((200,) * 5, (410,) * 5),
    "set_language": Entry((200,) * 5, (200,) * 5),
}

# Here "owner" is the browser that opened the link; staff have no link, whoever they are.
CLIENT: dict[str, Entry] = {
    "client_landing": Entry((200,) * 5, NO_POST),
    "client_open": Entry(NO_GET, (400,) * 5),
    "client_proof": Entry((302, 404, 404, 404, 404), (302, 404, 404, 404, 404)),
    "client_appointment": Entry(LINK, NO_POST),
    "client_calendar": Entry(LINK, NO_POST),
    "client_mode": Entry(NO_GET, (422, 404, 404, 404, 404)),
    "client_consent": Entry(LINK, (422, 404, 404, 404, 404)),
    "client_withdraw": Entry(NO_GET, (302, 404, 404, 404, 404)),
    "client_call": Entry((302, 404, 404, 404, 404), NO_POST),
    "client_call_check": Entry(NO_GET, (400, 404, 404, 404, 404)),
    "client_call_probe": Entry(NO_GET, (503, 404, 404, 404, 404)),
    "client_call_arrive": Entry(NO_GET, (409, 404, 404, 404, 404)),
    "client_call_state": Entry(LINK, NO_POST),
    "client_call_telephone": Entry(NO_GET, LINK),
    "client_call_leave": Entry(NO_GET, LINK),
    "client_end": Entry((302, 404, 404, 404, 404), NO_POST),
    "client_privacy": Entry((200,) * 5, NO_POST),
}

# Here "owner" is the tablet that used the code. A client's browser is like nobody's; of staff, whoever is
# signed in on the tablet must be the counsellor themselves. The landing is the same for every code.
TABLET: dict[str, Entry] = {
    "tablet_landing": Entry((200,) * 5, NO_POST),
    "tablet_pair": Entry(NO_GET, (410,) * 5),
    "tablet_call": Entry(LINK, NO_POST),
    "tablet_take": Entry(NO_GET, LINK),
    "tablet_join": Entry(NO_GET, (409, 404, 404, 404, 404)),
    "tablet_state": Entry(NO_GET, LINK),
    "tablet_back": Entry(NO_GET, LINK),
}

# Here "owner" is the office's administrator and "stranger" that of the other office; the colleague is none.
SETUP: dict[str, Entry] = {
    "office_setup": Entry(MINE, NO_POST),
    "server_check": Entry(MINE, NO_POST),
    "server_mail": Entry(NO_GET, DONE),
    # Nobody answers there: 503.
    "server_media": Entry(NO_GET, (503, 404, 404, 302, 302)),
    "setup_texts": Entry(MINE, NO_POST),
    "setup_text": Entry(MINE, (302, 404, 404, 302, 302)),
    # There is no draft: back to the text.
    "setup_text_review": Entry(DONE, DONE),
    "setup_text_drop": Entry(NO_GET, DONE),
    "setup_text_history": Entry(MINE, NO_POST),
    "office_facts": Entry(MINE, REFUSED),
    "office_sites": Entry(MINE, REFUSED),
    "office_site": Entry(MINE, REFUSED),
    "office_site_offer": Entry(NO_GET, DONE),
    "office_teams": Entry(MINE, REFUSED),
    "office_team": Entry(MINE, REFUSED),
    "office_team_offer": Entry(NO_GET, DONE),
    "office_topics": Entry(MINE, REFUSED),
    "office_topic": Entry(MINE, REFUSED),
    "office_topic_offer": Entry(NO_GET, DONE),
    "office_contact_types": Entry(MINE, REFUSED),
    "office_contact_type": Entry(MINE, REFUSED),
    "office_contact_type_offer": Entry(NO_GET, DONE),
    "office_distances": Entry(MINE, REFUSED),
    "office_distances_paste": Entry(MINE, REFUSED),
    "office_distance": Entry(MINE, REFUSED),
    "office_distance_offer": Entry(NO_GET, DONE),
    "office_channels": Entry(MINE, DONE),
    "office_channel_offer": Entry(NO_GET, DONE),
    # No hours at all are the usual ones; without a revision the page is an old one.
    "office_hours": Entry(MINE, (409, 404, 404, 302, 302)),
    "office_spans": Entry(NO_GET, REFUSED),
    "office_holiday_new": Entry(NO_GET, REFUSED),
    "office_holiday_remove": Entry(NO_GET, DONE),
    "office_deputies": Entry(MINE, REFUSED),
    "office_deputy_end": Entry(NO_GET, DONE),
    "office_policies": Entry(MINE, REFUSED),
    "office_log": Entry(MINE, NO_POST),
    "office_log_file": Entry(NO_GET, MINE),
    "office_close": Entry(MINE, REFUSED),
    "office_reopen": Entry(NO_GET, DONE),
    "office_staff": Entry(MINE, DONE),
    "staff_invite": Entry(MINE, (422, 404, 404, 302, 302)),
    "staff_member": Entry(MINE, (422, 404, 404, 302, 302)),
    "staff_close": Entry(NO_GET, DONE),
    "staff_open": Entry(NO_GET, DONE),
    "staff_again": Entry(NO_GET, DONE),
    "staff_reset": Entry(NO_GET, DONE),
    "office_groups": Entry(MINE, (422, 404, 404, 302, 302)),
    "group_drop": Entry(NO_GET, DONE),
    "import_list": Entry(MINE, (422, 404, 404, 302, 302)),
    "import_page": Entry(MINE, NO_POST),
    "import_map": Entry(NO_GET, DONE),
    "import_confirm": Entry(NO_GET, DONE),
    "import_undo": Entry(NO_GET, DONE),
    "import_discard": Entry(NO_GET, DONE),
    "office_rights": Entry(MINE, (422, 404, 404, 302, 302)),
    "office_rights_person": Entry(MINE, NO_POST),
    "office_rights_export": Entry(NO_GET, MINE),
    "office_rights_hold": Entry(NO_GET, (422, 404, 404, 302, 302)),
    "office_rights_erase": Entry(NO_GET, (422, 404, 404, 302, 302)),
    "office_retention": Entry(MINE, (422, 404, 404, 302, 302)),
    "office_retention_trial": Entry(NO_GET, DONE),
}

MATRIX = STAFF | ANYBODY | CLIENT | TABLET | SETUP


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """Every address of the configuration, however deep."""
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from patterns(part)
        else:
            yield part


NAMES = [pattern.name for pattern in patterns(get_resolver())]


def test_every_address_has_a_name_and_an_entry() -> None:
    assert sorted(str(name) for name in NAMES) == sorted(MATRIX)


@dataclass(frozen=True)
class Things:
    """What the addresses are about."""

    cast: Cast
    task: CallTask
    mail: OutboxMessage

    @cached_property
    def absence(self) -> Absence:
        """A day off of the owner's."""
        starts_at = self.cast.appointment.starts_at + dt.timedelta(days=30)
        return Absence.objects.create(
            staff=self.cast.owner, starts_at=starts_at, ends_at=starts_at + dt.timedelta(days=1)
        )

    @cached_property
    def site(self) -> Site:
        """A house of the owner's office."""
        return Site.objects.create(jobcenter=self.cast.office, name="Haus B", street="Weg 1", postcode="1", city="A")

    @cached_property
    def contact_type(self) -> ContactType:
        """A kind of contact that the owner's office has added."""
        return ContactType.objects.create(jobcenter=self.cast.office, name="Messenger")

    @cached_property
    def place(self) -> Place:
        """Where people of the owner's office live."""
        return Place.objects.create(jobcenter=self.cast.office, name="Wedel", km=18)

    def contact(self) -> Contact:
        """What the owner has entered for the person; anew each time, since it can be taken out."""
        entry = ContactEntry(client=self.cast.person, kind=ContactKind.TELEPHONE, key=uuid.uuid4())
        seen = [self.cast.appointment.public_id, *self.cast.person.contacts.values_list("public_id", flat=True)]
        return enter_contact(desk=self.cast.desk, entry=entry, now=self.cast.appointment.created_at, despite=seen)

    @cached_property
    def deputyship(self) -> Deputyship:
        """One of the owner's office."""
        day = self.cast.appointment.starts_at.date()
        return Deputyship.objects.create(
            jobcenter=self.cast.office,
            absent=self.cast.teammate,
            deputy=self.cast.owner,
            first_day=day,
            last_day=day,
        )

    @cached_property
    def group(self) -> GroupRole:
        """A group of the single sign-on that the owner's office maps."""
        return GroupRole.objects.create(jobcenter=self.cast.office, group="guides", role=Role.GUIDE)

    @cached_property
    def meeting(self) -> Meeting:
        """One the owner has called."""
        starts_at = self.cast.appointment.starts_at + dt.timedelta(days=40)
        return meet(self.cast.owner, self.cast.office, starts_at=starts_at, now=self.cast.appointment.created_at)

    @cached_property
    def upload(self) -> ClientImport:
        """A list the office's administrator wants to take over."""
        cast = self.cast
        desk = desk_of(cast.administrator, cast.office)
        return start_import(desk=desk, content=b"Kundennummer\n1\n", now=cast.appointment.created_at)

    @cached_property
    def double(self) -> Client:
        """Another record of the owner's team."""
        return make_client(self.cast.office)

    @cached_property
    def tablet(self) -> tuple[str, Browser]:
        """The counsellor's tablet, with its code used: only made where it is asked for, it opens a talk."""
        browser = Browser()
        code, secret = offer_tablet(self.cast.appointment)
        browser.post(reverse("tablet_pair", args=[code]), {"secret": secret})
        return code, browser

    def address(self, name: str) -> str:
        """The address of the owner's thing."""
        kwargs: dict[str, Any] = {}
        pattern = next(pattern for pattern in patterns(get_resolver()) if pattern.name == name)
        known = {
            "office": self.cast.office.slug,
            "public_id": self._about(name),
            "message": self.mail.public_id,
            "key": "A" * 43,
            "page": "barrierefreiheit",
            "name": "impressum",
            "language": "de-simple",
            "number": self.cast.person.number,
        }
        for argument in _arguments(pattern.name):
            kwargs[argument] = known[argument] if argument in known else self._made(argument)
        return reverse(name, kwargs=kwargs) + (f"?mit={self.double.public_id}" if name == "person_merge" else "")

    def _made(self, argument: str) -> Any:
        """What only some addresses are about, and only they make."""
        office = self.cast.office
        made: dict[str, Callable[[], Any]] = {
            "code": lambda: self.tablet[0],
            "site": lambda: self.site.pk,
            "team": lambda: office.teams.get(name="Team 1").pk,
            "topic": lambda: office.topics.get(name="Berufliche Ziele").pk,
            "channel": lambda: office.channels.get(number=1).pk,
            "contact": lambda: self.contact().public_id,
            "contact_type": lambda: self.contact_type.pk,
            "place": lambda: self.place.pk,
            "deputyship": lambda: self.deputyship.pk,
            "pk": lambda: self.group.pk,
        }
        return made[argument]()

    def _about(self, name: str) -> uuid.UUID:
        """The one the address is about, by the beginning of its name; the appointment where nothing else fits."""
        found: dict[str, Callable[[], uuid.UUID]] = {
            "client_": lambda: self.cast.invitation.public_id,
            "import_": lambda: self.upload.public_id,
            "person_": lambda: self.cast.person.public_id,
            "office_rights": lambda: self.cast.person.public_id,
            "staff_member": lambda: self.cast.teammate.public_id,
            "absence_drop": lambda: self.absence.public_id,
            "meeting_": lambda: self.meeting.public_id,
            "call_task": lambda: self.task.public_id,
        }
        made = next((make for prefix, make in found.items() if name.startswith(prefix)), None)
        if made is None and name in SETUP:
            return self.cast.teammate.public_id
        return made() if made else self.cast.appointment.public_id


def _arguments(name: str | None) -> set[str]:
    found = get_resolver().reverse_dict.getlist(name)
    return {argument for possibility in found for _text, names in possibility[0] for argument in names}


@pytest.fixture(autouse=True)
def no_media_server(settings: Any) -> None:
    """Nobody answers there, whatever else runs on this machine."""
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"


@pytest.fixture
def things(cast: Cast, now: dt.datetime) -> Things:
    wish = make_wish(client=cast.person, staff=cast.owner, starts_at=cast.appointment.ends_at, agreed_by=None)
    task = make_call_task(desk=desk_of(cast.owner, cast.office), wish=wish, now=now)
    mail = OutboxMessage.objects.get(about_id__startswith=str(cast.invitation.public_id))
    return Things(cast, task, mail)


def _browser(who: str, things: Things, *, name: str) -> Browser:
    browser, cast = Browser(), things.cast
    if who == "owner" and name in TABLET:
        return things.tablet[1]
    if who == "other_link":
        open_as_client(browser, cast.other_invitation)
    elif who == "owner" and name in CLIENT:
        open_as_client(browser, cast.invitation)
    elif who in {"owner", "stranger"} and name in SETUP:
        as_staff(browser, cast.administrator if who == "owner" else cast.foreign_administrator)
    elif who != "nobody":
        as_staff(browser, getattr(cast, who))
    return browser


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_answers_everybody_as_listed(name: str, things: Things) -> None:
    for method in ("get", "post"):
        expected = dict(zip(WHO, getattr(MATRIX[name], method), strict=True))
        assert {who: _status(name, method, who, things) for who in WHO} == expected, method


def _status(name: str, method: str, who: str, things: Things) -> int:
    browser = _browser(who, things, name=name)
    return int(getattr(browser, method)(things.address(name)).status_code)


# A text's name is the same in every office: it names a kind, not a thing of theirs.
@pytest.mark.parametrize("name", sorted(name for name in SETUP if _arguments(name) - {"office", "name"}))
def test_another_offices_administrator_reaches_nothing_by_a_known_id(name: str, things: Things) -> None:
    foreign, method = things.cast.foreign_administrator, "get" if SETUP[name].get != NO_GET else "post"
    there = things.address(name).replace(f"/{things.cast.office.slug}/", f"/{things.cast.other_office.slug}/")
    assert getattr(as_staff(Browser(), foreign), method)(there).status_code == 404


@pytest.mark.parametrize("name", sorted(name for name in STAFF if "public_id" in _arguments(name)))
def test_missing_and_forbidden_answer_alike(name: str, things: Things) -> None:
    cast = things.cast
    method = "get" if STAFF[name].get[0] != 405 else "post"
    # A colleague is led to the reason; of what does not exist, and of another office's, nobody learns.
    stranger = as_staff(Browser(), cast.stranger if STAFF[name].get in (DOOR, OFFICE) else cast.colleague)
    forbidden = things.address(name)
    missing = forbidden
    for thing in (cast.appointment.public_id, things.task.public_id, things.meeting.public_id, cast.person.public_id):
        missing = missing.replace(str(thing), str(uuid.UUID(int=1)))
    answers = [getattr(stranger, method)(address) for address in (forbidden, missing)]
    assert answers[0].status_code == answers[1].status_code == 404
    assert answers[0].content == answers[1].content


def test_stranger_with_the_right_id_in_their_own_office(things: Things) -> None:
    stranger = as_staff(Browser(), things.cast.stranger)
    cast, slug = things.cast, things.cast.other_office.slug
    for name in ("appointment_page", "appointment_move", "staff_call", "staff_state"):
        assert stranger.get(reverse(name, args=[slug, cast.appointment.public_id])).status_code == 404
    for name in ("person_page", "person_edit", "person_reason"):
        assert stranger.get(reverse(name, args=[slug, cast.person.public_id])).status_code == 404


def test_teammate_sees_the_appointment_but_not_the_talk(things: Things) -> None:
    teammate = as_staff(Browser(), things.cast.teammate)
    assert teammate.get(things.address("appointment_page")).status_code == 200
    for name in ("staff_call", "staff_state"):
        assert teammate.get(things.address(name)).status_code == 404
    for name in (
        "staff_join",
        "staff_admit",
        "staff_eject",
        "staff_end",
        "staff_seen",
        "staff_change_device",
        "staff_telephone",
    ):
        assert teammate.post(things.address(name)).status_code == 404


def test_deputy_sees_the_appointment_but_not_the_talk_and_nobody_else_anything_new(
    things: Things, now: dt.datetime
) -> None:
    cast = things.cast
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=now.date(), last_day=now.date()
    )
    about_it = [name for name in sorted(STAFF) if "public_id" in _arguments(name) and name != "appointment_take_over"]
    own = {"call_task", "absence_drop", "meeting_page", "meeting_cancel", "person_merge", "person_contact_remove"}
    closed = {name for name in about_it if name.startswith("staff_")} - {"staff_seen"} | own
    for name in about_it:
        method = "get" if STAFF[name].get != NO_GET else "post"
        missing = _status(name, method, "colleague", things) == 404
        assert missing is (name in closed), name
        assert _status(name, method, "stranger", things) == 404, name
    assert _status("appointment_take_over", "post", "colleague", things) == 302
    assert _status("staff_call", "get", "owner", things) == 404
    assert _status("staff_call", "get", "colleague", things) == 200


@pytest.mark.parametrize("role", ["guide", "administrator"])
def test_roles_without_cases_see_no_person(role: str, things: Things) -> None:
    browser = as_staff(Browser(), getattr(things.cast, role))
    pages = sorted(name for name in STAFF if name.startswith("person_") and STAFF[name].get != NO_GET)
    for name in ("appointment_page", "appointment_move", "appointment_new", "call_task", *pages):
        assert browser.get(things.address(name)).status_code == 404
    assert "Kaya" not in browser.get(things.address("client_search") + "?q=Kaya").content.decode()
    assert "Kaya" not in browser.get(things.address("office_overview")).content.decode()


def test_scripts_are_told_that_nobody_is_signed_in(things: Things) -> None:
    answer = Browser().get(things.address("waiting_poll"), headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_denial_is_audited_without_what_was_asked_for(things: Things) -> None:
    before = Appointment.objects.get(pk=things.cast.appointment.pk).revision
    as_staff(Browser(), things.cast.colleague).post(things.address("appointment_mode"), {"mode": "telephone"})
    entry = AuditEntry.objects.get(action=Action.DENIED)
    assert entry.actor_id == str(things.cast.colleague.public_id)
    assert (entry.office, entry.object_id) == ("altona", "appointment_mode")
    assert Appointment.objects.get(pk=things.cast.appointment.pk).revision == before
