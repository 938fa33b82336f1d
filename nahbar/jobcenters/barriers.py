"""Telling an office what somebody could not use (BITV 2.0, § 12b BGG): a mail to the office, and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import Enum

from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action
from nahbar.jobcenters.models import BarrierReport, JobCenter
from nahbar.jobcenters.rules import GERMAN, LONGEST_REPORT, REPORTS_A_DAY
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import About as OutboxAbout

TEMPLATE = "barrier_report"


class Refusal(Enum):
    """Why a report is not taken."""

    NO_ADDRESS = "no_address"
    TOO_MANY = "too_many"


class ReportRefused(Exception):
    """Carries the `reason`."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@transaction.atomic
def report_barrier(*, jobcenter: JobCenter, key: uuid.UUID, body: str, answer_to: str, now: dt.datetime) -> None:
    """Keeps the report and queues the mail to the office; the same `key` twice is one report. Writes an audit row.

    Raises `ReportRefused` when the office has no mail address, or enough reports for a day.
    """
    if not jobcenter.email:
        raise ReportRefused(Refusal.NO_ADDRESS)
    since = now - dt.timedelta(days=1)
    if BarrierReport.objects.filter(jobcenter=jobcenter, made_at__gt=since).count() >= REPORTS_A_DAY:
        raise ReportRefused(Refusal.TOO_MANY)
    try:
        with transaction.atomic():
            BarrierReport.objects.create(
                public_id=key, jobcenter=jobcenter, body=body[:LONGEST_REPORT], answer_to=answer_to, made_at=now
            )
    except IntegrityError:
        return
    about = OutboxAbout("barrier_report", str(key))
    queue(template=TEMPLATE, about=about, office=jobcenter.slug, now=now)
    about_it = About("barrier_report", str(key))
    record(action=Action.BARRIER_REPORTED, by=ANONYMOUS, office=jobcenter.slug, about=about_it, now=now)


def _find(about_id: str) -> BarrierReport | None:
    return BarrierReport.objects.select_related("jobcenter").filter(public_id=about_id).first()


def still_wanted(about_id: str, now: dt.datetime) -> bool:
    """As long as the report is kept and the office can be written to."""
    found = _find(about_id)
    return found is not None and bool(found.jobcenter.email)


def render(about_id: str) -> RenderedMail:
    """The mail to the office; LookupError when the report was forgotten."""
    found = _find(about_id)
    if found is None:
        raise LookupError("the report is gone")
    with translation.override(GERMAN):
        return RenderedMail(
            to=found.jobcenter.email,
            subject=_("Meldung einer Barriere in der Videoberatung"),
            text=render_to_string("jobcenters/barrier_mail.txt", {"report": found}),
            headers={"Content-Language": GERMAN},
        )
