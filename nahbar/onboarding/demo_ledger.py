"""The demo's places, a kind of contact of its own, and some contacts that nobody booked."""

from __future__ import annotations

import datetime as dt
import uuid

from nahbar.jobcenters.models import JobCenter, Place
from nahbar.jobcenters.rules import Role
from nahbar.people.models import Client, StaffMember
from nahbar.people.queries import access_desk
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import ContactType
from nahbar.scheduling.queries import appointments_with
from nahbar.scheduling.rules import ContactKind

PLACES = (("Westheide", 3), ("Neuenkamp", 9), ("Altendorf am Moor", 17), ("Hohenlohe", 26))
TYPE = "Messenger"


def fill(office: JobCenter, *, now: dt.datetime) -> None:
    """Gives most people a place, and every third one a message that was exchanged in the last days."""
    places = [Place.objects.create(jobcenter=office, name=name, km=km) for name, km in PLACES]
    own_type = ContactType.objects.create(jobcenter=office, name=TYPE)
    for position, client in enumerate(office.clients.order_by("number")):
        # Of every fifth nobody has said it yet.
        client.place = None if position % 5 == 4 else places[position % len(places)]
        client.save(update_fields=["place"])
        if position % 3 == 0:
            _message(client, own_type, days=1 + position % 6, now=now)


def _message(client: Client, own_type: ContactType, *, days: int, now: dt.datetime) -> None:
    holds = StaffMember.objects.filter(memberships__team=client.team, memberships__role=Role.COUNSELLOR)
    staff = holds.order_by("pk").first()
    assert staff is not None  # every team of the demo has one
    at = now - dt.timedelta(days=days)
    # The same demo every time.
    key = uuid.uuid5(client.public_id, TYPE)
    desk = access_desk(staff=staff, office=client.jobcenter.slug, now=at)
    entry = Entry(client=client, kind=ContactKind.OTHER, own_type=own_type, key=key, with_third_party=days % 4 == 0)
    # A message is none of the talks that wait for their outcome that day.
    talks = set(appointments_with(client=client).values_list("public_id", flat=True))
    enter_contact(desk=desk, entry=entry, now=at, despite=talks)
