"""Production: HTTPS everywhere, everything from the environment."""

from nahbar.config.settings.base import *

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-nahbar-session"
CSRF_COOKIE_NAME = "__Host-nahbar-csrf"
NAHBAR_DEVICE_COOKIE = "__Host-nahbar-device"
