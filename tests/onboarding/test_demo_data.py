"""The demo's data can be loaded again at any time: what somebody tried out stands in nobody's way."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.calls.models import Call
from nahbar.calls.rules import CallState, EndReason
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Purpose, Route
from nahbar.invitations.queries import find_invitation
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.onboarding import demo_data
from nahbar.onboarding.demo_data import load
from nahbar.people.models import StaffMember
from nahbar.scheduling.models import Appointment, Contact, Participation
from nahbar.scheduling.operations import cancel_appointment, switch_mode
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import AgreedBy, AppointmentState, CancelledBy, NotHeldReason
from nahbar.surveys.figures import Audience
from nahbar.surveys.queries import published_blocks
from tests.factories import book

LATER = dt.timedelta(minutes=7)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Today only: the weeks around it take their time and change nothing here."""
    settings.ROOT_URLCONF = "nahbar.config.urls_demo"
    monkeypatch.setattr(demo_data, "WEEKS_BACK", 0)
    monkeypatch.setattr(demo_data, "WEEKS_AHEAD", 0)


def _now_appointment(doors: dict[str, Any]) -> Appointment:
    public_id = uuid.UUID(doors["client"]["now"].split("/")[2].partition("#")[0])
    invitation = find_invitation(public_id=public_id)
    assert invitation is not None
    return with_people(Appointment.objects.all()).get(participations=invitation.participation_id)


def _nothing(appointment: Appointment, now: dt.datetime) -> None:
    """Just loaded again."""


def _held(appointment: Appointment, now: dt.datetime) -> None:
    mark_held(appointment=appointment, by=SYSTEM, now=now, minutes=3)
    _still_there(appointment)


def _not_held(appointment: Appointment, now: dt.datetime) -> None:
    mark_not_held(appointment=appointment, reason=next(iter(NotHeldReason)), by=SYSTEM, now=now)
    _still_there(appointment)


def _still_there(appointment: Appointment) -> None:
    # As if the outcome had left the people's time taken; whether it does is the schedule's business.
    for participation in appointment.participations.all():
        ends_at = participation.starts_at + dt.timedelta(minutes=30)
        Participation.objects.filter(pk=participation.pk).update(is_active=True, ends_at=ends_at)


def _cancelled(appointment: Appointment, now: dt.datetime) -> None:
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.CLIENT, by=SYSTEM, now=now)


def _by_telephone(appointment: Appointment, now: dt.datetime) -> None:
    switch_mode(appointment=appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=now)


def _withdrawn(appointment: Appointment, now: dt.datetime) -> None:
    client = appointment.client
    text = current_text(language=client.language)
    give_consent(client=client, text=text, route=Route.TAP, by=SYSTEM, now=now)
    assert withdraw_consent(client=client, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=now)


def _ended(appointment: Appointment, now: dt.datetime) -> None:
    Call.objects.create(
        appointment=appointment,
        state=CallState.ENDED,
        opened_at=now,
        ended_at=now,
        end_reason=EndReason.FINISHED,
    )


def _booked_by_hand(appointment: Appointment, now: dt.datetime) -> None:
    """The talk is cancelled and the counsellor books the same half hour in person, with a colleague's words."""
    _cancelled(appointment, now)
    staff = StaffMember.objects.get(pk=appointment.counsellor.pk)
    book(
        client=appointment.client,
        staff=staff,
        starts_at=appointment.starts_at + LATER,
        now=now,
        topic=appointment.topic,
        agreed_by=AgreedBy.IN_PERSON,
    )


DEEDS = [_nothing, _held, _not_held, _cancelled, _by_telephone, _withdrawn, _ended, _booked_by_hand]


@pytest.mark.parametrize("deed", DEEDS)
def test_the_demo_can_be_loaded_again(
    db: None, now: dt.datetime, deed: Callable[[Appointment, dt.datetime], None]
) -> None:
    found = [_now_appointment(load(now=now))]
    for _again in range(2):
        now += LATER
        deed(found[-1], now)
        found.append(_now_appointment(load(now=now)))
    for appointment in found[1:]:
        assert appointment.counsellor == found[0].counsellor
        assert appointment.client == found[0].client
    latest = found[-1]
    assert (latest.state, latest.mode) == (AppointmentState.PLANNED, Mode.VIDEO)
    assert now < latest.starts_at <= now + dt.timedelta(minutes=5)
    kept = deed is _nothing
    assert len({appointment.pk for appointment in found}) == (1 if kept else 3)


def test_a_hand_made_appointment_is_not_taken_for_the_demos(db: None, now: dt.datetime) -> None:
    first = _now_appointment(load(now=now))
    elsewhere = book(
        client=first.client,
        staff=first.counsellor,
        starts_at=now + dt.timedelta(days=40),
        now=now,
        topic=first.topic,
        agreed_by=AgreedBy.IN_PERSON,
    )
    assert _now_appointment(load(now=now + LATER)) == first
    elsewhere.refresh_from_db()
    assert elsewhere.starts_at == now + dt.timedelta(days=40)


def test_figures_of_the_survey_can_be_shown_from_the_first_day_on(db: None, now: dt.datetime) -> None:
    load(now=now)
    load(now=now + LATER)

    office = JobCenter.objects.get(slug="westheide")
    quarters = ["2025Q2", "2025Q3", "2025Q4"]
    assert {
        audience: [block.quarter for block in published_blocks(jobcenter=office, audience=audience)]
        for audience in Audience
    } == {Audience.CLIENTS: quarters, Audience.STAFF: quarters}


def test_the_demo_has_places_and_contacts_that_nobody_booked(db: None, now: dt.datetime) -> None:
    for _again in range(2):
        load(now=now)
    for office in JobCenter.objects.all():
        assert office.places.count() == 4
        people = office.clients.order_by("number")
        assert people.filter(place=None).count() == people.count() // 5
        messages = Contact.objects.filter(jobcenter=office, kind="other", appointment=None)
        assert messages.count() == len(people[::3])
        assert all(one.at < now and one.entered_by for one in messages)
