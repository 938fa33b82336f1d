"""Tickets: who may answer once. Made anew whenever one is shown, stored nowhere.

A ticket says audience, office and week, and carries a number that only the server's key makes from the talk (or from
staff member, office and month): the same talk has the same ticket, and nobody who reads the database can tell which
talk a spent one was of. A mark, made likewise, is the same in all tickets of one person in one office, so that answers
of too few people are not counted. The seal keeps it all from being made up.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass

from nahbar.scheduling.models import Appointment
from nahbar.surveys.figures import Audience
from nahbar.surveys.keys import keys_for
from nahbar.surveys.rules import local_day, month_of, week_of

VERSION = 1
# Version, audience, office, the week's Monday as a day number, the talk's number, the person's mark.
SHAPE = struct.Struct(">BBIL12s8s")
MARK_BYTES = 8
SEAL_BYTES = 21
# 51 bytes are 68 characters without a rest: one ticket has one spelling.
TICKET = re.compile(r"[A-Za-z0-9_-]{68}")
AUDIENCES = {Audience.CLIENTS: 1, Audience.STAFF: 2}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket with a right seal says."""

    audience: Audience
    office: int
    week: dt.date
    mark: bytes
    hash: str


def ticket_of_talk(appointment: Appointment) -> str:
    """The ticket of a talk's client; whether the talk took place is the caller's to ask."""
    office, week = appointment.jobcenter_id, week_of(local_day(appointment.starts_at))
    person = f"client:{appointment.client.public_id}:{office}"
    return _ticket(Audience.CLIENTS, office, week, about=f"talk:{appointment.public_id}", person=person)


def ticket_of_staff(*, staff: int, office: int, day: dt.date) -> str:
    """The ticket of a staff member in an office for the day's month."""
    month, person = month_of(day), f"staff:{staff}:{office}"
    return _ticket(Audience.STAFF, office, week_of(month), about=f"{person}:{month:%Y-%m}", person=person)


def read_ticket(token: str) -> Ticket | None:
    """What the ticket says; None without a right seal. Whether it is spent or over is not asked here."""
    if not TICKET.fullmatch(token):
        return None
    whole = base64.urlsafe_b64decode(token)
    said, seal = whole[: SHAPE.size], whole[SHAPE.size :]
    matches = [hmac.compare_digest(seal, _seal(said, key)) for key in keys_for("ticket")]
    if not any(matches):
        return None
    version, audience, office, day, _number, mark = SHAPE.unpack(said)
    known = {number: audience for audience, number in AUDIENCES.items()}
    if version != VERSION or audience not in known:
        return None
    return Ticket(known[audience], office, dt.date.fromordinal(day), mark, hash_of(token))


def hash_of(token: str) -> str:
    """What is kept of a spent ticket. It has more than enough unknown bits for a plain hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _ticket(audience: Audience, office: int, week: dt.date, *, about: str, person: str) -> str:
    number = hmac.digest(keys_for("number")[0], about.encode(), hashlib.sha256)[:12]
    mark = hmac.digest(keys_for("mark")[0], person.encode(), hashlib.sha256)[:MARK_BYTES]
    said = SHAPE.pack(VERSION, AUDIENCES[audience], office, week.toordinal(), number, mark)
    return base64.urlsafe_b64encode(said + _seal(said, keys_for("ticket")[0])).decode()


def _seal(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, said, hashlib.sha256)[:SEAL_BYTES]
