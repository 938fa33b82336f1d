"""The counsellor's tablet beside the PC: the same place, picture and sound on one of the two at a time.

A code on the PC lets a tablet in once; whoever takes picture and sound gets a new identity in the room and
the other is put out, so there is never a second presence and no echo.
"""

from __future__ import annotations

import datetime as dt
import secrets
from hmac import compare_digest

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, SYSTEM, About, Action, Actor
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, CodeRefused, NoEntry, Refused
from nahbar.calls.models import TYPED, CallParticipation, SecondDevice
from nahbar.calls.operations import Entry, entry_to, require_enterable
from nahbar.calls.places import (
    audit,
    drop_second_device,
    drop_second_devices,
    locked,
    log_move,
    move_place,
    move_second_device,
    renew_identity,
)
from nahbar.calls.queries import (
    current_place,
    find_second_device,
    paired_device,
    session_stands,
    standing_devices,
)
from nahbar.calls.rules import CODE_LIVES, HAS_RIGHTS, PAIRED, PlaceState, SecondDeviceState
from nahbar.invitations.links import hash_device_key
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import ParticipationRole

SECRET_LENGTH = 12  # 59 bits, for two minutes and one use


def offer_code(*, desk: Desk, appointment: Appointment, session_key: str, now: dt.datetime) -> tuple[SecondDevice, str]:
    """A new code and its secret, which is kept nowhere; an earlier one that nobody used is worth nothing now.

    Raises `Refused(NOT_OPEN)` while the counsellor has no place in a talk. Skipped: whether it is their
    appointment; the caller passed `queries.access_own_appointment`.
    """
    with locked(appointment) as fresh:
        place = current_place(appointment=fresh, role=ParticipationRole.COUNSELLOR)
        if place is None or place.state not in HAS_RIGHTS:
            raise Refused(Closed.NOT_OPEN)
        for unused in standing_devices(place=place).filter(state=SecondDeviceState.OFFERED):
            drop_second_device(device=unused, why="new_code", by=desk.actor, now=now)
        secret = "".join(secrets.choice(TYPED) for _ in range(SECRET_LENGTH))
        device = SecondDevice.objects.create(
            place=place, key_hash=hash_device_key(secret), session_key=session_key, offered_at=now
        )
        role = place.participation.role
        log_move("tablet", call_id=place.call_id, role=role, old="-", new=SecondDeviceState.OFFERED, why="asked")
    return device, secret


def pair(*, public_id: str, secret: str, signed_in: StaffMember | None, now: dt.datetime) -> tuple[SecondDevice, str]:
    """Uses the code up: this tablet belongs to the talk, and its cookie's key is returned. Media stay where they are.

    A tablet that belonged to it before no longer does. Audited either way. Raises `CodeRefused`; the code
    then stays as good as it was.
    """
    known = find_second_device(public_id=public_id)
    try:
        return _pair(known=known, secret=secret, signed_in=signed_in, now=now)
    except CodeRefused as refused:
        _note_refusal(known=known, reason=refused.reason, signed_in=signed_in, now=now)
        raise


def _pair(
    *, known: SecondDevice | None, secret: str, signed_in: StaffMember | None, now: dt.datetime
) -> tuple[SecondDevice, str]:
    if known is None:
        raise CodeRefused(NoEntry.UNKNOWN)
    with locked(known.place.call.appointment) as appointment:
        device = SecondDevice.objects.select_related("place__call", "place__participation__staff").get(pk=known.pk)
        _require_good(device=device, secret=secret, signed_in=signed_in, now=now)
        by = _counsellor(device)
        earlier = paired_device(place=device.place)
        if earlier is not None:
            drop_second_device(device=earlier, why="other_device", by=by, now=now)
        key = secrets.token_urlsafe(32)
        hashed = hash_device_key(key)
        move_second_device(
            device=device, to=SecondDeviceState.READY, why="code", key_hash=hashed, paired_at=now, seen_at=now
        )
        audit(Action.SECOND_DEVICE_JOINED, appointment=appointment, by=by, now=now)
    return device, key


def _require_good(*, device: SecondDevice, secret: str, signed_in: StaffMember | None, now: dt.datetime) -> None:
    if device.paired_at is not None:
        raise CodeRefused(NoEntry.USED)
    if not compare_digest(device.key_hash, hash_device_key(secret)):
        raise CodeRefused(NoEntry.UNKNOWN)
    is_over = device.state != SecondDeviceState.OFFERED or now >= device.offered_at + CODE_LIVES
    if is_over or not session_stands(device=device, now=now):
        raise CodeRefused(NoEntry.EXPIRED)
    if signed_in is not None and signed_in != device.place.participation.staff:
        raise CodeRefused(NoEntry.OTHER_PERSON)


def _counsellor(device: SecondDevice) -> Actor:
    staff = device.place.participation.staff
    assert staff is not None  # only counsellors' places have a second device
    return Actor("staff", str(staff.public_id))


def _note_refusal(
    *, known: SecondDevice | None, reason: NoEntry, signed_in: StaffMember | None, now: dt.datetime
) -> None:
    record(
        action=Action.DENIED,
        by=Actor("staff", str(signed_in.public_id)) if signed_in else ANONYMOUS,
        office=known.place.call.appointment.jobcenter.slug if known else "",
        about=About("second_device", known.public_id if known else "unknown"),
        detail={"reason": reason.value},
        now=now,
    )


def take(*, device: SecondDevice, now: dt.datetime) -> None:
    """Picture and sound come to the tablet; the PC is put out of the room. Taking twice does nothing more.

    Raises `Refused(ENDED)` when the tablet no longer belongs to the talk.
    """
    with locked(device.place.call.appointment):
        standing = _still_paired(device)
        if standing.state == SecondDeviceState.READY:
            move_second_device(device=standing, to=SecondDeviceState.HOLDING, why="taken", seen_at=now)
            renew_identity(place=standing.place, now=now)


def give_back(*, device: SecondDevice, now: dt.datetime) -> None:
    """The tablet lets go: picture and sound are the PC's again; the talk goes on. Twice does nothing more.

    Raises `Refused(ENDED)` when the tablet no longer belongs to the talk.
    """
    with locked(device.place.call.appointment):
        _let_go(_still_paired(device), why="given_back", now=now)


def fetch(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> None:
    """The PC takes picture and sound back; the tablet stays beside it. Does nothing where no tablet holds them."""
    with locked(appointment) as fresh:
        device = _device_of(fresh)
        if device is not None:
            _let_go(device, why="fetched", now=now)


def drop(*, desk: Desk, appointment: Appointment, now: dt.datetime) -> None:
    """The tablet is out at once, and no code opens the way for one. Twice does nothing more."""
    with locked(appointment) as fresh:
        place = current_place(appointment=fresh, role=ParticipationRole.COUNSELLOR)
        if place is not None:
            drop_second_devices(place=place, why="dropped", by=desk.actor, now=now)


def enter_with_tablet(*, device: SecondDevice, now: dt.datetime) -> Entry:
    """What the tablet's browser needs to connect, in the counsellor's place.

    Raises `Refused` (ENDED, MODE, NOT_OPEN; OTHER_DEVICE while picture and sound are the PC's), or
    `sfu.MediaUnavailable`.
    """
    with locked(device.place.call.appointment) as appointment:
        require_enterable(appointment=appointment, now=now)
        standing = _still_paired(device)
        if standing.state != SecondDeviceState.HOLDING:
            raise Refused(Closed.OTHER_DEVICE)
        place = standing.place
        if place.state == PlaceState.OUT:
            move_place(place=place, to=PlaceState.ADMITTED, why="joined", now=now, gone_at=None)
    sfu.ensure_room(name=place.call.room_name)
    return entry_to(room=place.call.room_name, place=place)


def note_alive(*, device: SecondDevice, now: dt.datetime) -> None:
    """The tablet's page is there; its counsellor's page tells when it no longer is."""
    SecondDevice.objects.filter(pk=device.pk).update(seen_at=now)


def drop_orphans(*, place: CallParticipation, now: dt.datetime) -> None:
    """A session that ended by itself takes its tablet along, as signing out does."""
    if any(not session_stands(device=device, now=now) for device in standing_devices(place=place)):
        with locked(place.call.appointment):
            drop_second_devices(place=place, why="session_over", by=SYSTEM, now=now)


def _still_paired(device: SecondDevice) -> SecondDevice:
    standing = standing_devices(place=device.place).filter(pk=device.pk, state__in=PAIRED).first()
    if standing is None:
        raise Refused(Closed.ENDED)
    return standing


def _device_of(appointment: Appointment) -> SecondDevice | None:
    place = current_place(appointment=appointment, role=ParticipationRole.COUNSELLOR)
    return paired_device(place=place) if place else None


def _let_go(device: SecondDevice, *, why: str, now: dt.datetime) -> None:
    if device.state == SecondDeviceState.HOLDING:
        move_second_device(device=device, to=SecondDeviceState.READY, why=why)
        renew_identity(place=device.place, now=now)
