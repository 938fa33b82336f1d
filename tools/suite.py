"""Run the suite on SQLite, then on PostgreSQL; end with pytest's own summaries, the worst one last.

What needs no browser is shared by as many processes as there are cores. Journeys carry browsers, media and servers of
their own and are driven one at a time. They take most of the time and look at pages, not at the database: on
PostgreSQL the chain alone is driven, on SQLite every one of them. With arguments for pytest, both run just those.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

from tests.servers import PostgreSQLServer
from tools.console import REPO, say

SUMMARY = re.compile(r"^(?:=+ )?(?:\d+ (?:passed|failed|skipped|error|xf|deselected)|no tests ran).* in [\d.]+s")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

PROCESSES = min(os.cpu_count() or 1, 4)
QUICK = ["-n", str(PROCESSES), "--ignore=tests/journeys"]
JOURNEYS = ["tests/journeys"]
CHAIN = ["tests/journeys/test_chain.py"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one run ended."""

    database: str
    code: int
    summary: str


def main() -> int:
    """Run both; 0 only if both passed."""
    arguments = sys.argv[1:]
    outcomes = [_run("SQLite", "", part) for part in ([arguments] if arguments else [QUICK, JOURNEYS])]
    with PostgreSQLServer() as server:
        parts = [arguments] if arguments else [QUICK, CHAIN]
        outcomes += [_run("PostgreSQL", server.url(), part) for part in parts]
    outcomes.sort(key=lambda outcome: outcome.code != 0)
    print()
    for outcome in outcomes:
        print(f"{outcome.database}:")
        print(outcome.summary, flush=True)
    return max(outcome.code for outcome in outcomes)


def _run(database: str, url: str, arguments: list[str]) -> Outcome:
    say(f"The suite on {database}.")
    summary = f"=== pytest on {database} ended without a summary ==="
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=REPO,
        env={**os.environ, "NAHBAR_DATABASE": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            plain = COLOUR.sub("", line.strip())
            if SUMMARY.match(plain):
                summary = plain
    # pytest's 5 means it ran no test: that is no success either.
    return Outcome(database=database, code=process.returncode, summary=summary)


if __name__ == "__main__":
    sys.exit(main())
