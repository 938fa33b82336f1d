"""The people of the demo. Numbers are from the ranges kept free for film and fiction; addresses lead nowhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.rules import Language, Salutation

PROOF = "2411"
_BORN = (24, 11)


@dataclass(frozen=True)
class OfficeSketch:
    """One office of the demo."""

    slug: str
    name: str
    phone: str
    phone_display: str
    street: str
    postcode: str
    city: str
    channels: int
    teams: tuple[str, ...]


@dataclass(frozen=True)
class StaffSketch:
    """Somebody who signs in."""

    office: str
    team: str
    roles: tuple[Role, ...]
    salutation: Salutation
    first_name: str
    last_name: str

    @property
    def email(self) -> str:
        """An address on a domain that cannot exist."""
        name = f"{self.first_name}.{self.last_name}".lower()
        return f"{name.replace('ü', 'ue').replace('ö', 'oe').replace('ş', 's')}@{self.office}.example"


@dataclass(frozen=True)
class ClientSketch:
    """Somebody who gets appointments."""

    team: str
    salutation: Salutation
    first_name: str
    last_name: str
    language: Language = Language.GERMAN
    what_helps: str = ""
    year: int = 1985
    preferred_mode: str = ""
    guardian: str = ""
    notes: str = ""


OFFICES = (
    OfficeSketch(
        "westheide", "Jobcenter Westheide", "+494066969120", "040 66969-120",
        "Heidestraße 14", "29999", "Westheide", 4, ("Arbeitsvermittlung", "Fallmanagement"),
    ),
    OfficeSketch(
        "ostmoor", "Jobcenter Ostmoor", "+493023125440", "030 23125-440",
        "Am Moorgraben 2", "18999", "Ostmoor", 2, ("Vermittlung",),
    ),
)  # fmt: skip

STAFF = (
    StaffSketch("westheide", "Arbeitsvermittlung", (Role.COUNSELLOR,), Salutation.FRAU, "Sabine", "Petersen"),
    StaffSketch("westheide", "Arbeitsvermittlung", (Role.COUNSELLOR,), Salutation.HERR, "Timo", "Hagen"),
    StaffSketch("westheide", "Fallmanagement", (Role.COUNSELLOR,), Salutation.FRAU, "Elif", "Aydemir"),
    StaffSketch(
        "westheide", "Arbeitsvermittlung", (Role.TEAM_LEAD, Role.COUNSELLOR), Salutation.FRAU, "Martina", "Vogel"
    ),
    StaffSketch("westheide", "", (Role.GUIDE,), Salutation.HERR, "Jonas", "Albers"),
    StaffSketch("westheide", "", (Role.ADMINISTRATOR,), Salutation.FRAU, "Ute", "Krüger"),
    StaffSketch("ostmoor", "Vermittlung", (Role.COUNSELLOR,), Salutation.HERR, "Henning", "Möller"),
)
COUNSELLOR, DEPUTY, TEAM_LEAD, GUIDE, ADMINISTRATOR = STAFF[0], STAFF[1], STAFF[3], STAFF[4], STAFF[5]

_A, _F, _V = "Arbeitsvermittlung", "Fallmanagement", "Vermittlung"
_FRAU, _HERR = Salutation.FRAU, Salutation.HERR
CLIENTS: dict[str, tuple[ClientSketch, ...]] = {
    "westheide": (
        ClientSketch(_A, _HERR, "Kerem", "Yılmaz", what_helps="Langsam sprechen hilft.", year=1990),
        ClientSketch(_A, _FRAU, "Fatima", "Al-Hassan", Language.PLAIN_GERMAN, "Dolmetschen: Arabisch. Vormittags."),
        ClientSketch(_A, _FRAU, "Aylin", "Kaya"),
        ClientSketch(
            _A,
            _HERR,
            "Dariusz",
            "Nowak",
            what_helps="Termine ab zehn Uhr.",
            preferred_mode=Mode.TELEPHONE,
            notes="Lebenslauf liegt vor. Als Nächstes: Zeugnis der Weiterbildung nachreichen.",
        ),
        ClientSketch(_A, _FRAU, "Olena", "Kovalenko", Language.PLAIN_GERMAN, "Dolmetschen: Ukrainisch."),
        ClientSketch(
            _A,
            _HERR,
            "Joachim",
            "Brandt",
            what_helps="Große Schrift.",
            preferred_mode=Mode.ON_SITE,
            guardian="Regina Thomsen",
        ),
        ClientSketch(_A, _FRAU, "Maria", "Schönfeld"),
        ClientSketch(_A, _FRAU, "Nadine", "Wolff"),
        ClientSketch(_A, _HERR, "Samuel", "Tesfay", Language.PLAIN_GERMAN, "Dolmetschen: Tigrinya."),
        ClientSketch(_A, _HERR, "Uwe", "Lindemann"),
        ClientSketch(_A, _FRAU, "Zeynep", "Arslan"),
        ClientSketch(_A, _HERR, "Marek", "Zieliński"),
        ClientSketch(_F, _FRAU, "Petra", "Hoffmann"),
        ClientSketch(_F, _HERR, "Ali", "Rezaei", Language.PLAIN_GERMAN, "Dolmetschen: Farsi."),
        ClientSketch(_F, _FRAU, "Sandra", "Meier"),
        ClientSketch(_F, _HERR, "Kevin", "Schulz"),
    ),
    "ostmoor": (
        ClientSketch(_V, _FRAU, "Inga", "Carstens"),
        ClientSketch(_V, _HERR, "Bilal", "Haddad", Language.PLAIN_GERMAN),
        ClientSketch(_V, _FRAU, "Renate", "Oltmanns"),
    ),
}

TOPICS = (
    # name, video, telephone, on site, outreach
    ("Bewerbungen", True, True, True, False),
    ("Erstgespräch", True, True, True, True),
    ("Kooperationsplan", True, True, True, False),
    ("Weiterbildung", True, True, True, False),
    ("Kinderbetreuung", True, True, True, False),
    ("Gesundheit und Arbeit", True, True, True, True),
    ("Geldleistungen", False, False, True, False),
)


def birth_date(sketch: ClientSketch, position: int) -> dt.date:
    """The first two share day and month, so that one proof opens both of the demo's links."""
    day, month = _BORN if position < 2 else (3 + position, 1 + position % 12)
    return dt.date(sketch.year - position % 20, month, day)
