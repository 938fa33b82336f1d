"""What this room forgets by itself.

Above all files whose time is over: so many years after the office last had to do with the person, as it has set.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.contrib.sessions.models import Session
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows, Tallies, Tally
from nahbar.audit.rules import AUDIT_PERIOD
from nahbar.jobcenters.models import JobCenter
from nahbar.people.erasing import erase_files
from nahbar.people.models import Client, ClientImport, ClientLook, StaffSession
from nahbar.people.rights import keepers
from nahbar.people.rules import IMPORT_PERIOD, ImportState

BERLIN = ZoneInfo("Europe/Berlin")


def years_before(now: dt.datetime, years: int) -> dt.datetime:
    """The same day and time so many years ago, or ahead where negative; the 28th for a 29th that is not there."""
    local = now.astimezone(BERLIN)
    try:
        return local.replace(year=local.year - years)
    except ValueError:
        return local.replace(year=local.year - years, day=28)


def files_over(*, office: JobCenter, years: int, now: dt.datetime) -> QuerySet[Client]:
    """Those of an office's people with whom it has had nothing to do for so many years, and whom nothing holds."""
    limit = years_before(now, years)
    over = Client.objects.filter(jobcenter=office, created_at__lt=limit)
    over = over.exclude(hold__last_day__gte=timezone.localdate(now))
    for moment in sorted({moment for keeper in keepers() for moment in keeper.moments}):
        over = over.exclude(**{f"{moment}__gte": limit})
    return over


def kept_until(*, client: Client) -> dt.date:
    """The day after which the file goes, if the office has nothing more to do with the person until then."""
    moments = sorted({moment for keeper in keepers() for moment in keeper.moments})
    # One aggregate each: joined together they would multiply each other's rows.
    found = [Client.objects.filter(pk=client.pk).aggregate(last=Max(moment))["last"] for moment in moments]
    last = max([client.created_at, *filter(None, found)])
    return timezone.localdate(years_before(last, -client.jobcenter.file_years))


class Files:
    """The rule for everything that is kept as long as the person's file: the person is erased."""

    name = "people.files"
    what = _("Akten: Personen mit allem, was zu ihnen gehört")
    period = Period.AS_FILE
    # Of people, with all their appointments: short enough that nobody waits for it.
    batch = 20

    @property
    def models(self) -> frozenset[str]:
        """What goes with a person."""
        return frozenset().union(*(keeper.models for keeper in keepers()))

    def count(self, *, now: dt.datetime) -> Tallies:
        """How many people of which office are due, and since when the oldest of these files was there."""
        tallies = {}
        for office in JobCenter.objects.order_by("slug"):
            due = files_over(office=office, years=office.file_years, now=now)
            many, oldest = due.count(), due.aggregate(oldest=Min("created_at"))["oldest"]
            if many:
                tallies[office.slug] = Tally(many, oldest)
        return tallies

    def delete(self, *, now: dt.datetime, limit: int) -> Tallies:
        """Erase at most `limit` people, all of one office; who cannot be erased just now is passed over."""
        for office in JobCenter.objects.order_by("slug"):
            gone = self._erase(files_over(office=office, years=office.file_years, now=now), now=now, limit=limit)
            if gone:
                return {office.slug: Tally(len(gone), min(gone))}
        return {}

    def _erase(self, due: QuerySet[Client], *, now: dt.datetime, limit: int) -> list[dt.datetime]:
        """When the files of those who were erased began; looks on while nobody of a handful can be erased."""
        passed = 0
        while clients := list(due.order_by("pk").select_related("jobcenter")[passed : passed + limit]):
            if gone := erase_files(clients=clients, now=now):
                return [client.created_at for client in gone]
            passed += len(clients)
        return []


def _uploads(now: dt.datetime) -> QuerySet[ClientImport]:
    """Whatever became of them; one at work is waited for."""
    old = ClientImport.objects.filter(created_at__lt=now - IMPORT_PERIOD)
    return old.exclude(state__in=[ImportState.APPLYING, ImportState.UNDOING])


def _signed_out(now: dt.datetime) -> QuerySet[StaffSession]:
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    return StaffSession.objects.filter(~Exists(alive))


IMPORTS = Rows(
    name="people.imports",
    what=_("Hochgeladene Listen von Personen"),
    period=Period.FOURTEEN_DAYS,
    models=frozenset({"people.ClientImport", "people.ImportRow"}),
    due=_uploads,
    since="created_at",
    office="jobcenter__slug",
    # Each with up to 50,000 rows.
    batch=1,
)
LOOKS = Rows(
    name="people.looks",
    what=_("Wer fremde Akten mit Begründung geöffnet hat"),
    period=Period.AUDIT_PERIOD,
    models=frozenset({"people.ClientLook"}),
    due=lambda now: ClientLook.objects.filter(at__lt=now - AUDIT_PERIOD),
    since="at",
    office="client__jobcenter__slug",
)
SESSIONS = Rows(
    name="people.sessions",
    what=_("In welchem Browser jemand angemeldet war"),
    period=Period.DAYS,
    models=frozenset({"people.StaffSession"}),
    due=_signed_out,
    since="began_at",
)
