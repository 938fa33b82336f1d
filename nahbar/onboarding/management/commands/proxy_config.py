"""`python -m django proxy_config`: nginx's configuration, from the settings the application has itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from nahbar.onboarding.launch.proxy import WEBHOOK_PORT, NotPlain, Proxy


class Command(BaseCommand):
    """Prints; writes nothing. What it prints holds no secret."""

    help = "Prints nginx's configuration: pages and the media server's signalling at one origin."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What the application need not know itself."""
        parser.add_argument(
            "--address", type=ip_address, action="append", required=True, help="where browsers arrive; may be repeated"
        )
        parser.add_argument("--certificate", type=Path, required=True, help="of the pages' name, with its chain")
        parser.add_argument("--key", type=Path, required=True, help="the certificate's key")
        parser.add_argument("--web", default="http://127.0.0.1:8000", help="where gunicorn listens")
        parser.add_argument("--access-log", default="/var/log/nginx/nahbar.log", help="a file, or off")
        parser.add_argument(
            "--webhook-port", type=int, default=WEBHOOK_PORT, help="the inner door for the media server"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        _check_settings()
        proxy = Proxy(
            base_url=settings.NAHBAR_BASE_URL,
            addresses=[_in_brackets(address) for address in options["address"]],
            plain_port=80,
            webhook_port=options["webhook_port"],
            certificate=options["certificate"],
            key=options["key"],
            web_url=options["web"].rstrip("/"),
            media_url=settings.NAHBAR_LIVEKIT_API_URL.rstrip("/"),
            access_log=options["access_log"],
            hsts=True,
            contact_name=settings.NAHBAR_CONTACT["name"],
            contact_phone=settings.NAHBAR_CONTACT["phone"],
        )
        try:
            self.stdout.write(proxy.site())
        except NotPlain as refused:
            raise CommandError(str(refused)) from refused


def _check_settings() -> None:
    """What this proxy takes for granted."""
    base_url = settings.NAHBAR_BASE_URL
    if not base_url.startswith("https://"):
        raise CommandError("NAHBAR_BASE_URL must be the https address that people open.")
    if base_url.replace("https", "wss", 1) != settings.NAHBAR_LIVEKIT_URL:
        raise CommandError("Pages and signalling share one origin: leave NAHBAR_LIVEKIT_URL empty.")
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT != 1:
        raise CommandError("This proxy names the caller itself: set NAHBAR_TRUSTED_PROXIES=1, and put none before it.")


def _in_brackets(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
