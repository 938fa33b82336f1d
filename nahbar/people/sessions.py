"""Where somebody is signed in, and the end of it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action, Actor
from nahbar.people.events import sessions_ended
from nahbar.people.models import StaffMember, StaffSession


def note_session(*, staff: StaffMember, session_key: str, browser: str, now: dt.datetime) -> None:
    """Somebody signed in; noting it twice does nothing more."""
    values = {"staff": staff, "browser": browser, "began_at": now}
    StaffSession.objects.update_or_create(session_key=session_key, defaults=values)


def open_sessions(staff: StaffMember, *, now: dt.datetime) -> list[StaffSession]:
    """Those that are not over, newest first."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    return list(StaffSession.objects.filter(Exists(alive), staff=staff))


def move_session(*, old: str, new: str) -> None:
    """A session has another key from now on; it is still listed, and can be ended."""
    StaffSession.objects.filter(session_key=old).update(session_key=new)


@transaction.atomic
def end_session(*, staff: StaffMember, public_id: uuid.UUID, now: dt.datetime) -> bool:
    """Ends one of one's own sessions, and whatever talk they are in; False when there was none. Audited.

    Sends `sessions_ended`.
    """
    found = StaffSession.objects.filter(staff=staff, public_id=public_id).first()
    if found is None:
        return False
    Session.objects.filter(session_key=found.session_key).delete()
    found.delete()
    _note(staff, by=Actor("staff", str(staff.public_id)), count=1, now=now)
    sessions_ended.send(StaffMember, staff=staff, now=now)
    return True


@transaction.atomic
def end_sessions(*, staff: StaffMember, by: Actor, now: dt.datetime, but: str = "") -> int:
    """Ends every session but the one with key `but`, and with them whatever talk they are in. Audited.

    Sends `sessions_ended`, unless one session stays and no other was there.
    """
    ended = StaffSession.objects.filter(staff=staff).exclude(session_key=but)
    Session.objects.filter(session_key__in=ended.values_list("session_key", flat=True)).delete()
    count, _rows = ended.delete()
    if count:
        _note(staff, by=by, count=count, now=now)
    if count or not but:
        sessions_ended.send(StaffMember, staff=staff, now=now)
    return count


def _note(staff: StaffMember, *, by: Actor, count: int, now: dt.datetime) -> None:
    about = About("staff", str(staff.public_id))
    record(action=Action.SESSION_ENDED, by=by, office="", about=about, detail={"count": count}, now=now)
