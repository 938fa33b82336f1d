"""What the tools say: a line per step, a clock for long ones, one clear sentence when something fails.

Runs on the system's Python before any package is installed, so it uses the standard library only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

REPO = Path(__file__).resolve().parent.parent
TAIL_LINES = 15


def say(sentence: str) -> None:
    """Print one line on standard error, so that a tool's standard output stays its result."""
    print(f"nahbar: {sentence}", file=sys.stderr, flush=True)


def fail(sentence: str) -> NoReturn:
    """Stop with one sentence that says what is wrong and what to do."""
    say(sentence)
    sys.exit(1)


def run(
    step: str,
    command: Sequence[str | Path],
    *,
    otherwise: str,
    cwd: Path = REPO,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a long command quietly but visibly alive; if it fails, show its last lines and `otherwise`."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            fail(f"{command[0]} does not start ({error.strerror}). {otherwise}")
        _wait(process, step, started)
        if process.returncode:
            log.seek(0)
            sys.stderr.writelines(log.readlines()[-TAIL_LINES:])
            fail(otherwise)


def _wait(process: subprocess.Popen[bytes], step: str, started: float) -> None:
    """Wait for the process: a counting line on a terminal, elsewhere a line every half minute."""
    terminal = sys.stderr.isatty()
    pause = 1 if terminal else 30
    if not terminal:
        say(f"{step} …")
    while True:
        try:
            process.wait(timeout=pause)
            break
        except subprocess.TimeoutExpired:
            _tick(step, time.monotonic() - started, terminal=terminal)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    if terminal:
        print(f"\rnahbar: {step} … {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _tick(step: str, seconds: float, *, terminal: bool) -> None:
    if terminal:
        print(f"\rnahbar: {step} … {seconds:.0f} s", end="", file=sys.stderr, flush=True)
    else:
        say(f"{step} … still at it after {seconds:.0f} s")
