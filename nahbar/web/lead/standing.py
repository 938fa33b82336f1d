"""How settled the shown months are, in words; no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from nahbar.reporting.figures import MonthStanding
from nahbar.scheduling.rules import BERLIN
from nahbar.web.lead.periods import in_words


@dataclass(frozen=True, slots=True)
class Standing:
    """One line about the months: an icon's name, and words."""

    icon: str
    words: str


def standing_of(months: list[MonthStanding]) -> tuple[Standing, ...]:
    """What is provisional, what was corrected, what will not change any more."""
    if len(months) == 1:
        return tuple(_of_one(months[0]))
    return tuple(_of_many(months))


def _of_one(month: MonthStanding) -> Iterable[Standing]:
    if not month.built_at:
        yield Standing("pending", _("noch ohne Zahlen"))
    elif month.is_frozen:
        yield Standing("lock", _("festgeschrieben am %(day)s") % {"day": _day(month.built_at)})
    else:
        yield Standing("pending", _("vorläufig, bis der Monat festgeschrieben wird"))
    if month.corrected_at:
        yield Standing("edit_note", _("berichtigt am %(day)s") % {"day": _day(month.corrected_at)})


def _of_many(months: list[MonthStanding]) -> Iterable[Standing]:
    kinds = (
        (_("ohne Zahlen: %(months)s"), [one for one in months if not one.built_at]),
        (_("vorläufig: %(months)s"), [one for one in months if one.built_at and not one.is_frozen]),
    )
    for words, found in kinds:
        if found:
            yield Standing("pending", words % {"months": ", ".join(in_words(one.month) for one in found)})
    frozen = sum(one.is_frozen for one in months)
    if frozen:
        words = _("alle Monate sind festgeschrieben") if frozen == len(months) else _("sonst festgeschrieben")
        yield Standing("lock", words)
    corrected = [
        _("%(month)s am %(day)s") % {"month": in_words(one.month), "day": _day(one.corrected_at)}
        for one in months
        if one.corrected_at
    ]
    if corrected:
        yield Standing("edit_note", _("berichtigt: %(months)s") % {"months": ", ".join(corrected)})


def as_of(months: list[MonthStanding]) -> str:
    """The day of the youngest of the figures; empty where there are none. The minute would be a colleague's."""
    moments = [moment for one in months for moment in (one.built_at, one.corrected_at) if moment]
    return _day(max(moments)) if moments else ""


def _day(moment: dt.datetime) -> str:
    return date_format(moment.astimezone(BERLIN), "j. F Y")
