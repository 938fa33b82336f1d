"""The demo on one machine: one-click sign-in and the outbox page exist only here.

It answers this machine alone; `nahbar.config.checks` refuses any other host.
"""

from nahbar.config.settings.base import *

NAHBAR_DEMO = True
NAHBAR_DEBUG_CALLS = True
ROOT_URLCONF = "nahbar.config.urls_demo"
