"""What this room keeps about a client, for the merging of two records."""

from __future__ import annotations

import datetime as dt
import itertools

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from nahbar.people.merging import Belonging, Forbidden, register
from nahbar.people.models import Client
from nahbar.scheduling.constraints import violates
from nahbar.scheduling.models import CallTask, Contact, Participation

OVERLAP = "overlap"


def _count(client: Client) -> int:
    return Participation.objects.filter(client=client).count()


def _count_tasks(client: Client) -> int:
    return CallTask.objects.filter(client=client).count()


def _move(double: Client, kept: Client, now: dt.datetime) -> None:
    """Appointments with the contacts they counted; `Forbidden` when one was booked in between that overlaps."""
    try:
        with transaction.atomic():
            Participation.objects.filter(client=double).update(client=kept)
    except IntegrityError as error:
        if violates(error, "no_overlap_client"):
            raise Forbidden(OVERLAP) from error
        raise
    Contact.objects.filter(client=double).update(client=kept)


def _move_tasks(double: Client, kept: Client, now: dt.datetime) -> None:
    CallTask.objects.filter(client=double).update(client=kept)


def _overlap(kept: Client, double: Client, now: dt.datetime) -> str | None:
    """One person cannot be in two talks: the database refuses it, and this says so beforehand."""
    taken = Participation.objects.filter(client=kept, is_active=True).values_list("starts_at", "ends_at")
    more = Participation.objects.filter(client=double, is_active=True).values_list("starts_at", "ends_at")
    spans = sorted([*taken, *more])
    touching = any(first[1] > second[0] for first, second in itertools.pairwise(spans))
    return OVERLAP if touching else None


def register_belongings() -> None:
    """For `AppConfig.ready()`."""
    register(Belonging(name=_("Termine"), count=_count, move=_move, forbids=_overlap))
    register(Belonging(name=_("Anrufe"), count=_count_tasks, move=_move_tasks, forbids=lambda kept, double, now: None))
