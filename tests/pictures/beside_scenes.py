"""What stands beside the talk: a deputy, another device, the telephone."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from nahbar.calls.models import TakeOver
from nahbar.calls.operations import admit, enter_waiting_room, go_on_by_telephone
from nahbar.invitations.operations import client_actor
from nahbar.people.models import Client, Deputyship, StaffMember
from tests.factories import make_staff
from tests.pictures.cases import Case, apart, enter, video
from tests.pictures.stage import Stage


def _deputy_of(case: Case) -> StaffMember:
    office, today = case.office, timezone.localdate()
    deputy = make_staff(office, team=office.teams.get(name="Team 2"), first_name="Timo", last_name="Hagen")
    Deputyship.objects.create(jobcenter=office, absent=case.staff, deputy=deputy, first_day=today, last_day=today)
    return deputy


def deputy(stage: Stage) -> None:
    """Somebody has waited five minutes for a colleague."""
    case = video(5)
    staff = _deputy_of(case)
    apart(enter_waiting_room, visit=enter(case, checked=True).visit, now=timezone.now() - dt.timedelta(minutes=5))
    stage.take(stage.desk(f"/b/{case.office.slug}/heute/", staff=staff))
    stage.take(stage.desk(case.page, staff=staff), "appointment")
    page = stage.desk(f"/b/{case.office.slug}/termine/neu/", staff=staff)
    page.locator("#waiting [data-arrival]").wait_for()
    stage.take(page, "toast")


def another_device(stage: Stage) -> None:
    """Another device asks to go on with a talk."""
    case = _in_talk()
    apart(enter_waiting_room, visit=enter(case).visit, now=timezone.now() - dt.timedelta(minutes=1))
    # As the media server would tell: without a connection nobody is shown to be there.
    apart(TakeOver.objects.filter(place__call__appointment=case.appointment).update, connected_at=timezone.now())
    day = stage.desk(f"/b/{case.office.slug}/heute/", staff=case.staff)
    day.locator("#waiting-panel [data-arrival]").wait_for()
    stage.take(day)
    page = stage.desk(f"/b/{case.office.slug}/termine/neu/", staff=case.staff)
    page.locator("#waiting [data-arrival]").wait_for()
    stage.take(page, "toast")


def _in_talk() -> Case:
    case, now = video(-5), timezone.now()
    apart(enter_waiting_room, visit=enter(case, checked=True).visit, now=now)
    apart(admit, desk=case.desk, appointment=case.appointment, now=now)
    return case


def telephone(stage: Stage) -> None:
    """The counsellor's page after a talk went on by telephone."""
    for state, case in (("", _by_telephone()), ("no-number", _by_telephone(number=""))):
        stage.take(stage.desk(case.page, staff=case.staff), state)


def client_telephone(stage: Stage) -> None:
    """The client's page after it."""
    for state, case in (("", _by_telephone()), ("no-number", _by_telephone(number=""))):
        stage.take(stage.phone(f"{case.home}/termin", cookie=enter(case).cookie), state)


def _by_telephone(*, number: str = "0171 3920010") -> Case:
    case = _in_talk()
    Client.objects.filter(pk=case.client.pk).update(phone_display=number)
    by = client_actor(case.invitation)
    apart(go_on_by_telephone, appointment=case.appointment, by=by, now=timezone.now())
    return case
