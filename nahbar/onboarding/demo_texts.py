"""The legal pages of the demo's offices: complete, and plainly examples."""

from __future__ import annotations

import datetime as dt

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.drafts import save_draft
from nahbar.jobcenters.legal import brought_along, publish, unpublished
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import gaps
from nahbar.people.rules import Language

EXAMPLE = {
    Language.GERMAN: "Das ist ein Beispieltext der Demo. Dieses Jobcenter gibt es nicht.",
    Language.PLAIN_GERMAN: "Das ist nur ein Beispiel. Dieses Jobcenter gibt es nicht.",
}
# By what the gap asks for; what stands here must fit into both languages.
ANSWERS = {
    "[Rechtsform": "eine gemeinsame Einrichtung nach § 44b SGB II",
    "[Vorname und Name der": "Dr. Hanna Beispiel",
    "[Vorname und Name]": "Dr. Hanna Beispiel",
    "[Name und Anschrift der Aufsicht": "Ministerium für Beispiele, Musterplatz 1, 29999 Westheide",
    "[Anschrift, Telefon und E-Mail der oder": "Heidestraße 14, 29999 Westheide, datenschutz@westheide.example",
    "[Weitere Rechtsgrundlagen": "Für die Mails an Sie: Ihr Einverständnis bei der Buchung.",
    "[Name, Anschrift und Adresse der Datenschutz": "Landesbeauftragte für den Datenschutz, Musterplatz 2, 29999 Westheide",
    "[Gesetz": "§ 12a des Behindertengleichstellungsgesetzes",
    "[Adresse dieser": "beratung.example.de",
    "[vollständig": "teilweise",
    "[Bekannte": "Gebärdensprache: Es gibt noch keinen Film. Ein Dolmetscher kommt auf Wunsch dazu.",
    "[Datum": "2. November 2026",
    "[einer": "einer Selbstbewertung",
    "[Name, Anschrift, Telefon": "Schlichtungsstelle, Musterplatz 3, 29999 Westheide, Telefon 030 23125-900",
}


def publish_examples(*, jobcenter: JobCenter, now: dt.datetime) -> None:
    """Publishes what the office still lacks, from the product's proposals; nothing is done twice."""
    for kind in unpublished(jobcenter=jobcenter):
        bodies = {
            language.value: _filled(brought_along(jobcenter=jobcenter, kind=kind, language=language.value), language)
            for language in Language
        }
        draft = save_draft(jobcenter=jobcenter, name=kind.value, bodies=bodies, state=None, by=SYSTEM, now=now)
        publish(jobcenter=jobcenter, kind=kind, state=draft.state, by=SYSTEM, now=now)


def _filled(body: str, language: Language) -> str:
    for gap in gaps(body):
        body = body.replace(gap, next(answer for question, answer in ANSWERS.items() if gap.startswith(question)))
    return f"{EXAMPLE[language]}\n\n{body}"
