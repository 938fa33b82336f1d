"""Waiting, admission, leaving and ending, on a real media server."""

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
from livekit import rtc

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import SYSTEM, Action
from nahbar.calls import sfu
from nahbar.calls.errors import Closed, Refused
from nahbar.calls.models import Call, CallParticipation, CallPresence
from nahbar.calls.operations import (
    admit,
    eject,
    end_call,
    enter_waiting_room,
    join_as_counsellor,
    leave,
    leave_everywhere,
    notice_waiting,
    probe_connection,
)
from nahbar.calls.presence import check_joined, take_webhook, talk_minutes
from nahbar.calls.queries import access_own_appointment, ask_again, waiting_for
from nahbar.calls.reconcile import reconcile
from nahbar.calls.retention import CALLS
from nahbar.calls.rules import CallState, EndReason, PlaceState
from nahbar.consent.operations import withdraw_consent
from nahbar.consent.rules import Purpose
from nahbar.invitations.operations import reissue
from nahbar.jobcenters.rules import Mode
from nahbar.people.queries import NotYours
from nahbar.scheduling import errors as scheduling_errors
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.rules import CancelledBy
from tests.calls.conftest import Peer, consent, until, visit_of
from tests.conftest import Cast, use_media
from tests.factories import at, desk_of, forget
from tests.servers import LiveKitServer

pytestmark = pytest.mark.django_db(transaction=True)
Peers = Callable[[], Peer]


def refusal(work: Callable[[], object]) -> Closed:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.reason


def place(cast: Cast) -> CallParticipation:
    return CallParticipation.objects.get(participation__client=cast.person)


def test_waiting_room_opens_half_an_hour_before(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    early = at("2026-03-03 09:29")
    assert refusal(lambda: enter_waiting_room(visit=visit, now=early)) == Closed.NOT_OPEN
    assert enter_waiting_room(visit=visit, now=at("2026-03-03 09:30")).state == PlaceState.WAITING


def test_no_consent_no_token(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    visit = visit_of(cast, now)
    assert refusal(lambda: enter_waiting_room(visit=visit, now=now)) == Closed.CONSENT
    assert not Call.objects.exists()


def test_by_telephone_there_is_no_waiting_room(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=now)
    visit = visit_of(cast, now)
    assert refusal(lambda: enter_waiting_room(visit=visit, now=now)) == Closed.MODE


def test_a_waiting_token_carries_no_right_and_no_name(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    claims = jwt.decode(entry.token, media.secret, algorithms=["HS256"])
    grants = claims["video"]
    assert (grants["canPublish"], grants["canSubscribe"], grants["canPublishData"]) == (False, False, False)
    assert grants["hidden"] is True
    assert grants["room"] == entry.room
    assert not {"roomAdmin", "roomCreate", "roomList", "roomRecord"} & {k for k, v in grants.items() if v}
    assert not claims.get("name")
    assert not claims.get("metadata")
    assert claims["exp"] - claims["nbf"] <= 600


def test_nothing_arrives_before_admission_and_sound_after(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    consent(cast, now)
    counsellor, client = peers(), peers()
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    counsellor.join(url=media.url, token=mine.token)
    counsellor.speak()
    theirs = enter_waiting_room(visit=visit_of(cast, now), now=now)
    client.join(url=media.url, token=theirs.token)
    # The server leaves the wish to publish without an answer.
    with pytest.raises(TimeoutError):
        client.speak()
    client.say(b"before")
    assert not until(lambda: client.tracks or counsellor.tracks or counsellor.data, 2)
    assert theirs.identity not in counsellor.seen

    assert admit(desk=cast.desk, appointment=cast.appointment, now=now)
    assert until(lambda: client.tracks)
    client.speak()
    assert until(lambda: counsellor.tracks)
    call = Call.objects.get()
    assert (call.state, call.started_at) == (CallState.ACTIVE, now)
    assert place(cast).state == PlaceState.ADMITTED


def test_admitting_twice_does_nothing_more(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    for _ in range(2):
        admit(desk=cast.desk, appointment=cast.appointment, now=now)
    assert AuditEntry.objects.filter(action=Action.ADMITTED).count() == 1


def test_nobody_waits_nobody_is_admitted(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    work = lambda: admit(desk=cast.desk, appointment=cast.appointment, now=now)  # noqa: E731
    assert refusal(work) == Closed.NOBODY_WAITS


def test_a_reload_comes_back_without_a_second_admission(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    first = enter_waiting_room(visit=visit, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    again = enter_waiting_room(visit=visit, now=now)
    assert (again.state, again.identity, again.room) == (PlaceState.ADMITTED, first.identity, first.room)


def test_another_device_takes_a_waiting_place_with_a_new_identity(
    cast: Cast, now: dt.datetime, media: LiveKitServer
) -> None:
    consent(cast, now)
    first = enter_waiting_room(visit=visit_of(cast, now), now=now)
    second = enter_waiting_room(visit=visit_of(cast, now), now=now)
    assert second.identity != first.identity
    assert CallParticipation.objects.filter(participation__client=cast.person).count() == 1


def test_whoever_left_waits_again(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    enter_waiting_room(visit=visit, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    leave(visit=visit, now=now)
    assert place(cast).state == PlaceState.LEFT
    assert enter_waiting_room(visit=visit, now=now).state == PlaceState.WAITING


def test_whoever_was_ejected_stays_out(cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    entry = enter_waiting_room(visit=visit, now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)
    assert eject(desk=cast.desk, appointment=cast.appointment, now=now)
    assert until(lambda: client.gone)
    assert refusal(lambda: enter_waiting_room(visit=visit, now=now)) == Closed.REMOVED
    # The old token leads to a room that is gone; the talk goes on in another.
    with pytest.raises(rtc.ConnectError):
        peers().join(url=media.url, token=entry.token)
    assert join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now).room != entry.room


def test_an_ejection_outlives_the_call_and_ends_with_a_new_link(
    cast: Cast, now: dt.datetime, media: LiveKitServer
) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    enter_waiting_room(visit=visit, now=now)
    eject(desk=cast.desk, appointment=cast.appointment, now=now)
    end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)
    for again in (visit, visit_of(cast, now)):
        assert refusal(partial(enter_waiting_room, visit=again, now=now)) == Closed.REMOVED
    reissue(invitation=cast.invitation, appointment=cast.appointment, by=SYSTEM, now=now)
    cast.invitation.refresh_from_db()
    assert enter_waiting_room(visit=visit_of(cast, now), now=now).state == PlaceState.WAITING


def test_signing_out_and_losing_the_account_end_the_presence(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    counsellor = peers()
    counsellor.join(url=media.url, token=mine.token)
    leave_everywhere(staff=cast.owner, now=now)
    assert until(lambda: counsellor.gone)
    again = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)
    back = peers()
    back.join(url=media.url, token=again.token)
    type(cast.owner).objects.filter(pk=cast.owner.pk).update(is_active=False)
    reconcile(now)
    assert until(lambda: back.gone)


def test_a_stranger_in_the_room_is_put_out(cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    forged = sfu.token(room=entry.room, identity="nobody", rights=sfu.Rights(may_talk=True))
    stranger = peers()
    stranger.join(url=media.url, token=forged)
    check_joined(room=entry.room, identity="nobody", now=now)
    assert until(lambda: stranger.gone)


def test_ending_deletes_the_room_and_the_token_is_worth_nothing(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    entry = enter_waiting_room(visit=visit, now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)
    finish: dict[str, Any] = {
        "appointment": cast.appointment,
        "reason": EndReason.FINISHED,
        "by": cast.desk.actor,
        "now": now,
    }
    assert end_call(**finish)
    assert until(lambda: client.gone)
    assert not end_call(**finish)
    assert not sfu.existing(names=[entry.room])
    with pytest.raises(rtc.ConnectError):
        peers().join(url=media.url, token=entry.token)
    assert AuditEntry.objects.filter(action=Action.CALL_ENDED).count() == 1


def test_withdrawing_while_waiting_ends_the_media_and_leaves_the_appointment(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)
    withdraw_consent(client=cast.person, purpose=Purpose.VIDEO_COUNSELLING, by=SYSTEM, now=now)
    assert until(lambda: client.gone, 2)
    appointment = Appointment.objects.get(pk=cast.appointment.pk)
    assert (appointment.state, appointment.mode) == ("planned", "telephone")


def test_a_talk_that_goes_on_is_neither_moved_nor_cancelled(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    check_joined(room=entry.room, identity=entry.identity, now=now)
    with pytest.raises(scheduling_errors.Refused):
        move_appointment(appointment=cast.appointment, starts_at=at("2026-03-04 10:00"), minutes=30, by=SYSTEM, now=now)
    with pytest.raises(scheduling_errors.Refused):
        cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=now)
    assert Call.objects.get().state == CallState.ACTIVE
    assert Appointment.objects.get(pk=cast.appointment.pk).starts_at == at("2026-03-03 10:00")


def test_an_admission_the_media_server_missed_is_carried_out_by_the_clock(
    cast: Cast, now: dt.datetime, settings: Any, peers: Peers, media: LiveKitServer
) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    assert not admit(desk=cast.desk, appointment=cast.appointment, now=now)
    reconcile(now)
    use_media(settings, media)
    assert [person.may_talk for person in sfu.present(room=entry.room)] == [False]
    reconcile(now)
    assert [person.may_talk for person in sfu.present(room=entry.room)] == [True]


def test_media_server_down_while_arriving_keeps_the_place(
    cast: Cast, now: dt.datetime, settings: Any, media: LiveKitServer
) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    with pytest.raises(sfu.MediaUnavailable):
        enter_waiting_room(visit=visit, now=now)
    assert list(waiting_for(desk=cast.desk)) == [place(cast)]
    use_media(settings, media)
    assert enter_waiting_room(visit=visit, now=now).state == PlaceState.WAITING


def test_a_restarted_media_server_gets_its_rooms_back(cast: Cast, now: dt.datetime, settings: Any) -> None:
    with LiveKitServer() as server:
        use_media(settings, server)
        consent(cast, now)
        entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
        server.kill()
        server.start()
        assert not sfu.existing(names=[entry.room])
        reconcile(now)
        assert sfu.existing(names=[entry.room])


def test_a_lone_hidden_waiting_client_outlives_short_room_timeouts(
    cast: Cast, now: dt.datetime, settings: Any, media: LiveKitServer, peers: Peers
) -> None:
    settings.NAHBAR_ROOM_EMPTY_SECONDS = settings.NAHBAR_ROOM_DEPARTURE_SECONDS = 1
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)
    assert not until(lambda: client.gone, 6)
    assert [person.identity for person in sfu.present(room=entry.room)] == [entry.identity]


def test_ensuring_a_room_twice_keeps_whoever_is_in_it(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    entry = enter_waiting_room(visit=visit, now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)
    sfu.ensure_room(name=entry.room)
    assert not until(lambda: client.gone, 1)


def test_webhooks_note_presence_once_and_in_any_order(
    cast: Cast, now: dt.datetime, media: LiveKitServer, peers: Peers
) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    client = peers()
    client.join(url=media.url, token=entry.token)

    def notice(number: str, kind: str) -> sfu.Notice:
        return sfu.Notice(id=number, kind=kind, room=entry.room, identity=entry.identity)

    # A late "left" of an earlier connection, then "joined", then the same again.
    assert take_webhook(notice=notice("EV1", "participant_left"), now=now)
    assert place(cast).gone_at is None
    assert take_webhook(notice=notice("EV2", "participant_joined"), now=now)
    assert not take_webhook(notice=notice("EV2", "participant_joined"), now=now)
    assert CallPresence.objects.filter(left_at=None).count() == 1
    client.run(client.room.disconnect())
    assert until(lambda: not sfu.present(room=entry.room))
    take_webhook(notice=notice("EV3", "participant_left"), now=now)
    assert CallPresence.objects.get().left_at == now
    assert place(cast).state == PlaceState.WAITING


def test_somebody_who_never_connects_stops_waiting(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    reconcile(now + dt.timedelta(seconds=30))
    assert place(cast).state == PlaceState.WAITING
    reconcile(now + dt.timedelta(seconds=60))
    assert place(cast).state == PlaceState.LEFT
    assert list(waiting_for(desk=cast.desk)) == []


def test_a_forgotten_call_ends_after_its_time(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    entry = enter_waiting_room(visit=visit_of(cast, now), now=now)
    reconcile(at("2026-03-03 11:01"))
    assert Call.objects.get().end_reason == EndReason.FORGOTTEN
    assert not sfu.existing(names=[entry.room])


def test_the_client_is_told_only_once_the_notice_was_shown(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    assert place(cast).noticed_at is None
    notice_waiting(appointment=cast.appointment, now=now)
    assert place(cast).noticed_at == now


def test_only_the_counsellor_of_the_appointment_is_told_and_may_join(
    cast: Cast, now: dt.datetime, media: LiveKitServer
) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    assert len(waiting_for(desk=cast.desk)) == 1
    teammate = desk_of(cast.teammate, cast.office)
    assert list(waiting_for(desk=teammate)) == []
    with pytest.raises(NotYours):
        access_own_appointment(desk=teammate, public_id=cast.appointment.public_id)


@pytest.mark.parametrize(("moment", "seconds"), [("2026-03-03 09:30", 2), ("2026-03-03 09:20", 30)])
def test_staff_pages_ask_often_only_while_somebody_may_come(cast: Cast, moment: str, seconds: int) -> None:
    assert ask_again(desk=cast.desk, waiting=[], now=at(moment)) == seconds


def test_a_probe_room_lets_one_device_try_its_connection_without_rights(media: LiveKitServer, peers: Peers) -> None:
    entry = probe_connection()
    peer = peers()
    peer.join(url=media.url, token=entry.token)
    grants = jwt.decode(entry.token, media.secret, algorithms=["HS256"])["video"]
    assert (grants["canPublish"], grants["canSubscribe"]) == (False, False)


def test_another_device_may_wait_once_the_admitted_one_is_gone(
    cast: Cast, now: dt.datetime, media: LiveKitServer
) -> None:
    consent(cast, now)
    first = enter_waiting_room(visit=visit_of(cast, now), now=now)
    admit(desk=cast.desk, appointment=cast.appointment, now=now)
    CallParticipation.objects.filter(pk=place(cast).pk).update(connected_at=now)
    reconcile(now)
    assert place(cast).state == PlaceState.OUT
    second = enter_waiting_room(visit=visit_of(cast, now), now=now + dt.timedelta(seconds=31))
    assert (second.state, place(cast).state) == (PlaceState.WAITING, PlaceState.WAITING)
    assert second.identity != first.identity


def test_calls_are_forgotten_three_months_after_their_end(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    end_call(appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)
    assert forget(CALLS, now=now + dt.timedelta(days=88)) == 0
    assert forget(CALLS, now=now + dt.timedelta(days=88, seconds=1)) == 1
    assert not CallParticipation.objects.exists()
    assert Appointment.objects.filter(pk=cast.appointment.pk).exists()


def test_whoever_was_ejected_is_not_admitted_by_a_late_click(
    cast: Cast, now: dt.datetime, media: LiveKitServer
) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    eject(desk=cast.desk, appointment=cast.appointment, now=now)
    assert refusal(lambda: admit(desk=cast.desk, appointment=cast.appointment, now=now)) == Closed.REMOVED


def test_the_counsellor_joins_only_when_the_waiting_room_is_open(
    cast: Cast, now: dt.datetime, media: LiveKitServer
) -> None:
    early = now - dt.timedelta(days=6)
    work = partial(join_as_counsellor, desk=cast.desk, appointment=cast.appointment)
    assert refusal(partial(work, now=early)) == Closed.NOT_OPEN
    assert not Call.objects.exists()


def test_minutes_are_those_in_which_both_were_there(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    consent(cast, now)
    visit = visit_of(cast, now)
    theirs = enter_waiting_room(visit=visit, now=now)
    check_joined(room=theirs.room, identity=theirs.identity, now=now)
    start = at("2026-03-03 10:00")
    mine = join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=start)
    check_joined(room=mine.room, identity=mine.identity, now=start)
    admit(desk=cast.desk, appointment=cast.appointment, now=start)
    leave(visit=visit, now=at("2026-03-03 10:05"))
    reconcile(at("2026-03-03 11:31"))
    assert talk_minutes(appointment=cast.appointment, now=at("2026-03-03 12:00")) == 5


def test_a_late_call_is_not_forgotten_while_people_come(cast: Cast, now: dt.datetime, media: LiveKitServer) -> None:
    late = at("2026-03-03 11:10")
    join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=late)
    reconcile(late + dt.timedelta(seconds=5))
    assert Call.objects.get().state == CallState.OPEN


@pytest.mark.parametrize("attempt", range(6))
def test_ending_and_admitting_at_the_same_moment_always_ends(
    cast: Cast, now: dt.datetime, media: LiveKitServer, attempt: int
) -> None:
    consent(cast, now)
    enter_waiting_room(visit=visit_of(cast, now), now=now)
    together = Barrier(2)

    def at_once(work: Callable[[], object]) -> None:
        together.wait(5)
        try:
            with contextlib.suppress(Refused):
                work()
        finally:
            connection.close()

    let_in = partial(admit, desk=cast.desk, appointment=cast.appointment, now=now)
    end = partial(end_call, appointment=cast.appointment, reason=EndReason.FINISHED, by=SYSTEM, now=now)
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(at_once, let_in), threads.submit(at_once, end)]:
            done.result(20)
    assert Call.objects.get().state == CallState.ENDED
    assert place(cast).state == PlaceState.LEFT
