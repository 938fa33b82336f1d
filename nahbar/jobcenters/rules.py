"""What an office may set, and the roles people have in it; no database."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

WAITING_ROOM_MINUTES = (5, 120)
BUFFER_MINUTES = (0, 60)
DEPUTY_MINUTES = (1, 60)
LENGTH_MINUTES = (5, 240)


class Mode(TextChoices):
    """How client and counsellor meet."""

    VIDEO = "video", _("Video")
    TELEPHONE = "telephone", _("Telefon")
    ON_SITE = "on_site", _("Vor Ort")
    OUTREACH_VISIT = "outreach_visit", _("Außentermin")


class Role(TextChoices):
    """What somebody does in one office; a person may have several roles, in several offices."""

    COUNSELLOR = "counsellor", _("Fachkraft")
    GUIDE = "guide", _("Lotse")
    TEAM_LEAD = "team_lead", _("Teamleitung")
    ADMINISTRATOR = "administrator", _("Verwaltung")
