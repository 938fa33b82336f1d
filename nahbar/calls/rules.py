"""States of a call and of the people in it; no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from nahbar.scheduling.rules import Times

# A waiting device that never reached the media server, or was gone this long, no longer waits.
WAITING_WITHOUT_CONNECTION = dt.timedelta(seconds=45)
# So long after its line went another device may wait for its place instead of asking.
GIVEN_UP = dt.timedelta(seconds=30)
# Whoever was asked so often, or has said no so often, is not asked again for this place.
REQUESTS_ENOUGH = 5
REFUSALS_ENOUGH = 2
# A call nobody is in any more, this long after its planned end, is over.
FORGOTTEN_AFTER = dt.timedelta(minutes=30)
# How far back ended calls are looked at for rooms that a lost command left open.
SWEEP_ENDED = dt.timedelta(hours=4)
# A talk that goes on keeps its channel: looked at this long before the booking's end, in steps as short as
# what a talk that then ends would take from others.
PROLONG_AHEAD = dt.timedelta(minutes=7)
PROLONG_BY = dt.timedelta(minutes=5)
# When others need the channel, the counsellor knows this long before.
OVERRUN_WARNING = dt.timedelta(minutes=5)
# After a switch to another mode, this long both sides read that somebody calls now.
CALLS_AT_ONCE = dt.timedelta(minutes=30)
# Presence is kept three months at most (docs/privacy/), of which the shortest have 89 days; a run comes once a night.
KEEP_PRESENCE = dt.timedelta(days=88)
# What binds a tablet to a sign-in is emptied with the sign-in's end; what got lost, here.
KEEP_SESSION_KEYS = dt.timedelta(days=2)
# A talk that was gone so soon, and did not come back, is a technical failure.
BROKE_OFF = dt.timedelta(minutes=1)
# The media server sends a webhook again for some minutes.
KEEP_WEBHOOKS = dt.timedelta(days=1)
# The code on the counsellor's screen that lets a tablet in.
CODE_LIVES = dt.timedelta(minutes=2)
# A tablet that holds picture and sound and says nothing for this long is told to be lost.
SILENT_AFTER = dt.timedelta(seconds=8)
TOKEN_MINUTES = 10
PROBE_MINUTES = 2


class CallState(TextChoices):
    """Where a call stands."""

    OPEN = "open", _("offen")
    ACTIVE = "active", _("läuft")
    ENDED = "ended", _("beendet")


CALL_TRANSITIONS: dict[CallState, frozenset[CallState]] = {
    CallState.OPEN: frozenset({CallState.ACTIVE, CallState.ENDED}),
    CallState.ACTIVE: frozenset({CallState.ENDED}),
    CallState.ENDED: frozenset(),
}


class PlaceState(TextChoices):
    """Where somebody stands in a call."""

    WAITING = "waiting", _("wartet")
    ADMITTED = "admitted", _("im Gespräch")
    OUT = "out", _("kurz weg")
    LEFT = "left", _("gegangen")
    REMOVED = "removed", _("entfernt")


PLACE_TRANSITIONS: dict[PlaceState, frozenset[PlaceState]] = {
    # WAITING again: another device of the same link waits instead.
    PlaceState.WAITING: frozenset({PlaceState.WAITING, PlaceState.ADMITTED, PlaceState.LEFT, PlaceState.REMOVED}),
    PlaceState.ADMITTED: frozenset({PlaceState.OUT, PlaceState.LEFT, PlaceState.REMOVED}),
    # WAITING: another device takes over from one that is gone.
    PlaceState.OUT: frozenset({PlaceState.ADMITTED, PlaceState.WAITING, PlaceState.LEFT, PlaceState.REMOVED}),
    # Whoever left by themselves may ask again; whoever was removed only with a new link.
    PlaceState.LEFT: frozenset({PlaceState.WAITING, PlaceState.ADMITTED}),
    PlaceState.REMOVED: frozenset({PlaceState.WAITING}),
}

HAS_RIGHTS = frozenset({PlaceState.ADMITTED, PlaceState.OUT})


class TakeOverState(TextChoices):
    """Where another device stands that asks to go on with a talk."""

    ASKING = "asking", _("fragt an")
    ADMITTED = "admitted", _("hat das Gespräch übernommen")
    REFUSED = "refused", _("abgelehnt")
    DROPPED = "dropped", _("nicht mehr gefragt")


TAKEOVER_TRANSITIONS: dict[TakeOverState, frozenset[TakeOverState]] = {
    TakeOverState.ASKING: frozenset({TakeOverState.ADMITTED, TakeOverState.REFUSED, TakeOverState.DROPPED}),
    TakeOverState.ADMITTED: frozenset(),
    TakeOverState.REFUSED: frozenset(),
    TakeOverState.DROPPED: frozenset(),
}


class SecondDeviceState(TextChoices):
    """Where the counsellor's second device stands: offered by a code, beside the PC, or instead of it."""

    OFFERED = "offered", _("angeboten")
    READY = "ready", _("verbunden")
    HOLDING = "holding", _("hat Bild und Ton")
    DROPPED = "dropped", _("getrennt")


SECOND_DEVICE_TRANSITIONS: dict[SecondDeviceState, frozenset[SecondDeviceState]] = {
    SecondDeviceState.OFFERED: frozenset({SecondDeviceState.READY, SecondDeviceState.DROPPED}),
    SecondDeviceState.READY: frozenset({SecondDeviceState.HOLDING, SecondDeviceState.DROPPED}),
    SecondDeviceState.HOLDING: frozenset({SecondDeviceState.READY, SecondDeviceState.DROPPED}),
    SecondDeviceState.DROPPED: frozenset(),
}

PAIRED = frozenset({SecondDeviceState.READY, SecondDeviceState.HOLDING})


class EndReason(TextChoices):
    """Why a call ended."""

    FINISHED = "finished", _("beendet")
    MODE_CHANGED = "mode_changed", _("andere Art gewählt")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("Einverständnis widerrufen")
    CANCELLED = "cancelled", _("abgesagt")
    MOVED = "moved", _("verschoben")
    FORGOTTEN = "forgotten", _("niemand mehr da")


def shared_times(mine: Iterable[Times], theirs: Iterable[Times]) -> list[Times]:
    """When two were there at once, in order."""
    theirs = list(theirs)
    found = [(max(a[0], b[0]), min(a[1], b[1])) for a in mine for b in theirs]
    return sorted(times for times in found if times[0] < times[1])
