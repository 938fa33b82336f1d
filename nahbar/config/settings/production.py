"""Production: HTTPS everywhere, everything from the environment."""

from nahbar.config.settings import environment
from nahbar.config.settings.base import *
from nahbar.config.settings.https import *

# Read in base, where none is assumed. Here that must be said: behind a proxy nobody told of, a whole
# office is one caller, and everybody is locked out after the first few.
environment.text(
    "NAHBAR_TRUSTED_PROXIES",
    hint="Set it to the number of proxies of your own in front, usually 1; 0 when browsers reach this server directly.",
)

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
