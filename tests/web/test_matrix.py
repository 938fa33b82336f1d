"""Every address as everybody: owner, another team, another office, another link, nobody.

An address without an entry here fails.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import Deputyship
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.models import Absence, Appointment, CallTask, Meeting
from tests.conftest import Cast
from tests.factories import as_staff, desk_of, make_wish, meet, offer_tablet, open_as_client

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
OFFICE = (200, 200, 404, 302, 302)
# The same for scripts, which cannot sign anybody in.
LINK = (200, 404, 404, 404, 404)

STAFF: dict[str, Entry] = {
    "home": Entry((302, 302, 302, 302, 302), NO_POST),
    "office_home": Entry((302, 302, 404, 302, 302), NO_POST),
    "staff_day": Entry(OFFICE, NO_POST),
    "staff_week": Entry(OFFICE, NO_POST),
    "staff_team_day": Entry(OFFICE, NO_POST),
    "waiting_poll": Entry(OFFICE, NO_POST),
    "client_search": Entry(OFFICE, NO_POST),
    "staff_times": Entry(OFFICE, (302, 302, 404, 302, 302)),
    "absence_new": Entry(NO_GET, (422, 422, 404, 302, 302)),
    "absence_drop": Entry(NO_GET, DONE),
    "staff_calendar": Entry(OFFICE, (302, 302, 404, 302, 302)),
    "own_video": Entry(OFFICE, (302, 302, 404, 302, 302)),
    "staff_feed": Entry(NO_GET, (302, 302, 404, 302, 302)),
    "office_overview": Entry((302, 302, 404, 302, 302), NO_POST),
    "appointment_new": Entry(OFFICE, OFFICE),
    "meeting_new": Entry(OFFICE, (422, 422, 404, 302, 302)),
    "meeting_page": Entry(MINE, (422, 404, 404, 302, 302)),
    "meeting_cancel": Entry(NO_GET, DONE),
    "appointment_page": Entry(MINE, NO_POST),
    "appointment_move": Entry(MINE, (422, 404, 404, 302, 302)),
    "appointment_cancel": Entry(MINE, (422, 404, 404, 302, 302)),
    "appointment_mode": Entry(NO_GET, DONE),
    "appointment_outcome": Entry(NO_GET, DONE),
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
    "livekit_webhook": Entry(NO_GET, (401,) * 5),
    # The address holds a key that is not one.
    "calendar_feed": Entry((404,) * 5, NO_POST),
    "privacy": Entry((200,) * 5, NO_POST),
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
    def meeting(self) -> Meeting:
        """One the owner has called."""
        starts_at = self.cast.appointment.starts_at + dt.timedelta(days=40)
        return meet(self.cast.owner, self.cast.office, starts_at=starts_at, now=self.cast.appointment.created_at)

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
        }
        for argument in _arguments(pattern.name):
            kwargs[argument] = self.tablet[0] if argument == "code" else known[argument]
        return reverse(name, kwargs=kwargs)

    def _about(self, name: str) -> uuid.UUID:
        if name.startswith("client_"):
            return self.cast.invitation.public_id
        if name.startswith("office_rights_"):
            return self.cast.person.public_id
        if name == "absence_drop":
            return self.absence.public_id
        if name.startswith("meeting_"):
            return self.meeting.public_id
        return self.task.public_id if name == "call_task" else self.cast.appointment.public_id


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


@pytest.mark.parametrize("name", sorted(name for name in STAFF if "public_id" in _arguments(name)))
def test_missing_and_forbidden_answer_alike(name: str, things: Things) -> None:
    cast = things.cast
    method = "get" if STAFF[name].get[0] != 405 else "post"
    stranger = as_staff(Browser(), cast.colleague)
    forbidden = things.address(name)
    missing = forbidden
    for thing in (cast.appointment.public_id, things.task.public_id, things.meeting.public_id):
        missing = missing.replace(str(thing), str(uuid.UUID(int=1)))
    answers = [getattr(stranger, method)(address) for address in (forbidden, missing)]
    assert answers[0].status_code == answers[1].status_code == 404
    assert answers[0].content == answers[1].content


def test_stranger_with_the_right_id_in_their_own_office(things: Things) -> None:
    stranger = as_staff(Browser(), things.cast.stranger)
    for name in ("appointment_page", "appointment_move", "staff_call", "staff_state"):
        args = [things.cast.other_office.slug, things.cast.appointment.public_id]
        assert stranger.get(reverse(name, args=args)).status_code == 404


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
    own = {"call_task", "absence_drop", "meeting_page", "meeting_cancel"}
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
    for name in ("appointment_page", "appointment_move", "appointment_new", "call_task"):
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
