"""The demo on one machine: one-click sign-in and the outbox page exist only here.

It answers this machine alone; `nahbar.config.checks` refuses any other host but one named on purpose.
"""

from nahbar.config.settings import environment
from nahbar.config.settings.base import *

NAHBAR_DEMO = True
NAHBAR_DEBUG_CALLS = True
# Passkeys on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# `make demo HOST=…` opens it to others, over HTTPS, and says so.
NAHBAR_DEMO_HOST = environment.text("NAHBAR_DEMO_HOST", default="")
# The authority that signed the proxy's certificate, for phones to install.
NAHBAR_DEMO_AUTHORITY = environment.text("NAHBAR_DEMO_AUTHORITY", default="")
if NAHBAR_BASE_URL.startswith("https://"):
    from nahbar.config.settings.https import *
ROOT_URLCONF = "nahbar.config.urls_demo"
