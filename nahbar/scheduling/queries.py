"""What staff see of appointments, and the next free times."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Exists, F, Max, OuterRef, Prefetch, Q, QuerySet

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.people.queries import Desk, NotYours, clients_of, open_looks
from nahbar.scheduling.models import (
    Absence,
    Appointment,
    AppointmentChange,
    CallTask,
    ChannelBooking,
    Participation,
    Topic,
    VideoChannel,
)
from nahbar.scheduling.rules import (
    AppointmentState,
    CallTaskState,
    CancelReason,
    ChangeKind,
    Notice,
    ParticipationRole,
    day_bounds,
)


def with_people(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Fetches what a row on a page needs, in a constant number of queries."""
    people = Participation.objects.select_related("client__jobcenter", "client__team", "staff")
    return appointments.select_related("topic", "jobcenter", "team__site", "channel_booking__channel").prefetch_related(
        Prefetch("participations", queryset=people)
    )


def only_with_names(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """In place of `with_people` where many are shown at once: topic and names, and nothing that is the same for all."""
    people = Participation.objects.select_related("client")
    bare = appointments.select_related(None).prefetch_related(None)
    return bare.select_related("topic").prefetch_related(Prefetch("participations", queryset=people))


def appointments_of(desk: Desk) -> QuerySet[Appointment]:
    """Appointments of the desk's teams, those its staff member takes part in, and those they stand in for."""
    if not desk.sees_cases:
        return Appointment.objects.none()
    mine = Participation.objects.filter(staff=desk.staff).values("appointment_id")
    return with_people(Appointment.objects.filter(jobcenter=desk.jobcenter)).filter(
        Q(team_id__in=desk.team_ids) | Q(pk__in=mine) | _stood_in_for(desk)
    )


def _stood_in_for(desk: Desk) -> Q:
    """What colleagues hold on the days on which the desk's staff member stands in for them."""
    theirs = Q(pk__in=[])
    for deputyship in desk.deputyships:
        held = Participation.objects.filter(staff=deputyship.absent).values("appointment_id")
        begins, ends = day_bounds(deputyship.first_day)[0], day_bounds(deputyship.last_day)[1]
        theirs |= Q(pk__in=held, starts_at__gte=begins, starts_at__lt=ends)
    return theirs


def deputised_appointments(desk: Desk) -> QuerySet[Appointment]:
    """What the desk's staff member may take over from colleagues they stand in for."""
    return with_people(Appointment.objects.filter(_stood_in_for(desk), jobcenter=desk.jobcenter))


def access_held_or_deputised(*, desk: Desk, public_id: uuid.UUID) -> Appointment:
    """An appointment the desk's staff member holds, or may take over; raises `NotYours` for any other."""
    held = appointments_of(desk).filter(participations__staff=desk.staff)
    for appointments in (held, deputised_appointments(desk)):
        appointment = appointments.filter(public_id=public_id).first()
        if appointment is not None:
            return appointment
    raise NotYours


def in_the_way(*, staff: StaffMember, appointment: Appointment) -> Appointment | None:
    """What `staff` has at the time of an appointment, in whichever office."""
    busy = Participation.objects.filter(
        staff=staff, is_active=True, starts_at__lt=appointment.ends_at, ends_at__gt=appointment.starts_at
    ).exclude(appointment=appointment)
    return with_people(Appointment.objects.filter(pk__in=busy.values("appointment_id"))).first()


def deputised_clients(desk: Desk) -> QuerySet[Client]:
    """Whose appointments the desk's staff member stands in for: to them they need to know the person, too."""
    stood_in = Appointment.objects.filter(_stood_in_for(desk), jobcenter=desk.jobcenter)
    theirs = Participation.objects.filter(appointment__in=stood_in.values("pk"), client__isnull=False)
    return Client.objects.of(desk.jobcenter).filter(pk__in=theirs.values("client_id"))


def access_appointment(*, desk: Desk, public_id: uuid.UUID) -> Appointment:
    """One appointment the desk may see, or whose client it gave a reason for today; `NotYours` for any other."""
    appointment = appointments_of(desk).filter(public_id=public_id).first() or _opened(desk, public_id)
    if appointment is None:
        raise NotYours
    return appointment


def _opened(desk: Desk, public_id: uuid.UUID) -> Appointment | None:
    """Of somebody who came to the desk's teams after it was booked, or was opened with a reason."""
    if not desk.sees_cases:
        return None
    theirs = Client.objects.filter(Q(pk__in=clients_of(desk)) | Q(pk__in=open_looks(desk).values("client_id")))
    opened = Appointment.objects.filter(jobcenter=desk.jobcenter, public_id=public_id)
    return with_people(opened.filter(participations__client__in=theirs)).first()


def client_of_door(*, desk: Desk, public_id: uuid.UUID) -> Client:
    """Whose appointment it is that the desk may give a reason for; raises `NotYours` for everybody else's."""
    theirs = Participation.objects.filter(appointment__jobcenter=desk.jobcenter, appointment__public_id=public_id)
    client = Client.objects.of(desk.jobcenter).filter(pk__in=theirs.values("client_id")).first()
    if client is None or not desk.sees_cases:
        raise NotYours
    return client


def appointments_with(*, client: Client) -> QuerySet[Appointment]:
    """All appointments of a client whose record is open to the asker, the latest first."""
    theirs = Participation.objects.filter(client=client, appointment__isnull=False).values("appointment_id")
    return with_people(Appointment.objects.filter(pk__in=theirs)).order_by("-starts_at")


def changes_since(*, appointment: Appointment, revision: int) -> list[AppointmentChange]:
    """What happened to an appointment after the page that showed `revision`, in order; nothing for its own."""
    # Every change raises the revision by one, but for a colleague's taking over.
    counted = appointment.changes.exclude(kind=ChangeKind.TAKEN_OVER).order_by("-id")
    return list(counted[: max(appointment.revision - revision, 0)])[::-1]


def standings(appointment: Appointment) -> list[tuple[int, ...]]:
    """What holds at each revision of an appointment: the keys of the changes that were not taken back.

    Where two revisions have the same, the appointment is the same.
    """
    holds: list[int] = []
    found = []
    for change in appointment.changes.exclude(kind=ChangeKind.TAKEN_OVER).order_by("id"):
        if change.kind == ChangeKind.UNDONE:
            holds.pop()
        else:
            holds.append(change.pk)
        found.append(tuple(holds))
    return found


def access_call_task(*, desk: Desk, public_id: uuid.UUID) -> CallTask:
    """One call task for a client of the desk's teams; raises `NotYours` for any other."""
    task = (
        CallTask.objects.filter(jobcenter=desk.jobcenter, public_id=public_id, client__team_id__in=desk.team_ids)
        .select_related(
            "jobcenter", "client__jobcenter", "client__team", "topic", "for_staff", "appointment__jobcenter"
        )
        .first()
    )
    if task is None or not desk.sees_cases:
        raise NotYours
    return task


def called_off(*, desk: Desk, day: dt.date) -> list[Appointment]:
    """What of the desk's own day was called off late or afterwards, slips of the hand left out."""
    start, end = day_bounds(day)
    off = appointments_of(desk).filter(
        participations__staff=desk.staff,
        starts_at__gte=start,
        starts_at__lt=end,
        state=AppointmentState.CANCELLED,
    )
    found = off.exclude(cancel_reason=CancelReason.MISTAKE).order_by("starts_at")
    return [one for one in found if one.notice in {Notice.LATE, Notice.AFTERWARDS}]


def coming(*, desk: Desk, after: dt.datetime, most: int = 5) -> list[Appointment]:
    """The desk's next planned appointments from `after` on."""
    return list(
        appointments_of(desk)
        .filter(participations__staff=desk.staff, starts_at__gte=after, state=AppointmentState.PLANNED)
        .order_by("starts_at")[:most]
    )


def without_outcome(*, desk: Desk, now: dt.datetime) -> QuerySet[Appointment]:
    """The desk's own past appointments that still wait for an outcome, oldest first."""
    past = Appointment.objects.filter(
        jobcenter=desk.jobcenter,
        participations__staff=desk.staff,
        participations__role=ParticipationRole.COUNSELLOR,
        state=AppointmentState.PLANNED,
        ends_at__lte=now,
    )
    return with_people(past).order_by("starts_at")


def open_call_tasks(desk: Desk) -> QuerySet[CallTask]:
    """Calls the desk's staff member still has to make, and may: clients of their present teams.

    Those nobody has tried yet first, then those to be tried again, in the order of their time.
    """
    tasks = CallTask.objects.filter(
        jobcenter=desk.jobcenter,
        for_staff=desk.staff,
        client__team_id__in=desk.team_ids,
        state=CallTaskState.OPEN,
    )
    return tasks.select_related("client", "topic").order_by(F("call_again_at").asc(nulls_first=True), "wanted_at")


def to_be_moved(*, desk: Desk, now: dt.datetime) -> list[Appointment]:
    """What the desk's staff member still holds here in times in which they are absent, earliest first."""
    within = Absence.objects.filter(
        staff=desk.staff, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    return list(with_people(_held(desk, now=now).filter(Exists(within))))


def coming_video(*, desk: Desk, now: dt.datetime) -> list[Appointment]:
    """The video appointments the desk's staff member still holds here, earliest first."""
    return list(with_people(_held(desk, now=now).filter(mode=Mode.VIDEO)))


def _held(desk: Desk, *, now: dt.datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        jobcenter=desk.jobcenter,
        participations__staff=desk.staff,
        participations__role=ParticipationRole.COUNSELLOR,
        state=AppointmentState.PLANNED,
        ends_at__gt=now,
    )


def last_contact_before(*, appointment: Appointment) -> Appointment | None:
    """The client's last held appointment before this one; what another team talked about stays there."""
    return (
        Appointment.objects.filter(
            participations__client=appointment.client,
            team_id=appointment.team_id,
            state=AppointmentState.HELD,
            starts_at__lt=appointment.starts_at,
        )
        .order_by("-starts_at")
        .first()
    )


@dataclass(frozen=True)
class ChannelNow:
    """One channel and until when it is taken; None when it is free."""

    number: int
    taken_until: dt.datetime | None


def channels_now(*, jobcenter: JobCenter, now: dt.datetime) -> list[ChannelNow]:
    """All active channels of an office at this moment."""
    taken = dict(
        ChannelBooking.objects.filter(channel__jobcenter=jobcenter, starts_at__lte=now, ends_at__gt=now).values_list(
            "channel_id", "ends_at"
        )
    )
    channels = VideoChannel.objects.filter(jobcenter=jobcenter, is_active=True)
    return [ChannelNow(channel.number, taken.get(channel.pk)) for channel in channels]


def topics_of(jobcenter: JobCenter) -> QuerySet[Topic]:
    """The office's topics that can be booked."""
    return Topic.objects.filter(jobcenter=jobcenter, is_active=True)


def latest_with(*, desk: Desk, client: Client) -> Appointment | None:
    """The latest appointment of the desk's staff member with a client, to come or past; cancelled ones left out."""
    theirs = Appointment.objects.filter(participations__client=client, jobcenter=desk.jobcenter)
    held = theirs.filter(participations__staff=desk.staff).exclude(state=AppointmentState.CANCELLED)
    return held.select_related("topic").order_by("-starts_at").first()


def recent_clients(*, desk: Desk, most: int = 8) -> list[Client]:
    """Whom the desk's staff member had appointments with last, latest first, as far as the desk may see them."""
    seen = clients_of(desk).filter(participations__appointment__participations__staff=desk.staff)
    return list(seen.annotate(latest=Max("participations__starts_at")).order_by("-latest")[:most])
