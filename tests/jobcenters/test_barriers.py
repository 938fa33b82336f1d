"""What somebody could not use reaches the office as one mail, and is forgotten."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.retention import Tally
from nahbar.jobcenters import barriers
from nahbar.jobcenters.barriers import Refusal, ReportRefused, render, report_barrier, still_wanted
from nahbar.jobcenters.models import BarrierReport, JobCenter
from nahbar.jobcenters.retention import BARRIERS
from nahbar.jobcenters.rules import REPORTS_A_DAY
from nahbar.outbox.models import OutboxMessage
from tests.factories import make_office

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=7)


@pytest.fixture
def office(db: None) -> JobCenter:
    return make_office("altona")


def report(office: JobCenter, now: dt.datetime, key: uuid.UUID = KEY, answer_to: str = "") -> None:
    report_barrier(jobcenter=office, key=key, body="Der Knopf spricht nicht.", answer_to=answer_to, now=now)


def test_the_mail_goes_to_the_office_and_holds_what_was_written(office: JobCenter, now: dt.datetime) -> None:
    report(office, now, answer_to="Frau\nBcc: x@y.example")
    mail = render(str(KEY))
    assert (mail.to, dict(mail.headers)) == ("altona@example.org", {"Content-Language": "de"})
    assert "Der Knopf spricht nicht." in mail.text
    assert "Antwort erbeten an: Frau" in mail.text


def test_the_row_that_waits_holds_no_word_of_it(office: JobCenter, now: dt.datetime) -> None:
    report(office, now)
    row = OutboxMessage.objects.get()
    assert (row.template, row.about_kind, row.about_id, row.office) == (
        barriers.TEMPLATE,
        "barrier_report",
        str(KEY),
        "altona",
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_kind, entry.detail) == ("barrier_reported", "anonymous", {})


def test_sent_twice_it_is_one_report(office: JobCenter, now: dt.datetime) -> None:
    report(office, now)
    report(office, now)
    assert (BarrierReport.objects.count(), OutboxMessage.objects.count()) == (1, 1)


def test_without_a_mail_address_it_is_refused(office: JobCenter, now: dt.datetime) -> None:
    office.email = ""
    with pytest.raises(ReportRefused) as refused:
        report(office, now)
    assert refused.value.reason is Refusal.NO_ADDRESS
    assert not BarrierReport.objects.exists()


def test_an_office_is_not_flooded(office: JobCenter, now: dt.datetime) -> None:
    for _ in range(REPORTS_A_DAY):
        report(office, now, uuid.uuid4())
    with pytest.raises(ReportRefused) as refused:
        report(office, now)
    assert refused.value.reason is Refusal.TOO_MANY
    report(office, now + dt.timedelta(days=1, seconds=1))
    assert OutboxMessage.objects.count() == REPORTS_A_DAY + 1


def test_after_fourteen_days_it_is_gone_and_no_mail_wants_it(office: JobCenter, now: dt.datetime) -> None:
    report(office, now)
    later = now + dt.timedelta(days=14)
    assert (BARRIERS.delete(now=later, limit=5), still_wanted(str(KEY), later)) == ({}, True)
    later += dt.timedelta(seconds=1)
    assert BARRIERS.delete(now=later, limit=5) == {"altona": Tally(1, now)}
    assert not still_wanted(str(KEY), later)
    with pytest.raises(LookupError):
        render(str(KEY))
