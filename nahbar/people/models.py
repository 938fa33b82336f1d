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

from nahbar.jobcenters.models import JobCenter, Place, Team
from nahbar.jobcenters.rules import WITHOUT_TEAM, Mode, Role
from nahbar.people.rules import (
    KEY_LENGTH,
    NOTES_LENGTH,
    HoldReason,
    ImportState,
    KeyKind,
    Language,
    LinkPurpose,
    LookReason,
    RowFate,
    RowOutcome,
    Salutation,
    initials,
)


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
    # Given and ended by the groups of the single sign-on; what people gave by hand no group ends.
    from_groups = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "jobcenter", "role"], name="membership_role_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            # Need-to-know starts at the team: whoever sees clients belongs to one.
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(role__in=WITHOUT_TEAM),
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
    # What the person likes best; no wish is a valid answer, and nothing is chosen for them.
    preferred_mode = models.CharField(max_length=16, choices=Mode, blank=True)
    what_helps = models.CharField(max_length=200, blank=True, help_text="what helps, never why")
    # Only how far it is to the office; None where nobody has said it.
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="clients", null=True, blank=True)
    # A file in which nothing ever happened is kept as long as others after this.
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    guardian_name = models.CharField(max_length=120, blank=True)
    guardian_phone = models.CharField(max_length=30, blank=True)
    guardian_email = models.EmailField(blank=True)
    notes = models.TextField(max_length=NOTES_LENGTH, blank=True)
    notes_by = models.ForeignKey(StaffMember, on_delete=models.SET_NULL, related_name="+", null=True)
    notes_at = models.DateTimeField(null=True)
    # Rises with every change; guards against saving from a stale page, and against undoing what was changed since.
    revision = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(StaffMember, on_delete=models.SET_NULL, related_name="+", null=True)
    changed_at = models.DateTimeField(null=True)

    objects: ClassVar = ClientQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "number"], name="client_number_unique_in_office"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="client_language_known"),
            models.CheckConstraint(
                condition=Q(preferred_mode__in=["", *Mode.values]), name="client_preferred_mode_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["jobcenter", "last_name"], name="client_by_name"),
            models.Index(fields=["jobcenter", "birth_date"], name="client_by_birth_date"),
        ]

    def __str__(self) -> str:
        return self.full_name


class AccountLink(models.Model):
    """A personal link to an account, of one kind each: the invitation, a new password, a new address.

    Its secret is derived from id and generation (`account_links`) and stored nowhere.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="account_links")
    purpose = models.CharField(max_length=16, choices=LinkPurpose)
    # Which office invites; of the other links none.
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    new_email = models.EmailField(blank=True)
    generation = models.PositiveIntegerField(default=1)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "purpose"], name="account_link_one_of_a_kind"),
            models.CheckConstraint(condition=Q(purpose__in=LinkPurpose.values), name="account_link_purpose_known"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"


class StaffSession(models.Model):
    """A browser in which somebody is signed in, so that they see it and it can be ended from elsewhere."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="staff_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=40, blank=True)
    began_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return f"{self.browser} {self.public_id}"


class SuspendedMembership(models.Model):
    """A role somebody had when an office closed their account, to be given back when it is opened again."""

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="suspended_memberships")
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="suspended_memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    # As in the membership: what groups gave they end again.
    from_groups = models.BooleanField(default=False)
    suspended_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "jobcenter", "role"], name="suspended_role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} ({self.get_role_display()}, suspended)"


class GroupRole(models.Model):
    """Whoever is in a group of the single sign-on has a role in an office."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="group_roles")
    group = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=Role)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["group", "role"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "group", "role"], name="group_role_once"),
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(role__in=WITHOUT_TEAM),
                name="group_role_counselling_has_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.role}"


class SearchKey(models.Model):
    """One way to find a client: a part of the name as it is written or as it sounds, or the customer number.

    Written by `search.index_clients` together with the client, in ASCII letters and digits only: both databases
    answer "begins with" from the index then.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="search_keys")
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=KeyKind)
    key = models.CharField(max_length=KEY_LENGTH)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "kind", "key"], name="search_key_once"),
            models.CheckConstraint(condition=Q(kind__in=KeyKind.values), name="search_key_kind_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["jobcenter", "kind", "key", "client"], name="search_key_lookup")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"


class FormerNumber(models.Model):
    """A customer number that was merged into another record: specialist software and imports may still name it."""

    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="former_numbers")
    number = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jobcenter", "number"], name="former_number_once"),
        ]

    def __str__(self) -> str:
        return self.number


class ClientLook(models.Model):
    """Somebody without need to know opened a record, for a reason, until the end of that day. Never edited."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="looks")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=LookReason)
    note = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reason__in=LookReason.values), name="client_look_reason_known"),
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="client_look_ends_after_start"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "staff", "until"], name="client_look_open"),
            models.Index(fields=["at"], name="client_look_at"),
        ]

    def __str__(self) -> str:
        return f"look at {self.client_id} {self.at:%Y-%m-%d %H:%M}"


class ClientImport(models.Model):
    """One uploaded list of clients: read, looked at, applied, perhaps undone; everything of it goes after 14 days."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    jobcenter = models.ForeignKey(JobCenter, on_delete=models.CASCADE, related_name="client_imports")
    by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.READING)
    # Why the file as a whole could not be read.
    problem = models.CharField(max_length=24, blank=True)
    # The file, until somebody has it applied or thrown away: another mapping reads it once more.
    content = models.BinaryField(default=bytes)
    header = models.JSONField(default=list)
    # Our field → position of its column.
    mapping = models.JSONField(default=dict)
    # Raised by each new mapping, so that an older reading stops.
    reading = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="client_import_state_known"),
            models.UniqueConstraint(
                fields=["jobcenter"],
                condition=Q(state__in=[ImportState.APPLYING, ImportState.UNDOING]),
                name="one_import_at_work",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.public_id}"


class ImportRow(models.Model):
    """One row of an import: what it says, what that would do or did, and what stood there before."""

    parent = models.ForeignKey(ClientImport, on_delete=models.CASCADE, related_name="rows")
    # As the spreadsheet counts: the header is row 1.
    position = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    # Only the columns that are used.
    values = models.JSONField(default=dict)
    # Pairs of field and code, for a wrong row.
    problems = models.JSONField(default=list)
    client = models.ForeignKey(Client, on_delete=models.SET_NULL, related_name="+", null=True)
    # The before-image of what the row changed. The revision is the one the preview compared with, and once the row
    # is applied the one it led to: whoever changed the record in between keeps what they wrote.
    before = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(null=True)
    fate = models.CharField(max_length=12, choices=RowFate, default=RowFate.OPEN)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "position"], name="import_row_once"),
            models.CheckConstraint(condition=Q(outcome__in=RowOutcome.values), name="import_row_outcome_known"),
            models.CheckConstraint(condition=Q(fate__in=RowFate.values), name="import_row_fate_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["parent", "outcome", "fate"], name="import_row_by_outcome")]

    def __str__(self) -> str:
        return f"row {self.position} of {self.parent_id}"


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
