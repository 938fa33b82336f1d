"""A poor line, where this machine can make one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lines.line import Line, missing


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    """One for all tests of this folder."""
    reason = missing()
    if reason:
        pytest.skip(f"no poor line here: {reason}")
    with Line() as running:
        yield running
