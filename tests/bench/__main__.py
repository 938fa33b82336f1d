"""Measure and print: `python -m tests.bench [p1 p2 …] [--quick] [--out FILE]`.

Each part runs in a process and on a database of its own, one after the other, on loopback only. What a part
starts it ends; a part that takes too long is ended as a whole.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, table
from tests.servers import PostgreSQLServer
from tools.console import REPO, say

OUT = REPO / "build" / "bench.json"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A module of this package with a `measure`, and the goals it has figures for."""

    module: str
    goals: tuple[str, ...]
    databases: tuple[str, ...] = ("sqlite",)
    minutes: int = 10


PARTS = (
    Part(module="weight", goals=("p1", "p2")),
    Part(module="old_phone", goals=("p3",)),
    Part(module="admission", goals=("p4",)),
    Part(module="saver", goals=("p5", "p6", "p7", "p8"), minutes=20),
    Part(module="outages", goals=("p10",), minutes=20),
    Part(module="office_year", goals=("p11", "p12", "p18"), databases=("sqlite", "postgresql")),
    Part(module="retention_run", goals=("p15",), databases=("sqlite", "postgresql"), minutes=20),
    Part(module="many_people", goals=("p16", "p17"), databases=("sqlite", "postgresql"), minutes=20),
    Part(module="figures_page", goals=("p19",), databases=("sqlite", "postgresql"), minutes=20),
    Part(module="figures_year", goals=("p20", "p21"), databases=("sqlite", "postgresql"), minutes=20),
    Part(module="contention", goals=("p11",), databases=("sqlite", "postgresql"), minutes=40),
)
GOALS = sorted({goal for part in PARTS for goal in part.goals}, key=lambda goal: int(goal[1:]))


def main() -> int:
    """Measure what was asked for; 1 if a goal was missed, 2 if a part did not come to its end."""
    asked = _arguments()
    # Ended from outside, the part that runs is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun, load = dt.datetime.now(dt.UTC), os.getloadavg()[0]
    figures: list[Figure] = []
    failed: list[str] = []
    for part in PARTS:
        if not set(part.goals) & set(asked.goals):
            continue
        for database in part.databases:
            try:
                found = _measure(part, database, quick=asked.quick)
            except (subprocess.SubprocessError, OSError) as error:
                say(f"{part.module} on {database}: {error}")
                failed.append(f"{part.module} on {database}")
            else:
                figures += [figure for figure in found if figure.id.lower() in asked.goals]
    figures.sort(key=lambda figure: int(figure.id[1:]))
    _write(asked.out, figures, quick=asked.quick, begun=begun, load=load)
    sys.stdout.write(f"{table(figures)}\n\nLoad when it began: {load:.1f}. Written to {asked.out}.\n")
    if failed:
        say(f"Without figures: {', '.join(failed)}.")
        return 2
    return int(any(figure.verdict == "missed" for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="The figures of docs/performance.md.")
    parser.add_argument("goals", nargs="*", metavar="goal", type=str.lower, help=f"of {', '.join(GOALS)}; all without")
    parser.add_argument("--quick", action="store_true", help="smaller numbers: to try it, not to publish")
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    asked = parser.parse_args()
    unknown = set(asked.goals) - set(GOALS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(GOALS)}")
    asked.goals = asked.goals or GOALS
    return asked


def _measure(part: Part, database: str, *, quick: bool) -> list[Figure]:
    say(f"{', '.join(part.goals)}: {part.module} on {database} …")
    with tempfile.TemporaryDirectory(prefix="nahbar-bench-") as folder, _database(database, Path(folder)) as url:
        out = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "tests.bench.inside", part.module, str(out), *(["--quick"] if quick else [])]
        process = subprocess.Popen(
            command,
            cwd=REPO,
            env={**os.environ, "NAHBAR_DATABASE": url, "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.test"},
            stdin=subprocess.DEVNULL,
        )
        try:
            code = process.wait(part.minutes * 60)
        finally:
            _end(process)
        if code:
            raise subprocess.CalledProcessError(code, command)
        return [Figure(**values) for values in json.loads(out.read_text())]


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite3"
        return
    with PostgreSQLServer() as server:
        yield server.url()


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM lets a part end its own browsers and servers first."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _write(path: Path, figures: list[Figure], *, quick: bool, begun: dt.datetime, load: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }
    content = {
        "date": begun.isoformat(timespec="seconds"),
        "minutes": round((dt.datetime.now(dt.UTC) - begun).total_seconds() / 60, 1),
        "quick": quick,
        "machine": machine,
        "load": {"begin": round(load, 2), "end": round(os.getloadavg()[0], 2)},
        "figures": [figure.as_json() for figure in figures],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


if __name__ == "__main__":
    sys.exit(main())
