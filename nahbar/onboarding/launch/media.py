"""What a single LiveKit server is told when Nahbar starts it itself, and what of its log may be kept."""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# A client may be alone in the waiting room for half an hour before anybody comes, and a counsellor
# whose line dropped may be away as long: the application deletes the room, not the clock.
WAITING_TIMEOUT_SECONDS = 2 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Tls:
    """TURN inside TLS, for networks that let nothing else through: the name people's browsers check."""

    domain: str
    port: int
    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class MediaServer:
    """One LiveKit server's ports, keys and limits."""

    # Where browsers send their media. Signalling may listen elsewhere, behind a proxy.
    host: str
    signal_host: str | None = None
    signal_port: int
    media_port: int
    # For networks without UDP. LiveKit opens it on every address of the machine; 0: not at all.
    tcp_port: int = 0
    # TURN may have an address of its own, because port 443 of the other one belongs to the pages.
    turn_host: str | None = None
    turn_port: int
    turn_tls: Tls | None = None
    webhook_url: str | None = None
    key: str = "nahbar"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    empty_timeout_seconds: int = WAITING_TIMEOUT_SECONDS
    departure_timeout_seconds: int = WAITING_TIMEOUT_SECONDS

    @property
    def url(self) -> str:
        """Where browsers connect to."""
        return f"ws://{self.signal_host or self.host}:{self.signal_port}"

    @property
    def api_url(self) -> str:
        """Where the application's own commands go."""
        return f"http://{self.signal_host or self.host}:{self.signal_port}"

    def write_config(self, path: Path) -> None:
        """Write the configuration, readable by nobody else: it holds the secret."""
        path.touch(mode=0o600)
        path.write_text(self.config())

    def config(self) -> str:
        """The configuration as LiveKit reads it: JSON is YAML."""
        config: dict[str, object] = {
            "port": self.signal_port,
            "bind_addresses": [self.signal_host or self.host],
            "keys": {self.key: self.secret},
            "logging": {"level": "warn", "pion_level": "error"},
            "room": {
                "auto_create": False,
                "empty_timeout": self.empty_timeout_seconds,
                "departure_timeout": self.departure_timeout_seconds,
            },
            # Who speaks is told once a second, not thrice: half a megabyte an hour on a prepaid card.
            "audio": {"update_interval": 1000},
            "rtc": self._rtc(),
            "turn": self._turn(),
        }
        if self.webhook_url:
            config["webhook"] = {"api_key": self.key, "urls": [self.webhook_url]}
        return json.dumps(config, indent=2)

    def _rtc(self) -> dict[str, object]:
        return {
            "udp_port": self.media_port,
            "tcp_port": self.tcp_port,
            "node_ip": self.host,
            "ips": {"includes": [f"{self.host}/32"]},
            "enable_loopback_candidate": ipaddress.ip_address(self.host).is_loopback,
            "use_external_ip": False,
            # At its default of 200,000 a probe alone overfills a poor mobile line.
            "congestion_control": {"stream_allocator": {"probe_min_bps": 20_000}},
            "pli_throttle": {
                "low_quality": "100ms",
                "mid_quality": "100ms",
                "high_quality": "100ms",
            },
        }

    def _turn(self) -> dict[str, object]:
        """Always there: without a STUN or TURN server of our own, LiveKit hands browsers public ones."""
        turn: dict[str, object] = {
            "enabled": True,
            "udp_port": self.turn_port,
            "bind_addresses": [self.turn_host or self.host],
            # Everybody with a link has credentials, so it relays to the media server and to nobody else.
            "allow_restricted_peer_cidrs": [f"{self.host}/32"],
            "deny_peer_cidrs": _all_but(self.host),
        }
        if self.turn_tls:
            turn |= {
                "domain": self.turn_tls.domain,
                "tls_port": self.turn_tls.port,
                "cert_file": str(self.turn_tls.certificate),
                "key_file": str(self.turn_tls.key),
            }
        return turn


def _all_but(host: str) -> list[str]:
    """Every network there is, without this one address."""
    everything = ipaddress.IPv4Network("0.0.0.0/0")
    return [*map(str, everything.address_exclude(ipaddress.IPv4Network(f"{host}/32"))), "::/0"]


def without_livekit(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables that LiveKit lets override its configuration, even when empty."""
    return {name: value for name, value in environment.items() if not name.startswith("LIVEKIT_")}


_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<=access_token=)[^\s\"&]+")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}")


def redact(line: str) -> str:
    """A line of LiveKit's log without the tokens and network addresses it prints."""
    return _ADDRESS.sub(_hide_address, _TOKEN.sub("[token]", line))


def _hide_address(found: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]  # a time of day has colons too
    return "[address]"
