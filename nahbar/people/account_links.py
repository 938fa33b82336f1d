"""Personal links to an account: `/konto/link/<public id>#<secret>`, good once.

The secret is derived as those of clients' links are (HMAC-SHA256 over purpose, id and generation, with a key outside
the database), so neither database nor outbox holds one. A new link is the next generation; older ones are worth
nothing.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import F

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.jobcenters.models import JobCenter
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import About as MessageAbout
from nahbar.people.models import AccountLink, StaffMember
from nahbar.people.rules import LINK_LIVES, LinkPurpose

SECRET_BITS = 144
TEMPLATES = {purpose: f"account_{purpose.value}" for purpose in LinkPurpose}


class LinkOver(Exception):
    """Wrong, used, expired or overtaken: the caller cannot tell which."""


def secret_of(link: AccountLink, *, key: str | None = None) -> str:
    """The secret of the link's generation: 24 characters, 144 bits."""
    text = f"nahbar.account:{link.purpose}:{link.public_id}:{link.generation}"
    digest = hmac.new((key or settings.NAHBAR_LINK_KEYS[0]).encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[: SECRET_BITS // 8]).decode()


def address_of(link: AccountLink) -> str:
    """The whole link as it stands in a mail."""
    return f"{settings.NAHBAR_BASE_URL}/konto/link/{link.public_id}#{secret_of(link)}"


@transaction.atomic
def issue_link(
    *,
    staff: StaffMember,
    purpose: LinkPurpose,
    by: Actor,
    now: dt.datetime,
    jobcenter: JobCenter | None = None,
    new_email: str = "",
) -> AccountLink:
    """The next generation of the account's link of that kind, and the mail that brings it. Writes an audit row.

    Skipped: whether somebody may have one.
    """
    values = {"jobcenter": jobcenter, "new_email": new_email, "issued_at": now, "used_at": None}
    values["expires_at"] = now + LINK_LIVES[purpose]
    link, made = AccountLink.objects.get_or_create(staff=staff, purpose=purpose, defaults=values)
    if not made:
        AccountLink.objects.filter(pk=link.pk).update(generation=F("generation") + 1, **values)
        link.refresh_from_db()
    office = jobcenter.slug if jobcenter else ""
    queue(
        template=TEMPLATES[purpose],
        about=MessageAbout("account_link", f"{link.public_id}:{link.generation}"),
        office=office,
        not_after=link.expires_at,
        now=now,
    )
    about, detail = About("staff", str(staff.public_id)), {"purpose": purpose.value}
    record(action=Action.STAFF_LINK_ISSUED, by=by, office=office, about=about, detail=detail, now=now)
    return link


def is_good(link: AccountLink, *, now: dt.datetime) -> bool:
    """Neither used nor expired, and the account may still sign in."""
    return link.used_at is None and now < link.expires_at and link.staff.is_active


def open_link(*, public_id: uuid.UUID, secret: str, now: dt.datetime) -> AccountLink:
    """The link behind a secret; raises LinkOver. Uses nothing up: a person may look first and decide then."""
    link = AccountLink.objects.select_related("staff", "jobcenter").filter(public_id=public_id).first()
    if link is None or not _is_secret_of(secret, link) or not is_good(link, now=now):
        raise LinkOver
    return link


def find_open(*, public_id: uuid.UUID, generation: int, now: dt.datetime) -> AccountLink | None:
    """A link that was opened in this browser, as long as it is good and no newer one was issued."""
    links = AccountLink.objects.select_related("staff", "jobcenter")
    link = links.filter(public_id=public_id, generation=generation).first()
    return link if link is not None and is_good(link, now=now) else None


@transaction.atomic
def use_link(*, link: AccountLink, now: dt.datetime) -> None:
    """Uses it up; raises LinkOver for whoever comes second. Writes an audit row."""
    still_open = AccountLink.objects.filter(pk=link.pk, generation=link.generation, used_at=None, expires_at__gt=now)
    if not still_open.update(used_at=now, new_email=""):
        raise LinkOver
    staff_id = str(link.staff.public_id)
    record(
        action=Action.STAFF_LINK_USED,
        by=Actor("staff", staff_id),
        office=link.jobcenter.slug if link.jobcenter else "",
        about=About("staff", staff_id),
        detail={"purpose": link.purpose},
        now=now,
    )


def void_links(*, staff: StaffMember, now: dt.datetime) -> None:
    """What was asked for by mail and not used yet is good no longer; invitations stay."""
    asked = AccountLink.objects.filter(staff=staff, purpose__in=[LinkPurpose.PASSWORD, LinkPurpose.EMAIL])
    asked.filter(used_at=None).update(used_at=now, new_email="")


def _is_secret_of(candidate: str, link: AccountLink) -> bool:
    given = candidate.encode()
    # Every key is tried, whatever the first says: the time tells nothing.
    matches = [hmac.compare_digest(given, secret_of(link, key=key).encode()) for key in settings.NAHBAR_LINK_KEYS]
    return any(matches)
