"""What an office offers no longer: a channel, a topic, a counsellor.

Nothing is deleted: the past stays readable. What has a future is refused with what must be moved first. Whoever books,
moves or takes over holds the office's offer (`seating.hold_offer`); here it is held alone, so that nothing is booked
on what goes. Skipped everywhere: whether `by` may; the caller's door says so.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.operations import touch
from nahbar.jobcenters.rules import Role
from nahbar.people.models import StaffMember
from nahbar.people.operations import end_role
from nahbar.scheduling.errors import HasFuture, Refused
from nahbar.scheduling.models import Appointment, CallTask, ChannelBooking, Meeting, Occasion, Topic, VideoChannel
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import AppointmentState, CallTaskState, ParticipationRole
from nahbar.scheduling.seating import hold_offer, take_channel


@transaction.atomic
def retire_channel(*, channel: VideoChannel, by: Actor, now: dt.datetime) -> bool:
    """No booking takes the channel any more; False when it was retired already.

    Bookings to come are seated anew on the others. A talk that has begun keeps it to its end. Raises `HasFuture`
    with the appointments and meetings for which there is no other channel; nothing is then changed.
    """
    hold_offer(jobcenter=channel.jobcenter, alone=True)
    if not VideoChannel.objects.filter(pk=channel.pk, is_active=True).update(is_active=False):
        return False
    left = _seat_elsewhere(channel, now=now)
    if left:
        raise HasFuture(
            appointments=[one for one in left if isinstance(one, Appointment)],
            meetings=[one for one in left if isinstance(one, Meeting)],
        )
    _audit(Action.CHANNEL_RETIRED, jobcenter=channel.jobcenter, about=About("channel", str(channel.pk)), by=by, now=now)
    return True


def _seat_elsewhere(channel: VideoChannel, *, now: dt.datetime) -> list[Occasion]:
    """Gives what is to come on a channel another one; that for which there is none, earliest first."""
    bookings = ChannelBooking.objects.filter(channel=channel, starts_at__gt=now)
    # Off it first: who cannot be seated must not take the place of who can.
    appointments = with_people(Appointment.objects.filter(pk__in=bookings.values("appointment_id")))
    meetings = Meeting.objects.filter(pk__in=bookings.values("meeting_id")).select_related("jobcenter")
    waiting: list[Occasion] = sorted([*appointments, *meetings], key=lambda one: one.starts_at)
    bookings.delete()
    left = []
    for occasion in waiting:
        try:
            take_channel(occasion=occasion, now=now)
        except Refused:
            left.append(occasion)
    return left


@transaction.atomic
def retire_topic(*, topic: Topic, by: Actor, now: dt.datetime, kept_by_planned: bool = False) -> bool:
    """Nobody books the topic any more; False when it was retired already. Old appointments still name it.

    Raises `HasFuture` while appointments to come or open call tasks have it, unless `kept_by_planned`: whoever has
    seen that list may let them keep it. They can then be held, moved and switched as before; a call task's video is
    booked with another topic.
    """
    hold_offer(jobcenter=topic.jobcenter, alone=True)
    if not Topic.objects.filter(pk=topic.pk, is_active=True).update(is_active=False):
        return False
    if not kept_by_planned:
        _require_no_future(
            appointments=_to_come(topic.jobcenter, now=now).filter(topic=topic),
            call_tasks=_open_tasks(topic.jobcenter).filter(topic=topic),
        )
    _audit(Action.TOPIC_RETIRED, jobcenter=topic.jobcenter, about=About("topic", str(topic.pk)), by=by, now=now)
    return True


@transaction.atomic
def retire_counsellor(*, staff: StaffMember, jobcenter: JobCenter, by: Actor, now: dt.datetime) -> bool:
    """They hold no talks in that office any more; False when they did not anyway. Other roles stay.

    Raises `HasFuture` while they hold appointments to come, have called meetings, or have calls to make there.
    """
    hold_offer(jobcenter=jobcenter, alone=True)
    future = held_by(staff=staff, jobcenter=jobcenter, now=now)
    if future.appointments or future.call_tasks or future.meetings:
        raise future
    return end_role(staff=staff, jobcenter=jobcenter, role=Role.COUNSELLOR, by=by, now=now)


def held_by(*, staff: StaffMember, jobcenter: JobCenter, now: dt.datetime) -> HasFuture:
    """What a counsellor holds that is still to come in an office; not raised."""
    held = _to_come(jobcenter, now=now).filter(
        participations__staff=staff, participations__role=ParticipationRole.COUNSELLOR
    )
    called = Meeting.objects.filter(organiser=staff, jobcenter=jobcenter, is_cancelled=False, ends_at__gt=now)
    tasks = _open_tasks(jobcenter).filter(for_staff=staff)
    return HasFuture(appointments=list(with_people(held)), call_tasks=list(tasks), meetings=list(called))


def _to_come(jobcenter: JobCenter, *, now: dt.datetime) -> QuerySet[Appointment]:
    """Planned and not over; also talks that take longer than booked, whose channel is kept."""
    not_over = Q(ends_at__gt=now) | Q(channel_booking__ends_at__gt=now)
    return Appointment.objects.filter(not_over, jobcenter=jobcenter, state=AppointmentState.PLANNED)


def _open_tasks(jobcenter: JobCenter) -> QuerySet[CallTask]:
    return CallTask.objects.filter(jobcenter=jobcenter, state=CallTaskState.OPEN).select_related("client", "topic")


def _require_no_future(*, appointments: QuerySet[Appointment], call_tasks: QuerySet[CallTask]) -> None:
    future = HasFuture(appointments=list(with_people(appointments)), call_tasks=list(call_tasks))
    if future.appointments or future.call_tasks:
        raise future


def _audit(action: Action, *, jobcenter: JobCenter, about: About, by: Actor, now: dt.datetime) -> None:
    # A page of the set-up that was shown before is an older one now.
    touch(jobcenter=jobcenter)
    record(action=action, by=by, office=jobcenter.slug, about=about, now=now)
