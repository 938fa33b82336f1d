"""Error pages: what happened, what to do, and a number to call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, and 403 too: missing and forbidden answer alike."""
    return render(request, "shared/missing.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500; the template must not need anything that may be broken."""
    return render(request, "shared/broken.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long or cookies are off: what to do, nothing technical."""
    return render(request, "shared/csrf.html", status=403)
