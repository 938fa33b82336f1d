"""What this room forgets by itself: presence is never kept longer than three months."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows
from nahbar.calls.models import Call, SecondDevice, WebhookEvent
from nahbar.calls.rules import KEEP_PRESENCE, KEEP_SESSION_KEYS, KEEP_WEBHOOKS, CallState


def _without_session(rows: QuerySet[SecondDevice]) -> object:
    return rows.update(session_key="")


CALLS = Rows(
    name="calls.presence",
    what=_("Gespräche: wer wann gewartet hat und da war"),
    period=Period.THREE_MONTHS,
    models=frozenset(
        f"calls.{name}" for name in ("Call", "CallParticipation", "TakeOver", "SecondDevice", "CallPresence")
    ),
    due=lambda now: Call.objects.filter(state=CallState.ENDED, ended_at__lt=now - KEEP_PRESENCE),
    since="ended_at",
    office="appointment__jobcenter__slug",
)
SESSION_KEYS = Rows(
    name="calls.session_keys",
    what=_("Tablets: zu welcher Anmeldung sie gehörten"),
    period=Period.DAYS,
    models=frozenset({"calls.SecondDevice"}),
    due=lambda now: SecondDevice.objects.filter(offered_at__lt=now - KEEP_SESSION_KEYS).exclude(session_key=""),
    since="offered_at",
    office="place__call__appointment__jobcenter__slug",
    remove=_without_session,
)
WEBHOOKS = Rows(
    name="calls.webhooks",
    what=_("Kennungen von Meldungen des Medienservers"),
    period=Period.DAYS,
    models=frozenset({"calls.WebhookEvent"}),
    due=lambda now: WebhookEvent.objects.filter(received_at__lt=now - KEEP_WEBHOOKS),
    since="received_at",
)
