"""The contact ledger: what somebody enters by hand, and takes out again.

Talks enter theirs by themselves (`outcomes.mark_held`), and so each contact counts once: what looks like one that is
there already, or like a talk that is planned for that day, is entered only by whoever has seen it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Min, QuerySet

from nahbar.audit.rules import Action
from nahbar.people.models import Client
from nahbar.people.queries import Desk, NotYours, hold_client
from nahbar.people.records import note_record
from nahbar.scheduling import events
from nahbar.scheduling.errors import Alike, Reason, Refused
from nahbar.scheduling.models import Appointment, Contact, ContactType
from nahbar.scheduling.queries import appointments_with
from nahbar.scheduling.rules import BERLIN, AppointmentState, ContactKind, day_bounds

# What such a contact takes, where nobody says how long it was.
USUAL_MINUTES: dict[ContactKind, int] = {
    ContactKind.IN_PERSON: 30,
    ContactKind.TELEPHONE: 10,
    ContactKind.VIDEO: 30,
    ContactKind.OUTREACH: 60,
    ContactKind.OTHER: 15,
}
CONTACT_MINUTES = (1, 480)


@dataclass(frozen=True)
class Entry:
    """What is to be entered. `key` is made when the form is shown; `at` is None for now, `minutes` for the usual."""

    client: Client
    kind: ContactKind
    key: uuid.UUID
    own_type: ContactType | None = None
    at: dt.datetime | None = None
    minutes: int | None = None
    with_third_party: bool = False

    @property
    def lasted(self) -> int:
        """Its minutes, the usual ones where nobody said any."""
        return USUAL_MINUTES[self.kind] if self.minutes is None else self.minutes


def contacts_of(client: Client) -> QuerySet[Contact]:
    """The ledger of a client whose record is open to the asker, the latest first; one query, however many."""
    found = Contact.objects.filter(client=client).select_related("client", "own_type", "entered_by", "appointment")
    return found.order_by("-at", "-pk")


def by_hand_beside(appointment: Appointment) -> QuerySet[Contact]:
    """What stands by hand in the ledger of the appointment's client for its day: it may be the same contact."""
    begins, ends = day_bounds(appointment.starts_at.astimezone(BERLIN).date())
    return contacts_of(appointment.client).filter(appointment=None, at__gte=begins, at__lt=ends)


def types_offered(desk: Desk) -> QuerySet[ContactType]:
    """The kinds of contact that the desk's office has added and still offers."""
    return ContactType.objects.filter(jobcenter=desk.jobcenter, is_active=True)


def may_remove(*, desk: Desk, contact: Contact) -> bool:
    """An entry made by hand, for whoever made it and for the team's colleagues.

    What a talk has entered goes when the talk's outcome is corrected.
    """
    if contact.appointment_id is not None:
        return False
    return contact.entered_by_id == desk.staff.pk or contact.client.team_id in desk.team_ids


@transaction.atomic
def enter_contact(*, desk: Desk, entry: Entry, now: dt.datetime, despite: Collection[uuid.UUID] = ()) -> Contact:
    """One more contact in the ledger; the same `entry.key` again returns the one that is there.

    Sends `contact_entered` and writes an audit row. `despite` names what the page showed of contacts and talks that
    look the same. Raises `Alike` when there are others, `Refused` (IN_FUTURE, BEFORE_FILE, CONTACT_LENGTH,
    CONTACT_TYPE, and STALE where the form has entered something else), `NotYours` when the person was erased meanwhile.
    Skipped: whether the desk may see the client; the caller passed `people.queries.access_client`.
    """
    # Two who enter the same contact at the same moment take turns, so that the second one is asked.
    hold_client(entry.client)
    there = _entered_with(desk=desk, entry=entry)
    if there is not None:
        return there
    at = now if entry.at is None else entry.at
    _require_possible(desk=desk, entry=entry, at=at, now=now)
    _require_seen(entry=entry, at=at, despite=despite)
    # Held, the person stays in this team, and so the team stays, too.
    entry.client.refresh_from_db(fields=["team"])
    contact, is_new = Contact.objects.get_or_create(
        jobcenter=desk.jobcenter,
        form_key=entry.key,
        defaults={
            "client": entry.client,
            "team": entry.client.team,
            "kind": entry.kind,
            "own_type": entry.own_type,
            "at": at,
            "minutes": entry.lasted,
            "with_third_party": entry.with_third_party,
            "entered_by": desk.staff,
            "entered_at": now,
        },
    )
    if not is_new:
        # One key for two people at the same moment: no form of ours sends that.
        raise Refused(Reason.STALE)
    _note(Action.CONTACT_ENTERED, contact, desk=desk, now=now)
    events.contact_entered.send(sender=Contact, contact=contact, by=desk.actor, now=now)
    return contact


def _entered_with(*, desk: Desk, entry: Entry) -> Contact | None:
    """What the same form has entered before; `Refused(STALE)` when it now says something else."""
    there = Contact.objects.filter(jobcenter=desk.jobcenter, form_key=entry.key).first()
    if there is None:
        return None
    is_same = (there.client_id, there.kind, there.own_type, there.minutes, there.with_third_party) == (
        entry.client.pk,
        entry.kind,
        entry.own_type,
        entry.lasted,
        entry.with_third_party,
    )
    if not is_same or entry.at not in {None, there.at}:
        raise Refused(Reason.STALE)
    return there


def _require_possible(*, desk: Desk, entry: Entry, at: dt.datetime, now: dt.datetime) -> None:
    if at > now:
        raise Refused(Reason.IN_FUTURE)
    if at < day_bounds(began_on(entry.client))[0]:
        raise Refused(Reason.BEFORE_FILE)
    if not CONTACT_MINUTES[0] <= entry.lasted <= CONTACT_MINUTES[1]:
        raise Refused(Reason.CONTACT_LENGTH)
    if (entry.kind == ContactKind.OTHER) is not (entry.own_type is not None):
        raise Refused(Reason.CONTACT_TYPE)
    if entry.own_type and not types_offered(desk).filter(pk=entry.own_type.pk).exists():
        raise Refused(Reason.CONTACT_TYPE)


def began_on(client: Client) -> dt.date:
    """The day on which somebody's file began; of two that were merged, the older one's first contact is in it."""
    first: dt.datetime | None = Contact.objects.filter(client=client).aggregate(first=Min("at"))["first"]
    began = min(client.created_at, first) if first else client.created_at
    return began.astimezone(BERLIN).date()


def _require_seen(*, entry: Entry, at: dt.datetime, despite: Collection[uuid.UUID]) -> None:
    begins, ends = day_bounds(at.astimezone(BERLIN).date())
    that_day = contacts_of(entry.client).filter(at__gte=begins, at__lt=ends)
    contacts = list(that_day.filter(kind=entry.kind, own_type=entry.own_type).exclude(public_id__in=despite))
    # Whatever its mode: a talk by video may have run by telephone.
    planned = appointments_with(client=entry.client).filter(
        state=AppointmentState.PLANNED, starts_at__gte=begins, starts_at__lt=ends
    )
    appointments: list[Appointment] = list(planned.exclude(public_id__in=despite))
    if contacts or appointments:
        raise Alike(contacts=contacts, appointments=appointments)


@transaction.atomic
def remove_contact(*, desk: Desk, contact: Contact, now: dt.datetime) -> bool:
    """Takes an entry made by hand out of the ledger; False when somebody else has already.

    Sends `contact_removed` before the row goes, and writes an audit row. Raises `NotYours` for a talk's contact, and
    for one that neither the desk nor its teams have entered. Skipped: whether the desk may see the client.
    """
    there = (
        Contact.objects.select_for_update(of=("self",))
        .select_related("client__jobcenter")
        .filter(pk=contact.pk)
        .first()
    )
    if there is None:
        return False
    if not may_remove(desk=desk, contact=there):
        raise NotYours
    events.contact_removed.send(sender=Contact, contact=there, by=desk.actor, now=now)
    _note(Action.CONTACT_REMOVED, there, desk=desk, now=now)
    there.delete()
    return True


@transaction.atomic
def mark_third_party(*, desk: Desk, contact: Contact, present: bool, now: dt.datetime) -> bool:
    """Whether somebody else was there, also of a talk's contact; False when it said so already.

    For whoever counts it is another contact: sends `contact_removed` as it was and `contact_entered` as it is, and
    writes an audit row. Skipped: whether the desk may see the client; the caller passed `people.queries.access_client`.
    """
    other = Contact.objects.select_for_update(of=("self",)).filter(pk=contact.pk, with_third_party=not present)
    there = other.select_related("client__jobcenter").first()
    if there is None:
        return False
    events.contact_removed.send(sender=Contact, contact=there, by=desk.actor, now=now)
    there.with_third_party = present
    there.save(update_fields=["with_third_party"])
    _note(Action.CONTACT_MARKED, there, desk=desk, now=now)
    events.contact_entered.send(sender=Contact, contact=there, by=desk.actor, now=now)
    return True


def _note(action: Action, contact: Contact, *, desk: Desk, now: dt.datetime) -> None:
    """About the person, so that it is found for them also when the contact is gone."""
    named = str(contact.public_id)
    note_record(action=action, client=contact.client, by=desk.actor, now=now, kind=contact.kind, contact=named)
