"""Production: HTTPS everywhere, everything from the environment."""

from nahbar.config.settings import environment
from nahbar.config.settings.base import *

# Read in base, where none is assumed. Here that must be said: behind a proxy nobody told of, a whole
# office is one caller, and everybody is locked out after the first few.
environment.text(
    "NAHBAR_TRUSTED_PROXIES",
    hint="Set it to the number of proxies of your own in front, usually 1; 0 when browsers reach this server directly.",
)

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-nahbar-session"
CSRF_COOKIE_NAME = "__Host-nahbar-csrf"
NAHBAR_DEVICE_COOKIE = "__Host-nahbar-device"
