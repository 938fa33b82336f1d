"""What is wrong or missing in the configuration, as system checks with a hint each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import connection

from nahbar.config.settings.environment import PROBLEMS
from nahbar.jobcenters.legal import unpublished
from nahbar.jobcenters.models import JobCenter, LegalText
from nahbar.jobcenters.rules import ADDRESSES

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LINK_KEY_LENGTH = 32


def _host(url: str) -> str:
    """The host an address names; empty when it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@register(Tags.security)
def check_environment(**_kwargs: Any) -> list[CheckMessage]:
    """Every variable that could not be read."""
    return [Error(f"{problem.variable} {problem.what}.", hint=problem.hint, id="nahbar.E001") for problem in PROBLEMS]


@register(Tags.security)
def check_link_keys(**_kwargs: Any) -> list[CheckMessage]:
    """Links are as strong as the key that derives them."""
    keys = settings.NAHBAR_LINK_KEYS
    if keys and all(len(key) >= LINK_KEY_LENGTH for key in keys):
        return []
    hint = f"Set NAHBAR_LINK_KEYS to one or more random keys of at least {LINK_KEY_LENGTH} characters; the first signs."
    return [Error("NAHBAR_LINK_KEYS is missing or too short.", hint=hint, id="nahbar.E002")]


@register(Tags.security)
def check_demo_stays_here(**_kwargs: Any) -> list[CheckMessage]:
    """One-click sign-in must not be reachable from other machines."""
    meant = {*LOOPBACK, _host(f"//{getattr(settings, 'NAHBAR_DEMO_HOST', '')}")} - {""}
    others = [host for host in settings.ALLOWED_HOSTS if _host(f"//{host}") not in meant]
    if not settings.NAHBAR_DEMO or not others:
        return []
    hint = "The demo signs anybody in. Use nahbar.config.settings.production for other machines."
    return [Error(f"The demo would answer {', '.join(others)}.", hint=hint, id="nahbar.E003")]


@register(Tags.security)
def check_https(**_kwargs: Any) -> list[CheckMessage]:
    """Cameras and microphones open only on HTTPS, or on this machine itself."""
    url = settings.NAHBAR_BASE_URL
    local = url.startswith("http://") and _host(url) in LOOPBACK
    if url.startswith("https://") or local or not url:
        return []
    hint = "Put a proxy with a certificate in front and set NAHBAR_BASE_URL=https://…"
    return [Error("NAHBAR_BASE_URL is not https.", hint=hint, id="nahbar.E004")]


@register(Tags.security)
def check_hosts(**_kwargs: Any) -> list[CheckMessage]:
    """Without a host name every page answers 400."""
    if settings.ALLOWED_HOSTS:
        return []
    host = _host(settings.NAHBAR_BASE_URL) or "beratung.example.de"
    hint = f"Set NAHBAR_HOSTS to the names people open, with commas; for example NAHBAR_HOSTS={host}"
    return [Error("NAHBAR_HOSTS is not set: nothing is answered.", hint=hint, id="nahbar.E005")]


@register(Tags.security, deploy=True)
def check_erasure_ledger(**_kwargs: Any) -> list[CheckMessage]:
    """Who was erased after a backup comes back with it, unless something beside the database remembers."""
    if settings.NAHBAR_ERASURE_LEDGER:
        return []
    hint = "Set it to a file on another disk than the database; after a restore, reapply_erasures reads it."
    return [Warning("NAHBAR_ERASURE_LEDGER is not set.", hint=hint, id="nahbar.W001")]


@register("legal", deploy=True)
def check_legal_pages(**_kwargs: Any) -> list[CheckMessage]:
    """An office whose imprint, privacy notice or accessibility statement is missing must not go public.

    Asked for with `check --deploy` only: processes start all the same, or nobody could write the pages.
    """
    if LegalText._meta.db_table not in connection.introspection.table_names():
        return []  # before the first `migrate` there is no office either
    return [
        Error(
            f"The office {office.slug} has not published: {kind.value}.",
            hint=f"An administrator publishes it in German at /b/{office.slug}/einrichtung/texte/{ADDRESSES[kind]}/",
            id="nahbar.E006",
        )
        for office in JobCenter.objects.order_by("slug")
        for kind in unpublished(jobcenter=office)
    ]
