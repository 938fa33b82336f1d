"""The figures' page: what the anonymous surveys said, and what they keep to themselves; no database."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nahbar.surveys.figures import Answer, Audience, Block, Question
from nahbar.surveys.rules import ASKED
from nahbar.surveys.rules import quarter_of as code_of
from nahbar.web.lead.periods import QUARTER_LENGTH, Period, after, quarter_of
from nahbar.web.lead.tables import (
    Bar,
    Chart,
    Kind,
    Looks,
    Panel,
    Row,
    Section,
    Table,
    count,
    hidden,
    part,
    pieces_of,
    share,
    written,
)

TOO_FEW = gettext_lazy("unter 10 Antworten")
# Who left the question out stands beside the others, so that every number is a part of all answers of the quarter.
LOOKS: Looks = {
    "held": Answer.YES.label,
    "cancelled": Answer.PARTLY.label,
    "client": Answer.NO.label,
    "unknown": gettext_lazy("ohne Antwort"),
}
TITLES = {
    Audience.CLIENTS: ("umfrage", gettext_lazy("Umfrage unter Gesprächspartnern")),
    Audience.STAFF: ("fachkraefte", gettext_lazy("Umfrage unter Fachkräften")),
}


def survey_section(*, audience: Audience, blocks: list[Block], period: Period) -> Section:
    """Each question with the quarters of the period, those with too few answers without a number."""
    quarters = list(_quarters(blocks, period))
    shown = [block for _title, block in quarters if block]
    answers = sum(block.answers for block in shown)
    key, title = TITLES[audience]
    words = ngettext("%(n)s Antwort, anonym", "%(n)s Antworten, anonym", answers)
    return Section(
        key=key,
        title=str(title),
        panels=tuple(_question(question, quarters) for question in ASKED[audience]),
        counted=HOW,
        notes=(WHY_HIDDEN,) if len(shown) < len(quarters) else (),
        aside=words % {"n": written(answers, Kind.COUNT)} if shown else "",
    )


def _quarters(blocks: list[Block], period: Period) -> Iterator[tuple[str, Block | None]]:
    """The quarters that the period touches, in their order, each whole."""
    by_code = {block.quarter: block for block in blocks}
    quarter = quarter_of(period.first)
    while quarter.first <= period.last:
        yield quarter.title, by_code.get(code_of(quarter.first))
        quarter = quarter_of(after(quarter.first, QUARTER_LENGTH))


def _question(question: Question, quarters: list[tuple[str, Block | None]]) -> Panel:
    rows = tuple(_row(title, block, question) for title, block in quarters)
    columns = (_("Zeit"), _("Antworten"), *(capfirst(word) for word in LOOKS.values()), _("Anteil Ja"))
    chart = Chart(tuple(_bar(row) for row in rows), tuple((look, str(word)) for look, word in LOOKS.items()))
    return Panel(str(question.label), _sentence(question, quarters), Table(columns, rows), chart)


def _row(title: str, block: Block | None, question: Question) -> Row:
    if block is None:
        return Row(title, (hidden(TOO_FEW),) * (len(LOOKS) + 2))
    given = block.counts[question]
    counts = [*(given[one] for one in Answer), block.without(question)]
    yes = share(part(given[Answer.YES], sum(given.values())))
    return Row(title, (count(block.answers), *(count(one) for one in counts), yes))


def _bar(row: Row) -> Bar:
    if row.is_hidden:
        return Bar(row.label, (), "–", hidden=row.cells[0].text)
    answers, *counts, yes = row.cells
    named = [(look, word, cell) for (look, word), cell in zip(LOOKS.items(), counts, strict=True)]
    return Bar(row.label, pieces_of(named, full=answers.number), yes.text)


def _sentence(question: Question, quarters: list[tuple[str, Block | None]]) -> str:
    """Of all that is shown together: each of its blocks is large enough by itself."""
    known = [block.counts[question] for _title, block in quarters if block]
    if not known:
        return _("Dazu gibt es noch keine 10 Antworten.")
    given, yes = sum(sum(one.values()) for one in known), sum(one[Answer.YES] for one in known)
    if not given:
        return _("Diese Frage haben alle ausgelassen.")
    return _("Auf diese Frage sagten Ja: %(yes)s von %(all)s, das sind %(share)s.") % {
        "yes": written(yes, Kind.COUNT),
        "all": written(given, Kind.COUNT),
        "share": share(part(yes, given)).text,
    }


WHY_HIDDEN = gettext_lazy(
    "Unter 10 Antworten wird nichts gezeigt. Antworten warten, bis 10 von mindestens 3 Personen zusammen sind, und "
    "zählen in dem Quartal, in dem es so weit war. So bleibt jede Antwort anonym."
)
HOW = (
    gettext_lazy(
        "Die Antworten sind anonym: Niemand kann sie einer Person, einem Gespräch oder einer Fachkraft zuordnen. "
        "Deshalb gibt es sie nur für das ganze Jobcenter und nur nach Quartalen."
    ),
    gettext_lazy(
        "Jede Frage darf man auslassen. Wer sie ausgelassen hat, steht bei „Ohne Antwort“. „Anteil Ja“ ist der Anteil "
        "an allen, die diese Frage beantwortet haben."
    ),
)
