"""Addresses of the lead pages."""

from django.urls import path

from nahbar.web.lead import overview

urlpatterns = [path("uebersicht/", overview.office_overview, name="office_overview")]
