"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import path

from nahbar.web.office import hub, server, texts

urlpatterns = [
    path("", hub.office_setup, name="office_setup"),
    path("texte/", texts.texts, name="setup_texts"),
    path("texte/<slug:name>/", texts.text, name="setup_text"),
    path("texte/<slug:name>/pruefen/", texts.review, name="setup_text_review"),
    path("texte/<slug:name>/verwerfen/", texts.drop, name="setup_text_drop"),
    path("texte/<slug:name>/fassungen/", texts.history, name="setup_text_history"),
    path("server/", server.server_check, name="server_check"),
    path("server/mail/", server.server_mail, name="server_mail"),
    path("server/leitung/", server.server_media, name="server_media"),
]
