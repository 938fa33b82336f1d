"""Staff with their memberships, and the clients of an office."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.rules import HoldReason, Language, Salutation, initials


class _Named(models.Model):
    """A person's name, and the ways it is written."""

    salutation = models.CharField(max_length=8, choices=Salutation, default=Salutation.NONE)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def formal_name(self) -> str:
        """“Frau Petersen”, or the full name where no salutation is known."""
        if self.salutation == Salutation.NONE:
            return self.full_name
        return f"{Salutation(self.salutation).label} {self.last_name}"

    @property
    def formal_name_dative(self) -> str:
        """The name after “mit” or “von”: “Herrn Yılmaz”."""
        if self.salutation == Salutation.HERR:
            return _("Herrn %(name)s") % {"name": self.last_name}
        return self.formal_name

    @property
    def initials(self) -> str:
        """Up to two capital letters."""
        return initials(self.first_name, self.last_name)


class StaffManager(BaseUserManager["StaffMember"]):
    """Creates accounts by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> StaffMember:
        """An account that can sign in; without a password only by other means."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> StaffMember:
        """Looks the address up without regard to case."""
        return self.get(email__iexact=username)


class StaffMember(_Named, AbstractBaseUser):
    """Somebody who signs in. What they may do stands in their memberships."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    phone_display = models.CharField(max_length=30, blank=True)
    is_active = models.BooleanField(default=True)
    # For the offices in which their calendar reads no feed.
    gets_calendar_mails = models.BooleanField(default=True)
    # Their own choice, in every office of theirs; nobody must, and why is not kept.
    offers_video = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["first_name", "last_name"]

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="staff_email_unique")]

    def __str__(self) -> str:
        return self.full_name


class Membership(models.Model):
    """One role of one person in one office."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="memberships")
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships", null=True, blank=True)
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "jobcenter", "role"], name="membership_role_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            # Need-to-know starts at the team: whoever sees clients belongs to one.
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(role__in=[Role.ADMINISTRATOR, Role.GUIDE]),
                name="membership_counselling_has_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} ({self.get_role_display()})"


class Deputyship(models.Model):
    """Somebody stands in for a colleague of one office, from the first day to the last, both included."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="deputyships")
    absent = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="+")
    deputy = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="deputyships")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "absent", "deputy", "first_day"], name="deputyship_once"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="deputyship_ends_after_start"),
            models.CheckConstraint(condition=~Q(absent=F("deputy")), name="deputyship_of_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.absent}"


class ClientQuerySet(models.QuerySet["Client"]):
    """Clients, always within one office."""

    def of(self, jobcenter: JobCenter) -> ClientQuerySet:
        """Those of one office."""
        return self.filter(jobcenter=jobcenter)

    def matching(self, text: str) -> ClientQuerySet:
        """Those whose names or customer number begin with every word of `text`."""
        found = self
        for word in text.split()[:4]:
            found = found.filter(
                Q(last_name__istartswith=word) | Q(first_name__istartswith=word) | Q(number__istartswith=word)
            )
        return found


class Client(_Named):
    """A person entitled to benefits; belongs to one office and one team in it, has no account."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.PROTECT, related_name="clients")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="clients")
    number = models.CharField(max_length=20)
    birth_date = models.DateField()
    email = models.EmailField(blank=True)
    phone_display = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=16, choices=Language, default=Language.GERMAN)
    what_helps = models.CharField(max_length=200, blank=True, help_text="what helps, never why")
    # A file in which nothing ever happened is kept as long as others after this.
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar = ClientQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "number"], name="client_number_unique_in_office"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="client_language_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["jobcenter", "last_name"], name="client_by_name")]

    def __str__(self) -> str:
        return self.full_name


class LegalHold(models.Model):
    """Until its last day nobody erases the person, neither by hand nor by the nightly run."""

    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="hold")
    reason = models.CharField(max_length=8, choices=HoldReason)
    last_day = models.DateField()
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reason__in=HoldReason.values), name="hold_reason_known"),
        ]

    def __str__(self) -> str:
        return f"hold until {self.last_day:%Y-%m-%d}"
