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
class MediaServer:
    """One LiveKit server's ports, keys and limits."""

    host: str
    signal_port: int
    media_port: int
    turn_port: int
    webhook_url: str | None = None
    key: str = "nahbar"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    empty_timeout_seconds: int = WAITING_TIMEOUT_SECONDS
    departure_timeout_seconds: int = WAITING_TIMEOUT_SECONDS

    @property
    def url(self) -> str:
        """Where browsers connect to."""
        return f"ws://{self.host}:{self.signal_port}"

    @property
    def api_url(self) -> str:
        """Where the application's own commands go."""
        return f"http://{self.host}:{self.signal_port}"

    def write_config(self, path: Path) -> None:
        """Write the configuration, readable by nobody else: it holds the secret. JSON is YAML."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(self._config(), indent=2))

    def _config(self) -> dict[str, object]:
        config: dict[str, object] = {
            "port": self.signal_port,
            "bind_addresses": [self.host],
            "keys": {self.key: self.secret},
            "logging": {"level": "warn", "pion_level": "error"},
            "room": {
                "auto_create": False,
                "empty_timeout": self.empty_timeout_seconds,
                "departure_timeout": self.departure_timeout_seconds,
            },
            "rtc": {
                "udp_port": self.media_port,
                # None: LiveKit opens it (by default 7881) on every address of the machine.
                "tcp_port": 0,
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
            },
            # Without a STUN or TURN server of our own, LiveKit hands browsers public ones.
            "turn": {
                "enabled": True,
                "udp_port": self.turn_port,
                "bind_addresses": [self.host],
                "allow_restricted_peer_cidrs": [f"{self.host}/32"],
            },
        }
        if self.webhook_url:
            config["webhook"] = {"api_key": self.key, "urls": [self.webhook_url]}
        return config


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
