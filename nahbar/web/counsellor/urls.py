"""Addresses of the counsellor pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
