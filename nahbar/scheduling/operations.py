"""Every write to appointments but their outcomes: book, move, switch the mode, take over, cancel."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.consent.queries import is_withdrawn
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.people.queries import Desk, hold_client
from nahbar.scheduling import events
from nahbar.scheduling.changing import audit, busy, claim_change, close, hold, note
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.hours import is_absent
from nahbar.scheduling.models import (
    Appointment,
    Participation,
    Topic,
)
from nahbar.scheduling.offers import require_counselling, require_topic_offered, require_video_offered
from nahbar.scheduling.rules import (
    AgreedBy,
    AppointmentState,
    CancelledBy,
    CancelReason,
    ChangeKind,
    ParticipationRole,
    length_is_possible,
)
from nahbar.scheduling.seating import hold_days, hold_offer, prolong_channel, release_channel, take_channel
from nahbar.scheduling.turns import as_it_was, unless_deadlocked


@dataclass(frozen=True)
class Wish:
    """What is to be booked. `key` is made when the form is shown: the same form books once."""

    client: Client
    counsellor: StaffMember
    topic: Topic
    mode: Mode
    starts_at: dt.datetime
    minutes: int
    agreed_by: AgreedBy | None
    key: uuid.UUID

    @property
    def ends_at(self) -> dt.datetime:
        """The end, the start plus the length."""
        return self.starts_at + dt.timedelta(minutes=self.minutes)


def book_appointment(*, desk: Desk, wish: Wish, now: dt.datetime) -> Appointment:
    """Books what `wish` says, with participations and, for video, a channel.

    Sends `appointment_booked` and writes an audit row in the same transaction. The same `wish.key`
    again returns the appointment that is there. Raises `Refused`, and `NotYours` when the person was erased
    meanwhile; nothing is then stored.
    Skipped: whether the desk may see the client; the caller passed `people.queries.access_client`.
    """
    _require_possible(wish=wish, now=now)
    return unless_deadlocked(lambda: _book_once(desk=desk, wish=wish, now=now))


def _require_possible(*, wish: Wish, now: dt.datetime) -> None:
    if wish.starts_at < now:
        raise Refused(Reason.IN_PAST)
    if not length_is_possible(wish.minutes):
        raise Refused(Reason.LENGTH)
    if wish.mode not in wish.topic.modes:
        raise Refused(Reason.MODE_NOT_ALLOWED)
    if wish.mode == Mode.VIDEO and wish.agreed_by is None:
        raise Refused(Reason.NOT_AGREED)
    if wish.mode == Mode.VIDEO and is_withdrawn(client=wish.client):
        raise Refused(Reason.CONSENT_WITHDRAWN)


def _book_once(*, desk: Desk, wish: Wish, now: dt.datetime) -> Appointment:
    try:
        with transaction.atomic():
            hold_days(jobcenter=desk.jobcenter, times=[(wish.starts_at, wish.ends_at)])
            return _booked_with(desk=desk, wish=wish) or _insert(desk=desk, wish=wish, now=now)
    except IntegrityError as error:
        there = _booked_with(desk=desk, wish=wish)
        if there is not None:
            return there
        raise busy(error) from error


def _booked_with(*, desk: Desk, wish: Wish) -> Appointment | None:
    """What the same form has booked before; `Refused(STALE)` when it now says something else."""
    there = Appointment.objects.filter(jobcenter=desk.jobcenter, booking_key=wish.key).first()
    if there is None:
        return None
    same = (there.topic_id, there.mode, there.starts_at, there.ends_at) == (
        wish.topic.pk,
        wish.mode,
        wish.starts_at,
        wish.ends_at,
    )
    if not same or not there.is_planned or there.client != wish.client:
        raise Refused(Reason.STALE)
    return there


def _insert(*, desk: Desk, wish: Wish, now: dt.datetime) -> Appointment:
    hold_client(wish.client)
    require_topic_offered(topic=wish.topic)
    require_counselling(staff=wish.counsellor, jobcenter=desk.jobcenter)
    if wish.mode == Mode.VIDEO:
        require_video_offered(staff=wish.counsellor)
    if is_absent(staff=wish.counsellor, starts_at=wish.starts_at, ends_at=wish.ends_at):
        raise Refused(Reason.COUNSELLOR_ABSENT)
    appointment = Appointment.objects.create(
        jobcenter=desk.jobcenter,
        team=wish.client.team,
        topic=wish.topic,
        mode=wish.mode,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        agreed_by=wish.agreed_by or "",
        agreed_with=desk.staff if wish.agreed_by else None,
        agreed_at=now if wish.agreed_by else None,
        booking_key=wish.key,
        created_at=now,
    )
    span = {"appointment": appointment, "starts_at": wish.starts_at, "ends_at": wish.ends_at}
    Participation.objects.create(role=ParticipationRole.COUNSELLOR, staff=wish.counsellor, **span)
    Participation.objects.create(role=ParticipationRole.CLIENT, client=wish.client, **span)
    if appointment.is_video:
        take_channel(occasion=appointment, now=now)
    note(appointment=appointment, kind=ChangeKind.BOOKED, by=desk.actor, now=now)
    record(
        action=Action.APPOINTMENT_BOOKED,
        by=desk.actor,
        office=desk.jobcenter.slug,
        about=About("appointment", str(appointment.public_id)),
        detail={"mode": wish.mode.value},
        now=now,
    )
    events.appointment_booked.send(sender=Appointment, appointment=appointment, by=desk.actor, now=now)
    return appointment


def move_appointment(
    *,
    appointment: Appointment,
    starts_at: dt.datetime,
    minutes: int,
    by: Actor,
    now: dt.datetime,
    revision: int | None = None,
) -> None:
    """Gives a planned appointment another time, its channel included, and sends `appointment_moved`.

    `revision` is what the page showed. Raises `Refused`; nothing is then changed.
    """
    if starts_at < now:
        raise Refused(Reason.IN_PAST)
    if not length_is_possible(minutes):
        raise Refused(Reason.LENGTH)
    if is_absent(staff=appointment.counsellor, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=minutes)):
        raise Refused(Reason.COUNSELLOR_ABSENT)
    unless_deadlocked(
        lambda: _move_once(
            appointment=appointment, starts_at=starts_at, minutes=minutes, by=by, now=now, revision=revision
        )
    )


def _move_once(
    *,
    appointment: Appointment,
    starts_at: dt.datetime,
    minutes: int,
    by: Actor,
    now: dt.datetime,
    revision: int | None,
) -> None:
    try:
        with as_it_was(appointment), transaction.atomic():
            ends_at = starts_at + dt.timedelta(minutes=minutes)
            hold(appointment, (starts_at, ends_at))
            require_counselling(staff=appointment.counsellor, jobcenter=appointment.jobcenter)
            claim_change(appointment=appointment, revision=revision)
            old_starts_at, old_ends_at = appointment.starts_at, appointment.ends_at
            release_channel(occasion=appointment)
            appointment.starts_at, appointment.ends_at = starts_at, ends_at
            appointment.save(update_fields=["starts_at", "ends_at"])
            for role in (ParticipationRole.COUNSELLOR, ParticipationRole.CLIENT):
                appointment.participations.filter(role=role).update(
                    starts_at=appointment.starts_at, ends_at=appointment.ends_at
                )
            if appointment.is_video:
                take_channel(occasion=appointment, now=now)
            note(
                appointment=appointment,
                kind=ChangeKind.MOVED,
                by=by,
                now=now,
                old_starts_at=old_starts_at,
                old_ends_at=old_ends_at,
            )
            audit(Action.MOVED, appointment=appointment, by=by, now=now)
            events.appointment_moved.send(
                sender=Appointment,
                appointment=appointment,
                old_starts_at=old_starts_at,
                old_ends_at=old_ends_at,
                by=by,
                now=now,
            )
    except IntegrityError as error:
        raise busy(error) from error


def take_over(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    """The desk's staff member holds a planned appointment from now on, in a colleague's place.

    False when they already do. Sends `appointment_taken_over`. The revision stays: mails that wait name
    whoever holds it when they are sent. Raises `Refused` (NOT_PLANNED, NOT_COUNSELLING, VIDEO_NOT_OFFERED,
    COUNSELLOR_BUSY, IN_TALK, STALE when another deputy was quicker).
    Skipped: whether they stand in; the caller passed `queries.access_held_or_deputised`.
    """
    try:
        return unless_deadlocked(lambda: _take_over_once(desk=desk, appointment=appointment, now=now))
    except IntegrityError as error:
        raise busy(error) from error


@transaction.atomic
def _take_over_once(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> bool:
    absent = appointment.counsellor
    # Before the row, as everywhere.
    hold_offer(jobcenter=desk.jobcenter)
    Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    appointment.refresh_from_db(fields=["state", "mode"])
    holds = appointment.participations.filter(role=ParticipationRole.COUNSELLOR)
    if holds.filter(staff=desk.staff).exists():
        return False
    if not appointment.is_planned:
        raise Refused(Reason.NOT_PLANNED)
    require_counselling(staff=desk.staff, jobcenter=desk.jobcenter)
    if appointment.is_video:
        require_video_offered(staff=desk.staff)
    if not holds.filter(staff=absent).update(staff=desk.staff):
        raise Refused(Reason.STALE)
    Appointment.objects.filter(pk=appointment.pk).update(sequence=F("sequence") + 1)
    appointment.refresh_from_db(fields=["sequence"])
    note(appointment=appointment, kind=ChangeKind.TAKEN_OVER, by=desk.actor, now=now)
    audit(Action.TAKEN_OVER, appointment=appointment, by=desk.actor, now=now)
    events.appointment_taken_over.send(
        sender=Appointment, appointment=appointment, absent=absent, by=desk.actor, now=now
    )
    return True


def keep_channel(*, appointment: Appointment, until: dt.datetime, now: dt.datetime) -> bool:
    """Prolongs the channel of a planned appointment whose talk goes on; False when others need it then."""
    return unless_deadlocked(lambda: _keep_channel_once(appointment=appointment, until=until, now=now))


@transaction.atomic
def _keep_channel_once(*, appointment: Appointment, until: dt.datetime, now: dt.datetime) -> bool:
    hold_days(jobcenter=appointment.jobcenter, times=[(appointment.starts_at, until)])
    # Held, so that nobody closes it meanwhile: a closed one has given its channel back.
    planned = Appointment.objects.select_for_update(no_key=True).filter(
        pk=appointment.pk, state=AppointmentState.PLANNED
    )
    return planned.first() is not None and prolong_channel(appointment=appointment, until=until, now=now)


@transaction.atomic
def switch_mode(
    *,
    appointment: Appointment,
    mode: Mode,
    by: Actor,
    now: dt.datetime,
    agreed_by: AgreedBy | None = None,
    despite_policy: bool = False,
    revision: int | None = None,
) -> bool:
    """Switches how people meet; time, length and people stay. False when it already is that mode.

    Away from video frees the channel at once; to video takes one. Sends `appointment_mode_changed`.
    `despite_policy` is for a withdrawn consent, which must never fail on what a topic allows; `revision` is
    what the page showed. Staff switch to video only with `agreed_by`, unless it was agreed before; a client's
    own choice is agreement enough. Raises `Refused` (MODE_NOT_ALLOWED, NOT_AGREED, VIDEO_NOT_OFFERED,
    CONSENT_WITHDRAWN, NO_CHANNEL, NOT_PLANNED, STALE).
    """
    if appointment.mode == mode:
        return False
    if mode not in appointment.topic.modes and not despite_policy:
        raise Refused(Reason.MODE_NOT_ALLOWED)
    if mode == Mode.VIDEO:
        _require_video(appointment, by=by, agreed_by=agreed_by)
    hold(appointment)
    claim_change(appointment=appointment, revision=revision)
    old_mode, appointment.mode = appointment.mode, mode
    if agreed_by:
        appointment.agreed_by, appointment.agreed_at = agreed_by, now
    appointment.save(update_fields=["mode", "agreed_by", "agreed_at"])
    release_channel(occasion=appointment)
    if mode == Mode.VIDEO:
        take_channel(occasion=appointment, now=now)
    note(appointment=appointment, kind=ChangeKind.MODE_CHANGED, by=by, now=now, old_mode=old_mode)
    audit(Action.MODE_CHANGED, appointment=appointment, by=by, now=now)
    events.appointment_mode_changed.send(sender=Appointment, appointment=appointment, old_mode=old_mode, by=by, now=now)
    return True


def _require_video(appointment: Appointment, *, by: Actor, agreed_by: AgreedBy | None) -> None:
    require_video_offered(staff=appointment.counsellor)
    if by.kind == "staff" and not (agreed_by or appointment.agreed_by):
        raise Refused(Reason.NOT_AGREED)
    if is_withdrawn(client=appointment.client):
        raise Refused(Reason.CONSENT_WITHDRAWN)


@transaction.atomic
def cancel_appointment(
    *,
    appointment: Appointment,
    cancelled_by: CancelledBy,
    by: Actor,
    now: dt.datetime,
    reason: CancelReason = CancelReason.NOT_SAID,
    revision: int | None = None,
) -> None:
    """Calls a planned appointment off: frees people and channel, sends `appointment_cancelled`.

    `revision` is what the page showed. Raises `Refused` (NOT_PLANNED, STALE).
    """
    hold(appointment)
    called_off = {"cancelled_by": cancelled_by, "cancel_reason": reason, "cancelled_at": now}
    close(appointment=appointment, to=AppointmentState.CANCELLED, revision=revision, **called_off)
    release_channel(occasion=appointment)
    note(appointment=appointment, kind=ChangeKind.CANCELLED, by=by, now=now)
    audit(Action.CANCELLED, appointment=appointment, by=by, now=now)
    events.appointment_cancelled.send(sender=Appointment, appointment=appointment, by=by, now=now)
