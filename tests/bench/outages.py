"""P10: how long after the network the sound is back."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.bench.far import MOBILE, Talk, home, talk
from tests.bench.figures import Figure, middle, spread
from tests.lines.conditions import Conditions

OUTAGE_SECONDS = 10
CUT, MOVED, KILLED = 1.0, 3.5, 8.0
PATIENCE = 40
# Notes when packets of sound arrive, ten times a second, over whatever connection there is then.
SAMPLER = """() => {
    window.sound = [];
    let last = "";
    setInterval(async () => {
        const {inbound} = await window.nahbar.stats();
        const sound = inbound.filter(({kind}) => kind === "audio");
        const counted = sound.map(({ssrc, packetsReceived}) => `${ssrc} ${packetsReceived}`);
        if (sound.length && counted.join() !== last) window.sound.push(Date.now());
        last = counted.join();
    }, 100);
}"""
# Sound is there when packets came in three samples within half a second: not the last that a queue held.
SAMPLES, WITHIN_MS = 3, 500


def measure(*, quick: bool) -> list[Figure]:
    """One talk in which both always speak, and the network fails in each way again and again."""
    times = 1 if quick else 5
    with talk(speaking=True) as running:
        for page in running.pages:
            page.evaluate(SAMPLER)
        cut = [_cut(running) for _ in range(times)]
        moved = [_move(running, number) for number in range(times)]
        killed = [_kill(running) for _ in range(times)]
    return [
        _figure(f"after {OUTAGE_SECONDS} s without a line", cut, CUT),
        _figure("after a change of address", moved, MOVED),
        _figure("after a killed media server answers again", killed, KILLED),
    ]


def _cut(running: Talk) -> float:
    running.line.become(Conditions(cut=True))
    running.wait(OUTAGE_SECONDS)
    now = _now(running.phone)
    running.line.become(MOBILE)
    return _back(running, now)


def _move(running: Talk, number: int) -> float:
    now = _now(running.phone)
    if number % 2:
        home(running.line)
    else:
        running.line.move_phone("10.77.0.77")
    return _back(running, now)


def _kill(running: Talk) -> float:
    running.stack.livekit.kill()
    running.wait(2)
    running.stack.livekit.start()
    return _back(running, _now(running.phone))


def _back(running: Talk, begun: float) -> float:
    """Seconds from then until sound comes again, on the side that waits longer; and a rest."""
    running.wait(4)
    found = max(_first(page, begun) for page in running.pages)
    running.wait(8)
    return found


def _first(page: Page, begun: float) -> float:
    enough = f"""(begun) => {{
        const come = window.sound.filter((at) => at > begun + 200);
        const start = come.findIndex((at, number) => come[number + {SAMPLES - 1}] - at < {WITHIN_MS});
        return start < 0 ? null : come[start] - begun;
    }}"""
    for _ in range(PATIENCE * 2):
        found = page.evaluate(enough, begun)
        if found is not None:
            return float(found) / 1000
        page.wait_for_timeout(500)
    return float(PATIENCE)


def _now(page: Page) -> float:
    return float(page.evaluate("Date.now()"))


def _figure(what: str, seconds: list[float], at_most: float) -> Figure:
    return Figure(
        id="P10",
        what=f"sound is back on both sides {what}",
        value=middle(seconds),
        unit="s",
        at_most=at_most,
        note=f"spread {spread(seconds)}; {PATIENCE} means never",
    )
