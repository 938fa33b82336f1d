"""Addresses of the lead pages."""

from django.urls import path

from nahbar.web.lead import figures_page, overview

urlpatterns = [
    path("uebersicht/", overview.office_overview, name="office_overview"),
    path("zahlen/", figures_page.office_figures, name="office_figures"),
    path("zahlen/datei/", figures_page.office_figures_file, name="office_figures_file"),
]
