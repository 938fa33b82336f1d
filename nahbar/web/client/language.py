"""Plain German at a tap, and the page with all languages."""

from __future__ import annotations

import re
import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_info
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.models import JobCenter
from nahbar.web.client.contact import house_of
from nahbar.web.client.gate import office_behind

YEAR = 365 * 24 * 3600
SECRET = re.compile(r"[A-Za-z0-9_-]{1,64}")
LINK = re.compile(r"/t/([0-9a-f-]{36})(?:/|$)")
PUBLIC = re.compile(r"/o/([a-zA-Z0-9_-]+)/")


@require_http_methods(["GET", "HEAD", "POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """POST with `language` sets it and goes back to `next`; everything else shows the choice.

    From the landing page the link's secret comes along in the body, never in an address, and goes
    back behind "#": a person who changes the language there must not lose their link.
    """
    given = request.POST if request.method == "POST" else request.GET
    back = same_origin(given.get("next", ""))
    secret = request.POST.get("secret", "")
    secret = secret if SECRET.fullmatch(secret) else ""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        context = {
            "house": house_of(_office_of(back)),
            "back": back,
            "secret": secret,
            "languages": _languages(),
        }
        return render(request, "client/languages.html", context)
    response = redirect(f"{back}#{secret}" if secret else back)
    _set(request, response, language)
    return response


def remember_language(request: HttpRequest, response: HttpResponse, *, wished: str) -> None:
    """The language the person's mail was in, unless they chose one here."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and wished != settings.LANGUAGE_CODE:
        _set(request, response, wished)


def same_origin(target: str) -> str:
    """`target` when it is a path of ours, else the privacy page, which is there for everybody."""
    is_path = target.startswith("/") and "#" not in target
    ours = is_path and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if ours else "/datenschutz"


def _set(request: HttpRequest, response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _languages() -> list[tuple[str, str]]:
    # Each language by its own name: who needs it must be able to read it.
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def _office_of(path: str) -> JobCenter | None:
    if public := PUBLIC.match(path):
        return JobCenter.objects.filter(slug=public[1]).first()
    found = LINK.match(path)
    try:
        return office_behind(uuid.UUID(found[1])) if found else None
    except ValueError:
        return None
