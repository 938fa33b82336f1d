"""The suite: fixed secrets, the database from NAHBAR_DATABASE or an SQLite file."""

import os
import tempfile
from pathlib import Path

_here = Path(tempfile.gettempdir()) / f"nahbar-test-{os.getuid()}"
_here.mkdir(exist_ok=True)
for _name, _value in {
    "NAHBAR_SECRET_KEY": "test-" * 12,
    "NAHBAR_LINK_KEYS": "link-key-of-the-suite-0123456789abcdef",
    "NAHBAR_BASE_URL": "http://localhost",
    "NAHBAR_HOSTS": "localhost,127.0.0.1,testserver",
    "NAHBAR_DATABASE": f"sqlite:///{_here}/dev.sqlite3",
    "NAHBAR_LIVEKIT_URL": "ws://127.0.0.1:7880",
    "NAHBAR_LIVEKIT_API_URL": "http://127.0.0.1:7880",
    "NAHBAR_LIVEKIT_KEY": "test-key",
    "NAHBAR_LIVEKIT_SECRET": "test-secret-test-secret-test-secret",
    "NAHBAR_CONTACT_PHONE": "040 66969-0",
    "NAHBAR_MAIL_FROM": "Jobcenter <noreply@example.org>",
}.items():
    # Empty counts as not set: `make test` passes an empty NAHBAR_DATABASE for SQLite.
    os.environ[_name] = os.environ.get(_name) or _value

import django.conf.locale  # noqa: E402

from nahbar.config.settings.base import *  # noqa: E402

NAHBAR_DEMO = False
NAHBAR_DEBUG_CALLS = True
# Passkeys on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# A file, not memory: threads and processes of the suite share it.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(_here / f"test-{os.getpid()}.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LANGUAGES = [*LANGUAGES, ("qps", "Pseudo")]
django.conf.locale.LANG_INFO["qps"] = {"bidi": True, "code": "qps", "name": "Pseudo", "name_local": "Pseudo"}
LANGUAGES_BIDI = ["qps"]
