"""Monthly figures of an office: counts and sums without a person, and what was corrected after they were frozen.

Rows with `is_correction` are differences that came later; what is shown is the sum. Nothing here refers to a raw row.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import ContactType, Topic
from nahbar.scheduling.rules import ContactKind, Outcome


class FiguresMonth(models.Model):
    """One month of one office; its row is what building, freezing and correcting take turns by."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="figures_months")
    # Its first day.
    month = models.DateField()
    # Of what is counted (`figures.DEFINITIONS`).
    definitions = models.PositiveSmallIntegerField(default=0)
    # None: noted, but not built yet.
    built_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["month"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "month"], name="figures_month_once"),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | Q(built_at__isnull=False), name="figures_frozen_are_built"
            ),
            models.CheckConstraint(
                condition=Q(corrected_at__isnull=True) | Q(frozen_at__isnull=False), name="figures_corrected_are_frozen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class _Count(models.Model):
    """Counted in one month and one team."""

    month = models.ForeignKey(FiguresMonth, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class _CorrectedCount(_Count):
    """A frozen one stays, and what changed later is a row of its own."""

    is_correction = models.BooleanField(default=False)

    class Meta:
        abstract = True


class AppointmentCount(_CorrectedCount):
    """Appointments of one mode, topic and outcome, with their sums."""

    mode = models.CharField(max_length=16, choices=Mode)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome)
    count = models.IntegerField(default=0)
    planned_minutes = models.IntegerField(default=0)
    # Of those whose contact is in the ledger: how many they are, and how long they were.
    timed = models.IntegerField(default=0)
    minutes = models.IntegerField(default=0)
    # Of talks by video that were held: there and back, and of how many nobody knows how far.
    km = models.IntegerField(default=0)
    unknown_km = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month", "team", "is_correction", "mode", "topic", "outcome"], name="appointment_count_once"
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="appointment_count_mode_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="appointment_count_outcome_known"),
            models.CheckConstraint(
                condition=Q(is_correction=True) | Q(count__gt=0), name="appointment_count_counts_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.outcome}: {self.count}"


class ContactCount(_CorrectedCount):
    """Contacts of one kind, own type and mark."""

    kind = models.CharField(max_length=12, choices=ContactKind)
    own_type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="+", null=True)
    with_third_party = models.BooleanField()
    # Whether the type counted for the density when the month was built.
    counts = models.BooleanField(default=True)
    count = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month", "team", "is_correction", "kind", "own_type", "with_third_party", "counts"],
                condition=Q(own_type__isnull=False),
                name="contact_count_of_own_type_once",
            ),
            models.UniqueConstraint(
                fields=["month", "team", "is_correction", "kind", "with_third_party"],
                condition=Q(own_type__isnull=True),
                name="contact_count_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=ContactKind.values), name="contact_count_kind_known"),
            models.CheckConstraint(
                condition=Q(is_correction=True) | Q(count__gt=0), name="contact_count_counts_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"


class PeopleCount(_Count):
    """How many people of a team had a file at the month's end, and how many came how far with video.

    Never corrected: whoever changed teams or was merged since would be taken from where nobody had counted them.
    """

    persons = models.PositiveIntegerField(default=0)
    offered = models.PositiveIntegerField(default=0)
    chosen = models.PositiveIntegerField(default=0)
    prepared = models.PositiveIntegerField(default=0)
    tried = models.PositiveIntegerField(default=0)
    again = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "team"], name="people_count_once"),
            models.CheckConstraint(
                condition=Q(offered__gte=F("chosen"))
                & Q(chosen__gte=F("prepared"))
                & Q(prepared__gte=F("tried"))
                & Q(tried__gte=F("again")),
                name="people_count_steps_are_nested",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.persons} persons"


class ShownTopic(models.Model):
    """A topic that is shown by itself in a month, once it is frozen: decided with the build. Others are one sum."""

    month = models.ForeignKey(FiguresMonth, on_delete=models.CASCADE, related_name="shown_topics")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["month", "topic"], name="shown_topic_once")]

    def __str__(self) -> str:
        return f"{self.topic_id} in {self.month_id}"


class TeamStanding(models.Model):
    """Whether a team is shown by itself in a month: decided with the build, and never again once it is frozen."""

    month = models.ForeignKey(FiguresMonth, on_delete=models.CASCADE, related_name="standings")
    # A team in which nothing ever was can be deleted all the same.
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    is_small = models.BooleanField()
    is_hidden = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "team"], name="team_standing_once"),
            models.CheckConstraint(
                condition=Q(is_small=False) | Q(is_hidden=True), name="team_standing_small_is_hidden"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id}: {'hidden' if self.is_hidden else 'shown'}"
