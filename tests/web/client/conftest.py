"""A browser that came in by the link, and what the pages ask of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from nahbar.calls.sfu import MediaUnavailable
from nahbar.consent.queries import current_text
from nahbar.invitations.links import secret_of
from nahbar.invitations.models import Invitation
from tests.conftest import Cast
from tests.factories import open_as_client
from tests.web.reading import said

Address = Callable[..., str]


@pytest.fixture
def url(cast: Cast) -> Address:
    """The address of one of the person's pages: `url("termin")`; without a page the landing."""

    def address(page: str = "", invitation: Invitation | None = None) -> str:
        public_id = (invitation or cast.invitation).public_id
        return f"/t/{public_id}/{page}" if page else f"/t/{public_id}"

    return address


@pytest.fixture
def visitor(client: Browser, cast: Cast, frozen: time_machine.Traveller) -> Browser:
    """The person's own browser, past the proof; half an hour before the appointment."""
    open_as_client(client, cast.invitation)
    return client


@pytest.fixture
def agreed(visitor: Browser, url: Address) -> Browser:
    """The same, past the consent."""
    visitor.post(url("einverstaendnis"), {"answer": "yes", "text": current_text(language="de").sha256})
    return visitor


@pytest.fixture(autouse=True)
def no_media(settings: Any) -> None:
    """No media server answers, places are kept all the same; `test_line.py` has a real one.

    Under a clock that stands still in the past no real media server would take our tokens.
    """
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"


unanswered = partial(contextlib.suppress, MediaUnavailable)
"""Around an operation that keeps what it did when the media server does not answer."""


def link_secret(invitation: Invitation, generation: int | None = None) -> str:
    """The secret of the invitation's link, as it stood in the mail."""
    return secret_of(public_id=invitation.public_id, generation=generation or invitation.generation)


def text_of(response: Any) -> str:
    """What the page says."""
    return said(response)
