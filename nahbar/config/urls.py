"""All addresses. `tests/web/test_matrix.py` tries every one of them as everybody."""

from django.urls import include, path

from nahbar.api import urls as api
from nahbar.web.client import urls as client
from nahbar.web.counsellor import urls as counsellor
from nahbar.web.lead import urls as lead
from nahbar.web.office import urls as office
from nahbar.web.office.first_run import first_run
from nahbar.web.shared import urls as shared

handler404 = "nahbar.web.shared.errors.missing"
handler403 = "nahbar.web.shared.errors.missing"
handler500 = "nahbar.web.shared.errors.broken"

urlpatterns = [
    path("", include(shared)),
    path("erste-einrichtung/", first_run, name="first_run"),
    path("", include(client)),
    path("b/<slug:office>/", include(counsellor)),
    path("", include(counsellor.of_tablet)),
    path("", include(counsellor.of_feeds)),
    path("", include(counsellor.of_people)),
    path("b/<slug:office>/", include(lead)),
    path("b/<slug:office>/einrichtung/", include(office)),
    path("api/", include(api)),
]
