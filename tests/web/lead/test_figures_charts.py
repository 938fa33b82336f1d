"""Tables, charts and sentences of figures made by hand: each says what the others say."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from nahbar.jobcenters.rules import Mode
from nahbar.reporting.figures import ContactFigures, Figures, Funnel, LengthRow, ModeRow, Tally, TravelFigures
from nahbar.surveys.figures import Audience
from nahbar.web.lead.appointment_sections import appointment_sections
from nahbar.web.lead.contact_sections import contact_sections
from nahbar.web.lead.periods import Period, one_month, year_of
from nahbar.web.lead.survey_sections import survey_section
from nahbar.web.lead.tables import Section, share
from tests.web.lead.made import OCTOBER, block, figures, tally
from tests.web.lead.seen import SeenPanel, panels_of

BLOCKS = [block("2026Q1"), block("2026Q2"), block("2026Q4", (71, 15, 10), (60, 20, 10), (5, 2, 1), (80, 3, 2))]
NOBODY = figures(
    by_mode=[ModeRow(mode, Tally({})) for mode in Mode],
    by_topic=[],
    total=Tally({}),
    contacts=ContactFigures([], person_months=0),
    lengths=[LengthRow(mode, 0, None, None) for mode in Mode],
    travel=TravelFigures(0, 0, 0),
    funnel=Funnel(0, 0, 0, 0, 0),
)
ONE = tally(1)
SMALL = figures(
    by_mode=[ModeRow(Mode.VIDEO, ONE), *(ModeRow(mode, Tally({})) for mode in list(Mode)[1:])],
    by_topic=None,
    total=ONE,
    travel=TravelFigures(1, 0, 1),
    funnel=Funnel(1, 1, 1, 1, 0),
)


def sections_of(given: Figures, period: Period | None = None) -> list[Section]:
    surveys = [
        survey_section(audience=audience, blocks=BLOCKS, period=period or year_of(OCTOBER)) for audience in Audience
    ]
    return [*appointment_sections(given), *contact_sections(given), *surveys]


def shown(sections: list[Section]) -> list[SeenPanel]:
    """As the page's markup has them."""
    drawn = [render_to_string("lead/_section.html", {"section": one, "report": {"definitions": 1}}) for one in sections]
    return panels_of("".join(drawn))


def panel(given: Figures, section: str, title: str = "", period: Period | None = None) -> SeenPanel:
    """The one with that name."""
    panels = shown(sections_of(given, period))
    [found] = [one for one in panels if (one.section, one.title) == (section, title)]
    return found


@pytest.mark.parametrize("given", [figures(), SMALL, NOBODY], ids=["usual", "one talk", "nothing"])
def test_a_chart_says_the_numbers_of_its_table_and_nothing_else(given: Figures) -> None:
    panels = shown(sections_of(given))
    assert len(panels) == sum(len(section.panels) for section in sections_of(given))
    for one in panels:
        assert [bar.label for bar in one.bars] == [row[0] for row in one.rows]
        for bar, row in zip(one.bars, one.rows, strict=True):
            by_column = dict(zip((head.casefold() for head in one.heads), row, strict=True))
            for word, number, _start, _width in [*bar.pieces, *([(*bar.mark, 0.0, 0.0)] if bar.mark else [])]:
                [column] = [head for head in by_column if head.split(",")[0] == word.casefold()]
                assert number == by_column[column], (one.section, bar.label, word)
            if bar.kept:
                assert (set(row[1:]), bar.pieces) == ({bar.kept}, [])
            else:
                assert bar.value in row[1:]


@pytest.mark.parametrize("given", [figures(), SMALL, NOBODY], ids=["usual", "one talk", "nothing"])
def test_pieces_follow_each_other_and_stay_inside(given: Figures) -> None:
    for one in shown(sections_of(given)):
        for bar in one.bars:
            end = 0.0
            for _word, _number, start, width in bar.pieces:
                assert start == pytest.approx(end, abs=0.01)
                end = start + width
            assert end <= 100.01


def test_outcomes_fill_the_bar_and_are_as_long_as_they_are_many() -> None:
    for one in (panel(figures(), "Termine nach Art und Ergebnis"), panel(figures(), "Termine nach Thema und Ergebnis")):
        for bar, row in zip(one.bars, one.rows, strict=True):
            planned = int(row[1].replace(".", ""))
            assert sum(width for *_rest, width in bar.pieces) == pytest.approx(100, abs=0.01)
            for _word, number, _start, width in bar.pieces:
                assert width == pytest.approx(int(number.replace(".", "")) / planned * 100, abs=0.01)
            assert len(bar.pieces) == sum(cell != "0" for cell in row[2:-1])


def test_the_text_alternative_is_the_sentence() -> None:
    for one in shown(sections_of(figures())):
        assert one.alternative == one.sentence != ""


def test_the_columns_add_up_and_unknown_and_open_are_shown() -> None:
    one = panel(figures(), "Termine nach Art und Ergebnis")
    assert one.heads == [
        "Art",
        "Geplant",
        "Stattgefunden",
        "Niemand kam",
        "Am Jobcenter",
        "Technik gestört",
        "Abgesagt",
        "Grund nicht bekannt",
        "Noch offen",
        "Gehalten",
    ]
    assert one.rows[0] == ["Video", "214", "176", "17", "1", "9", "8", "2", "1", "82 %"]
    assert one.rows[-1] == ["Alle", "1.095", "850", "160", "8", "9", "60", "5", "3", "78 %"]
    for row in one.rows:
        planned, *outcomes = [int(cell.replace(".", "")) for cell in row[1:-1]]
        assert planned == sum(outcomes)
    assert one.sentence == "Von 1.095 Terminen fanden 850 statt, das sind 78 %. 3 haben noch kein Ergebnis."


def test_sentences_of_one_talk() -> None:
    said = {(one.section, one.title): one.sentence for one in shown(sections_of(SMALL))}
    assert said["Termine nach Art und Ergebnis", ""] == "Der einzige Termin fand statt."
    assert said["Wie oft Termine stattfanden", ""] == "So oft fand ein Termin statt: Video 100 %."
    assert said["Abgesagte Termine", ""] == "Kein Termin wurde abgesagt."
    assert said["Technische Störungen", ""] == "Kein Videotermin ist an der Technik gescheitert."
    assert said["Gesparte Wege", ""] == (
        "Gespräche per Video haben 1 Fahrt gespart. Wie weit sie gewesen wäre, ist nicht bekannt."
    )
    assert said["Vom Angebot zum Gespräch per Video", ""] == (
        "Video wurde 1 Person angeboten. Gewählt: 1, gesprochen: 1, davon nicht zum ersten Mal: 0."
    )


def test_of_nothing_there_is_no_share_and_no_zero_per_cent() -> None:
    one = panel(NOBODY, "Termine nach Art und Ergebnis")
    assert one.rows[0][-1] == "–"
    assert one.bars[0].pieces == []
    assert one.sentence == "In diesem Zeitraum gab es keine Termine."


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.004, "unter 1 %"), (0.005, "1 %"), (0.825, "83 %"), (0.996, "über 99 %"), (1.0, "100 %")],
)
def test_hardly_any_is_not_none_and_nearly_all_is_not_all(value: float, text: str) -> None:
    assert share(value).text.replace("\N{NO-BREAK SPACE}", " ") == text


def test_surveys_show_each_quarter_and_who_left_a_question_out() -> None:
    one = panel(figures(), "Umfrage unter Gesprächspartnern", "Würde es empfehlen")
    assert one.heads == ["Zeit", "Antworten", "Ja", "Teils", "Nein", "Ohne Antwort", "Anteil Ja"]
    assert one.rows == [
        ["1. Quartal 2026", "96", "71", "15", "10", "0", "74 %"],
        ["2. Quartal 2026", "96", "71", "15", "10", "0", "74 %"],
        ["3. Quartal 2026", *["unter 10 Antworten"] * 6],
        # Eight have answered this question; the others are a number, too, and no difference is of one or two.
        ["4. Quartal 2026", "96", "5", "2", "1", "88", "63 %"],
    ]
    assert one.sentence == "Auf diese Frage sagten Ja: 147 von 200, das sind 74 %."


def test_a_question_that_all_left_out_has_no_share() -> None:
    answered = block("2026Q4", (12, 0, 0), (0, 0, 0), (0, 0, 0), (12, 0, 0))
    [_first, ease, *_more] = survey_section(
        audience=Audience.CLIENTS, blocks=[answered], period=one_month(OCTOBER)
    ).panels
    assert [cell.text for cell in ease.table.rows[0].cells] == ["12", "0", "0", "0", "12", "–"]
    assert ease.sentence == "Diese Frage haben alle ausgelassen."


def test_a_period_inside_a_quarter_shows_all_of_it() -> None:
    one = panel(figures(), "Umfrage unter Fachkräften", "Einfach zu benutzen", one_month(OCTOBER.replace(month=2)))
    assert [row[0] for row in one.rows] == ["1. Quartal 2026"]


def test_staff_are_not_asked_about_the_next_time() -> None:
    titles = [one.title for one in shown(sections_of(figures())) if one.section == "Umfrage unter Fachkräften"]
    assert titles == ["Zufrieden mit dem Gespräch per Video", "Einfach zu benutzen", "Würde es empfehlen"]


def test_every_look_has_a_pattern_of_its_own() -> None:
    """Whoever sees no colour at all still tells the pieces apart."""
    text = (Path(__file__).parents[3] / "nahbar/web/lead/templates/lead/_patterns.html").read_text(encoding="utf-8")
    drawn = dict(re.findall(r'<pattern id="look-(\w+)"(.*?)</pattern>', text))
    shapes = {look: re.sub(r"look--\w+", "look", shape) for look, shape in drawn.items()}
    used = {
        piece
        for section in sections_of(figures())
        for one in section.panels
        for bar in one.chart.bars
        for piece in [part.look for part in bar.pieces]
    }
    assert used <= set(drawn)
    for one, other in itertools.combinations(drawn, 2):
        assert shapes[one] != shapes[other], (one, other)
