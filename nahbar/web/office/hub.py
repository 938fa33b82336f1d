"""“Einrichtung”: everything an administrator sets, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from nahbar.jobcenters.readiness import missing
from nahbar.web.shared.desks import DeskRequest, administrator_view


@dataclass(frozen=True)
class Section:
    """One page of the set-up: its address's name, its title, what it is for, its icon."""

    page: str
    title: Promise
    purpose: Promise
    icon: str


SECTIONS: tuple[Section, ...] = (
    Section(
        "server_check",
        _("Server prüfen"),
        _("Kommen Mails an, und erreicht Ihr Browser den Medienserver?"),
        "network_check",
    ),
    Section("setup_texts", _("Texte"), _("Impressum, Datenschutz, Barrierefreiheit, Einverständnis"), "description"),
)


@require_safe
@administrator_view
def office_setup(request: DeskRequest) -> HttpResponse:
    """What is still missing, and the list of pages."""
    office = request.desk.jobcenter
    gaps = [(gap.words, reverse(gap.page, args=[office.slug, *gap.args])) for gap in missing(office)]
    return render(request, "office/hub.html", {"sections": SECTIONS, "gaps": gaps, "setup_page": True})
