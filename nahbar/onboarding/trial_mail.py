"""A mail that says only that it came: whether the mail server takes what we send.

It goes the way of every mail: queued, rendered and sent by the worker, its fate in the outbox.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.utils.translation import gettext as _

from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.operations import queue
from nahbar.outbox.queries import about
from nahbar.outbox.rules import About
from nahbar.people.models import StaffMember

TEMPLATE = "onboarding.trial_mail"
KIND = "trial_mail"
# Whoever waits for it has gone long before.
USEFUL = dt.timedelta(hours=1)


def send_trial_mail(*, to: StaffMember, office: str, now: dt.datetime) -> OutboxMessage:
    """Queues one to the person's own address; nobody else's can be named."""
    kind = About(KIND, str(to.public_id))
    return queue(template=TEMPLATE, about=kind, office=office, not_after=now + USEFUL, now=now)


def last_trial_mail(staff: StaffMember) -> OutboxMessage | None:
    """The newest they asked for, with its fate."""
    return about(kind=KIND, id=str(staff.public_id)).first()


def render(about_id: str) -> RenderedMail:
    """Raises LookupError when the person is gone."""
    staff = StaffMember.objects.filter(public_id=uuid.UUID(about_id)).first()
    if staff is None:
        raise LookupError("the person is gone")
    text = _("Diese Mail kommt von Nahbar (%(address)s). Sie ist angekommen: Der Mailserver ist richtig eingestellt.")
    return RenderedMail(
        to=staff.email,
        subject=_("Probe-Mail von Nahbar"),
        text=text % {"address": settings.NAHBAR_BASE_URL} + "\n",
    )


def still_wanted(about_id: str, now: dt.datetime) -> bool:
    """As long as the person can sign in; `now` plays no part, `not_after` ends it."""
    del now
    return StaffMember.objects.filter(public_id=uuid.UUID(about_id), is_active=True).exists()
