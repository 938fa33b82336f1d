"""The media server, LiveKit: the only module that knows its API.

Commands are synchronous, take a few milliseconds, and raise `MediaUnavailable` when the server does
not answer. Tokens live for minutes and carry a random identity and no name. No admin, list, record
or create grant ever reaches a browser.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from django.conf import settings
from livekit import api
from livekit.api.twirp_client import ServerError

from nahbar.calls.rules import PROBE_MINUTES, TOKEN_MINUTES

Answer = TypeVar("Answer")
COMMAND_SECONDS = 4
WEBHOOK_MAX_AGE = dt.timedelta(minutes=10)


class MediaUnavailable(Exception):
    """The media server did not do what was asked; the clock will try again."""


class WebhookRefused(Exception):
    """The webhook was not signed by our media server, or is too old."""


@dataclass(frozen=True)
class Rights:
    """What a participant may do in a room. Waiting people have none and are hidden."""

    may_talk: bool

    def permission(self) -> api.ParticipantPermission:
        """LiveKit's form of it."""
        return api.ParticipantPermission(
            can_publish=self.may_talk,
            can_subscribe=self.may_talk,
            can_publish_data=self.may_talk,
            hidden=not self.may_talk,
        )


@dataclass(frozen=True)
class Present:
    """Somebody the media server has in a room."""

    identity: str
    may_talk: bool


@dataclass(frozen=True)
class Notice:
    """A verified webhook, reduced to what the application acts on."""

    id: str
    kind: str
    room: str
    identity: str


def token(*, room: str, identity: str, rights: Rights, minutes: int = TOKEN_MINUTES) -> str:
    """A token for one browser."""
    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=rights.may_talk,
        can_subscribe=rights.may_talk,
        can_publish_data=rights.may_talk,
        can_update_own_metadata=False,
        hidden=not rights.may_talk,
    )
    access = api.AccessToken(settings.NAHBAR_LIVEKIT_KEY, settings.NAHBAR_LIVEKIT_SECRET)
    return access.with_identity(identity).with_grants(grants).with_ttl(dt.timedelta(minutes=minutes)).to_jwt()


def ensure_room(*, name: str) -> None:
    """Creates the room; the same name again changes nothing."""
    request = api.CreateRoomRequest(
        name=name,
        empty_timeout=settings.NAHBAR_ROOM_EMPTY_SECONDS,
        departure_timeout=settings.NAHBAR_ROOM_DEPARTURE_SECONDS,
    )
    _run(lambda service: service.create_room(request))


def ensure_probe_room(*, name: str) -> None:
    """A room for one device that tries its connection; it goes by itself."""
    request = api.CreateRoomRequest(
        name=name, empty_timeout=PROBE_MINUTES * 60, departure_timeout=1, max_participants=1
    )
    _run(lambda service: service.create_room(request))


def delete_room(*, name: str) -> None:
    """Ends the room for everybody; a room that is gone already is fine."""
    _run(lambda service: service.delete_room(api.DeleteRoomRequest(room=name)), missing_is_fine=True)


def set_rights(*, room: str, identity: str, rights: Rights) -> None:
    """Raises or takes rights of somebody in the room; nothing happens when they are not there yet."""
    request = api.UpdateParticipantRequest(room=room, identity=identity, permission=rights.permission())
    _run(lambda service: service.update_participant(request), missing_is_fine=True)


def remove(*, room: str, identity: str) -> None:
    """Puts somebody out. Their token would let them in again: `check_joined` and the clock see to that."""
    request = api.RoomParticipantIdentity(room=room, identity=identity)
    _run(lambda service: service.remove_participant(request), missing_is_fine=True)


def present(*, room: str) -> list[Present]:
    """Who is in the room, hidden ones included; empty when there is no such room."""
    answer = _run(
        lambda service: service.list_participants(api.ListParticipantsRequest(room=room)), missing_is_fine=True
    )
    people = answer.participants if answer else []
    return [Present(identity=person.identity, may_talk=person.permission.can_publish) for person in people]


def existing(*, names: Collection[str]) -> set[str]:
    """Which of these rooms the media server has; one question for all of them."""
    if not names:
        return set()
    answer = _run(lambda service: service.list_rooms(api.ListRoomsRequest(names=list(names))))
    return {room.name for room in answer.rooms} if answer else set()


def read_webhook(*, body: bytes, authorization: str) -> Notice:
    """Checks signature and body hash and returns the notice. Raises `WebhookRefused`."""
    verifier = api.TokenVerifier(settings.NAHBAR_LIVEKIT_KEY, settings.NAHBAR_LIVEKIT_SECRET)
    try:
        event = api.WebhookReceiver(verifier).receive(body.decode(), authorization)
    except Exception as error:  # noqa: BLE001  (the library raises bare Exceptions, and JWT's own)
        # Its message may hold the token: only the kind of error goes on.
        raise WebhookRefused(type(error).__name__) from None
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromtimestamp(event.created_at, dt.UTC)
    if age > WEBHOOK_MAX_AGE or not event.id:
        raise WebhookRefused("too old or without id")
    return Notice(id=event.id, kind=event.event, room=event.room.name, identity=event.participant.identity)


def _run(command: Callable[[Any], Awaitable[Answer]], *, missing_is_fine: bool = False) -> Answer | None:
    async def talk() -> Answer:
        async with api.LiveKitAPI(
            settings.NAHBAR_LIVEKIT_API_URL,
            settings.NAHBAR_LIVEKIT_KEY,
            settings.NAHBAR_LIVEKIT_SECRET,
            failover=False,
        ) as livekit:
            # The library takes a timeout and does not keep it: a firewall would hold us for two minutes.
            return await asyncio.wait_for(command(livekit.room), COMMAND_SECONDS)

    try:
        return asyncio.run(talk())
    except ServerError as error:
        if missing_is_fine and error.code == "not_found":
            return None
        # Whose key it does not know, LiveKit answers without a code.
        raise MediaUnavailable("unauthenticated" if error.status == 401 else error.code) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise MediaUnavailable(type(error).__name__) from None
