"""Times, amounts and numbers as people say them.

German spells the clock out ("zehn Uhr"), plain German uses figures: they are easier to read.
"""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from nahbar.scheduling.rules import BERLIN

# Saver video, both ways together (docs/performance.md, P6).
MEGABYTES_A_MINUTE = 1.5
_UNDER_TWENTY = """
    null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
    dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn
""".split()  # noqa: SIM905  a row of twenty quoted words reads worse
_TENS = {2: "zwanzig", 3: "dreißig", 4: "vierzig", 5: "fünfzig"}


def german_number(number: int) -> str:
    """A number from 0 to 59 in German words."""
    if number < 20:
        return _UNDER_TWENTY[number]
    tens, ones = divmod(number, 10)
    if not ones:
        return _TENS[tens]
    return f"{_UNDER_TWENTY[ones].removesuffix('s') if ones == 1 else _UNDER_TWENTY[ones]}und{_TENS[tens]}"


def spoken_time(moment: dt.datetime) -> str:
    """“zehn Uhr” or “10 Uhr”, as the clock in the office shows it."""
    local = moment.astimezone(BERLIN)
    if get_language() != "de":
        return _("%(time)s Uhr") % {"time": f"{local:%H:%M}" if local.minute else str(local.hour)}
    hour = german_number(local.hour) if local.hour != 1 else "ein"
    return f"{hour} Uhr {german_number(local.minute)}" if local.minute else f"{hour} Uhr"


def clock(moment: dt.datetime) -> str:
    """“10:00 Uhr”."""
    return _("%(time)s Uhr") % {"time": f"{moment.astimezone(BERLIN):%H:%M}"}


def day(moment: dt.datetime) -> str:
    """“Dienstag, 24. November”."""
    return date_format(moment.astimezone(BERLIN), "l, j. F")


def when(moment: dt.datetime, *, now: dt.datetime) -> str:
    """“heute um zehn Uhr”, “am Dienstag, 24. November, um zehn Uhr”."""
    values = {"time": spoken_time(moment), "day": day(moment)}
    ahead = (moment.astimezone(BERLIN).date() - now.astimezone(BERLIN).date()).days
    if ahead == 0:
        return _("heute um %(time)s") % values
    if ahead == 1:
        return _("morgen um %(time)s") % values
    return _("am %(day)s, um %(time)s") % values


def minutes(count: int) -> str:
    """“4 Minuten”."""
    return ngettext("%(count)s Minute", "%(count)s Minuten", count) % {"count": count}


def megabytes(length: int) -> int:
    """What a video talk of `length` minutes takes, rounded to five."""
    return max(5, round(length * MEGABYTES_A_MINUTE / 5) * 5)


def tries_left(count: int) -> str:
    """How often somebody may still try."""
    words = {
        1: _("Sie können es noch ein Mal versuchen."),
        2: _("Sie können es noch zwei Mal versuchen."),
        3: _("Sie können es noch drei Mal versuchen."),
        4: _("Sie können es noch vier Mal versuchen."),
    }
    return words.get(count, "")
