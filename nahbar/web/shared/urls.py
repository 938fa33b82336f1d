"""Addresses that belong to nobody in particular."""

from allauth.account import views as allauth
from django.urls import path

from nahbar.web.shared import accounts, home

urlpatterns = [
    path("", home.home, name="home"),
    path("b/<slug:office>/", home.office_home, name="office_home"),
    path("anmelden/", allauth.LoginView.as_view(form_class=accounts.SignInForm), name="account_login"),
    path("anmelden/gesperrt/", allauth.account_inactive, name="account_inactive"),
    path("abmelden/", allauth.logout, name="account_logout"),
]
