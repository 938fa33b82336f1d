"""The suite's settings, with the outbox page of the demo and static files no build takes away meanwhile."""

import os
from pathlib import Path

from nahbar.config.settings.test import *  # noqa: F403

ROOT_URLCONF = "nahbar.config.urls_demo"
STATIC_ROOT = Path(os.environ["NAHBAR_PICTURES_STATIC"])
