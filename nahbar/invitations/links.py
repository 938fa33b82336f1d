"""Personal links: `/t/<public id>#<secret>`. The secret is derived, never stored.

HMAC-SHA256 over invitation and generation with a key outside the database, so that a reminder or a
reprinted letter can carry the link again while neither database nor outbox holds one. Keys rotate:
the first signs, all verify.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

SECRET_BITS = 144


def secret_of(*, public_id: uuid.UUID, generation: int, key: str | None = None) -> str:
    """The secret of one generation of a link: 24 characters, 144 bits."""
    signing = (key or settings.NAHBAR_LINK_KEYS[0]).encode()
    digest = hmac.new(signing, f"nahbar.link:{public_id}:{generation}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[: SECRET_BITS // 8]).decode()


def is_secret_of(*, candidate: str, public_id: uuid.UUID, generation: int) -> bool:
    """Compares in constant time, with every key in force."""
    given = candidate.encode()
    matches = [
        hmac.compare_digest(given, secret_of(public_id=public_id, generation=generation, key=key).encode())
        for key in settings.NAHBAR_LINK_KEYS
    ]
    return any(matches)


def link_of(*, public_id: uuid.UUID, generation: int) -> str:
    """The whole link as it stands in a mail."""
    secret = secret_of(public_id=public_id, generation=generation)
    return f"{settings.NAHBAR_BASE_URL}/t/{public_id}#{secret}"


def hash_device_key(key: str) -> str:
    """What the database keeps of a device's cookie; the key has 256 bits, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()
