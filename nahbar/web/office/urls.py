"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import path

from nahbar.web.office import hub, retention, rights

urlpatterns = [
    path("", hub.office_setup, name="office_setup"),
    path("rechte/", rights.office_rights, name="office_rights"),
    path("rechte/<uuid:public_id>/", rights.office_rights_person, name="office_rights_person"),
    path("rechte/<uuid:public_id>/auskunft/", rights.office_rights_export, name="office_rights_export"),
    path("rechte/<uuid:public_id>/sperre/", rights.office_rights_hold, name="office_rights_hold"),
    path("rechte/<uuid:public_id>/loeschen/", rights.office_rights_erase, name="office_rights_erase"),
    path("loeschfristen/", retention.office_retention, name="office_retention"),
    path("loeschfristen/probelauf/", retention.office_retention_trial, name="office_retention_trial"),
]
