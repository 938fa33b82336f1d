"""Build what a browser gets: styles and scripts, compiled messages, collected static files.

Nothing is done when nothing it is made from has changed.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import compile_messages
from tools.console import REPO, run

BUILD = REPO / "build"
STAMP = BUILD / ".built"
# Templates and Python too: what they do not name is purged from the styles.
SOURCES = ("frontend/**/*", "nahbar/**/*.html", "nahbar/**/*.py", "nahbar/**/*.svg", "package-lock.json")


def main() -> None:
    """Build what has changed; some seconds."""
    compile_messages.main()
    state = _state()
    if STAMP.is_file() and STAMP.read_text() == state:
        return
    STAMP.unlink(missing_ok=True)
    run(
        "Building the front end",
        ["node", "frontend/build.mjs"],
        otherwise="The front end could not be built.",
    )
    run(
        "Collecting static files",
        [sys.executable, "-m", "django", "collectstatic", "--noinput", "--clear", "--verbosity=0"],
        otherwise="The static files could not be collected.",
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.test", "PYTHONPATH": str(REPO)},
    )
    STAMP.write_text(state)


def _state() -> str:
    """What the build is made from: each file's name, size and time of its last change."""
    whole = hashlib.sha256()
    for file in sorted(_sources()):
        facts = file.stat()
        whole.update(f"{file.relative_to(REPO)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return whole.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from (file for file in REPO.glob(pattern) if file.is_file())


if __name__ == "__main__":
    main()
