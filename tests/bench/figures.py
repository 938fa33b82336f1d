"""A measured figure, what it is held to, and how both are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

HEADINGS = ("", "what", "goal", "figure", "baseline", "ratio", "verdict")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. Without a goal it is told for information."""

    id: str
    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    baseline: float | None = None
    baseline_is: str = ""
    # The goal may be held against the ratio to the baseline, not against the figure itself.
    on_ratio: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure, in baselines."""
        return self.value / self.baseline if self.baseline else None

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        judged = self.ratio if self.on_ratio else self.value
        if judged is None or (self.at_most is None and self.at_least is None):
            return "–"
        kept = (self.at_most is None or judged <= self.at_most) and (self.at_least is None or judged >= self.at_least)
        return "met" if kept else "missed"

    @property
    def cells(self) -> tuple[str, ...]:
        """One string per heading."""
        unit = "× baseline" if self.on_ratio else self.unit
        goal = ""
        if self.at_most is not None:
            goal = f"≤ {number(self.at_most)} {unit}"
        elif self.at_least is not None:
            goal = f"≥ {number(self.at_least)} {unit}"
        baseline = f"{number(self.baseline)} {self.unit}" if self.baseline is not None else ""
        ratio = number(self.ratio) if self.ratio is not None else ""
        return (self.id, self.what, goal, f"{number(self.value)} {self.unit}", baseline, ratio, self.verdict)

    def as_json(self) -> dict[str, object]:
        """Everything, for the file."""
        ratio = round(self.ratio, 4) if self.ratio is not None else None
        return {**asdict(self), "value": round(self.value, 2), "ratio": ratio, "verdict": self.verdict}


def number(value: float) -> str:
    """As short as it may be: 3,214 · 212 · 4.7 · 0.08."""
    if abs(value) >= 10 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def table(figures: Sequence[Figure]) -> str:
    """All figures under each other, with what is to be said about them below."""
    rows = [HEADINGS, *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{figure.id} {figure.what}: {_said_below(figure)}" for figure in figures if _said_below(figure)]
    return "\n".join([*lines, "", *notes])


def _said_below(figure: Figure) -> str:
    baseline = f"baseline: {figure.baseline_is}" if figure.baseline_is else ""
    return ". ".join(part for part in (baseline, figure.note) if part)


def middle(values: Iterable[float]) -> float:
    """The median."""
    return median(list(values))


def spread(values: Sequence[float]) -> str:
    """Least and most, for a note."""
    return f"{number(min(values))} to {number(max(values))} in {len(values)}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
