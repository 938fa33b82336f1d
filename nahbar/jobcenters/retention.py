"""What this room forgets by itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows
from nahbar.jobcenters.models import BarrierReport
from nahbar.jobcenters.rules import REPORTS_KEPT

BARRIERS = Rows(
    name="jobcenters.barriers",
    what=_("Meldungen von Barrieren"),
    period=Period.FOURTEEN_DAYS,
    models=frozenset({"jobcenters.BarrierReport"}),
    due=lambda now: BarrierReport.objects.filter(made_at__lt=now - REPORTS_KEPT),
    since="made_at",
    office="jobcenter__slug",
)
