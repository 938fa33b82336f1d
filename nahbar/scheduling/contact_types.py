"""The kinds of contact that an office adds to those everybody counts.

None is ever deleted: old contacts are named by it. Skipped in every write: whether `by` may; the door here says so.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Count, QuerySet

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor, Scalar
from nahbar.jobcenters.errors import NameTaken
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.operations import Values, as_detail, assign, claim, make_active, make_inactive, unique_name
from nahbar.people.doors import require_administrator
from nahbar.people.queries import Desk, NotYours
from nahbar.people.spelling import folded
from nahbar.scheduling.models import ContactType
from nahbar.scheduling.rules import ContactKind


def access_contact_type(*, desk: Desk, contact_type: int) -> ContactType:
    """A kind that the desk's office has added, for its administrators; raises `NotYours`."""
    require_administrator(desk)
    found = ContactType.objects.filter(jobcenter=desk.jobcenter, pk=contact_type).select_related("jobcenter").first()
    if found is None:
        raise NotYours
    return found


def contact_types_of(desk: Desk) -> QuerySet[ContactType]:
    """Those the desk's office has added, retired ones last, with `used`: how many contacts are of that kind."""
    counted = ContactType.objects.filter(jobcenter=desk.jobcenter).annotate(used=Count("contacts"))
    return counted.order_by("-is_active", "name")


def used(contact_type: ContactType) -> int:
    """How many contacts are of that kind."""
    return contact_type.contacts.count()


@transaction.atomic
def add_contact_type(
    *, jobcenter: JobCenter, values: Values, revision: int, by: Actor, now: dt.datetime
) -> ContactType:
    """One more kind to choose from. Raises `Stale`, and `NameTaken` also for what everybody counts anyway."""
    claim(jobcenter=jobcenter, revision=revision)
    _require_new_name(values["name"], jobcenter=jobcenter)
    with unique_name():
        made = ContactType.objects.create(jobcenter=jobcenter, **values)
    _audit(Action.CONTACT_TYPE_ADDED, made, by=by, now=now)
    return made


@transaction.atomic
def change_contact_type(
    *, contact_type: ContactType, values: Values, revision: int, by: Actor, now: dt.datetime
) -> None:
    """Another name, also for old contacts; or whether it counts, from then on and in months that are not frozen yet.

    Raises `Stale` or `NameTaken`.
    """
    claim(jobcenter=contact_type.jobcenter, revision=revision)
    _require_new_name(values["name"], jobcenter=contact_type.jobcenter, but=contact_type)
    changed = assign(contact_type, values)
    with unique_name():
        contact_type.save(update_fields=changed)
    _audit(Action.CONTACT_TYPE_CHANGED, contact_type, by=by, now=now, detail=as_detail(values, changed))


def _require_new_name(name: str, *, jobcenter: JobCenter, but: ContactType | None = None) -> None:
    """Nobody could tell “Telefon” from “telefon”. Within the office's `claim`, so no two come at once."""
    others = [one.name for one in jobcenter.contact_types.all() if one != but]
    if folded(name) in {folded(other) for other in [*map(str, ContactKind.labels), *others]}:
        raise NameTaken


@transaction.atomic
def retire_contact_type(*, contact_type: ContactType, by: Actor, now: dt.datetime) -> bool:
    """It cannot be chosen any more, and goes on naming old contacts; False when it was retired already."""
    retired = make_inactive(ContactType.objects.filter(pk=contact_type.pk), jobcenter=contact_type.jobcenter)
    if retired:
        _audit(Action.CONTACT_TYPE_RETIRED, contact_type, by=by, now=now)
    return retired


@transaction.atomic
def bring_back_contact_type(*, contact_type: ContactType, by: Actor, now: dt.datetime) -> bool:
    """It can be chosen again; False when it could already."""
    back = make_active(ContactType.objects.filter(pk=contact_type.pk), jobcenter=contact_type.jobcenter)
    if back:
        _audit(Action.CONTACT_TYPE_RETURNED, contact_type, by=by, now=now)
    return back


def _audit(
    action: Action,
    contact_type: ContactType,
    *,
    by: Actor,
    now: dt.datetime,
    detail: dict[str, Scalar] | None = None,
) -> None:
    about = About("contact_type", str(contact_type.pk))
    record(action=action, by=by, office=contact_type.jobcenter.slug, about=about, detail=detail, now=now)
