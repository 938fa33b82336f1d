"""The suite's settings, with the outbox page of the demo and static files no build takes away meanwhile."""

import os
from pathlib import Path

from nahbar.config.settings.test import *  # noqa: F403

ROOT_URLCONF = "nahbar.config.urls_demo"
# As if it were opened to a phone: its page offers the file, which nobody loads here.
NAHBAR_DEMO_AUTHORITY = "demo-authority.pem"
STATIC_ROOT = Path(os.environ["NAHBAR_PICTURES_STATIC"])
