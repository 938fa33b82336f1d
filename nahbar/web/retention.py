"""What pages leave behind: sessions that ended, and counters of the rate limits."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows
from nahbar.web.models import Counter

SESSIONS = Rows(
    name="web.sessions",
    what=_("Beendete Anmeldungen"),
    period=Period.DAYS,
    models=frozenset({"sessions.Session"}),
    due=lambda now: Session.objects.filter(expire_date__lt=now),
    since="expire_date",
)
# Django empties its cache only when it is full.
COUNTERS = Rows(
    name="web.counters",
    what=_("Zähler gegen zu viele Versuche"),
    period=Period.DAYS,
    models=frozenset({"web.Counter"}),
    due=lambda now: Counter.objects.filter(expires__lt=now),
    since="expires",
)


def forget_counters(now: dt.datetime) -> int:
    """Deletes the counters of windows that are over, soon and not only at night; returns how many.

    They tell nothing but when somebody knocked, which for the survey nobody may learn. Safe to repeat.
    """
    return COUNTERS.due(now).delete()[0]
