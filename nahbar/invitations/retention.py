"""What this room forgets by itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from nahbar.audit.privacy import Period
from nahbar.audit.retention import Rows
from nahbar.invitations.models import Device
from nahbar.invitations.rules import KEEP_DEVICES

DEVICES = Rows(
    name="invitations.devices",
    what=_("Geräte, mit denen Links geöffnet wurden"),
    period=Period.THREE_MONTHS,
    models=frozenset({"invitations.Device"}),
    due=lambda now: Device.objects.filter(seen_at__lt=now - KEEP_DEVICES),
    since="seen_at",
    office="invitation__participation__appointment__jobcenter__slug",
)
