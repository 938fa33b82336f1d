"""Addresses that belong to nobody in particular."""

from allauth.account import views as allauth
from django.urls import path

import nahbar.web.shared.accounts  # noqa: F401  its receivers note who signs in
from nahbar.web.shared import home

urlpatterns = [
    path("", home.home, name="home"),
    path("b/<slug:office>/", home.office_home, name="office_home"),
    path("anmelden/", allauth.login, name="account_login"),
    path("anmelden/gesperrt/", allauth.account_inactive, name="account_inactive"),
    path("abmelden/", allauth.logout, name="account_logout"),
]
