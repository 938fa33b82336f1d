"""`python -m django media_config`: LiveKit's configuration, from the settings the application has itself."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from nahbar.onboarding.launch.media import MediaServer, Tls
from nahbar.onboarding.launch.proxy import WEBHOOK_PORT

MEDIA_UDP, MEDIA_TCP = 7882, 7881


class Command(BaseCommand):
    """Prints; writes nothing. What it prints holds the secret."""

    help = "Prints LiveKit's configuration: keys, ports, TURN and webhook as this application expects them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What the application need not know itself."""
        parser.add_argument("--address", type=IPv4Address, required=True, help="where browsers send their media")
        parser.add_argument("--turn-address", type=IPv4Address, help="another one whose port 443 is free for TURN")
        parser.add_argument("--certificate", type=Path, help="of NAHBAR_TURN_HOST, with its chain")
        parser.add_argument("--key", type=Path, help="the certificate's key")
        parser.add_argument(
            "--webhook-port", type=int, default=WEBHOOK_PORT, help="the proxy's inner door, as `proxy_config` has it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        address, turn_address = options["address"], options["turn_address"]
        media = MediaServer(
            host=str(address),
            signal_host=_api().hostname or "",
            signal_port=_api().port or 80,
            media_port=MEDIA_UDP,
            tcp_port=MEDIA_TCP,
            turn_host=str(turn_address) if turn_address else None,
            turn_port=settings.NAHBAR_TURN_UDP_PORT,
            turn_tls=_tls(options["certificate"], options["key"]),
            webhook_url=f"http://127.0.0.1:{options['webhook_port']}{reverse('livekit_webhook')}",
            key=settings.NAHBAR_LIVEKIT_KEY,
            secret=settings.NAHBAR_LIVEKIT_SECRET,
        )
        self.stdout.write(media.config())


def _api() -> Any:
    """Where the application, and the proxy beside it, reach the media server."""
    return urlsplit(settings.NAHBAR_LIVEKIT_API_URL)


def _tls(certificate: Path | None, key: Path | None) -> Tls | None:
    """Both or neither, as the pages that hand out the name need it."""
    if not settings.NAHBAR_TURN_HOST:
        return None
    if certificate is None or key is None:
        raise CommandError(
            "Browsers are told of TURN at NAHBAR_TURN_HOST: its certificate and key are needed (--certificate, --key)."
        )
    return Tls(domain=settings.NAHBAR_TURN_HOST, port=settings.NAHBAR_TURN_TLS_PORT, certificate=certificate, key=key)
