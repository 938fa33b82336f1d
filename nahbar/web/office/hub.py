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
    Section("office_facts", _("Büro"), _("Name, Telefon, Adresse, Land"), "home_work"),
    Section("office_sites", _("Standorte"), _("Die Häuser, in die Menschen kommen"), "location_on"),
    Section("office_teams", _("Teams"), _("Wer zusammenarbeitet, und wo"), "group"),
    Section("office_staff", _("Beschäftigte"), _("Einladen, Rollen, zweiter Schritt, Zugang beenden"), "group"),
    Section("office_groups", _("Gruppen aus dem Anmeldedienst"), _("Welche Gruppe welche Rolle hat"), "key"),
    Section("office_topics", _("Themen"), _("Was gebucht werden kann, und auf welche Art"), "chat"),
    Section("office_contact_types", _("Kontaktarten"), _("Was neben Gesprächen noch als Kontakt zählt"), "call"),
    Section(
        "office_distances",
        _("Orte und Entfernungen"),
        _("Woher Menschen kommen: für gesparte Kilometer"),
        "location_on",
    ),
    Section("office_channels", _("Videokanäle"), _("Wie viele Videogespräche gleichzeitig gehen"), "videocam"),
    Section("office_hours", _("Zeiten"), _("Öffnungszeiten, Schließtage, Dauer und Puffer"), "schedule"),
    Section("office_deputies", _("Vertretungen"), _("Wer für wen da ist, von wann bis wann"), "event_available"),
    Section("import_list", _("Personen übernehmen"), _("Eine Liste aus der Fachanwendung einlesen"), "group"),
    Section("setup_texts", _("Texte"), _("Impressum, Datenschutz, Barrierefreiheit, Einverständnis"), "description"),
    Section("office_policies", _("Regeln"), _("Nachweis, Sprachen, Namen in Nachrichten"), "shield"),
    Section("office_rights", _("Rechte der Personen"), _("Auskunft geben, sperren, löschen"), "shield"),
    Section("office_retention", _("Löschfristen"), _("Was wann gelöscht wird, und der Nachweis"), "schedule"),
    Section("office_log", _("Protokoll"), _("Wer was getan hat"), "description"),
    Section(
        "server_check",
        _("Server prüfen"),
        _("Kommen Mails an, und erreicht Ihr Browser den Medienserver?"),
        "network_check",
    ),
    Section("office_close", _("Büro schließen"), _("Wenn hier niemand mehr arbeitet"), "lock"),
)


@require_safe
@administrator_view
def office_setup(request: DeskRequest) -> HttpResponse:
    """What is still missing, and the list of pages."""
    office = request.desk.jobcenter
    gaps = [(gap.words, reverse(gap.page, args=[office.slug, *gap.args])) for gap in missing(office)]
    return render(request, "office/hub.html", {"sections": SECTIONS, "gaps": gaps, "setup_page": True})
