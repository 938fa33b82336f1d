"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """The installation's contact, and the language's tag and direction for `<html>`."""
    chosen = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return {
        "contact": settings.NAHBAR_CONTACT,
        "demo": settings.NAHBAR_DEMO,
        "page_language": chosen,
        "html_lang": "de" if chosen.startswith("de") else chosen,
        "html_dir": "rtl" if chosen in getattr(settings, "LANGUAGES_BIDI", []) else "ltr",
        "is_plain": chosen == "de-simple",
    }
