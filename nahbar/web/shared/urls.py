"""Addresses that belong to nobody in particular."""

from django.urls import path
from allauth.account import views as allauth

urlpatterns = [
    path("anmelden/", allauth.login, name="account_login"),
    path("abmelden/", allauth.logout, name="account_logout"),
]
