"""What an office lacks before a talk can be booked: somebody who holds it, something to talk about, a channel."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.readiness import Gap, finds_gaps
from nahbar.jobcenters.rules import Role


@finds_gaps
def missing_offer(jobcenter: JobCenter) -> Iterable[Gap]:
    """Each of the three that is not there at all."""
    counsellors = jobcenter.memberships.filter(role=Role.COUNSELLOR, staff__is_active=True)
    if not counsellors.exists():
        yield Gap("no_counsellor", _("Noch niemand berät: Laden Sie Ihre Fachkräfte ein."), "office_staff")
    if not jobcenter.topics.filter(is_active=True).exists():
        yield Gap("no_topic", _("Noch kein Thema: Worüber sprechen Sie in Ihren Terminen?"), "office_topics")
    if not jobcenter.channels.filter(is_active=True).exists():
        yield Gap("no_channel", _("Noch kein Videokanal: So viele Gespräche gehen gleichzeitig."), "office_channels")
