"""The counsellor's tablet: a code lets it in once, and picture and sound are on one of two devices at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import NamedTuple

import jwt
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from livekit.rtc import ConnectError

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, CodeRefused, NoEntry, Refused
from nahbar.calls.models import CallParticipation, CallPresence, SecondDevice
from nahbar.calls.operations import Entry, end_call, join_as_counsellor, leave_everywhere
from nahbar.calls.presence import check_joined
from nahbar.calls.queries import access_second_device
from nahbar.calls.reconcile import reconcile
from nahbar.calls.rules import CODE_LIVES, EndReason, PlaceState
from nahbar.calls.second_device import drop, enter_with_tablet, fetch, give_back, offer_code, pair, take
from nahbar.people.models import StaffMember
from tests.calls.conftest import Peer, until
from tests.conftest import Cast
from tests.servers import LiveKitServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]
Peers = Callable[[], Peer]


@pytest.fixture
def session(cast: Cast) -> str:
    """The counsellor's sign-in on the PC."""
    store = SessionStore()
    store.create()
    assert store.session_key
    return str(store.session_key)


@pytest.fixture
def entry(cast: Cast, now: dt.datetime, media: LiveKitServer) -> Entry:
    """The PC is in the talk."""
    return join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)


class Pc(NamedTuple):
    """The counsellor's PC, in the talk on a real media server."""

    session: str
    entry: Entry
    media: LiveKitServer


@pytest.fixture
def pc(session: str, entry: Entry, media: LiveKitServer) -> Pc:
    """It."""
    return Pc(session, entry, media)


def offer(cast: Cast, session: str, now: dt.datetime) -> tuple[str, str]:
    device, secret = offer_code(desk=cast.desk, appointment=cast.appointment, session_key=session, now=now)
    return device.public_id, secret


def paired(cast: Cast, session: str, now: dt.datetime, signed_in: StaffMember | None = None) -> SecondDevice:
    public_id, secret = offer(cast, session, now)
    return pair(public_id=public_id, secret=secret, signed_in=signed_in, now=now)[0]


def why_not(work: Callable[[], object]) -> NoEntry:
    with pytest.raises(CodeRefused) as caught:
        work()
    return caught.value.reason


def refusal(work: Callable[[], object]) -> Closed:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.reason


def states() -> list[str]:
    return list(SecondDevice.objects.order_by("pk").values_list("state", flat=True))


def place_of(cast: Cast) -> CallParticipation:
    return CallParticipation.objects.get(participation__staff=cast.owner)


def in_room(cast: Cast) -> set[str]:
    return {person.identity for person in sfu.present(room=place_of(cast).call.room_name)}


@pytest.mark.usefixtures("entry")
def test_a_code_opens_once_and_its_secret_is_kept_nowhere(cast: Cast, session: str, now: dt.datetime) -> None:
    public_id, secret = offer(cast, session, now)
    device, key = pair(public_id=public_id, secret=secret, signed_in=None, now=now)
    assert why_not(lambda: pair(public_id=public_id, secret=secret, signed_in=None, now=now)) is NoEntry.USED
    row = SecondDevice.objects.values().get()
    assert (row["state"], secret in str(row), key in str(row)) == ("ready", False, False)
    assert access_second_device(public_id=public_id, key=key, now=now) == device
    assert [access_second_device(public_id=public_id, key=wrong, now=now) for wrong in ("", secret)] == [None, None]
    joined = AuditEntry.objects.get(action=Action.SECOND_DEVICE_JOINED)
    assert (joined.actor_id, joined.object_id) == (str(cast.owner.public_id), str(cast.appointment.public_id))


@pytest.mark.usefixtures("entry")
def test_two_tablets_with_one_code_at_once_are_one_tablet(cast: Cast, session: str, now: dt.datetime) -> None:
    public_id, secret = offer(cast, session, now)
    together = Barrier(2)

    def tablet() -> str:
        together.wait(5)
        try:
            return pair(public_id=public_id, secret=secret, signed_in=None, now=now)[0].state
        except CodeRefused as refused:
            return refused.reason.value
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = [done.result(20) for done in [threads.submit(tablet), threads.submit(tablet)]]
    assert sorted(answers) == ["ready", "used"]
    assert AuditEntry.objects.filter(action=Action.SECOND_DEVICE_JOINED).count() == 1


@pytest.mark.usefixtures("entry")
def test_a_code_refuses_and_stays_good_for_the_right_one(cast: Cast, session: str, now: dt.datetime) -> None:
    public_id, secret = offer(cast, session, now)
    tries: list[tuple[str, str, StaffMember | None, dt.datetime]] = [
        (public_id, "22222222", None, now),
        ("zzzzzzzz", secret, None, now),
        (public_id, secret, cast.colleague, now),
        (public_id, secret, None, now + CODE_LIVES),
    ]
    assert [
        why_not(lambda one=one: pair(public_id=one[0], secret=one[1], signed_in=one[2], now=one[3]))  # type: ignore[misc]
        for one in tries
    ] == [NoEntry.UNKNOWN, NoEntry.UNKNOWN, NoEntry.OTHER_PERSON, NoEntry.EXPIRED]
    denied = AuditEntry.objects.filter(action=Action.DENIED).order_by("pk")
    assert [one.detail["reason"] for one in denied] == ["unknown", "unknown", "other_person", "expired"]
    assert pair(public_id=public_id, secret=secret, signed_in=cast.owner, now=now)[0].state == "ready"


@pytest.mark.usefixtures("entry")
def test_a_new_code_ends_the_one_before(cast: Cast, session: str, now: dt.datetime) -> None:
    first, secret = offer(cast, session, now)
    offer(cast, session, now)
    assert why_not(lambda: pair(public_id=first, secret=secret, signed_in=None, now=now)) is NoEntry.EXPIRED
    assert states() == ["dropped", "offered"]


def test_no_code_before_the_counsellor_is_in_the_talk(cast: Cast, session: str, now: dt.datetime) -> None:
    assert refusal(lambda: offer(cast, session, now)) == Closed.NOT_OPEN


def test_a_code_of_a_session_that_ended_is_worth_nothing(
    cast: Cast, session: str, now: dt.datetime, entry: Entry
) -> None:
    public_id, secret = offer(cast, session, now)
    SessionStore(session).delete()
    assert why_not(lambda: pair(public_id=public_id, secret=secret, signed_in=None, now=now)) is NoEntry.EXPIRED


def test_picture_and_sound_are_on_one_of_two_devices(cast: Cast, now: dt.datetime, pc: Pc, peers: Peers) -> None:
    browser, tablet, again = peers(), peers(), peers()
    entry = pc.entry
    browser.join(url=pc.media.url, token=entry.token)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    device = paired(cast, pc.session, now)
    assert refusal(lambda: enter_with_tablet(device=device, now=now)) == Closed.OTHER_DEVICE
    assert in_room(cast) == {entry.identity}

    for _twice in range(2):
        take(device=device, now=now)
    assert until(lambda: browser.gone)
    assert refusal(lambda: join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)) == (
        Closed.OTHER_DEVICE
    )
    theirs = enter_with_tablet(device=device, now=now)
    tablet.join(url=pc.media.url, token=theirs.token)
    check_joined(room=theirs.room, identity=theirs.identity, now=now)
    again.join(url=pc.media.url, token=entry.token)  # what the PC still had
    reconcile(now)
    assert until(lambda: in_room(cast) == {theirs.identity})
    assert CallPresence.objects.filter(left_at=None).count() == 1
    grants = jwt.decode(theirs.token, pc.media.secret, algorithms=["HS256"])["video"]
    assert (theirs.room, grants["canPublish"], grants["hidden"]) == (entry.room, True, False)

    for _twice in range(2):
        fetch(desk=cast.desk, appointment=cast.appointment, now=now)
    assert until(lambda: tablet.gone)
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    assert len({entry.identity, theirs.identity, mine.identity}) == 3
    assert (states(), place_of(cast).state) == (["ready"], PlaceState.ADMITTED)


def test_the_tablet_gives_back_and_takes_again(cast: Cast, session: str, now: dt.datetime, entry: Entry) -> None:
    device = paired(cast, session, now)
    for work, state in ((take, "holding"), (give_back, "ready"), (give_back, "ready"), (take, "holding")):
        work(device=device, now=now)
        assert states() == [state]


def test_a_second_tablet_takes_the_place_of_the_first(cast: Cast, session: str, now: dt.datetime, entry: Entry) -> None:
    first = paired(cast, session, now)
    take(device=first, now=now)
    held = place_of(cast).identity
    paired(cast, session, now)
    assert states() == ["dropped", "ready"]
    assert place_of(cast).identity != held
    assert refusal(lambda: take(device=first, now=now)) == Closed.ENDED


def _end(cast: Cast, now: dt.datetime, session: str) -> None:
    end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)


def _sign_out(cast: Cast, now: dt.datetime, session: str) -> None:
    leave_everywhere(staff=cast.owner, now=now)


def _disable(cast: Cast, now: dt.datetime, session: str) -> None:
    StaffMember.objects.filter(pk=cast.owner.pk).update(is_active=False)
    reconcile(now)


def _session_over(cast: Cast, now: dt.datetime, session: str) -> None:
    SessionStore(session).delete()
    reconcile(now)


def _drop(cast: Cast, now: dt.datetime, session: str) -> None:
    drop(desk=cast.desk, appointment=cast.appointment, now=now)


@pytest.mark.parametrize("ends", [_end, _sign_out, _disable, _session_over, _drop])
def test_the_tablet_is_out_at_once_and_stays_out(
    ends: Callable[[Cast, dt.datetime, str], None],
    cast: Cast,
    now: dt.datetime,
    pc: Pc,
    peers: Peers,
) -> None:
    public_id, secret = offer(cast, pc.session, now)
    device, key = pair(public_id=public_id, secret=secret, signed_in=None, now=now)
    take(device=device, now=now)
    tablet = peers()
    theirs = enter_with_tablet(device=device, now=now)
    tablet.join(url=pc.media.url, token=theirs.token)
    check_joined(room=theirs.room, identity=theirs.identity, now=now)
    for _twice in range(2):
        ends(cast, now, pc.session)
    assert until(lambda: tablet.gone)
    again = peers()
    with pytest.raises(ConnectError):
        again.join(url=pc.media.url, token=theirs.token)
    assert states() == ["dropped"]
    assert SecondDevice.objects.get().session_key == ""
    assert access_second_device(public_id=public_id, key=key, now=now) is None
    assert refusal(lambda: enter_with_tablet(device=device, now=now)) == Closed.ENDED
    assert place_of(cast).identity != theirs.identity
    assert AuditEntry.objects.filter(action=Action.SECOND_DEVICE_LEFT).count() == 1
    assert not CallPresence.objects.filter(left_at=None).exists()


def test_one_line_for_every_move(
    cast: Cast, session: str, now: dt.datetime, entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    device = paired(cast, session, now)
    take(device=device, now=now)
    fetch(desk=cast.desk, appointment=cast.appointment, now=now)
    drop(desk=cast.desk, appointment=cast.appointment, now=now)
    call = place_of(cast).call_id
    assert [record.getMessage() for record in caplog.records] == [
        f"tablet call={call} role=counsellor from={old} to={new} why={why}"
        for old, new, why in (
            ("-", "offered", "asked"),
            ("offered", "ready", "code"),
            ("ready", "holding", "taken"),
            ("holding", "ready", "fetched"),
            ("ready", "dropped", "dropped"),
        )
    ]
