"""Keys of this room, each for one purpose, derived from the keys of the links, which no database holds.

They rotate with them: the first makes, all are recognised.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def keys_for(purpose: str) -> list[bytes]:
    """A key of 256 bits for each link key in force, the one to make with first."""
    text = f"nahbar.survey:{purpose}".encode()
    return [hmac.digest(key.encode(), text, hashlib.sha256) for key in settings.NAHBAR_LINK_KEYS]
