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


def _count_contacts(client: Client) -> int:
    """Those entered by hand: a talk's is not listed beside its talk."""
    return Contact.objects.filter(client=client, appointment=None).count()


def _count_tasks(client: Client) -> int:
    return CallTask.objects.filter(client=client).count()


def _move(double: Client, kept: Client, now: dt.datetime) -> None:
    """Appointments; `Forbidden` when one was booked in between that overlaps."""
    try:
        with transaction.atomic():
            Participation.objects.filter(client=double).update(client=kept)
    except IntegrityError as error:
        if violates(error, "no_overlap_client"):
            raise Forbidden(OVERLAP) from error
        raise


def _move_contacts(double: Client, kept: Client, now: dt.datetime) -> None:
    """All of them, those that talks have counted, too."""
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


def _nothing(kept: Client, double: Client, now: dt.datetime) -> None:
    """No call and no contact forbids a merge."""


def register_belongings() -> None:
    """For `AppConfig.ready()`."""
    register(Belonging(name=_("Termine"), count=_count, move=_move, forbids=_overlap))
    register(
        Belonging(
            name=_("von Hand eingetragene Kontakte"), count=_count_contacts, move=_move_contacts, forbids=_nothing
        )
    )
    register(Belonging(name=_("Anrufe"), count=_count_tasks, move=_move_tasks, forbids=_nothing))
