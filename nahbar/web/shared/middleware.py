"""What every answer carries, which language it is in, and when a staff session ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from nahbar.web.shared.context import HTML_LANG

GetResponse = Callable[[HttpRequest], HttpResponse]
MEDIA_PAGES = {"client_call", "staff_call", "tablet_call"}
STAFF_PAGES = ("/b/", "/g/", "/konto/")
NOT_PERSONAL = ("/static/",)
# The survey: whoever answers there is nobody.
NAMELESS = ("/meinung/",)
SESSION_BEGAN, SESSION_USED = "began", "used"


def headers(get_response: GetResponse) -> GetResponse:
    """No page is cached or indexed; camera and microphone only where a talk is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith(NOT_PERSONAL):
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex"
        match = request.resolver_match
        media = "(self)" if match and match.url_name in MEDIA_PAGES else "()"
        response["Permissions-Policy"] = (
            f"camera={media}, microphone={media}, screen-wake-lock={media}, speaker-selection={media}, "
            "autoplay=(self), geolocation=(), payment=(), usb=(), display-capture=(), interest-cohort=()"
        )
        return response

    return middleware


def nameless(get_response: GetResponse) -> GetResponse:
    """Takes the cookies from what asks for the survey before anything reads them: no page there can know a browser."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(NAMELESS):
            request.META.pop("HTTP_COOKIE", None)
        return get_response(request)

    return middleware


def language(get_response: GetResponse) -> GetResponse:
    """Client pages in the language of the cookie, all else in German; the browser's wish does not count.

    German prevails, and whoever phones should see the page the office sees.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        wished = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        chosen = wished if wished in known and not request.path.startswith(STAFF_PAGES) else settings.LANGUAGE_CODE
        if wished == "qps" and wished in known:
            chosen = wished
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
        response.headers.setdefault("Content-Language", HTML_LANG.get(chosen, chosen))
        return response

    return middleware


def session_limits(get_response: GetResponse) -> GetResponse:
    """Ends a staff session after a time without a click, and after a working day in any case."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Asking who it is would read the session.
        if not request.path.startswith(NAMELESS) and request.user.is_authenticated:
            now = timezone.now()
            if _is_over(request, now):
                logout(request)
            elif not _asks_by_itself(request):
                request.session[SESSION_USED] = now.isoformat()
        return get_response(request)

    return middleware


def _is_over(request: HttpRequest, now: dt.datetime) -> bool:
    began = request.session.setdefault(SESSION_BEGAN, now.isoformat())
    used = request.session.get(SESSION_USED, began)
    return (
        now - dt.datetime.fromisoformat(used) > settings.NAHBAR_STAFF_IDLE
        or now - dt.datetime.fromisoformat(began) > settings.NAHBAR_STAFF_ABSOLUTE
    )


def _asks_by_itself(request: HttpRequest) -> bool:
    # The URL is resolved after the middleware: its last part tells.
    return request.path.endswith(("/wartende/", "/gespraech/stand", "/gespraech/gesehen"))
