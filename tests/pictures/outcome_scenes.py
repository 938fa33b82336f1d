"""What came of it: the page that asks, an appointment's proposal, a correction and its history."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from nahbar.calls.models import Call, CallParticipation, CallPresence
from nahbar.calls.rules import CallState, EndReason, PlaceState
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.outcomes import Correction, correct_outcome, mark_not_held
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import NotHeldReason, ParticipationRole
from tests.factories import desk_of, make_staff
from tests.pictures.cases import Case, a_case, a_client, a_counsellor, an_office, video
from tests.pictures.stage import Stage

CLIENT, COUNSELLOR = ParticipationRole.CLIENT, ParticipationRole.COUNSELLOR


def _seen(case: Case, *roles: ParticipationRole, minutes: int = 15, together: bool = False) -> None:
    """Who was there from the start on, as the media server would have said."""
    begins = case.appointment.starts_at
    over = begins + dt.timedelta(minutes=minutes)
    call = Call.objects.create(
        appointment=case.appointment,
        state=CallState.ENDED,
        opened_at=begins,
        started_at=begins if together else None,
        ended_at=over,
        end_reason=EndReason.FINISHED,
    )
    for role in roles:
        participation = case.appointment.participations.get(role=role)
        place = CallParticipation.objects.create(call=call, participation=participation, state=PlaceState.LEFT)
        CallPresence.objects.create(place=place, joined_at=begins, left_at=over)


def results(stage: Stage) -> None:
    office = an_office()
    staff = a_counsellor(office)
    page = f"/b/{office.slug}/ergebnisse/"
    stage.take(stage.desk(page, staff=staff), "empty")

    def over(which: int, starts_in: float, **changes: Any) -> Case:
        return a_case(starts_in, office=office, staff=staff, client=a_client(office, which), **changes)

    _seen(over(0, -300), CLIENT, COUNSELLOR, minutes=34, together=True)
    _seen(over(1, -240), COUNSELLOR)
    over(2, -200, mode=Mode.TELEPHONE, agreed_by=None)
    _seen(over(3, -150), CLIENT, COUNSELLOR)
    _seen(over(4, -110), CLIENT, minutes=12)
    over(5, -70)
    stage.take(stage.desk(page, staff=staff))
    opened = stage.desk(page, staff=staff)
    opened.locator(".results summary").nth(1).click()
    stage.take(opened, "other")
    with opened.expect_navigation():
        opened.locator(".results button").first.click()
    stage.take(opened, "entered")
    stage.take(stage.desk(f"/b/{office.slug}/heute/", staff=staff), "day")


def outcome(stage: Stage) -> None:
    """At the end of a talk, and when it was something else."""
    talked = video(-60)
    _seen(talked, CLIENT, COUNSELLOR, minutes=27, together=True)
    stage.take(stage.desk(talked.page, staff=talked.staff), "proposed")
    missed = video(-90)
    mark_not_held(
        appointment=missed.appointment,
        reason=NotHeldReason.NOT_REACHED,
        by=missed.desk.actor,
        now=timezone.now() - dt.timedelta(minutes=40),
    )
    page = stage.desk(f"{missed.page}ergebnis/berichtigen/", staff=missed.staff)
    stage.take(page, "correct")
    page.locator("input[value=held]").check()
    page.locator("#id_minutes").fill("0")
    with page.expect_navigation():
        page.locator("main form button").click()
    stage.take(page, "correct-errors")
    page = stage.desk(f"{missed.page}ergebnis/berichtigen/", staff=missed.staff)
    mate = desk_of(make_staff(missed.office, first_name="Mara", last_name="Vogt"), missed.office)
    correct_outcome(
        appointment=with_people(type(missed.appointment).objects.all()).get(pk=missed.appointment.pk),
        correction=Correction(Mode.VIDEO, reason=NotHeldReason.TECHNICAL),
        revision=1,
        by=mate.actor,
        now=timezone.now(),
    )
    page.locator("input[value=unknown]").check()
    with page.expect_navigation():
        page.locator("main form button").click()
    stage.take(page, "correct-stale")
    stage.take(stage.desk(missed.page, staff=missed.staff), "corrected")
