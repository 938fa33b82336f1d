"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import path

from nahbar.web.office import hub, server

urlpatterns = [
    path("", hub.office_setup, name="office_setup"),
    path("server/", server.server_check, name="server_check"),
    path("server/mail/", server.server_mail, name="server_mail"),
    path("server/leitung/", server.server_media, name="server_media"),
]
