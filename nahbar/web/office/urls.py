"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import path

from nahbar.web.office import hub

urlpatterns = [path("", hub.office_setup, name="office_setup")]
