"""What this room forgets by itself: spent tickets, as soon as nobody could answer with one."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext_lazy as _

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows, Tallies, Tally
from nahbar.surveys.models import SpentTicket
from nahbar.surveys.rules import TICKET_LIVES, local_day


class Dateless(Rows):
    """Rows that know no moment: they are counted, and the oldest has none."""

    def _tally(self, rows: QuerySet[Any]) -> Tallies:
        groups = rows.order_by().values(of=F(self.office)).annotate(many=Count("pk")).order_by("of")
        return {group["of"]: Tally(group["many"]) for group in groups}


SPENT_TICKETS = Dateless(
    name="surveys.spent_tickets",
    what=_("Umfrage: benutzte Fragekarten, ohne Namen"),
    period=Period.SIX_WEEKS,
    models=frozenset({"surveys.SpentTicket"}),
    due=lambda now: SpentTicket.objects.filter(week__lte=local_day(now) - TICKET_LIVES),
    since="",
    office="jobcenter__slug",
)
