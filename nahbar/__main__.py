"""`python -m nahbar COMMAND`: Django's commands, with production's settings unless others are named."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nahbar.config.settings.production")
    execute_from_command_line(["python -m nahbar", *sys.argv[1:]])
