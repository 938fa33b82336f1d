"""What holds wherever a proxy of our own ends TLS: in production, and in the demo that is open to others."""

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-nahbar-session"
CSRF_COOKIE_NAME = "__Host-nahbar-csrf"
NAHBAR_DEVICE_COOKIE = "__Host-nahbar-device"
