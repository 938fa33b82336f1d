"""Channels, topics, appointments with their participations, and the contact ledger."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.constraints import NoOverlap
from nahbar.scheduling.rules import (
    BERLIN,
    AgreedBy,
    AppointmentState,
    CallTaskState,
    CancelledBy,
    CancelReason,
    ChangeKind,
    ContactKind,
    MeetingKind,
    NotHeldReason,
    Notice,
    Outcome,
    ParticipationRole,
    notice_of,
    outcome_of,
    reason_in_words,
)


class VideoChannel(models.Model):
    """One reservable virtual office: capacity, never a shared room."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="channels")
    number = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["jobcenter", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "number"], name="channel_number_unique_in_office"),
        ]

    def __str__(self) -> str:
        return f"Kanal {self.number}"


class Topic(models.Model):
    """What is talked about, and the ways the office allows for it."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="topics")
    name = models.CharField(max_length=80)
    allows_video = models.BooleanField(default=True)
    allows_telephone = models.BooleanField(default=True)
    allows_on_site = models.BooleanField(default=True)
    allows_outreach_visit = models.BooleanField(default=False)
    # What is no longer offered still names old appointments.
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "name"], name="topic_name_unique_in_office"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def modes(self) -> list[Mode]:
        """The allowed modes in the order in which they are offered."""
        return [mode for mode in Mode if getattr(self, f"allows_{mode.value}")]


class _Timed(models.Model):
    """Something from one moment to another, as people read it."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def minutes(self) -> int:
        """Its length in minutes."""
        return int((self.ends_at - self.starts_at) / dt.timedelta(minutes=1))

    @property
    def local_start(self) -> dt.datetime:
        """The start as the clock in the office shows it."""
        return self.starts_at.astimezone(BERLIN)

    @property
    def local_end(self) -> dt.datetime:
        """The end as the clock in the office shows it."""
        return self.ends_at.astimezone(BERLIN)


class Appointment(_Timed):
    """A talk that was agreed: who stands in its participations, where a channel is needed in its booking."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="appointments")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="appointments")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="appointments")
    mode = models.CharField(max_length=16, choices=Mode)
    state = models.CharField(max_length=12, choices=AppointmentState, default=AppointmentState.PLANNED)
    # Rises with every change people must hear of; also guards against acting on a stale page.
    revision = models.PositiveIntegerField(default=0)
    # iCalendar's SEQUENCE (RFC 5545, 3.8.7.4): rises with the revision, and when somebody else holds it.
    sequence = models.PositiveIntegerField(default=0)
    agreed_by = models.CharField(max_length=12, choices=AgreedBy, blank=True)
    agreed_with = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+", null=True)
    agreed_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=8, choices=CancelledBy, blank=True)
    cancel_reason = models.CharField(max_length=12, choices=CancelReason, blank=True)
    cancelled_at = models.DateTimeField(null=True)
    not_held_reason = models.CharField(max_length=12, choices=NotHeldReason, blank=True)
    # Made when the form is shown: the same form sent twice books once.
    booking_key = models.UUIDField(default=uuid.uuid4)
    # What was booked together, as the same talk again and again.
    series = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "booking_key"], name="appointment_form_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"),
            models.CheckConstraint(condition=Q(state__in=AppointmentState.values), name="appointment_state_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="appointment_mode_known"),
            models.CheckConstraint(
                condition=Q(cancel_reason__in=["", *CancelReason.values]), name="appointment_cancel_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(state=AppointmentState.CANCELLED),
                name="appointment_cancelled_at_fits",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["jobcenter", "starts_at"], name="appointment_by_time")]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def modes(self) -> list[Mode]:
        """The modes it can have: what the topic allows, video only where its counsellor offers that or it is one."""
        offered = self.is_video or self.counsellor.offers_video
        return [mode for mode in self.topic.modes if mode != Mode.VIDEO or offered]

    @property
    def is_video(self) -> bool:
        """Whether it is a video appointment."""
        return self.mode == Mode.VIDEO

    @property
    def is_planned(self) -> bool:
        """Whether it is still to come or without outcome."""
        return self.state == AppointmentState.PLANNED

    @property
    def notice(self) -> Notice | None:
        """How long before its start it was called off; None where it was not, or never should have been booked."""
        if not self.is_cancelled or self.cancelled_at is None or self.cancel_reason == CancelReason.MISTAKE:
            return None
        return notice_of(cancelled_at=self.cancelled_at, starts_at=self.starts_at, late_hours=self.jobcenter.late_hours)

    @property
    def outcome(self) -> Outcome:
        """What came of it, on one axis."""
        return outcome_of(state=AppointmentState(self.state), reason=self.not_held_reason, notice=self.notice)

    @property
    def why_not_held(self) -> str:
        """The reason in words; empty where it was held, is open or was called off."""
        return reason_in_words(NotHeldReason(self.not_held_reason), Mode(self.mode)) if self.not_held_reason else ""

    @property
    def is_cancelled(self) -> bool:
        """Whether it was called off."""
        return self.state == AppointmentState.CANCELLED

    def participation_of(self, role: ParticipationRole) -> Participation:
        """The one participation with `role`; uses prefetched rows. Raises LookupError when there is none."""
        for participation in self.participations.all():
            if participation.role == role:
                return participation
        raise LookupError(f"appointment {self.public_id} has no {role}")

    @property
    def client(self) -> Client:
        """The client it is about."""
        client = self.participation_of(ParticipationRole.CLIENT).client
        assert client is not None  # held by the check constraint on Participation
        return client

    @property
    def counsellor(self) -> StaffMember:
        """The counsellor who holds it."""
        staff = self.participation_of(ParticipationRole.COUNSELLOR).staff
        assert staff is not None  # held by the check constraint on Participation
        return staff


class Meeting(_Timed):
    """What staff meet for without a client; takes their time and, where wanted, a channel, as appointments do."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="meetings")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="meetings")
    organiser = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=MeetingKind)
    title = models.CharField(max_length=80, help_text="never the name of a client")
    uses_channel = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    # As an appointment's.
    revision = models.PositiveIntegerField(default=0)
    sequence = models.PositiveIntegerField(default=0)
    booking_key = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "booking_key"], name="meeting_form_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start"),
            models.CheckConstraint(condition=Q(kind__in=MeetingKind.values), name="meeting_kind_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["jobcenter", "starts_at"], name="meeting_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def people(self) -> list[StaffMember]:
        """Who takes part, the organiser first; uses prefetched rows."""
        staff = [one.staff for one in self.participations.all() if one.staff is not None]
        return sorted(staff, key=lambda one: (one.pk != self.organiser_id, one.last_name, one.first_name))


# What takes people's time and, maybe, a channel.
Occasion = Appointment | Meeting


def _of_one_occasion(name: str) -> models.CheckConstraint:
    """Each row is an appointment's or a meeting's: one table for both, so that one constraint guards both."""
    return models.CheckConstraint(
        condition=Q(appointment__isnull=False, meeting__isnull=True)
        | Q(appointment__isnull=True, meeting__isnull=False),
        name=name,
    )


class Participation(models.Model):
    """One person in one appointment or meeting, whose times it repeats so that the database refuses overlaps."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="participations", null=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="participations", null=True)
    role = models.CharField(max_length=16, choices=ParticipationRole)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="participations", null=True)
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="participations", null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # What was cancelled no longer takes anybody's time.
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            NoOverlap(
                name="no_overlap_staff", resource="staff", start="starts_at", end="ends_at", active=Q(is_active=True)
            ),
            NoOverlap(
                name="no_overlap_client", resource="client", start="starts_at", end="ends_at", active=Q(is_active=True)
            ),
            models.UniqueConstraint(fields=["appointment", "client"], name="client_once_in_appointment"),
            models.UniqueConstraint(fields=["appointment", "staff"], name="staff_once_in_appointment"),
            models.UniqueConstraint(fields=["meeting", "staff"], name="staff_once_in_meeting"),
            _of_one_occasion("participation_of_one_occasion"),
            models.CheckConstraint(
                condition=(
                    Q(role=ParticipationRole.CLIENT, client__isnull=False, staff__isnull=True)
                    | Q(role=ParticipationRole.COUNSELLOR, staff__isnull=False, client__isnull=True)
                    | Q(
                        role__in=[
                            ParticipationRole.INTERPRETER,
                            ParticipationRole.EMPLOYER,
                            ParticipationRole.TRAINER,
                            ParticipationRole.COMPANION,
                            ParticipationRole.REPRESENTATIVE,
                        ],
                        client__isnull=True,
                    )
                ),
                name="participation_person_fits_role",
            ),
        ]
        # Also what the overlap triggers on SQLite look up.
        indexes: ClassVar = [
            models.Index(fields=["staff", "starts_at"], name="participation_of_staff"),
            models.Index(fields=["client", "starts_at"], name="participation_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.appointment_id or self.meeting_id}"

    @property
    def occasion(self) -> Occasion:
        """The appointment or the meeting."""
        occasion = self.appointment or self.meeting
        assert occasion is not None  # held by the check constraint
        return occasion


class ChannelBooking(models.Model):
    """A channel taken for one video appointment or meeting, the buffer after it included."""

    channel = models.ForeignKey(VideoChannel, on_delete=models.PROTECT, related_name="bookings")
    appointment = models.OneToOneField(Appointment, on_delete=models.CASCADE, related_name="channel_booking", null=True)
    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="channel_booking", null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            NoOverlap(name="no_overlap_channel", resource="channel", start="starts_at", end="ends_at"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="channel_booking_ends_after_start"),
            _of_one_occasion("channel_booking_of_one_occasion"),
        ]
        indexes: ClassVar = [models.Index(fields=["channel", "starts_at"], name="channel_booking_by_time")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.starts_at:%Y-%m-%d %H:%M}"


class AppointmentChange(models.Model):
    """One thing that happened to an appointment; feeds messages and figures, is never edited."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=ChangeKind)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=12)
    by_id = models.CharField(max_length=40, blank=True)
    old_starts_at = models.DateTimeField(null=True)
    new_starts_at = models.DateTimeField(null=True)
    old_ends_at = models.DateTimeField(null=True)
    old_mode = models.CharField(max_length=16, choices=Mode, blank=True)
    new_mode = models.CharField(max_length=16, choices=Mode, blank=True)
    # Of a corrected outcome.
    old_outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    new_outcome = models.CharField(max_length=16, choices=Outcome, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class WorkingHours(models.Model):
    """From when to when a counsellor works in one office on a weekday (Monday is 0).

    Whoever has none keeps the office's.
    """

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="working_hours")
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering: ClassVar = ["weekday", "begins"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "jobcenter", "weekday", "begins"], name="working_hours_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="working_hours_end_after_begin"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.begins:%H:%M}–{self.ends:%H:%M}"


class Absence(models.Model):
    """A time in which a counsellor is in none of their offices. Why is nobody's business and is not kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_start"),
        ]
        indexes: ClassVar = [models.Index(fields=["staff", "ends_at"], name="absence_of_staff")]

    def __str__(self) -> str:
        return f"absent {self.starts_at:%Y-%m-%d %H:%M}"


class CalendarFeed(models.Model):
    """An address at which a calendar reads one counsellor's appointments in one office. Only its hash is kept."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="calendar_feeds")
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="+")
    key_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "jobcenter"], name="one_feed_for_each_desk"),
        ]

    def __str__(self) -> str:
        return f"feed of {self.staff_id}"


class CallTask(models.Model):
    """“Explain first”: somebody phones the client before a video appointment is booked."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="call_tasks")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="call_tasks")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    for_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="call_tasks")
    wanted_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=CallTaskState, default=CallTaskState.OPEN)
    # How often nobody was reached, and from when to try again; also guards against acting on a stale page.
    attempts = models.PositiveSmallIntegerField(default=0)
    call_again_at = models.DateTimeField(null=True)
    # What was booked on the phone.
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="+", null=True)
    booking_key = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["wanted_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "booking_key"], name="call_task_form_once"),
            models.CheckConstraint(condition=Q(state__in=CallTaskState.values), name="call_task_state_known"),
        ]

    def __str__(self) -> str:
        return f"call {self.public_id}"


class ContactType(models.Model):
    """A kind of contact that the office has added to those everybody counts."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="contact_types")
    name = models.CharField(max_length=40)
    # Whether it counts for the contact density.
    counts = models.BooleanField(default=True)
    # What is no longer offered still names old contacts.
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "name"], name="contact_type_name_unique_in_office"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """The contact ledger: one row for each contact that took place, however many people were in it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="contacts")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contacts")
    # Of the talk, or of the person when it was entered: what was counted for a team stays there.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    # None where somebody entered it from the client's page.
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="contact", null=True)
    kind = models.CharField(max_length=12, choices=ContactKind)
    own_type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="contacts", null=True)
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    with_third_party = models.BooleanField(default=False)
    # One way, of a talk, from where the person lived when it was entered; None where nobody had said it.
    km = models.PositiveSmallIntegerField(null=True)
    entered_by = models.ForeignKey(StaffMember, on_delete=models.SET_NULL, related_name="+", null=True)
    entered_at = models.DateTimeField(null=True)
    # Made when the form is shown: the same form sent twice counts once.
    form_key = models.UUIDField(default=uuid.uuid4)

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "form_key"], name="contact_form_once"),
            models.CheckConstraint(condition=Q(kind__in=ContactKind.values), name="contact_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=ContactKind.OTHER, own_type__isnull=False)
                | (~Q(kind=ContactKind.OTHER) & Q(own_type__isnull=True)),
                name="contact_own_type_fits_kind",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["jobcenter", "at"], name="contact_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
