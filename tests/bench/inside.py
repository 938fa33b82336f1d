"""One part, inside its own process and database: `python -m tests.bench.inside MODULE OUT [--quick]`."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import django
from django.core.management import call_command

# Playwright's sync interface runs an event loop in this thread; our own queries are sync all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def main(module: str, out: str, *options: str) -> None:
    """Make the tables, measure, write the figures."""
    # Ended from outside, everything this part has started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    part = importlib.import_module(f"tests.bench.{module}")
    figures = part.measure(quick="--quick" in options)
    Path(out).write_text(json.dumps([asdict(figure) for figure in figures]))


if __name__ == "__main__":
    main(*sys.argv[1:])
