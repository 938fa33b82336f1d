"""P5 to P8: what a talk in saver mode costs, and what is left of it on a poor line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.bench.far import MOBILE, Talk, arrived, since, talk
from tests.bench.figures import Figure
from tests.lines.conditions import Conditions

SOUND_MB, PICTURE_MB = 15, 95
FRAMES, SENT_FRAMES = 11.5, 12
CONCEALED_PERCENT = {0: 0.5, 10: 1.0, 20: 3.0}
FALLBACK_SECONDS = 5
# Long enough that the connection has settled on what the line carries.
SETTLING = 12
POOR = {loss: Conditions(rate=150, delay=100, loss=loss) for loss in CONCEALED_PERCENT}
# A picture has stopped when none has come for so long.
STOPPED = 2.0


@dataclass
class Sides:
    """What arrived at each side of a talk in some seconds."""

    seconds: float
    sides: list[dict[str, float]] = field(default_factory=list)

    @property
    def frames(self) -> float:
        """A second, on the worse side."""
        return min(side["framesDecoded"] for side in self.sides) / self.seconds

    @property
    def frozen(self) -> float:
        """Seconds, on both sides together."""
        return sum(side["totalFreezesDuration"] for side in self.sides)

    @property
    def concealed(self) -> float:
        """Percent of the sound that was made up, on the worse side; silence that is made up is none."""
        return max(100 * _invented(side) / max(_heard(side), 1) for side in self.sides)


def _invented(side: dict[str, float]) -> float:
    return side["concealedSamples"] - side["silentConcealedSamples"]


def _heard(side: dict[str, float]) -> float:
    return side["totalSamplesReceived"] - side["silentConcealedSamples"]


def measure(*, quick: bool) -> list[Figure]:
    """One talk: with pictures, over poorer and poorer lines, then without."""
    seconds = 10 if quick else 60
    with talk() as running:
        running.wait(SETTLING)
        picture = _megabytes_an_hour(running, seconds)
        poor = {loss: _over(running, conditions, seconds) for loss, conditions in POOR.items()}
        fallback = _fallback(running, seconds)
        running.cameras_off()
        running.wait(SETTLING)
        sound = _megabytes_an_hour(running, seconds)
    return [
        _cost("P5", "sound only, each speaking half the time", sound, SOUND_MB),
        _cost("P6", "saver video", picture, PICTURE_MB),
        *_pictures(poor[0]),
        *(_concealed(loss, sides) for loss, sides in poor.items()),
        *fallback,
    ]


def _megabytes_an_hour(running: Talk, seconds: float) -> float:
    begun, before = time.monotonic(), running.traffic()
    running.wait(seconds)
    return (running.traffic() - before) / (time.monotonic() - begun) * 3600 / 1_000_000


def _over(running: Talk, conditions: Conditions, seconds: float) -> Sides:
    """A line like this, after it has settled; afterwards an ordinary one for as long."""
    running.line.become(conditions)
    running.wait(SETTLING)
    begun, before = time.monotonic(), [arrived(page) for page in running.pages]
    running.wait(seconds)
    sides = [since(page, earlier) for page, earlier in zip(running.pages, before, strict=True)]
    measured = Sides(seconds=time.monotonic() - begun, sides=sides)
    running.line.become(MOBILE)
    running.wait(SETTLING)
    return measured


def _fallback(running: Talk, seconds: float) -> list[Figure]:
    """Every fifth packet lost from one moment to the next, then an ordinary line."""
    running.line.become(POOR[20])
    gone = _until(running, seconds, lambda quiet: quiet >= STOPPED)
    running.line.become(MOBILE)
    back = _until(running, seconds, lambda quiet: quiet == 0)
    never = f"; {seconds:.0f} s are as long as was waited"
    return [
        Figure(
            id="P8",
            what="20 % lost from one moment to the next: sound only after",
            value=max(gone - STOPPED, 0),
            unit="s",
            at_most=FALLBACK_SECONDS,
            note=f"no picture for {STOPPED:.0f} s on either side{never if gone >= seconds else ''}",
        ),
        Figure(
            id="P8",
            what="…and the line is good again: pictures on both sides after",
            value=back,
            unit="s",
            note=never.removeprefix("; ") if back >= seconds else "",
        ),
    ]


def _until(running: Talk, seconds: float, reached: Callable[[float], bool]) -> float:
    """Seconds until both sides have had no picture for as long as `reached` wants."""
    begun = time.monotonic()
    watches = [Watch(page) for page in running.pages]
    while time.monotonic() - begun < seconds:
        running.wait(0.25)
        if all(reached(watch.quiet()) for watch in watches):
            return time.monotonic() - begun
    return seconds


class Watch:
    """For how long no frame has come to a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames = _frames(page)
        self._moved_at = time.monotonic()

    def quiet(self) -> float:
        """Seconds; none when a frame came since it was asked last."""
        frames = _frames(self._page)
        if frames != self._frames:
            self._frames, self._moved_at = frames, time.monotonic()
            return 0
        return time.monotonic() - self._moved_at


def _frames(page: Page) -> float:
    return sum(stream["framesDecoded"] for stream in arrived(page).values())


def _cost(goal: str, what: str, value: float, at_most: float) -> Figure:
    return Figure(
        id=goal,
        what=f"{what}, an hour and person",
        value=value,
        unit="MB",
        at_most=at_most,
        note="every byte on the phone's line, both ways, with all headers, signalling and polling",
    )


def _pictures(sides: Sides) -> list[Figure]:
    return [
        Figure(
            id="P7",
            what="150 kbit/s, 200 ms: frames a second, worse side",
            value=sides.frames,
            unit="fps",
            at_least=FRAMES,
            note=f"{SENT_FRAMES} are sent",
        ),
        Figure(id="P7", what="…frozen, both sides together", value=sides.frozen, unit="s", at_most=0),
    ]


def _concealed(loss: int, sides: Sides) -> Figure:
    what = f"…with {loss} % lost: sound concealed, worse side" if loss else "…sound concealed, worse side"
    return Figure(
        id="P8" if loss else "P7",
        what=what,
        value=sides.concealed,
        unit="%",
        at_most=CONCEALED_PERCENT[loss],
        note=f"{sides.frames:.1f} frames a second meanwhile, {sides.frozen:.1f} s frozen in {sides.seconds:.0f}",
    )
