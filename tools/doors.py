"""P14: how long the doors take from a clean clone. `make doors`, with WHAT="cached cold test" to choose.

cached  make demo until a page can be used, LiveKit's binary in the cache
cold    the same without that binary, nor anything the package tools had kept
test    make test
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from tools.console import REPO, fail, say
from tools.livekit import find_or_build


class Door(NamedTuple):
    """A measurement and what it is held to (performance.md, P14)."""

    what: str
    minutes: int


DOORS = {
    "cached": Door("make demo to a usable page, LiveKit cached", 5),
    "cold": Door("make demo to a usable page, nothing cached", 10),
    "test": Door("make test", 15),
}


# Where pip, uv, npm and Go keep what they fetched and built.
CACHES = ("PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache", "GOCACHE", "GOMODCACHE")


def main(names: list[str]) -> int:
    """Measure each named door in a clone of its own; 1 if one is too slow."""
    unknown = [name for name in names if name not in DOORS]
    if unknown:
        fail(f"Unknown: {', '.join(unknown)}. There are {', '.join(DOORS)}.")
    figures = [_figure(name) for name in names or ["cached"]]
    print(json.dumps(figures, indent=2))
    return int(any(figure["verdict"] == "too slow" for figure in figures))


def _figure(name: str) -> dict[str, str | float]:
    door = DOORS[name]
    say(f"Measuring {door.what} …")
    with tempfile.TemporaryDirectory(prefix="nahbar-doors-") as folder:
        clone, home = Path(folder) / "clone", Path(folder) / "home"
        subprocess.run(["git", "clone", "--quiet", str(REPO), str(clone)], check=True)
        if name == "cached":
            (home / "bin").mkdir(parents=True)
            binary = find_or_build()
            shutil.copy(binary, home / "bin" / binary.name)
        environment = {**os.environ, "NAHBAR_HOME": str(home)}
        if name == "cold":
            environment |= {variable: str(home / variable.lower()) for variable in CACHES}
        started = time.monotonic()
        if name == "test":
            subprocess.run(["make", "test"], cwd=clone, check=True)
        else:
            _until_usable(clone, environment)
        minutes = (time.monotonic() - started) / 60
    verdict = "ok" if minutes <= door.minutes else "too slow"
    return {"what": door.what, "goal_minutes": door.minutes, "minutes": round(minutes, 2), "verdict": verdict}


def _until_usable(clone: Path, environment: dict[str, str]) -> None:
    """Start the demo as a person would, return when a page behind the sign-in answers; then end it."""
    links = clone / "var" / "demo.json"
    process = subprocess.Popen(
        ["make", "demo"], cwd=clone, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not links.exists():
            if process.poll() is not None:
                fail("make demo ended before it was ready.")
            time.sleep(0.2)
        with urllib.request.urlopen(json.loads(links.read_text())["sign_in"]["counsellor"]) as page:  # noqa: S310
            page.read()
    finally:
        # What Ctrl-C does: the signal reaches make and the demo, in the group that is theirs alone.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
