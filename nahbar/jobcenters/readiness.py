"""What an office still lacks before people can be invited. Every room adds what it knows of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from nahbar.jobcenters.legal import unpublished
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import ADDRESSES


@dataclass(frozen=True)
class Gap:
    """One thing that is missing: its code, what to say, and the set-up page that mends it.

    `args` are those of the address after the office's short name.
    """

    code: str
    words: str | Promise
    page: str
    args: tuple[str, ...] = ()


Finder = Callable[[JobCenter], Iterable[Gap]]
_finders: list[Finder] = []


def finds_gaps(finder: Finder) -> Finder:
    """Registers what looks for gaps; call it in `AppConfig.ready()` or by importing the module there."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def missing(jobcenter: JobCenter) -> list[Gap]:
    """Everything the office lacks, in the order in which the rooms registered."""
    return [gap for finder in _finders for gap in finder(jobcenter)]


@finds_gaps
def missing_pages(jobcenter: JobCenter) -> Iterable[Gap]:
    """Each required legal page that is not published."""
    for kind in unpublished(jobcenter=jobcenter):
        words = format_lazy("{page}: {what}", page=kind.label, what=_("noch nicht veröffentlicht"))
        yield Gap(code=f"legal_{kind.value}", words=words, page="setup_text", args=(ADDRESSES[kind],))
