"""The figures' page: what the anonymous surveys said, and what they keep to themselves; no database."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nahbar.surveys.figures import FEWEST, Answer, Audience, Block, Question
from nahbar.surveys.rules import ASKED
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
LOOKS: Looks = {"held": Answer.YES.label, "cancelled": Answer.PARTLY.label, "client": Answer.NO.label}
ANSWERS = (Answer.YES, Answer.PARTLY, Answer.NO)
TITLES = {
    Audience.CLIENTS: ("umfrage", gettext_lazy("Umfrage unter Gesprächspartnern")),
    Audience.STAFF: ("fachkraefte", gettext_lazy("Umfrage unter Fachkräften")),
}


def survey_section(*, audience: Audience, blocks: list[Block], period: Period) -> Section:
    """Each question with the quarters of the period, those with too few answers without a number."""
    spans = list(_spans(blocks, period))
    shown = [block for _label, block in spans if block]
    answers = sum(block.answers for block in shown)
    key, title = TITLES[audience]
    words = ngettext("%(n)s Antwort, anonym", "%(n)s Antworten, anonym", answers)
    return Section(
        key=key,
        title=str(title),
        panels=tuple(_question(question, spans) for question in ASKED[audience]),
        counted=HOW,
        notes=(WHY_HIDDEN,) if len(shown) < len(spans) or _hides(shown, audience) else (),
        aside=words % {"n": written(answers, Kind.COUNT)} if shown else "",
    )


def _hides(shown: list[Block], audience: Audience) -> bool:
    return any(_answers(block, one) < FEWEST for block in shown for one in ASKED[audience])


def _spans(blocks: list[Block], period: Period) -> Iterator[tuple[str, Block | None]]:
    """The quarters of the period in their order; those of one block together, though it may reach beyond the period."""
    quarter, told = quarter_of(period.first), set[str]()
    while quarter.first <= period.last:
        code = quarter.code.replace("-", "")
        block = next((one for one in blocks if one.first <= code <= one.last), None)
        if block is None:
            yield quarter.title, None
        elif block.first not in told:
            told.add(block.first)
            yield _title(block), block
        quarter = quarter_of(after(quarter.first, QUARTER_LENGTH))


def _title(block: Block) -> str:
    first, last = (_("%(number)s. Quartal %(year)s") % _quarter(code) for code in (block.first, block.last))
    return first if block.first == block.last else _("%(first)s bis %(last)s") % {"first": first, "last": last}


def _quarter(code: str) -> dict[str, str]:
    year, _q, number = code.partition("Q")
    return {"year": year, "number": number}


def _answers(block: Block, question: Question) -> int:
    """Who left a question out is in none of its answers."""
    return sum(block.counts.get(question, {}).values())


def _question(question: Question, spans: list[tuple[str, Block | None]]) -> Panel:
    rows = tuple(_row(label, block, question) for label, block in spans)
    columns = (_("Zeit"), _("Antworten"), *(str(one.label).capitalize() for one in ANSWERS), _("Anteil Ja"))
    chart = Chart(tuple(_bar(row) for row in rows), tuple((look, str(word)) for look, word in LOOKS.items()))
    return Panel(str(question.label), _sentence(rows), Table(columns, rows), chart)


def _row(label: str, block: Block | None, question: Question) -> Row:
    answers = _answers(block, question) if block else 0
    if block is None or answers < FEWEST:
        return Row(label, (hidden(TOO_FEW),) * (len(ANSWERS) + 2))
    counts = [block.counts[question].get(one, 0) for one in ANSWERS]
    return Row(label, (count(answers), *(count(one) for one in counts), share(part(counts[0], answers))))


def _bar(row: Row) -> Bar:
    if row.is_hidden:
        return Bar(row.label, (), "–", hidden=row.cells[0].text)
    answers, *counts, yes = row.cells
    named = [(look, word, cell) for (look, word), cell in zip(LOOKS.items(), counts, strict=True)]
    return Bar(row.label, pieces_of(named, full=answers.number), yes.text)


def _sentence(rows: tuple[Row, ...]) -> str:
    """Of all that is shown together: each of its blocks is large enough by itself."""
    known = [row.cells for row in rows if not row.is_hidden]
    if not known:
        return _("Dazu gibt es noch keine 10 Antworten.")
    answers, yes = (sum(int(cells[column].number) for cells in known) for column in (0, 1))
    words = ngettext(
        "Von %(all)s Antworten war %(yes)s ein Ja, das sind %(share)s.",
        "Von %(all)s Antworten waren %(yes)s ein Ja, das sind %(share)s.",
        yes,
    )
    return words % {
        "all": written(answers, Kind.COUNT),
        "yes": written(yes, Kind.COUNT),
        "share": share(part(yes, answers)).text,
    }


WHY_HIDDEN = gettext_lazy(
    "Unter 10 Antworten wird nichts gezeigt. Quartale mit wenigen Antworten werden mit anderen zusammengelegt, bis es "
    "genug sind. So bleibt jede Antwort anonym."
)
HOW = (
    gettext_lazy(
        "Die Antworten sind anonym: Niemand kann sie einer Person, einem Gespräch oder einer Fachkraft zuordnen. "
        "Deshalb gibt es sie nur für das ganze Jobcenter und nur nach Quartalen."
    ),
    gettext_lazy("Jede Frage darf man auslassen. Wer sie ausgelassen hat, ist bei ihr nicht mitgezählt."),
)
