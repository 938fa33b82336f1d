"""The STUN and TURN servers that browsers are told of: the media server's own, or none."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.conf import settings

# Longer than any talk; whoever comes back is given new ones.
LIFETIME = dt.timedelta(hours=6)
# Whom the credentials are for. They open a way to the media server and nowhere else, so everybody is one.
WHO = "browser"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def ice_servers(*, now: dt.datetime) -> list[dict[str, Any]]:
    """As `RTCPeerConnection` takes them. Without a TURN server the list is empty, and nobody is asked."""
    host = settings.NAHBAR_TURN_HOST
    if not host:
        return []
    username, credential = _credentials(int((now + LIFETIME).timestamp()))
    urls = [
        f"turn:{host}:{settings.NAHBAR_TURN_UDP_PORT}?transport=udp",
        f"turns:{host}:{settings.NAHBAR_TURN_TLS_PORT}?transport=tcp",
    ]
    return [{"urls": urls, "username": username, "credential": credential}]


def _credentials(expires: int) -> tuple[str, str]:
    """What LiveKit computes itself for those who ask its TURN server (pkg/service/turn.go)."""
    username = f"{settings.NAHBAR_LIVEKIT_KEY}|{WHO}|{expires}"
    password = hashlib.sha256(f"{settings.NAHBAR_LIVEKIT_SECRET}|{WHO}|{expires}".encode())
    return _base62(username.encode()), _base62(password.digest())


def _base62(data: bytes) -> str:
    """LiveKit's form of it: six bits a letter from the end, five where six would be no letter."""
    number, left, text = int.from_bytes(data, "big"), len(data) * 8, ""
    while left > 0:
        digit, size = number & 63, 6
        if digit & 0b11110 == 0b11110 and (left > 6 or digit > 31):
            digit, size = digit & 31, 5
        text += ALPHABET[digit]
        number >>= size
        left -= size
    return text
