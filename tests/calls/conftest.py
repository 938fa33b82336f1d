"""A real media server for the calls' tests, and people who join it without a browser."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from livekit import rtc

from nahbar.audit.rules import SYSTEM
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Route
from nahbar.invitations.links import secret_of
from nahbar.invitations.operations import open_link, prove
from nahbar.invitations.queries import Visit, access_visit
from tests.conftest import Cast

Answer = TypeVar("Answer")


def visit_of(cast: Cast, now: dt.datetime, *, device_key: str = "") -> Visit:
    """A new device that opened and proved the link of `cast.person`."""
    invitation = cast.invitation
    secret = secret_of(public_id=invitation.public_id, generation=invitation.generation)
    opened = open_link(public_id=invitation.public_id, secret=secret, device_key=device_key, now=now)
    prove(device=opened.device, digits=cast.person.birth_date.strftime("%d%m"), now=now)
    visit = access_visit(public_id=invitation.public_id, device_key=opened.device_key)
    assert visit is not None
    return visit


def consent(cast: Cast, now: dt.datetime) -> None:
    """The person's consent to video."""
    give_consent(client=cast.person, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)


class Peer:
    """Somebody in a room, on an event loop of their own; counts what *arrives* at them."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.room = self.run(self._make_room())
        self.tracks: list[str] = []
        self.data: list[bytes] = []
        self.gone: list[str] = []
        self.seen: list[str] = []

    async def _make_room(self) -> rtc.Room:
        return rtc.Room(loop=self.loop)

    def join(self, *, url: str, token: str) -> None:
        """Connects; raises `rtc.ConnectError` when refused."""
        self.room.on("track_subscribed", lambda track, *_: self.tracks.append(str(track.kind)))
        self.room.on("data_received", lambda packet: self.data.append(packet.data))
        self.room.on("disconnected", lambda reason: self.gone.append(str(reason)))
        self.room.on("participant_connected", lambda person: self.seen.append(person.identity))
        self.run(self.room.connect(url, token))
        self.seen.extend(self.room.remote_participants)

    def run(self, work: Coroutine[Any, Any, Answer], seconds: float = 15) -> Answer:
        """Runs `work` on the peer's loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def speak(self) -> None:
        """Publishes a sound track; raises when the server does not allow it."""

        async def publish() -> None:
            source = rtc.AudioSource(48_000, 1)
            track = rtc.LocalAudioTrack.create_audio_track("sound", source)
            await asyncio.wait_for(self.room.local_participant.publish_track(track), 3)
            self._feeding = asyncio.ensure_future(self._feed(source))

        self.run(publish())

    async def _feed(self, source: rtc.AudioSource) -> None:
        frame = rtc.AudioFrame(b"\x10\x10" * 480, 48_000, 1, 480)
        while True:
            await source.capture_frame(frame)

    def say(self, data: bytes) -> None:
        """Sends a data message; without the right the server drops it."""
        self.run(self.room.local_participant.publish_data(data))

    def leave(self) -> None:
        """Goes, and ends the loop."""
        try:
            self.run(self._go(), 5)
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(5)
            self.loop.close()

    async def _go(self) -> None:
        await self.room.disconnect()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture
def peers() -> Iterator[Callable[[], Peer]]:
    """Makes peers and has them leave at the end."""
    made: list[Peer] = []

    def make() -> Peer:
        made.append(Peer())
        return made[-1]

    yield make
    for peer in made:
        peer.leave()


def until(condition: Callable[[], object], seconds: float = 8) -> bool:
    """Whether `condition` became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
