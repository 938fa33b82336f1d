"""What a page of figures shows, read from its markup: tables, and the charts beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import tinyhtml5

from tests.web.reading import NO_BREAK


@dataclass
class SeenBar:
    """One row of a chart: each piece as (word, number, start, width)."""

    label: str
    value: str
    kept: str
    pieces: list[tuple[str, str, float, float]] = field(default_factory=list)
    mark: tuple[str, str] | None = None


@dataclass
class SeenPanel:
    """A table and its chart."""

    section: str
    title: str
    sentence: str
    alternative: str
    heads: list[str]
    rows: list[list[str]]
    bars: list[SeenBar]


def panels_of(page: str) -> list[SeenPanel]:
    """All tables with their charts, in the page's order."""
    tree = tinyhtml5.parse(page, namespace_html_elements=False)
    found = []
    for section in _with_class(tree, "fig"):
        name = words(section.find(".//h2"))
        found += [_panel(name, panel) for panel in _with_class(section, "fig__panel")]
    return found


def words(element: Any) -> str:
    """The text as it is read, without what no eye sees."""
    if element is None:
        return ""
    text = " ".join("".join(element.itertext()).split())
    return text.replace(NO_BREAK, " ").replace("\N{SOFT HYPHEN}", "")


def _with_class(tree: Any, name: str) -> list[Any]:
    return [one for one in tree.iter() if name in (one.get("class") or "").split()]


def _panel(section: str, panel: Any) -> SeenPanel:
    [chart] = _with_class(panel, "chart")
    [says] = _with_class(panel, "fig__says")
    assert chart.get("role") == "img"
    table = panel.find(".//table")
    return SeenPanel(
        section=section,
        title=words(panel.find("h3")),
        sentence=words(says),
        alternative=chart.get("aria-label").replace(NO_BREAK, " "),
        heads=[words(one) for one in table.findall(".//thead/tr/th")],
        rows=[_row(row) for row in table.findall(".//tbody/tr")],
        bars=[_bar(row) for row in _with_class(chart, "chart__row")],
    )


def _row(row: Any) -> list[str]:
    cells = []
    for cell in row:
        shown = next((one for one in cell if one.get("aria-hidden") and one.tag == "span"), cell)
        cells += [words(shown)] * int(cell.get("colspan", 1))
    return cells


def _bar(row: Any) -> SeenBar:
    [label], [value] = _with_class(row, "chart__l"), _with_class(row, "chart__v")
    kept = _with_class(row, "chart__kept")
    bar = SeenBar(words(label), words(value), words(kept[0]) if kept else "")
    for rect in _with_class(row, "piece"):
        word, _colon, number = words(rect).partition(": ")
        bar.pieces.append((word, number, _percent(rect.get("x")), _percent(rect.get("width"))))
    for rect in _with_class(row, "mark"):
        word, _colon, number = words(rect).partition(": ")
        bar.mark = word, number
    return bar


def _percent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])
