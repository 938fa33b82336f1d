"""The places an office's people live in, and how far they are: for the kilometres that talks by video save.

No place is ever deleted: records name it. Skipped in every write: whether `by` may; `people.doors` says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor, Scalar
from nahbar.jobcenters.errors import NameTaken
from nahbar.jobcenters.models import JobCenter, Place
from nahbar.jobcenters.operations import Values, as_detail, assign, claim, make_active, make_inactive, unique_name

# Beyond it nobody comes for an appointment; a slip of the finger does.
MOST_KM = 999


def same_place(name: str) -> str:
    """What two spellings of a place's name have in common."""
    return " ".join(name.casefold().split())


@dataclass(frozen=True)
class Listed:
    """What a list of places comes to, against those that are there."""

    new: Mapping[str, int]
    # Places with the kilometres they had; those that were retired are offered again.
    changed: Mapping[Place, int]
    returned: frozenset[Place]

    @property
    def touches(self) -> int:
        """How many places it makes or changes."""
        return len(self.new) + len(self.changed.keys() | self.returned)


def compared(*, jobcenter: JobCenter, listed: Mapping[str, int]) -> Listed:
    """What a list (name → kilometres) would make and change; one query, however long it is."""
    there = {same_place(place.name): place for place in jobcenter.places.all()}
    known = {there[same_place(name)]: km for name, km in listed.items() if same_place(name) in there}
    return Listed(
        new={name: km for name, km in listed.items() if same_place(name) not in there},
        changed={place: km for place, km in known.items() if place.km != km},
        returned=frozenset(place for place in known if not place.is_active),
    )


@transaction.atomic
def keep_listed(*, jobcenter: JobCenter, listed: Mapping[str, int], revision: int, by: Actor, now: dt.datetime) -> None:
    """Makes and changes what a list says; places it does not name stay. One audit row. Raises `Stale`."""
    claim(jobcenter=jobcenter, revision=revision)
    found = compared(jobcenter=jobcenter, listed=listed)
    Place.objects.bulk_create(Place(jobcenter=jobcenter, name=name, km=km) for name, km in found.new.items())
    for place, km in found.changed.items():
        place.km = km
    for place in found.returned:
        place.is_active = True
    Place.objects.bulk_update(found.changed.keys() | found.returned, ["km", "is_active"], batch_size=500)
    detail: dict[str, Scalar] = {"new": len(found.new), "changed": len(found.changed), "returned": len(found.returned)}
    about = About("jobcenter", str(jobcenter.pk))
    record(action=Action.PLACES_LISTED, by=by, office=jobcenter.slug, about=about, detail=detail, now=now)


@transaction.atomic
def add_place(*, jobcenter: JobCenter, values: Values, revision: int, by: Actor, now: dt.datetime) -> Place:
    """One more place to choose from. Raises `Stale` or `NameTaken`."""
    claim(jobcenter=jobcenter, revision=revision)
    _require_new_name(values["name"], others=jobcenter.places.all())
    with unique_name():
        place = Place.objects.create(jobcenter=jobcenter, **values)
    _audit(Action.PLACE_ADDED, place, by=by, now=now)
    return place


@transaction.atomic
def change_place(*, place: Place, values: Values, revision: int, by: Actor, now: dt.datetime) -> None:
    """Another name or distance, for everybody who lives there. Raises `Stale` or `NameTaken`."""
    claim(jobcenter=place.jobcenter, revision=revision)
    _require_new_name(values["name"], others=place.jobcenter.places.exclude(pk=place.pk))
    changed = assign(place, values)
    with unique_name():
        place.save(update_fields=changed)
    _audit(Action.PLACE_CHANGED, place, by=by, now=now, detail=as_detail(values, changed))


def _require_new_name(name: str, *, others: Iterable[Place]) -> None:
    """Lists find places whatever their spelling. Within the office's `claim`, so no two come at once."""
    if same_place(name) in {same_place(other.name) for other in others}:
        raise NameTaken


@transaction.atomic
def retire_place(*, place: Place, by: Actor, now: dt.datetime) -> bool:
    """Nobody is newly said to live there; who does, still does. False when it was retired already."""
    retired = make_inactive(Place.objects.filter(pk=place.pk), jobcenter=place.jobcenter)
    if retired:
        _audit(Action.PLACE_RETIRED, place, by=by, now=now)
    return retired


@transaction.atomic
def bring_back_place(*, place: Place, by: Actor, now: dt.datetime) -> bool:
    """It can be chosen again; False when it could already."""
    back = make_active(Place.objects.filter(pk=place.pk), jobcenter=place.jobcenter)
    if back:
        _audit(Action.PLACE_RETURNED, place, by=by, now=now)
    return back


def _audit(
    action: Action, place: Place, *, by: Actor, now: dt.datetime, detail: dict[str, Scalar] | None = None
) -> None:
    about = About("place", str(place.pk))
    record(action=action, by=by, office=place.jobcenter.slug, about=about, detail=detail, now=now)
