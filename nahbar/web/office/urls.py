"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import path

from nahbar.web.office import groups, hub, staff

urlpatterns = [
    path("", hub.office_setup, name="office_setup"),
    path("beschaeftigte/", staff.office_staff, name="office_staff"),
    path("beschaeftigte/einladen/", staff.staff_invite, name="staff_invite"),
    path("beschaeftigte/<uuid:public_id>/", staff.staff_member, name="staff_member"),
    path("beschaeftigte/<uuid:public_id>/beenden/", staff.staff_close, name="staff_close"),
    path("beschaeftigte/<uuid:public_id>/oeffnen/", staff.staff_open, name="staff_open"),
    path("beschaeftigte/<uuid:public_id>/einladung/", staff.staff_again, name="staff_again"),
    path("beschaeftigte/<uuid:public_id>/zweiter-schritt/", staff.staff_reset, name="staff_reset"),
    path("gruppen/", groups.office_groups, name="office_groups"),
    path("gruppen/<int:pk>/entfernen/", groups.group_drop, name="group_drop"),
]
