"""What an office may set, and the roles people have in it; no database."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

WAITING_ROOM_MINUTES = (5, 120)
BUFFER_MINUTES = (0, 60)
LATE_HOURS = (1, 168)
DEPUTY_MINUTES = (1, 60)
LENGTH_MINUTES = (5, 240)
# How many years a person's file is kept after the last contact. Social data go when they are no longer needed
# (§ 84 Abs. 2 SGB X with Art. 17 DSGVO), which the law does not count in years. Needed at least as long as claims
# can be raised: they lapse four years after the end of the calendar year (§ 45 SGB I, § 50 Abs. 4 SGB X), which
# is five years at most. At the longest until a decision can no longer be withdrawn: ten years (§ 45 Abs. 3 SGB X).
FILE_YEARS = (5, 10)


class Land(TextChoices):
    """The Land whose public holidays hold (ISO 3166-2:DE)."""

    BW = "BW", _("Baden-Württemberg")
    BY = "BY", _("Bayern")
    BE = "BE", _("Berlin")
    BB = "BB", _("Brandenburg")
    HB = "HB", _("Bremen")
    HH = "HH", _("Hamburg")
    HE = "HE", _("Hessen")
    MV = "MV", _("Mecklenburg-Vorpommern")
    NI = "NI", _("Niedersachsen")
    NW = "NW", _("Nordrhein-Westfalen")
    RP = "RP", _("Rheinland-Pfalz")
    SL = "SL", _("Saarland")
    SN = "SN", _("Sachsen")
    ST = "ST", _("Sachsen-Anhalt")
    SH = "SH", _("Schleswig-Holstein")
    TH = "TH", _("Thüringen")


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
