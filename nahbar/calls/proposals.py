"""What presence says came of a talk by video; only ever a proposal, which its counsellor confirms.

Each call of an appointment leaves places (who wanted in) and presences (whose device was in the media room). Who
wanted in and never got a connection is a technical failure, never somebody's fault.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nahbar.calls.models import CallParticipation
from nahbar.calls.presence import MINUTE, counted_minutes, minutes_of, seen_until, times_there, times_together
from nahbar.calls.rules import BROKE_OFF, FORGOTTEN_AFTER, KEEP_PRESENCE, CallState, EndReason, PlaceState, shared_times
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import without_outcome
from nahbar.scheduling.rules import BERLIN, NotHeldReason, ParticipationRole, Times


@dataclass(frozen=True)
class Side:
    """One side of a talk: whether it wanted in, and when its device was there."""

    tried: bool = False
    there: tuple[Times, ...] = ()

    @property
    def lasted(self) -> dt.timedelta:
        """How long it was there."""
        return sum((ends - begins for begins, ends in self.there), dt.timedelta())

    @property
    def first(self) -> dt.datetime:
        """When it came."""
        return min(begins for begins, _ends in self.there)

    @property
    def last(self) -> dt.datetime:
        """When it went."""
        return max(ends for _begins, ends in self.there)


@dataclass(frozen=True)
class Seen:
    """What was seen of one appointment's talk."""

    starts_at: dt.datetime
    client: Side = Side()
    office: Side = Side()
    # From admission on: with picture and sound.
    together: tuple[Times, ...] = ()
    # The counsellor ended it while both were there.
    ended_together: bool = False
    # The client left by themselves, before the talk was ended.
    hung_up: bool = False
    was_removed: bool = False
    is_kept: bool = True


@dataclass(frozen=True)
class Proposal:
    """Held for `minutes`, or not held for `reason`; `why` is a sentence for the counsellor.

    `saw_nothing`: nobody was seen, or it is not kept: then the reason is only that nobody knows.
    """

    why: str
    reason: NotHeldReason | None = None
    minutes: int | None = None
    saw_nothing: bool = False

    @property
    def is_held(self) -> bool:
        """Whether the talk took place."""
        return self.reason is None


def propose(seen: Seen) -> Proposal:
    """What probably came of it. Where what was seen allows two readings, the one that blames nobody."""
    lasted = sum((ends - begins for begins, ends in seen.together), dt.timedelta())
    if seen.was_removed:
        return Proposal(_("Wer kam, wurde aus dem Gespräch entfernt."), NotHeldReason.UNKNOWN)
    if seen.together and (lasted >= BROKE_OFF or seen.ended_together):
        return Proposal(_together(seen.together), minutes=minutes_of(seen.together))
    if seen.together:
        return _broken_off(seen, seconds=max(int(lasted.total_seconds()), 1))
    return _unconnected(seen) or _apart(seen)


def _broken_off(seen: Seen, *, seconds: int) -> Proposal:
    """Too short for a talk: by somebody's will, or by a line that failed."""
    if seen.hung_up:
        words = ngettext(
            "Die Person hat nach %(n)s Sekunde aufgelegt.", "Die Person hat nach %(n)s Sekunden aufgelegt.", seconds
        )
        return Proposal(words % {"n": seconds}, NotHeldReason.UNKNOWN)
    words = ngettext(
        "Bild und Ton hielten nur %(n)s Sekunde, danach war das Gespräch weg.",
        "Bild und Ton hielten nur %(n)s Sekunden, danach war das Gespräch weg.",
        seconds,
    )
    return Proposal(words % {"n": seconds}, NotHeldReason.TECHNICAL)


def _together(times: tuple[Times, ...]) -> str:
    span = {"start": _clock(times[0][0]), "end": _clock(times[-1][1])}
    if span["start"] == span["end"]:
        return _("Beide waren kurz da, um %(start)s Uhr.") % span
    if len(times) == 1:
        return _("Beide waren da, von %(start)s bis %(end)s Uhr.") % span
    return _("Beide waren da, von %(start)s bis %(end)s Uhr, mit Unterbrechung.") % span


def _unconnected(seen: Seen) -> Proposal | None:
    """Somebody wanted in and never got a connection."""
    missing = (seen.client.tried and not seen.client.there, seen.office.tried and not seen.office.there)
    words = {
        (True, True): _("Beide wollten ins Gespräch, die Verbindung kam nicht zustande."),
        (True, False): _("Die Person wollte ins Gespräch, ihre Verbindung kam nicht zustande."),
        (False, True): _("Das Jobcenter wollte ins Gespräch, die Verbindung kam nicht zustande."),
    }
    return Proposal(words[missing], NotHeldReason.TECHNICAL) if missing in words else None


def _apart(seen: Seen) -> Proposal:
    """Whoever was there was in the room, but never with picture and sound beside the other."""
    client, office = seen.client, seen.office
    if client.there and office.there:
        return _both_apart(seen)
    if client.there and client.last > seen.starts_at:
        words = _("Die Person wartete %(time)s, im Gespräch war niemand vom Jobcenter.")
        return Proposal(words % {"time": _length(client.lasted)}, NotHeldReason.OFFICE)
    if office.there and office.last > seen.starts_at:
        words = _("Das Jobcenter wartete %(time)s im Gespräch, es kam niemand.")
        return Proposal(words % {"time": _length(office.lasted)}, NotHeldReason.NOT_REACHED)
    if not seen.is_kept:
        return Proposal(_("Wer da war, ist nicht mehr gespeichert."), NotHeldReason.UNKNOWN, saw_nothing=True)
    return Proposal(_("Zur Zeit des Termins war niemand im Gespräch."), NotHeldReason.UNKNOWN, saw_nothing=True)


def _both_apart(seen: Seen) -> Proposal:
    client, office = seen.client, seen.office
    if shared_times(client.there, office.there):
        words = _("Beide waren zur selben Zeit da, kamen aber mit Bild und Ton nicht zusammen.")
        return Proposal(words, NotHeldReason.TECHNICAL)
    if seen.starts_at < client.last <= office.first:
        words = _("Die Person wartete %(time)s. Als jemand vom Jobcenter kam, war sie nicht mehr da.")
        return Proposal(words % {"time": _length(client.lasted)}, NotHeldReason.OFFICE)
    return Proposal(_("Beide waren da, aber nie zur selben Zeit."), NotHeldReason.UNKNOWN)


def _clock(moment: dt.datetime) -> str:
    return f"{moment.astimezone(BERLIN):%H:%M}"


def _length(length: dt.timedelta) -> str:
    minutes = max(round(length / MINUTE), 1)
    return ngettext("%(n)s Minute", "%(n)s Minuten", minutes) % {"n": minutes}


def waiting_for_outcome(*, desk: Desk, now: dt.datetime) -> QuerySet[Appointment]:
    """The desk's own appointments that are over and have no outcome, oldest first, but those still talked in.

    Half an hour after its end a talk counts as over, whoever the media server last saw in it.
    """
    talking = CallParticipation.objects.filter(
        call__appointment=OuterRef("pk"), connected_at__isnull=False, call__state__in=[CallState.OPEN, CallState.ACTIVE]
    )
    still = Exists(talking.filter(call__appointment__ends_at__gt=now - FORGOTTEN_AFTER))
    return without_outcome(desk=desk, now=now).exclude(still)


def proposals_for(appointments: Iterable[Appointment], *, now: dt.datetime) -> dict[int, Proposal]:
    """A proposal for each that presence can say something of, by key; in two queries, however many.

    Of telephone, on site and outreach nobody sees anything: they have none, unless the talk began by video.
    """
    asked = {one.pk: one for one in appointments}
    places = CallParticipation.objects.filter(call__appointment__in=asked.values()).order_by("pk")
    by_appointment: dict[int, list[CallParticipation]] = defaultdict(list)
    for place in places.select_related("call", "participation").prefetch_related("presences"):
        by_appointment[place.call.appointment_id].append(place)
    found = {}
    for key, appointment in asked.items():
        proposal = _propose_for(appointment, by_appointment[key], now=now)
        if proposal is not None:
            found[key] = proposal
    return found


def _propose_for(appointment: Appointment, places: list[CallParticipation], *, now: dt.datetime) -> Proposal | None:
    proposal = propose(seen_of(appointment, places, now=now))
    if appointment.is_video:
        return proposal
    if proposal.minutes is None:
        return None
    words = ngettext("Davon %(n)s Minute per Video.", "Davon %(n)s Minuten per Video.", proposal.minutes)
    return Proposal(words % {"n": proposal.minutes}, minutes=counted_minutes(appointment, proposal.minutes))


def seen_of(appointment: Appointment, places: list[CallParticipation], *, now: dt.datetime) -> Seen:
    """What the places of an appointment's calls, with their presences, come to."""
    until = seen_until(appointment=appointment, now=now)
    clients = [place for place in places if place.participation.role == ParticipationRole.CLIENT]
    offices = [place for place in places if place.participation.role == ParticipationRole.COUNSELLOR]
    together = times_together(places, until=until)
    last = clients[-1].call if clients else None
    return Seen(
        starts_at=appointment.starts_at,
        client=_side(clients, until),
        office=_side(offices, until),
        together=tuple(together),
        ended_together=bool(
            together and last and last.end_reason == EndReason.FINISHED and together[-1][1] == last.ended_at
        ),
        hung_up=bool(clients) and _hung_up(clients[-1]),
        was_removed=bool(clients) and clients[-1].state == PlaceState.REMOVED,
        is_kept=now - appointment.ends_at < KEEP_PRESENCE,
    )


def _side(places: list[CallParticipation], until: dt.datetime) -> Side:
    there = sorted(times for place in places for times in times_there(place, until=until))
    return Side(tried=bool(places), there=tuple(there))


def _hung_up(place: CallParticipation) -> bool:
    """Whoever is only out when a talk ends leaves with its end; who left before did so by themselves."""
    ended_at, gone_at = place.call.ended_at, place.gone_at
    return place.state == PlaceState.LEFT and ended_at is not None and gone_at is not None and gone_at < ended_at
