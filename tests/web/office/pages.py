"""What the tests of the set-up's pages need."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from nahbar.jobcenters.models import JobCenter
from tests.web.reading import said

SEAL = re.compile(r'name="confirmed" value="([0-9a-f]{64})"')
KEPT = re.compile(r'name="kept" value="([0-9a-f]{64})"')


class Setup:
    """An administrator's browser on one office's set-up."""

    def __init__(self, browser: Browser, office: JobCenter) -> None:
        self.browser, self.office = browser, office

    def address(self, name: str, *more: Any) -> str:
        """Of a page."""
        return reverse(name, args=[self.office.slug, *more])

    def read(self, name: str, *more: Any) -> str:
        """What a page says."""
        answer = self.browser.get(self.address(name, *more))
        assert answer.status_code == 200
        return said(answer)

    @property
    def revision(self) -> int:
        """The office's, as it is now."""
        self.office.refresh_from_db()
        return self.office.revision

    def post(self, page: str, /, *more: Any, **data: Any) -> Any:
        """As the page that is shown now would send it."""
        return self.browser.post(self.address(page, *more), {"revision": self.revision} | data)

    def confirm(self, answer: Any, page: str, /, *more: Any, **data: Any) -> Any:
        """Says yes on the page that showed what it does."""
        seal = SEAL.search(said(answer))
        assert seal is not None
        return self.post(page, *more, **data, confirmed=seal[1])
