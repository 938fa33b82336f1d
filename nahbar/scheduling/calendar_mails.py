"""Every change of a counsellor's appointments and meetings, told to their own calendar by mail.

The outbox holds a reference `<participation>:<sequence>:<staff member>`. What the calendar shall do is asked
when the worker sends: what was cancelled, or is a colleague's now, is taken out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.dispatch import receiver
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nahbar.audit.rules import Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.outbox.mail import CalendarPart, RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import MAYBE_READ, About
from nahbar.people.models import StaffMember
from nahbar.people.queries import works_as_counsellor
from nahbar.scheduling import events
from nahbar.scheduling.calendars import Method, calendar, entry_for_counsellor
from nahbar.scheduling.models import Appointment, CalendarFeed, Meeting, Occasion, Participation
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import BERLIN, ParticipationRole, mails_wait_until

TEMPLATE = "staff_calendar"


@dataclass(frozen=True)
class Reference:
    """What a queued mail is about."""

    participation: uuid.UUID
    sequence: int
    staff_id: int

    @classmethod
    def parse(cls, about_id: str) -> Reference:
        """Reads `<participation>:<sequence>:<staff member>`."""
        participation, sequence, staff_id = about_id.split(":")
        return cls(uuid.UUID(participation), int(sequence), int(staff_id))

    def __str__(self) -> str:
        return f"{self.participation}:{self.sequence}:{self.staff_id}"


def tell(
    *,
    occasion: Occasion,
    participation: Participation,
    staff: StaffMember,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
) -> None:
    """Queues one mail for their calendar, in the caller's transaction; none where they do not want any.

    `participation` is the staff member's, or was until somebody else took the appointment over.
    """
    if not _wants_mails(staff, occasion.jobcenter):
        return
    reference = Reference(participation.public_id, occasion.sequence, staff.pk)
    queue(
        template=TEMPLATE,
        about=About("participation", str(reference)),
        office=occasion.jobcenter.slug,
        not_before=not_before,
        not_after=occasion.ends_at,
        now=now,
    )


@receiver(
    [
        events.appointment_booked,
        events.appointment_moved,
        events.appointment_mode_changed,
        events.appointment_cancelled,
    ],
    dispatch_uid="scheduling.calendar",
)
def tell_the_counsellor(
    *,
    appointment: Appointment,
    by: Actor,
    now: dt.datetime,
    old_starts_at: dt.datetime | None = None,
    **_kwargs: Any,
) -> None:
    """Whoever holds the appointment has it in their calendar, or has it no more."""
    held = appointment.participation_of(ParticipationRole.COUNSELLOR)
    soonest = min(old_starts_at or appointment.starts_at, appointment.starts_at)
    until = mails_wait_until(by_kind=by.kind, soonest=soonest, now=now)
    tell(occasion=appointment, participation=held, staff=appointment.counsellor, now=now, not_before=until)


@receiver(events.appointment_undone, dispatch_uid="scheduling.calendar_undone")
def correct_the_counsellor(*, appointment: Appointment, now: dt.datetime, **_kwargs: Any) -> None:
    """As before in their calendar, too; nothing is said of what it never heard of."""
    held, staff = appointment.participation_of(ParticipationRole.COUNSELLOR), appointment.counsellor
    told = _told_sequence(held, staff)
    before = appointment.sequence - 2
    if told != before and not (told is None and appointment.is_cancelled):
        tell(occasion=appointment, participation=held, staff=staff, now=now)


def _told_sequence(held: Participation, staff: StaffMember) -> int | None:
    """The latest sequence that went out to their calendar, or may have; None when none has."""
    about = OutboxMessage.objects.filter(template=TEMPLATE, about_id__startswith=f"{held.public_id}:")
    gone = about.filter(state__in=MAYBE_READ)
    references = [Reference.parse(about_id) for about_id in gone.values_list("about_id", flat=True)]
    return max((one.sequence for one in references if one.staff_id == staff.pk), default=None)


@receiver(events.appointment_taken_over, dispatch_uid="scheduling.calendar_taken_over")
def tell_both(*, appointment: Appointment, absent: StaffMember, now: dt.datetime, **_kwargs: Any) -> None:
    """Out of the one calendar, into the other."""
    fresh = with_people(Appointment.objects.all()).get(pk=appointment.pk)
    held = fresh.participation_of(ParticipationRole.COUNSELLOR)
    for staff in (absent, fresh.counsellor):
        tell(occasion=fresh, participation=held, staff=staff, now=now)


@receiver(events.meeting_changed, dispatch_uid="scheduling.calendar_meeting")
def tell_everybody(*, meeting: Meeting, now: dt.datetime, **_kwargs: Any) -> None:
    """Whoever takes part has it in their calendar, or has it no more."""
    for one in meeting.participations.select_related("staff"):
        assert one.staff is not None  # only staff meet
        tell(occasion=meeting, participation=one, staff=one.staff, now=now)


def still_wanted(about_id: str, now: dt.datetime) -> bool:
    """Whether nothing newer was told since.

    Whoever handed the appointment over hears nothing newer: theirs stays wanted.
    """
    reference = Reference.parse(about_id)
    found, staff = _look_up(reference)
    if found is None or staff is None:
        return False
    occasion = found.occasion
    if not (staff.is_active and _wants_mails(staff, occasion.jobcenter)):
        return False
    return found.staff != staff or (
        occasion.sequence == reference.sequence and works_as_counsellor(staff=staff, jobcenter=occasion.jobcenter)
    )


def _look_up(reference: Reference) -> tuple[Participation | None, StaffMember | None]:
    known = Participation.objects.select_related("staff", "appointment__jobcenter", "meeting__jobcenter")
    found = known.filter(public_id=reference.participation).first()
    return found, StaffMember.objects.filter(pk=reference.staff_id).first()


def _wants_mails(staff: StaffMember, jobcenter: JobCenter) -> bool:
    """With a feed as well, every appointment would be in their calendar twice."""
    return staff.gets_calendar_mails and not CalendarFeed.objects.filter(staff=staff, jobcenter=jobcenter).exists()


def render(about_id: str) -> RenderedMail:
    """The mail; its words are for whoever reads mails by hand. Raises LookupError when what it is about is gone."""
    found, staff = _look_up(Reference.parse(about_id))
    if found is None or staff is None:
        raise LookupError("the appointment or the account is gone")
    occasion = found.occasion
    holds = not occasion.is_cancelled and found.staff == staff
    method = Method.REQUEST if holds else Method.CANCEL
    with translation.override("de"), timezone.override(BERLIN):
        entry = entry_for_counsellor(appointment=occasion, attendee=staff.email)
        start = occasion.local_start
        words = {"what": entry.summary, "day": f"{start.day}.{start.month}.", "time": f"{start:%H:%M}"}
        subject = (
            _("%(what)s am %(day)s um %(time)s Uhr") if holds else _("Entfällt: %(what)s am %(day)s um %(time)s Uhr")
        )
        return RenderedMail(
            to=staff.email,
            subject=subject % words,
            text=render_to_string("scheduling/calendar_mail.txt", {"entry": entry, "holds": holds}),
            headers={"Content-Language": "de"},
            calendar=CalendarPart(method.value, calendar([entry], method=method, now=timezone.now())),
        )
