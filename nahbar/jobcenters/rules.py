"""What an office may set, and the roles people have in it; no database."""

import re
from datetime import timedelta

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
    CONTROLLING = "controlling", _("Controlling")


# Need-to-know starts at the team; these see no person, and belong to none.
WITHOUT_TEAM = (Role.ADMINISTRATOR, Role.GUIDE, Role.CONTROLLING)


class LegalPage(TextChoices):
    """The pages every office owes the public."""

    IMPRINT = "imprint", _("Impressum")
    PRIVACY = "privacy", _("Datenschutz")
    ACCESSIBILITY = "accessibility", _("Barrierefreiheit")
    # What the site offers in plain German; the product knows it and brings it along.
    PLAIN = "plain", _("Einfache Sprache")


# The last part of their addresses, the public ones and those of the set-up.
ADDRESSES = {
    LegalPage.IMPRINT: "impressum",
    LegalPage.PRIVACY: "datenschutz",
    LegalPage.ACCESSIBILITY: "barrierefreiheit",
    LegalPage.PLAIN: "einfache-sprache",
}

# An office without these must not go public.
REQUIRED_PAGES = (LegalPage.IMPRINT, LegalPage.PRIVACY, LegalPage.ACCESSIBILITY)

# It prevails: every text exists in it, and every other language only beside it.
GERMAN = "de"

LONGEST_TEXT = 20_000
# "[Name der Behörde]", but not "[a link](https://…)".
_GAP = re.compile(r"\[[^\[\]\n]+\](?!\()")

LONGEST_REPORT = 2_000
REPORTS_A_DAY = 100
# The mail about it meets its fate within about a day.
REPORTS_KEPT = timedelta(days=14)


def gaps(body: str) -> list[str]:
    """What a text still asks to be filled in, each once, in the order of the text."""
    return list(dict.fromkeys(_GAP.findall(body)))


class Proof(TextChoices):
    """How clients show that a link is theirs; no mail says either."""

    BIRTHDAY = "birthday", _("Tag und Monat der Geburt")
    NUMBER = "number", _("die letzten vier Zeichen der Kundennummer")
