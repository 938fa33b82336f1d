"""What staff meet for without a client, guided practice too: every write, and who reads what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, NotYours, team_of
from nahbar.scheduling import events
from nahbar.scheduling.constraints import violates
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.hours import first_absent
from nahbar.scheduling.models import Absence, Meeting, Participation
from nahbar.scheduling.offers import require_counselling
from nahbar.scheduling.rules import MeetingKind, ParticipationRole, length_is_possible
from nahbar.scheduling.seating import Span, hold_days, release_channel, take_channel
from nahbar.scheduling.turns import as_it_was, unless_deadlocked


@dataclass(frozen=True)
class MeetingWish:
    """What is to be booked. `key` is made when the form is shown: the same form books once."""

    kind: MeetingKind
    title: str
    starts_at: dt.datetime
    minutes: int
    colleagues: Sequence[StaffMember]
    uses_channel: bool
    key: uuid.UUID

    @property
    def span(self) -> Span:
        """From the start to the start plus the length."""
        return _span(self.starts_at, self.minutes)


def _span(starts_at: dt.datetime, minutes: int) -> Span:
    return Span(starts_at, starts_at + dt.timedelta(minutes=minutes))


# --- reads ---------------------------------------------------------------------------------------


def _with_people(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    people = Prefetch("participations", queryset=Participation.objects.select_related("staff"))
    return meetings.select_related("jobcenter", "channel_booking__channel").prefetch_related(people)


def meetings_of(desk: Desk) -> QuerySet[Meeting]:
    """Meetings of the desk's teams, and those its staff member takes part in."""
    if not desk.sees_cases:
        return Meeting.objects.none()
    mine = Participation.objects.filter(staff=desk.staff).values("meeting_id")
    seen = Meeting.objects.filter(Q(team_id__in=desk.team_ids) | Q(pk__in=mine), jobcenter=desk.jobcenter)
    return _with_people(seen)


def access_meeting(*, desk: Desk, public_id: uuid.UUID) -> Meeting:
    """One meeting the desk may see; raises `NotYours` for any other."""
    meeting = meetings_of(desk).filter(public_id=public_id).first()
    if meeting is None:
        raise NotYours
    return meeting


def access_own_meeting(*, desk: Desk, public_id: uuid.UUID) -> Meeting:
    """One meeting the desk's staff member has called, and may change; raises `NotYours` for any other."""
    meeting = access_meeting(desk=desk, public_id=public_id)
    if meeting.organiser_id != desk.staff.pk:
        raise NotYours
    return meeting


def meetings_between(
    *, staff: StaffMember, jobcenter: JobCenter, begins: dt.datetime, ends: dt.datetime
) -> list[Meeting]:
    """What `staff` takes part in there and that starts from `begins` on and before `ends`, earliest first.

    Cancelled ones are left out. Two queries, however many there are.
    """
    theirs = Meeting.objects.filter(jobcenter=jobcenter, participations__staff=staff, is_cancelled=False)
    return list(_with_people(theirs.filter(starts_at__gte=begins, starts_at__lt=ends)))


def meetings_in_absence(*, desk: Desk, now: dt.datetime) -> list[Meeting]:
    """What the desk's staff member still takes part in here in times in which they are absent, earliest first."""
    within = Absence.objects.filter(
        staff=desk.staff, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    theirs = Meeting.objects.filter(
        Exists(within), jobcenter=desk.jobcenter, participations__staff=desk.staff, is_cancelled=False, ends_at__gt=now
    )
    return list(_with_people(theirs))


# --- book ----------------------------------------------------------------------------------------


def book_meeting(*, desk: Desk, wish: MeetingWish, now: dt.datetime) -> Meeting:
    """Books what `wish` says for the desk's staff member and their colleagues, where wanted with a channel.

    Sends `meeting_changed` and writes an audit row, without the title, in the same transaction. The same
    `wish.key` again returns the meeting that is there. Raises `Refused`, naming the colleague who is busy or
    absent; nothing is then stored.
    Skipped: whether the colleagues are some; the caller took them from `people.queries.colleagues_of`.
    """
    _require_possible(starts_at=wish.starts_at, minutes=wish.minutes, now=now)
    return unless_deadlocked(lambda: _book_once(desk=desk, wish=wish, now=now))


def _require_possible(*, starts_at: dt.datetime, minutes: int, now: dt.datetime) -> None:
    if starts_at < now:
        raise Refused(Reason.IN_PAST)
    if not length_is_possible(minutes):
        raise Refused(Reason.LENGTH)


def _book_once(*, desk: Desk, wish: MeetingWish, now: dt.datetime) -> Meeting:
    try:
        with transaction.atomic():
            hold_days(jobcenter=desk.jobcenter, times=[(wish.span.starts_at, wish.span.ends_at)])
            return _booked_with(desk=desk, wish=wish) or _insert(desk=desk, wish=wish, now=now)
    except IntegrityError as error:
        there = _booked_with(desk=desk, wish=wish)
        if there is not None:
            return there
        raise _busy(error, people=[desk.staff, *wish.colleagues], span=wish.span) from error


def _booked_with(*, desk: Desk, wish: MeetingWish) -> Meeting | None:
    """What the same form has booked before; `Refused(STALE)` when it now says something else."""
    there = Meeting.objects.filter(jobcenter=desk.jobcenter, booking_key=wish.key).first()
    if there is None:
        return None
    asked = (desk.staff.pk, wish.kind, wish.title, wish.span, wish.uses_channel, {desk.staff, *wish.colleagues})
    span, people = Span(there.starts_at, there.ends_at), set(there.people)
    known = (there.organiser_id, there.kind, there.title, span, there.uses_channel, people)
    if known != asked or there.is_cancelled:
        raise Refused(Reason.STALE)
    return there


def _insert(*, desk: Desk, wish: MeetingWish, now: dt.datetime) -> Meeting:
    people, times = [desk.staff, *wish.colleagues], {"starts_at": wish.span.starts_at, "ends_at": wish.span.ends_at}
    for one in people:
        require_counselling(staff=one, jobcenter=desk.jobcenter)
    _require_present(people=people, span=wish.span)
    meeting = Meeting.objects.create(
        jobcenter=desk.jobcenter,
        team=team_of(desk),
        organiser=desk.staff,
        kind=wish.kind,
        title=wish.title,
        uses_channel=wish.uses_channel,
        booking_key=wish.key,
        created_at=now,
        **times,
    )
    Participation.objects.bulk_create(
        Participation(meeting=meeting, role=ParticipationRole.COUNSELLOR, staff=staff, **times) for staff in people
    )
    if meeting.uses_channel:
        take_channel(occasion=meeting, now=now)
    _tell(Action.MEETING_BOOKED, meeting=meeting, by=desk.actor, now=now)
    return meeting


def _require_present(*, people: Sequence[StaffMember], span: Span) -> None:
    absent = first_absent(people=people, starts_at=span.starts_at, ends_at=span.ends_at)
    if absent is not None:
        raise _refused(Reason.COUNSELLOR_ABSENT, who=absent, people=people)


def _refused(reason: Reason, *, who: StaffMember | None, people: Sequence[StaffMember]) -> Refused:
    """The organiser, the first of the people, needs no naming."""
    return Refused(reason, colleague=None if who == people[0] else who)


def _busy(
    error: IntegrityError, *, people: Sequence[StaffMember], span: Span, moving: Meeting | None = None
) -> Exception:
    """Whom the database found in two places; nobody is named who has become free meanwhile."""
    if not violates(error, "no_overlap_staff"):
        return error
    held = Participation.objects.filter(
        staff__in=people, is_active=True, starts_at__lt=span.ends_at, ends_at__gt=span.starts_at
    )
    other = held.exclude(meeting=moving) if moving else held
    busy = set(other.values_list("staff_id", flat=True))
    who = next((one for one in people if one.pk in busy), None)
    return _refused(Reason.COUNSELLOR_BUSY, who=who, people=people)


def _tell(action: Action, *, meeting: Meeting, by: Actor, now: dt.datetime) -> None:
    record(
        action=action,
        by=by,
        office=meeting.jobcenter.slug,
        about=About("meeting", str(meeting.public_id)),
        detail={"kind": str(meeting.kind), "channel": meeting.uses_channel},
        now=now,
    )
    events.meeting_changed.send(sender=Meeting, meeting=meeting, by=by, now=now)


# --- change --------------------------------------------------------------------------------------


def move_meeting(
    *, meeting: Meeting, starts_at: dt.datetime, minutes: int, revision: int, by: Actor, now: dt.datetime
) -> None:
    """Gives a meeting that is not over another time, its channel included, and sends `meeting_changed`.

    `revision` is what the page showed. Raises `Refused`; nothing is then changed.
    Skipped: whether it is theirs to change; the caller passed `access_own_meeting`.
    """
    _require_possible(starts_at=starts_at, minutes=minutes, now=now)
    span = _span(starts_at, minutes)
    unless_deadlocked(lambda: _move_once(meeting=meeting, span=span, revision=revision, by=by, now=now))


def _move_once(*, meeting: Meeting, span: Span, revision: int, by: Actor, now: dt.datetime) -> None:
    people = meeting.people
    try:
        with as_it_was(meeting), transaction.atomic():
            _claim_change(meeting=meeting, revision=revision, to=span, now=now)
            _require_present(people=people, span=span)
            release_channel(occasion=meeting)
            meeting.starts_at, meeting.ends_at = span.starts_at, span.ends_at
            meeting.save(update_fields=["starts_at", "ends_at"])
            meeting.participations.update(starts_at=span.starts_at, ends_at=span.ends_at)
            if meeting.uses_channel:
                take_channel(occasion=meeting, now=now)
            _tell(Action.MOVED, meeting=meeting, by=by, now=now)
    except IntegrityError as error:
        raise _busy(error, people=people, span=span, moving=meeting) from error


def _claim_change(*, meeting: Meeting, revision: int, to: Span, now: dt.datetime) -> None:
    """Holds the days, then raises the revision by compare-and-set, which also is the lock.

    Raises `Refused`: NOT_PLANNED when it is cancelled or over, STALE when `revision` is not the stored one.
    """
    hold_days(jobcenter=meeting.jobcenter, times=[(meeting.starts_at, meeting.ends_at), (to.starts_at, to.ends_at)])
    # Of another revision it may have been on another day, which is not held.
    same = Meeting.objects.filter(pk=meeting.pk, revision=revision).filter(revision=meeting.revision)
    changed = same.filter(is_cancelled=False, ends_at__gt=now).update(
        revision=F("revision") + 1, sequence=F("sequence") + 1
    )
    meeting.refresh_from_db()
    if not changed:
        raise Refused(Reason.NOT_PLANNED if meeting.is_cancelled or meeting.ends_at <= now else Reason.STALE)


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, revision: int, by: Actor, now: dt.datetime) -> None:
    """Calls a meeting off that is not over: frees people and channel, sends `meeting_changed`.

    `revision` is what the page showed. Raises `Refused` (NOT_PLANNED, STALE).
    Skipped: whether it is theirs to change; the caller passed `access_own_meeting`.
    """
    _claim_change(meeting=meeting, revision=revision, to=Span(meeting.starts_at, meeting.ends_at), now=now)
    meeting.is_cancelled = True
    meeting.save(update_fields=["is_cancelled"])
    meeting.participations.update(is_active=False)
    release_channel(occasion=meeting)
    _tell(Action.CANCELLED, meeting=meeting, by=by, now=now)
