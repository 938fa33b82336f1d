"""The demo on one machine: one-click sign-in and the outbox page exist only here.

It answers this machine alone; `nahbar.config.checks` refuses any other host but one named on purpose.
"""

from nahbar.config.settings import environment
from nahbar.config.settings.base import *

NAHBAR_DEMO = True
NAHBAR_DEBUG_CALLS = True
# Passkeys on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# `make demo HOST=…` opens it to others, and says so.
NAHBAR_DEMO_HOST = environment.text("NAHBAR_DEMO_HOST", default="")
ROOT_URLCONF = "nahbar.config.urls_demo"
