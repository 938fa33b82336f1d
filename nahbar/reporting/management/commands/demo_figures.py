"""`python -m django demo_figures`: what the demo's page of figures shows; part of `load_demo`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nahbar.jobcenters.models import JobCenter
from nahbar.reporting.demo_months import fill_past
from nahbar.reporting.operations import nightly


class Command(BaseCommand):
    """Invents a past, so it is the demo's only."""

    help = "Makes the demo's past months of figures, and builds those of its appointments."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to repeat. Raises CommandError outside the demo."""
        if not settings.NAHBAR_DEMO:
            raise CommandError("Invented figures are for the demo only.")
        now = timezone.now()
        for jobcenter in JobCenter.objects.all():
            fill_past(jobcenter=jobcenter, now=now)
        nightly(now=now)
