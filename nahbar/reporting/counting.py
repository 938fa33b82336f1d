"""What the raw rows of one month say: the one place that knows what is counted. Reads, and writes nothing.

A row is counted once its time is over (`until`). What was booked by mistake never is.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from nahbar.invitations.queries import prepared
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.models import Client
from nahbar.reporting.rules import PartMonth, Steps, VideoTalk, month_bounds, steps_of
from nahbar.reporting.topics import Cell, who_held
from nahbar.scheduling.models import Appointment, CallTask, Contact, Participation
from nahbar.scheduling.rules import (
    AppointmentState,
    CancelReason,
    NotHeldReason,
    Outcome,
    ParticipationRole,
    Times,
)

Row = dict[str, Any]
MINUTE = dt.timedelta(minutes=1)
HELD_BY_VIDEO = Q(appointment__state=AppointmentState.HELD, appointment__mode=Mode.VIDEO)
_STATE, _REASON = "appointment__state", "appointment__not_held_reason"


@dataclass(frozen=True, slots=True)
class Span:
    """One month of one office, as far as it is over."""

    jobcenter: JobCenter
    month: dt.date
    now: dt.datetime

    @property
    def bounds(self) -> Times:
        """From its first moment to the first of the next month."""
        return month_bounds(self.month)

    @property
    def until(self) -> dt.datetime:
        """Its end, or now."""
        return min(self.bounds[1], self.now)


def outcome_of_row(late_hours: int) -> Case:
    """`Appointment.outcome` for the database, of a participation's appointment."""
    starts_at = F("appointment__starts_at")
    reasons = {
        NotHeldReason.NOT_REACHED: Outcome.CLIENT,
        NotHeldReason.OFFICE: Outcome.OFFICE,
        NotHeldReason.TECHNICAL: Outcome.TECHNICAL,
    }
    not_held = [When(**{_REASON: reason}, then=Value(outcome)) for reason, outcome in reasons.items()]
    return Case(
        When(**{_STATE: AppointmentState.PLANNED}, then=Value(Outcome.OPEN)),
        When(**{_STATE: AppointmentState.HELD}, then=Value(Outcome.HELD)),
        When(**{_STATE: AppointmentState.NOT_HELD}, then=Case(*not_held, default=Value(Outcome.UNKNOWN))),
        When(appointment__cancelled_at__gte=starts_at, then=Value(Outcome.CANCELLED_AFTERWARDS)),
        When(
            appointment__cancelled_at__gt=starts_at - dt.timedelta(hours=late_hours),
            then=Value(Outcome.CANCELLED_LATE),
        ),
        default=Value(Outcome.CANCELLED),
        output_field=CharField(),
    )


def participations(span: Span, role: ParticipationRole) -> QuerySet[Participation]:
    """Those with `role` in the appointments that count in the month: one for each."""
    starts, ends = span.bounds
    return Participation.objects.filter(
        role=role,
        appointment__jobcenter=span.jobcenter,
        appointment__starts_at__gte=starts,
        appointment__starts_at__lt=ends,
        appointment__ends_at__lte=span.now,
    ).exclude(appointment__cancel_reason=CancelReason.MISTAKE)


def appointment_rows(span: Span) -> list[Row]:
    """Counts and sums by team, mode, topic and outcome."""
    held = Q(appointment__state=AppointmentState.HELD)
    length = F("appointment__ends_at") - F("appointment__starts_at")
    rows = (
        participations(span, ParticipationRole.CLIENT)
        .values(
            team=F("appointment__team"),
            topic=F("appointment__topic"),
            mode=F("appointment__mode"),
            outcome=outcome_of_row(span.jobcenter.late_hours),
        )
        .annotate(
            count=Count("pk"),
            length=Sum(length),
            timed=Count("appointment__contact", filter=held),
            minutes=Coalesce(Sum("appointment__contact__minutes", filter=held), 0),
            km=Coalesce(Sum(2 * F("appointment__contact__km"), filter=HELD_BY_VIDEO), 0),
            unknown_km=Count("pk", filter=HELD_BY_VIDEO & Q(appointment__contact__km=None)),
        )
        .order_by()
    )
    return [_in_minutes(dict(row)) for row in rows]


def _in_minutes(row: Row) -> Row:
    return {
        **{name: value for name, value in row.items() if name != "length"},
        "planned_minutes": row["length"] // MINUTE,
    }


def contact_rows(span: Span) -> list[Row]:
    """Counts by team, kind, own type and mark."""
    there = Contact.objects.filter(jobcenter=span.jobcenter, at__gte=span.bounds[0], at__lt=span.until)
    rows = (
        there.values(
            "team",
            "kind",
            "own_type",
            "with_third_party",
            counts=Coalesce("own_type__counts", Value(value=True), output_field=BooleanField()),
        )
        .annotate(count=Count("pk"))
        .order_by()
    )
    return [dict(row) for row in rows]


def people_rows(span: Span) -> list[Row]:
    """People with a file and the steps of the funnel, by team."""
    rows: dict[int, Row] = defaultdict(lambda: dict.fromkeys(("persons", *Steps.__dataclass_fields__), 0))
    for team, persons in _files(span).values_list("team").annotate(Count("pk")).order_by():
        rows[team]["persons"] = persons
    for team, steps in _steps(span):
        for name, reached in asdict(steps).items():
            rows[team][name] += reached
    return [{"team": team, **row} for team, row in rows.items()]


def _files(span: Span) -> QuerySet[Client]:
    """Everybody with a file at the month's end.

    A merged file begins with the later of the two: what somebody had before says that there was one already.
    """
    talked = Participation.objects.filter(
        role=ParticipationRole.CLIENT,
        client=OuterRef("pk"),
        appointment__starts_at__lt=span.bounds[1],
        appointment__ends_at__lte=span.now,
    ).exclude(appointment__cancel_reason=CancelReason.MISTAKE)
    met = Contact.objects.filter(client=OuterRef("pk"), at__lt=span.until)
    there = Q(created_at__lt=span.until) | Exists(talked) | Exists(met)
    return Client.objects.filter(there, jobcenter=span.jobcenter)


def _steps(span: Span) -> Iterable[tuple[int, Steps]]:
    """The team and the steps of everybody who took one in the month."""
    talks, called = video_talks(span), called_in(span)
    who = talks.keys() | called
    teams = Client.objects.filter(jobcenter=span.jobcenter).values_list("pk", "team")
    firsts = first_held(span)
    for client, team in teams:
        if client in who:
            yield team, steps_of(called=client in called, talks=talks[client], first_held=firsts.get(client))


def called_in(span: Span) -> set[int]:
    """The people for whom a call to explain video was noted in the month."""
    tasks = CallTask.objects.filter(jobcenter=span.jobcenter, created_at__gte=span.bounds[0], created_at__lt=span.until)
    return set(tasks.values_list("client", flat=True))


def video_talks(span: Span) -> Mapping[int, list[VideoTalk]]:
    """The month's video appointments of everybody."""
    by_video = participations(span, ParticipationRole.CLIENT).filter(appointment__mode=Mode.VIDEO)
    ready = prepared(Appointment.objects.filter(participations__in=by_video).only("mode"))
    talks = defaultdict(list)
    for client, appointment, starts_at, state in by_video.values_list(
        "client", "appointment", "appointment__starts_at", "appointment__state"
    ):
        talks[client].append(VideoTalk(starts_at, state == AppointmentState.HELD, appointment in ready))
    return talks


def first_held(span: Span) -> dict[int, dt.datetime]:
    """When everybody's first video talk was, of those that were held."""
    held = Participation.objects.filter(
        HELD_BY_VIDEO,
        role=ParticipationRole.CLIENT,
        appointment__jobcenter=span.jobcenter,
        appointment__starts_at__lt=span.bounds[1],
    )
    return dict(held.values_list("client").annotate(Min("appointment__starts_at")).order_by())


def team_months(span: Span, *, rows: Iterable[Row], cells: Collection[Cell]) -> list[PartMonth]:
    """What decides whether each team is shown; `rows`: of everything that was counted."""
    active = {row["team"] for row in rows}
    there = Q(is_active=True) | Q(pk__in=active)
    teams = Team.objects.filter(there, jobcenter=span.jobcenter).values_list("pk", flat=True)
    return [PartMonth(team, team in active, who_held(cell for cell in cells if cell.team_id == team)) for team in teams]


def team_topics(span: Span, *, counted: Iterable[Row]) -> list[Cell]:
    """What each team had of each topic; `counted`: rows of appointments."""
    outcomes: dict[tuple[int, int], set[str]] = defaultdict(set)
    for row in counted:
        outcomes[row["team"], row["topic"]].add(row["outcome"])
    held = participations(span, ParticipationRole.COUNSELLOR).filter(appointment__state=AppointmentState.HELD)
    # Who stood in from another team hides nobody of this one: they know what was theirs.
    own = held.filter(staff__memberships__team=F("appointment__team"), staff__memberships__role=Role.COUNSELLOR)
    counsellors = defaultdict(set)
    for team, topic, staff in own.values_list("appointment__team", "appointment__topic", "staff").distinct():
        counsellors[team, topic].add(staff)
    return [
        Cell(
            *cell,
            counsellors=frozenset(counsellors[cell]),
            is_held=Outcome.HELD in found,
            is_missed=bool(found - {Outcome.HELD}),
        )
        for cell, found in outcomes.items()
    ]
