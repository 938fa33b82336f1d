"""Webhooks over HTTP: only those our media server signed, each once."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import Any

import pytest
from django.test import Client as Browser
from livekit import api

from nahbar.calls.models import WebhookEvent

pytestmark = pytest.mark.django_db


def signed(body: str, *, key: str, secret: str) -> str:
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    return api.AccessToken(key, secret).with_sha256(digest).to_jwt()


def post(browser: Browser, body: str, token: str) -> int:
    return browser.post(
        "/api/livekit/webhook", body, content_type="application/webhook+json", headers={"Authorization": token}
    ).status_code


def event(**changes: Any) -> str:
    created = int(dt.datetime.now(dt.UTC).timestamp())
    return json.dumps({"id": "EV_1", "event": "room_started", "createdAt": str(created), **changes})


def test_a_signed_webhook_is_taken_once(client: Browser, settings: Any) -> None:
    body = event()
    token = signed(body, key=settings.NAHBAR_LIVEKIT_KEY, secret=settings.NAHBAR_LIVEKIT_SECRET)
    assert [post(client, body, token) for _ in range(2)] == [204, 204]
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("broken", ["forged", "changed", "unsigned", "old", "no_id", "join_token"])
def test_other_webhooks_are_refused(client: Browser, settings: Any, broken: str) -> None:
    key, secret = settings.NAHBAR_LIVEKIT_KEY, settings.NAHBAR_LIVEKIT_SECRET
    body = event(**{"old": {"createdAt": "1700000000"}, "no_id": {"id": ""}}.get(broken, {}))
    token = signed(body, key=key, secret="another-secret-another-secret-another" if broken == "forged" else secret)
    if broken == "unsigned":
        token = ""
    if broken == "join_token":
        grants = api.VideoGrants(room_join=True, room="r")
        token = api.AccessToken(key, secret).with_identity("i").with_grants(grants).to_jwt()
    sent = body + " " if broken == "changed" else body
    assert post(client, sent, token) == 401
    assert not WebhookEvent.objects.exists()


def test_a_webhook_by_get_is_not_allowed(client: Browser) -> None:
    assert client.get("/api/livekit/webhook").status_code == 405
