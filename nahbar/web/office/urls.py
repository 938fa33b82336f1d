"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import include, path

from nahbar.web.office import hub, imports

of_import = [
    path("", imports.import_page, name="import_page"),
    path("spalten/", imports.import_map, name="import_map"),
    path("uebernehmen/", imports.import_confirm, name="import_confirm"),
    path("zuruecknehmen/", imports.import_undo, name="import_undo"),
    path("verwerfen/", imports.import_discard, name="import_discard"),
]

urlpatterns = [
    path("", hub.office_setup, name="office_setup"),
    path("import/", imports.import_list, name="import_list"),
    path("import/<uuid:public_id>/", include(of_import)),
]
