"""Another device of the same link asks to go on with a talk; only the office lets it. On a real media server."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import jwt
import pytest
from django.db import connection

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import Call, CallParticipation, CallPresence, TakeOver
from nahbar.calls.operations import (
    Entry,
    admit,
    eject,
    end_call,
    enter_waiting_room,
    join_as_counsellor,
    leave,
    notice_waiting,
)
from nahbar.calls.presence import check_joined, note_left, take_webhook
from nahbar.calls.queries import asking_of, is_in_talk_elsewhere
from nahbar.calls.reconcile import reconcile
from nahbar.calls.rules import EndReason, PlaceState, TakeOverState
from nahbar.calls.takeover import admit_takeover, refuse_takeover
from nahbar.invitations.operations import reissue
from nahbar.invitations.queries import Visit
from tests.calls.conftest import Peer, consent, until, visit_of
from tests.conftest import Cast, use_media
from tests.factories import at, desk_of
from tests.servers import LiveKitServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]
Peers = Callable[[], Peer]


def refusal(work: Callable[[], object]) -> Closed:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.reason


def place_of(cast: Cast) -> CallParticipation:
    return CallParticipation.objects.get(participation__client=cast.person)


def in_talk(cast: Cast, now: dt.datetime) -> tuple[Visit, Entry]:
    """The person's phone is in the talk."""
    consent(cast, now)
    phone = visit_of(cast, now)
    entry = enter_waiting_room(visit=phone, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    return phone, entry


def asks(visit: Visit, now: dt.datetime) -> Entry:
    """The device asks, and its line stands."""
    asked = enter_waiting_room(visit=visit, now=now)
    check_joined(room=asked.room, identity=asked.identity, now=now)
    return asked


def lets(cast: Cast, now: dt.datetime) -> bool:
    return admit_takeover(desk=cast.desk, appointment=cast.appointment, now=now)


def states() -> list[str]:
    return list(TakeOver.objects.order_by("pk").values_list("state", flat=True))


def test_asking_gives_no_right_and_leaves_the_place_where_it_is(cast: Cast, now: dt.datetime, media: Any) -> None:
    phone, first = in_talk(cast, now)
    asked = enter_waiting_room(visit=visit_of(cast, now), now=now)
    grants = jwt.decode(asked.token, media.secret, algorithms=["HS256"])["video"]
    assert (asked.state, asked.room) == (TakeOverState.ASKING, first.room)
    assert (grants["canPublish"], grants["canSubscribe"], grants["canPublishData"]) == (False, False, False)
    assert grants["hidden"] is True
    place = place_of(cast)
    assert (place.state, place.device_id, place.identity) == (PlaceState.ADMITTED, phone.device.pk, first.identity)


def test_asking_again_is_the_same_request(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    tablet = visit_of(cast, now)
    answers = [enter_waiting_room(visit=tablet, now=now).identity for _ in range(3)]
    assert (len(set(answers)), states()) == (1, ["asking"])
    assert AuditEntry.objects.filter(action=Action.DEVICE_ASKED).count() == 1


def test_a_third_device_does_not_ask_while_another_does(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    third = visit_of(cast, now)
    assert refusal(lambda: enter_waiting_room(visit=third, now=now)) == Closed.ELSEWHERE
    assert states() == ["asking"]


def test_the_talk_goes_on_with_the_device_that_was_let_in(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    counsellor, phone, tablet = peers(), peers(), peers()
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    counsellor.join(url=media.url, token=mine.token)
    counsellor.speak()
    _visit, first = in_talk(cast, now)
    phone.join(url=media.url, token=enter_waiting_room(visit=_visit, now=now).token)
    check_joined(room=first.room, identity=first.identity, now=now)
    second = visit_of(cast, now)
    asked = enter_waiting_room(visit=second, now=now)
    tablet.join(url=media.url, token=asked.token)
    check_joined(room=asked.room, identity=asked.identity, now=now)
    reconcile(now)
    assert not until(lambda: tablet.tracks or phone.gone, 2)
    assert asked.identity not in counsellor.seen

    later = now + dt.timedelta(minutes=5)
    assert lets(cast, later)

    # The talk has another room now, of which the first device never learns.
    assert until(lambda: phone.gone and tablet.gone and counsellor.gone)
    back = enter_waiting_room(visit=second, now=later)
    assert (back.state, back.identity, back.room == first.room) == (PlaceState.ADMITTED, asked.identity, False)
    here, there = peers(), peers()
    here.join(url=media.url, token=join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=later).token)
    here.speak()
    there.join(url=media.url, token=back.token)
    there.speak()
    assert until(lambda: here.tracks and there.tracks)
    check_joined(room=back.room, identity=back.identity, now=later)
    place = place_of(cast)
    assert (place.state, place.device_id, place.identity) == (PlaceState.ADMITTED, second.device.pk, asked.identity)
    spans = list(CallPresence.objects.filter(place=place).order_by("pk").values_list("joined_at", "left_at"))
    assert spans == [(now, later), (later, None)]


def test_the_first_device_comes_back_only_by_asking(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    phone, first = in_talk(cast, now)
    asks(visit_of(cast, now), now)
    lets(cast, now)
    asked = peers()
    again = enter_waiting_room(visit=phone, now=now)
    asked.join(url=media.url, token=again.token)
    reconcile(now)
    assert [person.may_talk for person in sfu.present(room=again.room)] == [False]
    # Its earlier token has rights for minutes, in a room that is no more.
    old_token = sfu.token(room=first.room, identity=first.identity, rights=sfu.Rights(may_talk=True))
    with pytest.raises(Exception, match=r"(?i)connect|not found|404"):
        peers().join(url=media.url, token=old_token)
    assert states() == ["admitted", "asking"]


def test_admitting_twice_at_once_moves_the_place_once(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    asked = asks(visit_of(cast, now), now)
    together = Barrier(2)

    def window() -> bool:
        together.wait(5)
        try:
            return lets(cast, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = [done.result(20) for done in [threads.submit(window), threads.submit(window)]]
    assert answers == [True, True]
    assert place_of(cast).identity == asked.identity
    assert AuditEntry.objects.filter(action=Action.DEVICE_CHANGED).count() == 1


def test_admitting_and_refusing_at_once_does_one_of_both(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    asked = asks(visit_of(cast, now), now)
    together = Barrier(2)

    def window(decide: Callable[[], object]) -> None:
        together.wait(5)
        try:
            with contextlib.suppress(Refused):
                decide()
        finally:
            connection.close()

    no = partial(refuse_takeover, desk=cast.desk, appointment=cast.appointment, now=now)
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(window, partial(lets, cast, now)), threads.submit(window, no)]:
            done.result(20)
    moved = place_of(cast).identity == asked.identity
    assert states() == ["admitted" if moved else "refused"]


def test_a_refused_device_asks_no_more_and_is_put_out(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    in_talk(cast, now)
    tablet = visit_of(cast, now)
    asked = enter_waiting_room(visit=tablet, now=now)
    peer = peers()
    peer.join(url=media.url, token=asked.token)
    for _twice in range(2):
        refuse_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    assert until(lambda: peer.gone)
    assert refusal(lambda: enter_waiting_room(visit=tablet, now=now)) == Closed.ELSEWHERE
    assert refusal(lambda: lets(cast, now)) == Closed.NOBODY_ASKS
    back = peers()
    back.join(url=media.url, token=asked.token)
    reconcile(now)
    assert until(lambda: back.gone)
    assert AuditEntry.objects.filter(action=Action.DEVICE_REFUSED).count() == 1


def test_a_refused_device_waits_once_the_first_has_hung_up(cast: Cast, now: dt.datetime) -> None:
    phone, _entry = in_talk(cast, now)
    tablet = visit_of(cast, now)
    enter_waiting_room(visit=tablet, now=now)
    refuse_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    leave(visit=phone, now=now)
    assert enter_waiting_room(visit=tablet, now=now).state == PlaceState.WAITING


def test_hanging_up_on_the_device_that_asks_drops_the_request_only(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    tablet = visit_of(cast, now)
    enter_waiting_room(visit=tablet, now=now)
    leave(visit=tablet, now=now)
    assert (states(), place_of(cast).state) == (["dropped"], PlaceState.ADMITTED)
    assert enter_waiting_room(visit=tablet, now=now).state == TakeOverState.ASKING


@pytest.mark.parametrize("end", ["hang_up", "eject", "end_call"])
def test_nobody_asks_for_a_talk_that_is_over(cast: Cast, now: dt.datetime, end: str) -> None:
    phone, _entry = in_talk(cast, now)
    tablet = visit_of(cast, now)
    enter_waiting_room(visit=tablet, now=now)
    if end == "hang_up":
        leave(visit=phone, now=now)
    elif end == "eject":
        eject(desk=cast.desk, appointment=cast.appointment, now=now)
    else:
        end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)
    assert (states(), list(asking_of(desk=cast.desk))) == (["dropped"], [])
    assert refusal(lambda: lets(cast, now)) == Closed.NOBODY_ASKS


def test_a_barred_link_asks_nothing(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    tablet = visit_of(cast, now)
    eject(desk=cast.desk, appointment=cast.appointment, now=now)
    assert refusal(lambda: enter_waiting_room(visit=tablet, now=now)) == Closed.REMOVED
    assert states() == []


def test_a_device_that_is_out_gives_way_to_one_that_waits(cast: Cast, now: dt.datetime) -> None:
    _visit, entry = in_talk(cast, now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    tablet = visit_of(cast, now)
    enter_waiting_room(visit=tablet, now=now)
    reconcile(now)
    assert place_of(cast).state == PlaceState.OUT
    # A blip is no invitation to somebody with a forwarded link.
    assert enter_waiting_room(visit=tablet, now=now + dt.timedelta(seconds=29)).state == TakeOverState.ASKING
    assert enter_waiting_room(visit=tablet, now=now + dt.timedelta(seconds=31)).state == PlaceState.WAITING
    assert states() == ["dropped"]


def test_a_refused_device_gets_no_place_when_the_line_of_the_first_breaks(cast: Cast, now: dt.datetime) -> None:
    _visit, entry = in_talk(cast, now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    tablet = visit_of(cast, now)
    asks(tablet, now)
    refuse_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    reconcile(now)
    assert place_of(cast).state == PlaceState.OUT
    for seconds in (1, 300):
        again = partial(enter_waiting_room, visit=tablet, now=now + dt.timedelta(seconds=seconds))
        assert refusal(again) == Closed.ELSEWHERE
    assert is_in_talk_elsewhere(visit=tablet)


def test_after_two_refusals_no_device_asks_any_more(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    for _device in range(2):
        asks(visit_of(cast, now), now)
        refuse_takeover(desk=cast.desk, appointment=cast.appointment, now=now)
    third = visit_of(cast, now)
    assert refusal(lambda: enter_waiting_room(visit=third, now=now)) == Closed.ELSEWHERE


def test_asking_without_end_is_ended(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    tablet = visit_of(cast, now)
    for _time in range(5):
        enter_waiting_room(visit=tablet, now=now)
        leave(visit=tablet, now=now)
    assert refusal(lambda: enter_waiting_room(visit=tablet, now=now)) == Closed.ELSEWHERE
    assert states() == ["dropped"] * 5


def test_a_device_with_an_older_link_makes_room_for_the_new_one(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    asks(visit_of(cast, now), now)
    reissue(invitation=cast.invitation, appointment=cast.appointment, by=cast.desk.actor, now=now)
    assert list(asking_of(desk=cast.desk)) == []
    assert refusal(lambda: lets(cast, now)) == Closed.NOBODY_ASKS
    assert asks(visit_of(cast, now), now).state == TakeOverState.ASKING
    assert states() == ["dropped", "asking"]


def test_a_device_without_a_line_is_not_let_in(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    assert refusal(lambda: lets(cast, now)) == Closed.NOBODY_ASKS
    assert list(asking_of(desk=cast.desk)) == []


def test_a_request_is_granted_while_the_first_device_is_out(cast: Cast, now: dt.datetime) -> None:
    _visit, entry = in_talk(cast, now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    tablet = visit_of(cast, now)
    enter_waiting_room(visit=tablet, now=now)
    reconcile(now)
    asked = asks(tablet, now)
    assert lets(cast, now)
    place = place_of(cast)
    assert (place.state, place.identity) == (PlaceState.ADMITTED, asked.identity)


def test_without_a_connection_a_request_is_dropped(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    reconcile(now + dt.timedelta(seconds=44))
    assert states() == ["asking"]
    reconcile(now + dt.timedelta(seconds=46))
    assert states() == ["dropped"]


def test_a_device_that_asks_and_goes_is_noted_by_webhooks(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    in_talk(cast, now)
    asked = enter_waiting_room(visit=visit_of(cast, now), now=now)
    peer = peers()
    peer.join(url=media.url, token=asked.token)
    take_webhook(notice=sfu.Notice("EV1", "participant_joined", asked.room, asked.identity), now=now)
    assert not until(lambda: peer.gone, 1)
    note_left(room=asked.room, identity=asked.identity, now=now)
    assert TakeOver.objects.get().connected_at == now
    peer.run(peer.room.disconnect())
    assert until(lambda: not sfu.present(room=asked.room))
    later = now + dt.timedelta(seconds=9)
    take_webhook(notice=sfu.Notice("EV2", "participant_left", asked.room, asked.identity), now=later)
    request = TakeOver.objects.get()
    assert (request.state, request.connected_at, request.gone_at) == ("asking", None, later)
    reconcile(later + dt.timedelta(seconds=46))
    assert states() == ["dropped"]


def test_a_change_the_media_server_missed_is_carried_out_by_the_clock(
    cast: Cast, now: dt.datetime, settings: Any, media: LiveKitServer, peers: Peers
) -> None:
    phone, entry = in_talk(cast, now)
    first, second = peers(), peers()
    first.join(url=media.url, token=enter_waiting_room(visit=phone, now=now).token)
    asked = asks(visit_of(cast, now), now)
    second.join(url=media.url, token=asked.token)
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    assert not lets(cast, now)
    use_media(settings, media)
    reconcile(now)
    assert until(lambda: first.gone and second.gone)
    assert not sfu.existing(names=[entry.room])


def test_the_request_reaches_the_counsellor_and_nobody_else(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    asks(visit_of(cast, now), now)
    assert [request.asked_at for request in asking_of(desk=cast.desk)] == [now]
    for other in (cast.teammate, cast.colleague, cast.team_lead):
        assert list(asking_of(desk=desk_of(other, cast.office))) == []
    notice_waiting(appointment=cast.appointment, now=at("2026-03-03 09:31"))
    assert TakeOver.objects.get().noticed_at == at("2026-03-03 09:31")


def test_without_consent_no_device_goes_on(cast: Cast, now: dt.datetime) -> None:
    in_talk(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    cast.person.consents.update(state="withdrawn")
    assert refusal(lambda: lets(cast, now)) == Closed.CONSENT
    assert (states(), Call.objects.get().state) == (["asking"], "active")


def test_rights_that_a_device_which_asks_has_no_right_to_are_taken_by_the_clock(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    in_talk(cast, now)
    asked = enter_waiting_room(visit=visit_of(cast, now), now=now)
    peer = peers()
    forged = sfu.token(room=asked.room, identity=asked.identity, rights=sfu.Rights(may_talk=True))
    peer.join(url=media.url, token=forged)
    reconcile(now)
    assert sfu.present(room=asked.room) == [sfu.Present(identity=asked.identity, may_talk=False)]
