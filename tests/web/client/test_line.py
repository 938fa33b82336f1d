"""Arriving with a real media server: the same people, at the real time."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests.conftest import use_media
from tests.servers import LiveKitServer
from tests.web.client.conftest import Address
from tests.web.reading import told


@pytest.fixture
def now() -> dt.datetime:
    """Really now: a media server takes no tokens of another time."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def line(settings: object, media_server: LiveKitServer, no_media: None) -> None:
    """The application talks to the real media server."""
    use_media(settings, media_server)


@pytest.mark.usefixtures("line")
def test_arriving_gives_a_line_without_names(agreed: Browser, url: Address) -> None:
    answer = told(agreed.post(url("gespraech/ankunft")))
    assert (answer["state"], answer["counterpart"]["name"]) == ("waiting", "Frau Petersen")
    assert set(answer) == {"url", "token", "identity", "iceServers", "state", "counterpart"}


@pytest.mark.usefixtures("line")
def test_the_line_can_be_tried_without_a_place(agreed: Browser, url: Address) -> None:
    assert set(agreed.post(url("gespraech/leitung")).json()) == {"url", "token", "iceServers"}
