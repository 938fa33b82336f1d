"""Build what a browser gets: styles and scripts, compiled messages, collected static files."""

from __future__ import annotations

import os
import sys

from tools import compile_messages
from tools.console import REPO, run


def main() -> None:
    """Build everything; some seconds."""
    compile_messages.main()
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


if __name__ == "__main__":
    main()
