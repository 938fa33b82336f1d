"""An administrator at work."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from tests.conftest import Cast
from tests.factories import as_staff
from tests.web.office.pages import Setup


@pytest.fixture
def setup(cast: Cast, client: Browser) -> Setup:
    """The set-up of the cast's office."""
    return Setup(as_staff(client, cast.administrator), cast.office)
