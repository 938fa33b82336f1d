"""From when to when on each weekday: a counsellor's working hours, an office's opening hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nahbar.scheduling.hours import Hours

SHOWN_WEEKDAYS = range(6)
SPANS = range(2)
# As browsers send it; seconds would shift every time that is proposed.
CLOCK = ["%H:%M"]
NO_TIME = {"invalid": gettext_lazy("Bitte geben Sie Uhrzeiten an, zum Beispiel 08:30.")}


class HoursForm(forms.Form):
    """For each weekday up to two spans, so that a break fits between them; empty is a free day."""

    def __init__(self, data: Any = None, *, hours: Hours) -> None:
        initial = {
            f"{edge}_{weekday}_{span}": time
            for weekday, spans in hours.items()
            for span, times in enumerate(spans)
            for edge, time in zip(("begins", "ends"), times, strict=True)
        }
        super().__init__(data, initial=initial)
        for weekday in SHOWN_WEEKDAYS:
            for span in SPANS:
                for edge in ("begins", "ends"):
                    self.fields[f"{edge}_{weekday}_{span}"] = forms.TimeField(
                        required=False, input_formats=CLOCK, error_messages=NO_TIME
                    )

    def rows(self) -> Iterator[dict[str, Any]]:
        """What the page shows: a row for each weekday."""
        for weekday in SHOWN_WEEKDAYS:
            spans = [(self[f"begins_{weekday}_{span}"], self[f"ends_{weekday}_{span}"]) for span in SPANS]
            wrong = [error for pair in spans for field in pair for error in field.errors]
            yield {"name": WEEKDAYS[weekday], "number": weekday, "spans": spans, "wrong": wrong[:1]}

    def clean(self) -> dict[str, Any]:
        """Both ends or none, in order; errors stand at the span's beginning."""
        cleaned: dict[str, Any] = self.cleaned_data
        for weekday in SHOWN_WEEKDAYS:
            last: dt.time | None = None
            for span in SPANS:
                name = f"begins_{weekday}_{span}"
                begins, ends = cleaned.get(name), cleaned.get(f"ends_{weekday}_{span}")
                if begins is None and ends is None:
                    continue
                if begins is None or ends is None:
                    self.add_error(name, _("Bitte geben Sie Beginn und Ende an, oder lassen Sie beides leer."))
                elif ends <= begins or (last is not None and begins < last):
                    self.add_error(name, _("Jede Zeit endet, nachdem sie beginnt; die zweite folgt auf die erste."))
                last = ends
        return cleaned

    @property
    def hours(self) -> Hours:
        """By weekday; only after `is_valid`."""
        found: dict[int, list[tuple[dt.time, dt.time]]] = {}
        for weekday in SHOWN_WEEKDAYS:
            for span in SPANS:
                begins = self.cleaned_data[f"begins_{weekday}_{span}"]
                if begins is not None:
                    found.setdefault(weekday, []).append((begins, self.cleaned_data[f"ends_{weekday}_{span}"]))
        return found
