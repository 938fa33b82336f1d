"""What appointments do when a consent changes; inside the change's transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from django.dispatch import receiver

from nahbar.audit.rules import Actor
from nahbar.consent.events import consent_withdrawn
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.scheduling.errors import Refused
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import switch_mode
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import AppointmentState
from nahbar.scheduling.seating import hold_days


@receiver(consent_withdrawn, dispatch_uid="scheduling.consent_withdrawn")
def leave_video(*, client: Client, by: Actor, now: dt.datetime, **_kwargs: Any) -> None:
    """Without consent there is no video: planned ones keep their time and become the next allowed mode."""
    concerned = Appointment.objects.filter(
        participations__client=client, state=AppointmentState.PLANNED, mode=Mode.VIDEO, ends_at__gt=now
    )
    # Held first, the days before the rows as everywhere: nobody changes them between reading and switching.
    hold_days(jobcenter=client.jobcenter, times=list(concerned.values_list("starts_at", "ends_at")))
    locked = list(Appointment.objects.select_for_update(no_key=True).filter(pk__in=concerned.values("pk")))
    for appointment in with_people(Appointment.objects.filter(pk__in=[one.pk for one in locked])):
        instead = next((mode for mode in appointment.topic.modes if mode != Mode.VIDEO), Mode.TELEPHONE)
        # A “no” never fails: whatever was closed in the same moment needs no other mode.
        with contextlib.suppress(Refused):
            switch_mode(appointment=appointment, mode=instead, by=by, now=now, despite_policy=True)
