"""The first office of an installation and its first administrator.

Who may found it is who can read the server's terminal: `python -m nahbar setup` prints a code, and the page asks for
it. The code is derived from the secret key, stored nowhere, and worth nothing once there is an office.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import SYSTEM, About, Action
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.account_links import issue_link
from nahbar.people.account_mails import tell
from nahbar.people.accounts import is_set_up
from nahbar.people.models import Membership, StaffMember
from nahbar.people.rules import LinkPurpose, News, Salutation
from nahbar.scheduling.models import Topic, VideoChannel

# Twenty characters of base32 are 100 bits.
CODE_LENGTH, GROUP = 20, 5
MOST_CHANNELS = 50


class AlreadyFounded(Exception):
    """There is an office: further ones are founded by the operator (`python -m nahbar new_office`)."""


class Taken(Exception):
    """The short name, or the administrator's address, belongs to another office or person (`field`)."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Office:
    """What an office cannot be without; everything else is set later. `phone` is E.164."""

    name: str
    slug: str
    phone: str
    phone_display: str
    email: str
    team: str
    topic: str
    channels: int


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """Who sets it up. Without a password they come in by other means (an invitation, single sign-on)."""

    first_name: str
    last_name: str
    email: str
    password: str | None


def is_needed() -> bool:
    """Whether there is no office yet."""
    return not JobCenter.objects.exists()


def setup_code() -> str:
    """The code in groups, as it is read off the terminal and typed."""
    key = f"nahbar.first-run:{settings.SECRET_KEY}".encode()
    letters = base64.b32encode(hmac.digest(key, b"code", "sha256")).decode()[:CODE_LENGTH]
    return "-".join(letters[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def code_matches(typed: str) -> bool:
    """Whether that is the code; case, spaces and hyphens do not count, nor does 0 for O or 1 for I."""
    plain = "".join(typed.upper().split()).replace("-", "").replace("0", "O").replace("1", "I")
    return hmac.compare_digest(plain.encode(), setup_code().replace("-", "").encode())


@transaction.atomic
def found_first_office(*, office: Office, administrator: Administrator, now: dt.datetime) -> StaffMember:
    """The first office with what a first talk needs, and its administrator. Writes audit rows.

    Raises `AlreadyFounded` when there is an office, and what `found_office` raises. Skipped: the code.
    """
    if not is_needed():
        raise AlreadyFounded
    return found_office(office=office, administrator=administrator, now=now)


@transaction.atomic
def found_another_office(*, office: Office, administrator: Administrator, now: dt.datetime) -> StaffMember:
    """One more office, whose administrator is told by mail: an account gets the news, everybody else an invitation.

    Raises what `found_office` raises.
    """
    staff = found_office(office=office, administrator=administrator, now=now)
    founded = JobCenter.objects.get(slug=office.slug)
    if is_set_up(staff):
        tell(staff=staff, news=News.MEMBERSHIP, jobcenter=founded, now=now)
    else:
        issue_link(staff=staff, purpose=LinkPurpose.INVITATION, jobcenter=founded, by=SYSTEM, now=now)
    return staff


@transaction.atomic
def found_office(*, office: Office, administrator: Administrator, now: dt.datetime) -> StaffMember:
    """An office with one team, one topic (every mode but outreach visits), its channels, and its administrator.

    Somebody who has an account already becomes the administrator of this office, too; their password stays. Raises
    `Taken` with "slug" or "email" (an account that is switched off), and ValidationError for what no field can
    hold. Writes audit rows. Skipped: mail; who set this off tells the administrator.
    """
    founded = JobCenter(
        name=office.name,
        slug=office.slug,
        phone=office.phone,
        phone_display=office.phone_display,
        email=office.email,
    )
    try:
        founded.full_clean(validate_unique=False)
        with transaction.atomic():
            founded.save()
    except IntegrityError:
        raise Taken("slug") from None
    Team.objects.create(jobcenter=founded, name=office.team)
    Topic.objects.create(jobcenter=founded, name=office.topic)
    for number in range(1, office.channels + 1):
        VideoChannel.objects.create(jobcenter=founded, number=number)
    staff = _account(administrator)
    Membership.objects.create(staff=staff, jobcenter=founded, role=Role.ADMINISTRATOR)
    record(action=Action.OFFICE_FOUNDED, by=SYSTEM, office=founded.slug, about=About("office", founded.slug), now=now)
    about = About("staff", str(staff.public_id))
    detail = {"role": Role.ADMINISTRATOR.value}
    record(action=Action.ROLE_GIVEN, by=SYSTEM, office=founded.slug, about=about, detail=detail, now=now)
    return staff


def _account(administrator: Administrator) -> StaffMember:
    known = StaffMember.objects.filter(email__iexact=administrator.email).first()
    if known is None:
        names = {"first_name": administrator.first_name, "last_name": administrator.last_name}
        fields = names | {"salutation": Salutation.NONE}
        return StaffMember.objects.create_user(administrator.email, administrator.password, **fields)
    if not known.is_active:
        raise Taken("email")
    return known
