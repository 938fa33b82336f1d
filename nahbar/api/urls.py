"""Addresses for machines."""

from django.urls import path

from nahbar.api.livekit import webhook

urlpatterns = [path("livekit/webhook", webhook, name="livekit_webhook")]
