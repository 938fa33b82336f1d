"""The figures' page: what came of appointments, by mode and topic, and of the technology; no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext

from nahbar.jobcenters.rules import Mode
from nahbar.reporting.figures import Figures, Tally
from nahbar.scheduling.rules import Outcome
from nahbar.web.lead.tables import (
    Bar,
    Card,
    Cell,
    Chart,
    Kind,
    Looks,
    Panel,
    Row,
    Section,
    Table,
    count,
    mean,
    part,
    pieces_of,
    share,
    written,
)

# Together in one column; a section of their own tells them apart.
CALLED_OFF = (Outcome.CANCELLED, Outcome.CANCELLED_LATE, Outcome.CANCELLED_AFTERWARDS)
# A bar's pieces, in this order: each has a look of its own, without colour, too.
OUTCOMES: dict[str, tuple[Any, tuple[Outcome, ...]]] = {
    "held": (gettext_lazy("Stattgefunden"), (Outcome.HELD,)),
    "client": (gettext_lazy("Niemand kam"), (Outcome.CLIENT,)),
    "office": (gettext_lazy("Am Jobcenter"), (Outcome.OFFICE,)),
    "technical": (gettext_lazy("Technik gestört"), (Outcome.TECHNICAL,)),
    "cancelled": (gettext_lazy("Abgesagt"), CALLED_OFF),
    "unknown": (gettext_lazy("Grund nicht bekannt"), (Outcome.UNKNOWN,)),
    "open": (gettext_lazy("Noch offen"), (Outcome.OPEN,)),
}
NOTICES: Looks = {
    "held": gettext_lazy("rechtzeitig"),
    "client": gettext_lazy("kurzfristig"),
    "technical": gettext_lazy("im Nachhinein"),
}
COLUMNS = (
    gettext_lazy("Geplant"),
    gettext_lazy("Statt\u00adgefunden"),
    gettext_lazy("Niemand kam"),
    gettext_lazy("Am Job\u00adcenter"),
    gettext_lazy("Technik gestört"),
    gettext_lazy("Abge\u00adsagt"),
    gettext_lazy("Grund nicht bekannt"),
    gettext_lazy("Noch offen"),
    gettext_lazy("Ge\u00adhalten"),
)
NO_APPOINTMENTS = gettext_lazy("In diesem Zeitraum gab es keine Termine.")

Named = tuple[str, Tally, Mode | None]


def cards(figures: Figures) -> tuple[Card, ...]:
    """Four figures at a glance."""
    total, video = figures.total, _of_mode(figures, Mode.VIDEO)
    others = [
        f"{row.mode.label} {written(rate, Kind.SHARE)}"
        for row in figures.by_mode
        if row.mode is not Mode.VIDEO and (rate := row.tally.held_rate) is not None
    ]
    return (
        Card(_("Stattgefunden"), count(total[Outcome.HELD]), _of_appointments(total.planned)),
        Card(_("Video wird gehalten"), share(video.held_rate), ", ".join(others) or _("nichts zum Vergleichen")),
        Card(_("Kontaktdichte"), mean(figures.contacts.density), _("Kontakte je Person und Monat")),
        Card(_("Technik gestört"), count(video[Outcome.TECHNICAL]), _of_video(video.planned)),
    )


def _of_appointments(planned: int) -> str:
    words = ngettext("von %(n)s Termin", "von %(n)s Terminen", planned)
    return words % {"n": written(planned, Kind.COUNT)}


def _of_video(planned: int) -> str:
    words = ngettext("von %(n)s Videotermin", "von %(n)s Videoterminen", planned)
    return words % {"n": written(planned, Kind.COUNT)}


def _of_mode(figures: Figures, mode: Mode) -> Tally:
    return next((row.tally for row in figures.by_mode if row.mode is mode), Tally({}))


def appointment_sections(figures: Figures) -> list[Section]:
    """By mode, held rate, called off, technology, and by topic where the whole office is asked for."""
    sections = [_by_mode(figures), _held_rates(figures), _called_off(figures), _technology(figures)]
    if figures.by_topic:
        sections.insert(1, _by_topic(figures))
    return sections


# --- by mode, by topic ---------------------------------------------------------------------------


def _by_mode(figures: Figures) -> Section:
    rows: list[Named] = [(str(row.mode.label), row.tally, row.mode) for row in figures.by_mode]
    return Section(
        key="art",
        title=_("Termine nach Art und Ergebnis"),
        panels=(_outcomes(_("Art"), rows, figures.total, _held_sentence(figures.total)),),
        counted=HOW_OUTCOMES,
    )


def _by_topic(figures: Figures) -> Section:
    """The topics shown by themselves, the most frequent first; then the others together."""
    topics = figures.by_topic or []
    named = ((row.topic, row.tally) for row in topics if row.topic is not None)
    own = sorted(named, key=lambda one: (-one[1].planned, one[0]))
    others = [(_("Weitere Themen zusammen"), row.tally) for row in topics if row.topic is None]
    rows: list[Named] = [(label, tally, None) for label, tally in [*own, *others]]
    sentence = _topics_sentence(own, figures.total, all_shown=not others)
    return Section(
        key="thema",
        title=_("Termine nach Thema und Ergebnis"),
        panels=(_outcomes(_("Thema"), rows, figures.total, sentence),),
        counted=HOW_TOPICS,
    )


def _topics_sentence(topics: list[tuple[str, Tally]], total: Tally, *, all_shown: bool) -> str:
    if not topics:
        return _("Hier steht kein Thema einzeln da.")
    if not all_shown:
        # Which is the most frequent nobody can say: part of it may stand with the others.
        own = sum(tally.planned for _topic, tally in topics)
        words = _("%(n)s von %(all)s stehen bei einem einzelnen Thema.")
        return words % {"n": written(own, Kind.COUNT), "all": _appointments(total.planned)}
    topic, tally = topics[0]
    words = _("Am häufigsten ging es um „%(topic)s“: %(n)s von %(all)s.")
    return words % {"topic": topic, "n": written(tally.planned, Kind.COUNT), "all": _appointments(total.planned)}


def _outcomes(what: str, named: list[Named], total: Tally, sentence: str) -> Panel:
    rows = [_outcome_row(*one) for one in named]
    rows.append(_outcome_row(_("Alle"), total, None, is_total=True))
    bars = tuple(_outcome_bar(row) for row in rows)
    legend = tuple((look, str(word)) for look, (word, _outcomes) in OUTCOMES.items())
    return Panel("", sentence, Table((what, *map(str, COLUMNS)), tuple(rows)), Chart(bars, legend))


def _outcome_row(label: str, tally: Tally, mode: Mode | None, *, is_total: bool = False) -> Row:
    counts = [count(sum(tally[one] for one in outcomes)) for _word, outcomes in OUTCOMES.values()]
    cells = (count(tally.planned), *counts, share(tally.held_rate))
    return Row(label, cells, mode=mode or "", is_total=is_total)


def _outcome_bar(row: Row) -> Bar:
    """Of the very cells the table shows."""
    planned, *counts, rate = row.cells
    named = [(look, str(word), cell) for (look, (word, _o)), cell in zip(OUTCOMES.items(), counts, strict=True)]
    pieces = pieces_of(named, full=planned.number)
    return Bar(row.label, pieces, rate.text, is_total=row.is_total)


def _appointments(planned: int) -> str:
    # In the dative: elsewhere the same singular has another plural.
    return npgettext("von", "%(n)s Termin", "%(n)s Terminen", planned) % {"n": written(planned, Kind.COUNT)}


def _held_sentence(total: Tally) -> str:
    held, planned, waiting = total[Outcome.HELD], total.planned, total[Outcome.OPEN]
    if planned == 0:
        return str(NO_APPOINTMENTS)
    if planned == 1:
        return _only_one(total)
    if held == 0:
        said = _("Von %(all)s fand keiner statt.") % {"all": _appointments(planned)}
    else:
        said = ngettext(
            "Von %(all)s fand %(held)s statt, das sind %(share)s.",
            "Von %(all)s fanden %(held)s statt, das sind %(share)s.",
            held,
        ) % {
            "all": _appointments(planned),
            "held": written(held, Kind.COUNT),
            "share": share(total.held_rate).text,
        }
    if waiting == 0:
        return said
    more = ngettext("%(n)s hat noch kein Ergebnis.", "%(n)s haben noch kein Ergebnis.", waiting)
    return f"{said} {more % {'n': written(waiting, Kind.COUNT)}}"


def _only_one(total: Tally) -> str:
    if total[Outcome.OPEN]:
        return _("Der einzige Termin hat noch kein Ergebnis.")
    return _("Der einzige Termin fand statt.") if total[Outcome.HELD] else _("Der einzige Termin fand nicht statt.")


HOW_OUTCOMES = (
    gettext_lazy(
        "Gezählt wird jeder Termin, dessen Zeit vorbei ist, in dem Monat, in dem er stattfinden sollte, mit der Art, "
        "die er zuletzt hatte. Was aus Versehen gebucht war, zählt nicht."
    ),
    gettext_lazy(
        "„Gehalten“ ist der Anteil der stattgefundenen an allen geplanten Terminen. Abgesagte, noch offene und solche, "
        "deren Grund nicht bekannt ist, zählen als nicht gehalten. So wird nichts schöner, als es war."
    ),
    gettext_lazy("Gestörte Technik ist ein eigenes Ergebnis. Sie ist nie ein Versäumnis."),
)
HOW_TOPICS = (
    gettext_lazy("Gezählt wird wie bei „Termine nach Art und Ergebnis“."),
    gettext_lazy(
        "Einzeln steht ein Thema nur in festgeschriebenen Monaten da, und nur, wenn mindestens drei Fachkräfte dazu "
        "Gespräche geführt haben. An einem Thema kann eine einzige Fachkraft arbeiten; ihre Zahlen zeigen wir nicht. "
        "Auch größere Themen stehen unter „Weitere Themen zusammen“, wenn sich sonst ein kleines errechnen ließe."
    ),
    gettext_lazy(
        "Über mehrere Monate zählt die Zeile eines Themas nur die Monate, in denen es einzeln dasteht. Der Rest steht "
        "unter „Weitere Themen zusammen“."
    ),
    gettext_lazy("Nach Teams gibt es keine Themen: In einem Team arbeitet oft nur eine Fachkraft an einem Thema."),
)


# --- held rates, cancellations, technology ---------------------------------------------------------


def _held_rates(figures: Figures) -> Section:
    rows = _mode_rows(figures, lambda one: (count(one.planned), count(one[Outcome.HELD]), share(one.held_rate)))
    said = [f"{row.label} {row.cells[2].text}" for row in rows if not (row.cells[2].is_nothing or row.is_total)]
    sentence = _("So oft fand ein Termin statt: %(list)s.") % {"list": ", ".join(said)}
    columns = (_("Art"), _("Geplant"), _("Statt\u00adgefunden"), _("Gehalten"))
    return Section(
        key="gehalten",
        title=_("Wie oft Termine stattfanden"),
        panels=(
            Panel(
                "",
                sentence if said else str(NO_APPOINTMENTS),
                Table(columns, rows),
                Chart(tuple(plain_bar(row, row.cells[2], _("Gehalten"), full=1) for row in rows)),
            ),
        ),
        counted=HOW_OUTCOMES[1:2],
    )


def _called_off(figures: Figures) -> Section:
    def cells(tally: Tally) -> tuple[Cell, ...]:
        counts = [tally[one] for one in CALLED_OFF]
        return (count(sum(counts)), *(count(one) for one in counts))

    rows = _mode_rows(figures, cells)
    columns = (_("Art"), _("Abgesagt"), _("Recht\u00adzeitig"), _("Kurz\u00adfristig"), _("Im Nach\u00adhinein"))
    return Section(
        key="absagen",
        title=_("Abgesagte Termine"),
        panels=(Panel("", _called_off_sentence(figures.total), Table(columns, rows), stacked(rows, NOTICES)),),
        counted=HOW_CALLED_OFF,
    )


def _called_off_sentence(total: Tally) -> str:
    counts = [total[one] for one in CALLED_OFF]
    if not any(counts):
        return _("Kein Termin wurde abgesagt.")
    words = ngettext("%(n)s Termin wurde abgesagt: %(list)s.", "%(n)s Termine wurden abgesagt: %(list)s.", sum(counts))
    listed = ", ".join(f"{written(n, Kind.COUNT)} {word}" for n, word in zip(counts, NOTICES.values(), strict=True))
    return words % {"n": written(sum(counts), Kind.COUNT), "list": listed}


HOW_CALLED_OFF = (
    gettext_lazy(
        "„Kurzfristig“ ist weniger als die Frist vor dem Beginn, die Ihr Jobcenter festgelegt hat, „im Nachhinein“ ab "
        "dem Beginn. Wer abgesagt hat und warum, steht hier nicht."
    ),
)


def _technology(figures: Figures) -> Section:
    def cells(tally: Tally) -> tuple[Cell, ...]:
        failed = tally[Outcome.TECHNICAL]
        return count(tally.planned), count(failed), share(part(failed, tally.planned))

    rows = _mode_rows(figures, cells)
    bars = tuple(plain_bar(row, row.cells[2], _("Anteil"), full=1, look="technical") for row in rows)
    columns = (_("Art"), _("Geplant"), _("Technik gestört"), _("Anteil"))
    return Section(
        key="technik",
        title=_("Technische Störungen"),
        panels=(Panel("", _technology_sentence(_of_mode(figures, Mode.VIDEO)), Table(columns, rows), Chart(bars)),),
        counted=HOW_TECHNOLOGY,
    )


def _technology_sentence(video: Tally) -> str:
    failed, planned = video[Outcome.TECHNICAL], video.planned
    if planned == 0:
        return _("In diesem Zeitraum gab es keine Videotermine.")
    if failed == 0:
        return _("Kein Videotermin ist an der Technik gescheitert.")
    words = ngettext(
        "%(n)s von %(all)s ist an der Technik gescheitert.",
        "%(n)s von %(all)s sind an der Technik gescheitert.",
        failed,
    )
    all_of_them = ngettext("%(n)s Videotermin", "%(n)s Videoterminen", planned) % {"n": written(planned, Kind.COUNT)}
    return words % {"n": written(failed, Kind.COUNT), "all": all_of_them}


HOW_TECHNOLOGY = (
    gettext_lazy(
        "Gezählt wird ein Termin, der wegen der Technik nicht stattfand. Ein Gespräch, das am Telefon weiterging, hat "
        "stattgefunden."
    ),
)


# --- what several sections do ------------------------------------------------------------------------


def _mode_rows(figures: Figures, cells: Callable[[Tally], tuple[Cell, ...]]) -> tuple[Row, ...]:
    """Each mode, and all of them last."""
    rows = [Row(str(row.mode.label), cells(row.tally), mode=row.mode) for row in figures.by_mode]
    return (*rows, Row(_("Alle"), cells(figures.total), is_total=True))


def plain_bar(row: Row, cell: Cell, word: str, *, full: float, look: str = "held") -> Bar:
    """One length for one cell."""
    return Bar(row.label, pieces_of([(look, word, cell)], full=full), cell.text, is_total=row.is_total)


def stacked(rows: Sequence[Row], looks: Looks) -> Chart:
    """Bars of the cells behind the first one, which is their sum; the longest fills the width."""
    full = max((row.cells[0].number for row in rows), default=0)
    bars = []
    for row in rows:
        named = [(look, word, cell) for (look, word), cell in zip(looks.items(), row.cells[1:], strict=False)]
        bars.append(Bar(row.label, pieces_of(named, full=full), row.cells[0].text, is_total=row.is_total))
    return Chart(tuple(bars), tuple((look, str(word)) for look, word in looks.items()))
