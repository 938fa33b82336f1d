"""The legal pages of the demo's offices: complete, and plainly examples."""

from __future__ import annotations

import datetime as dt

from nahbar.audit.rules import SYSTEM
from nahbar.jobcenters.drafts import save_draft
from nahbar.jobcenters.legal import brought_along, publish, unpublished
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import LegalPage, gaps
from nahbar.people.rules import Language

EXAMPLE = {
    Language.GERMAN: "Das ist ein Beispieltext der Demo. Dieses Jobcenter gibt es nicht.",
    Language.PLAIN_GERMAN: "Das ist nur ein Beispiel. Dieses Jobcenter gibt es nicht.",
}
# By how the gap begins; what stands here fits into both languages.
ANSWERS = {
    "[Rechtsform": "eine gemeinsame Einrichtung nach § 44b SGB II",
    "[Vorname und Name": "Dr. Hanna Beispiel",
    "[Name und Anschrift der Aufsicht": "Ministerium für Beispiele, Musterplatz 1, 29999 Westheide",
    "[Anschrift, Telefon": "Datenschutz im {name}, {street}, datenschutz@{slug}.example",
    "[Weitere Rechtsgrundlagen": "Für Mails an Sie: die Aufgaben des Jobcenters.",
    "[Name, Anschrift und Adresse": "Datenschutz-Aufsicht, Musterplatz 2, 29999 Westheide",
    "[Gesetz": "§ 12a des Behindertengleichstellungsgesetzes",
    "[Adresse dieser": "beratung.example.de",
    "[vollständig": "teilweise",
    "[Bekannte": "Gebärdensprache: Es gibt noch keinen Film. Jemand dolmetscht, wenn Sie es sagen.",
    "[Datum": "2. November 2026",
    "[einer": "einer Selbstbewertung",
    "[Name, Anschrift, Telefon": "Schlichtungsstelle, Musterplatz 3, 29999 Westheide, Telefon 030 23125-900",
}


def publish_examples(*, jobcenter: JobCenter, now: dt.datetime) -> None:
    """Publishes what the office still lacks, from the product's proposals; nothing is done twice."""
    for kind in unpublished(jobcenter=jobcenter):
        bodies = {language.value: _filled(jobcenter, kind, language) for language in Language}
        draft = save_draft(jobcenter=jobcenter, name=kind.value, bodies=bodies, state=None, by=SYSTEM, now=now)
        publish(jobcenter=jobcenter, kind=kind, state=draft.state, by=SYSTEM, now=now)


def _filled(jobcenter: JobCenter, kind: LegalPage, language: Language) -> str:
    body = brought_along(jobcenter=jobcenter, kind=kind, language=language.value)
    own = {"name": jobcenter.name, "street": jobcenter.street, "slug": jobcenter.slug}
    for gap in gaps(body):
        answer = next(answer for question, answer in ANSWERS.items() if gap.startswith(question))
        body = body.replace(gap, answer.format(**own))
    return f"{EXAMPLE[language]}\n\n{body}"
