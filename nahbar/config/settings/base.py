"""Settings that hold everywhere. What differs between machines comes from the environment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import django.conf.locale
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from nahbar.config.settings import environment

BASE_DIR = Path(__file__).resolve().parents[3]

SECRET_KEY = environment.secret(
    "NAHBAR_SECRET_KEY", at_least=50, hint="Set it to at least 50 random characters; it signs sessions."
)
NAHBAR_LINK_KEYS = environment.words("NAHBAR_LINK_KEYS")
NAHBAR_BASE_URL = environment.text(
    "NAHBAR_BASE_URL", hint="Set it to the address people open, for example https://beratung.example.de"
).rstrip("/")
ALLOWED_HOSTS = environment.words("NAHBAR_HOSTS")
CSRF_TRUSTED_ORIGINS = [NAHBAR_BASE_URL] if NAHBAR_BASE_URL.startswith("https://") else []
DEBUG = False

DATABASES = {"default": environment.database("NAHBAR_DATABASE")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where browsers connect to; behind our proxy the pages' own origin.
NAHBAR_LIVEKIT_URL = environment.text("NAHBAR_LIVEKIT_URL", default=NAHBAR_BASE_URL.replace("http", "ws", 1))
NAHBAR_LIVEKIT_API_URL = environment.text("NAHBAR_LIVEKIT_API_URL", hint="The address this server calls, http://…")
NAHBAR_LIVEKIT_KEY = environment.text("NAHBAR_LIVEKIT_KEY", hint="The key in the media server's `keys`.")
NAHBAR_LIVEKIT_SECRET = environment.secret(
    "NAHBAR_LIVEKIT_SECRET", at_least=32, hint="The secret beside that key, at least 32 characters."
)
# How long a room outlives its last visitor; somebody may wait alone for half an hour.
NAHBAR_ROOM_EMPTY_SECONDS = environment.number("NAHBAR_ROOM_EMPTY_SECONDS", default=3600)
NAHBAR_ROOM_DEPARTURE_SECONDS = environment.number("NAHBAR_ROOM_DEPARTURE_SECONDS", default=3600)
# The media server's own TURN, as browsers reach it. They are told of it and of nothing else.
NAHBAR_TURN_HOST = environment.text("NAHBAR_TURN_HOST", default="")
NAHBAR_TURN_UDP_PORT = environment.number("NAHBAR_TURN_UDP_PORT", default=3478)
NAHBAR_TURN_TLS_PORT = environment.number("NAHBAR_TURN_TLS_PORT", default=443)

# A file, away from the database's backups, that remembers by public id who was erased (docs/operate/).
NAHBAR_ERASURE_LEDGER = environment.text("NAHBAR_ERASURE_LEDGER", default="")

# Shown where no office is known: a broken link, a page that does not exist.
NAHBAR_CONTACT = {
    "name": environment.text("NAHBAR_CONTACT_NAME", default="Jobcenter"),
    "phone": environment.text("NAHBAR_CONTACT_PHONE", hint="A number people can call when a link is broken."),
    "mail": environment.text("NAHBAR_CONTACT_MAIL", default=""),
}

EMAIL_HOST = environment.text("NAHBAR_SMTP_HOST", default="localhost")
EMAIL_PORT = environment.number("NAHBAR_SMTP_PORT", default=25)
EMAIL_HOST_USER = environment.text("NAHBAR_SMTP_USER", default="")
EMAIL_HOST_PASSWORD = environment.text("NAHBAR_SMTP_PASSWORD", default="")
EMAIL_USE_TLS = environment.flag("NAHBAR_SMTP_TLS", default=False)
# The outbox's lease must outlast a whole conversation: about seven steps.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("NAHBAR_MAIL_FROM", hint="For example Jobcenter <noreply@example.de>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_linear_migrations",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "nahbar.audit",
    "nahbar.outbox",
    "nahbar.jobcenters",
    "nahbar.people",
    "nahbar.consent",
    "nahbar.scheduling",
    "nahbar.invitations",
    "nahbar.calls",
    "nahbar.surveys",
    "nahbar.reporting",
    "nahbar.onboarding",
    "nahbar.web",
    "nahbar.config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "nahbar.web.shared.middleware.headers",
    "nahbar.web.shared.middleware.nameless",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "nahbar.web.shared.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nahbar.web.shared.middleware.session_limits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "nahbar.config.urls"
WSGI_APPLICATION = "nahbar.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "nahbar/web/shared/templates",
            BASE_DIR / "nahbar/web/client/templates",
            BASE_DIR / "nahbar/web/counsellor/templates",
            BASE_DIR / "nahbar/web/lead/templates",
            BASE_DIR / "nahbar/web/office/templates",
            BASE_DIR / "nahbar/web/demo/templates",
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "nahbar.web.shared.context.page",
            ],
        },
    }
]

# Messages name clients: they stay on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- sign-in -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.StaffMember"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "nahbar.web.shared.accounts.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
# How many proxies of our own stand in front: whose address a limit counts is read from what they add.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("NAHBAR_TRUSTED_PROXIES", default=0)
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "nahbar.web.shared.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Nahbar"
# One step either way: clocks of telephones differ.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Addresses are confirmed by the invitation that reached them, not by allauth.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Single sign-on; without an issuer there is none.
NAHBAR_OIDC_ISSUER = environment.text("NAHBAR_OIDC_ISSUER", default="")
NAHBAR_OIDC_CLIENT_ID = environment.text("NAHBAR_OIDC_CLIENT_ID", default="")
NAHBAR_OIDC_CLIENT_SECRET = environment.text("NAHBAR_OIDC_CLIENT_SECRET", default="")
NAHBAR_OIDC_NAME = environment.text("NAHBAR_OIDC_NAME", default="Anmeldedienst")
NAHBAR_OIDC_SCOPES = environment.words("NAHBAR_OIDC_SCOPES", default="openid,profile,email")
NAHBAR_OIDC_GROUPS_CLAIM = environment.text("NAHBAR_OIDC_GROUPS_CLAIM", default="groups")
SOCIALACCOUNT_ADAPTER = "nahbar.web.shared.oidc.SingleSignOn"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Staff sessions end after this without a click (polling does not count), and at the latest after that.
NAHBAR_STAFF_IDLE = dt.timedelta(hours=2)
NAHBAR_STAFF_ABSOLUTE = dt.timedelta(hours=12)
SESSION_COOKIE_AGE = int(NAHBAR_STAFF_ABSOLUTE.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "nahbar.web.shared.errors.csrf_failure"
NAHBAR_DEVICE_COOKIE = "nahbar-device"
NAHBAR_TABLET_COOKIE = "nahbar-tablet"
# Conveniences of the demo and of tests; the settings of those two alone switch them on.
NAHBAR_DEMO = False
NAHBAR_DEMO_AUTHORITY = ""
NAHBAR_DEBUG_CALLS = False

# --- languages -----------------------------------------------------------------------------------
LANGUAGE_CODE = "de"
LANGUAGES: list[tuple[str, Any]] = [("de", _("Deutsch")), ("de-simple", _("Einfache Sprache"))]
django.conf.locale.LANG_INFO["de-simple"] = {
    "bidi": False,
    "code": "de-simple",
    "name": "Plain German",
    "name_local": "Einfache Sprache",
}
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "nahbar-language"
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
USE_I18N = True

# --- files, cache, tasks -------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build/collected"
STATICFILES_DIRS = [BASE_DIR / "build/static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "nahbar.web.shared.staticfiles.Storage"},
}
# Shared between processes, so that rate limits hold for all of them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "nahbar_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- security ------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
# Other sites get nothing. Not "no-referrer": browsers then send forms with `Origin: null`, which the
# check against forged requests rightly refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# At the same origin the socket's address alone: older Safari does not count it as 'self'.
_LIVEKIT_SOURCES = [NAHBAR_LIVEKIT_URL]
if NAHBAR_LIVEKIT_URL.replace("ws", "http", 1) != NAHBAR_BASE_URL:
    # livekit-client asks the same server over HTTP why a connection was refused.
    _LIVEKIT_SOURCES.append(NAHBAR_LIVEKIT_URL.replace("ws", "http", 1))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "connect-src": [SELF, *_LIVEKIT_SOURCES],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "nahbar.config.logs.Discreet",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "nahbar": {"level": "INFO"},
        "django_tasks": {"level": "WARNING"},
        # Paths of client pages hold invitation ids; a 404 or 403 is audited, not logged.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
