"""“Einrichtung”: everything an administrator sets, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from nahbar.web.shared.desks import DeskRequest, administrator_view


@dataclass(frozen=True)
class Section:
    """One page of the set-up: its address's name, its title, what it is for, its icon."""

    page: str
    title: Promise
    purpose: Promise
    icon: str


SECTIONS: tuple[Section, ...] = (
    Section("office_rights", _("Rechte der Personen"), _("Auskunft geben, sperren, löschen"), "shield"),
    Section("office_retention", _("Löschfristen"), _("Was wann gelöscht wird, und der Nachweis"), "schedule"),
)


@require_safe
@administrator_view
def office_setup(request: DeskRequest) -> HttpResponse:
    """The list of pages."""
    return render(request, "office/hub.html", {"sections": SECTIONS, "setup_page": True})
