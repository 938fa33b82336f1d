"""The office (tenant) and its teams."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from nahbar.jobcenters.rules import (
    BUFFER_MINUTES,
    DEPUTY_MINUTES,
    FILE_YEARS,
    LATE_HOURS,
    LENGTH_MINUTES,
    WAITING_ROOM_MINUTES,
    Land,
    LegalPage,
    Mode,
    Proof,
)


def _between(bounds: tuple[int, int]) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(bounds[0]), MaxValueValidator(bounds[1])]


def _minutes(default: int, bounds: tuple[int, int]) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(default=default, validators=_between(bounds))


class JobCenter(models.Model):
    """One office. Everything personal belongs to exactly one of them."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, help_text="E.164, for tel: links")
    phone_display = models.CharField(max_length=30, help_text="as people write it down")
    email = models.EmailField(blank=True)
    street = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=80, blank=True)
    # As people read it; when appointments are proposed stands in `OpeningHours`.
    opening_hours = models.CharField(max_length=200, blank=True)
    # Without one only the holidays of the whole country hold.
    land = models.CharField(max_length=2, choices=Land, blank=True)

    waiting_room_opens_minutes = _minutes(30, WAITING_ROOM_MINUTES)
    buffer_minutes = _minutes(10, BUFFER_MINUTES)
    deputy_after_minutes = _minutes(3, DEPUTY_MINUTES)
    # Called off less than so many hours before the start, it is late.
    late_hours = models.PositiveSmallIntegerField(default=24, validators=_between(LATE_HOURS))
    video_minutes = _minutes(30, LENGTH_MINUTES)
    telephone_minutes = _minutes(20, LENGTH_MINUTES)
    on_site_minutes = _minutes(45, LENGTH_MINUTES)
    outreach_visit_minutes = _minutes(60, LENGTH_MINUTES)
    file_years = models.PositiveSmallIntegerField(default=FILE_YEARS[0], validators=_between(FILE_YEARS))
    names_counsellor_in_messages = models.BooleanField(default=True)
    # Calendars are seen by more people than mails: by family, by colleagues, by whoever keeps them.
    names_office_in_calendars = models.BooleanField(default=True)
    names_client_in_calendars = models.BooleanField(default=False)
    proof = models.CharField(max_length=8, choices=Proof, default=Proof.BIRTHDAY)
    # German always is.
    offers_plain_german = models.BooleanField(default=True)
    # A closed office is read by its administrators, and by nobody else.
    is_active = models.BooleanField(default=True)
    # Rises with every change of the set-up: who saves an older page is shown what happened meanwhile.
    revision = models.PositiveIntegerField(default=0)

    # On by default: whoever works here signs in with a second factor, or by single sign-on.
    requires_second_factor = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(name="jobcenter_proof_known", condition=Q(proof__in=Proof.values)),
            models.CheckConstraint(
                name="jobcenter_buffer_within_bounds",
                condition=Q(buffer_minutes__gte=BUFFER_MINUTES[0], buffer_minutes__lte=BUFFER_MINUTES[1]),
            ),
            models.CheckConstraint(
                name="jobcenter_deputy_within_bounds",
                condition=Q(deputy_after_minutes__gte=DEPUTY_MINUTES[0], deputy_after_minutes__lte=DEPUTY_MINUTES[1]),
            ),
            models.CheckConstraint(
                name="jobcenter_file_years_lawful",
                condition=Q(file_years__gte=FILE_YEARS[0], file_years__lte=FILE_YEARS[1]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def default_minutes(self, mode: Mode | str) -> int:
        """The office's usual length of an appointment in `mode`."""
        lengths = {
            Mode.VIDEO: self.video_minutes,
            Mode.TELEPHONE: self.telephone_minutes,
            Mode.ON_SITE: self.on_site_minutes,
            Mode.OUTREACH_VISIT: self.outreach_visit_minutes,
        }
        return lengths[Mode(mode)]


class Site(models.Model):
    """A house in which an office sees people, where it has more than the one of its own address."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=80)
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=10)
    city = models.CharField(max_length=80)
    # How to find it, as people are told: the entrance, the lift, the bus.
    directions = models.CharField(max_length=200, blank=True)
    # A site with a past stays, so that it can be read where people came to.
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "name"], name="site_name_unique_in_office"),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People of one office who work on each other's cases."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=80)
    # Without one the team works at the office's own address.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="teams", null=True, blank=True)
    # A team with a past is not deleted: old appointments still name it.
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "name"], name="team_name_unique_in_office"),
        ]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """Where an office's people live, as far as the way to the office is concerned: for kilometres saved, no address."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="places")
    name = models.CharField(max_length=80)
    # One way, as the office reckons it when it pays the fare.
    km = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "name"], name="place_name_unique_in_office"),
        ]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """From when to when an office has appointments on a weekday (Monday is 0); several for a day with a break."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="open_times")
    weekday = models.PositiveSmallIntegerField()
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering: ClassVar = ["weekday", "begins"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "weekday", "begins"], name="opening_hours_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_hours_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="opening_hours_end_after_begin"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.begins:%H:%M}–{self.ends:%H:%M}"


class LocalHoliday(models.Model):
    """A day on which one office is closed besides the public holidays of its Land."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="local_holidays")
    day = models.DateField()
    name = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "day"], name="local_holiday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"


class LegalText(models.Model):
    """One published wording of a legal page in one language; never edited, only followed by the next version."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="legal_texts")
    kind = models.CharField(max_length=16, choices=LegalPage)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16)
    body = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jobcenter", "kind", "version", "language"], name="legal_text_version_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=LegalPage.values), name="legal_text_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version} ({self.language})"


class TextDraft(models.Model):
    """What somebody is writing for an office and nobody outside reads: one draft for a text, in all its languages."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="text_drafts")
    name = models.CharField(max_length=40)
    bodies = models.JSONField(default=dict)
    # Another one with every change: who saves or publishes names the one they have read.
    state = models.UUIDField(default=uuid.uuid4)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "name"], name="text_draft_once"),
        ]

    def __str__(self) -> str:
        return self.name


class BarrierReport(models.Model):
    """What somebody could not use, until the mail about it is surely gone. Nobody is asked who they are."""

    public_id = models.UUIDField(unique=True)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="barrier_reports")
    body = models.TextField()
    answer_to = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["jobcenter", "made_at"], name="barrier_report_made")]

    def __str__(self) -> str:
        return str(self.public_id)
