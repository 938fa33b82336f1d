from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.outbox import letters
from tests.servers import MailServer

letters.register()


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_server(_mail_server: MailServer, settings: Settings) -> MailServer:
    """A listening mail server that the settings point at; nothing scripted, nothing kept."""
    _mail_server.reset()
    settings.EMAIL_HOST, settings.EMAIL_PORT = _mail_server.host, _mail_server.port
    return _mail_server
