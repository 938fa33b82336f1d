"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from nahbar.calls.proposals import waiting_for_outcome
from nahbar.web.shared.desks import other_offices

# BCP 47 has no tag for plain German, nor for the pseudo-language of the tests.
HTML_LANG = {"de-simple": "de", "qps": "de"}


def page(request: HttpRequest) -> dict[str, Any]:
    """The installation's contact, and the language's tag and direction for `<html>`; on staff pages the desk."""
    desk = getattr(request, "desk", None)
    chosen = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return {
        "contact": settings.NAHBAR_CONTACT,
        "demo": settings.NAHBAR_DEMO,
        "page_language": chosen,
        "html_lang": HTML_LANG.get(chosen, chosen),
        "html_dir": "rtl" if chosen in getattr(settings, "LANGUAGES_BIDI", []) else "ltr",
        "is_plain": chosen == "de-simple",
        "desk": desk,
        "other_offices": SimpleLazyObject(lambda: other_offices(desk) if desk else []),
        # Asked where the menu shows it.
        "open_results": lambda: waiting_for_outcome(desk=desk, now=timezone.now()).count() if desk else 0,
    }
