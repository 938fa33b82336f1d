"""The media server's configuration is made from the application's own settings: neither half can be forgotten."""

from __future__ import annotations

import ipaddress
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ADDRESS = ("--address", "203.0.113.10")
TLS = ("--certificate", "/etc/turn/chain.pem", "--key", "/etc/turn/key.pem")


@pytest.fixture(autouse=True)
def environment(settings: Any) -> None:
    settings.NAHBAR_BASE_URL = "https://beratung.example.de"
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:7880"
    settings.NAHBAR_LIVEKIT_KEY, settings.NAHBAR_LIVEKIT_SECRET = "nahbar", "secret-" * 6
    settings.NAHBAR_TURN_HOST = "turn.example.de"


def printed(*arguments: str) -> dict[str, Any]:
    """What the command prints, read as LiveKit reads it."""
    out = StringIO()
    call_command("media_config", *arguments, stdout=out)
    config: dict[str, Any] = json.loads(out.getvalue())
    return config


def test_configuration_has_every_door_and_the_same_names() -> None:
    config = printed(*ADDRESS, *TLS, "--turn-address", "203.0.113.11")
    turn = config["turn"]
    denied = turn.pop("deny_peer_cidrs")
    assert turn == {
        "enabled": True,
        "udp_port": 3478,
        "bind_addresses": ["203.0.113.11"],
        "allow_restricted_peer_cidrs": ["203.0.113.10/32"],
        "domain": "turn.example.de",
        "tls_port": 443,
        "cert_file": "/etc/turn/chain.pem",
        "key_file": "/etc/turn/key.pem",
    }
    assert (config["port"], config["bind_addresses"]) == (7880, ["127.0.0.1"])
    assert config["keys"] == {"nahbar": "secret-" * 6}
    assert config["webhook"] == {
        "api_key": "nahbar",
        "urls": ["http://127.0.0.1:8089/api/livekit/webhook"],
    }
    rtc = config["rtc"]
    assert (rtc["udp_port"], rtc["tcp_port"], rtc["node_ip"]) == (7882, 7881, "203.0.113.10")
    assert "stun_servers" not in rtc
    for address, refused in {"203.0.113.10": False, "203.0.113.11": True, "10.0.0.1": True, "192.0.2.1": True}.items():
        networks = [ipaddress.ip_network(network) for network in denied]
        assert any(ipaddress.ip_address(address) in network for network in networks) is refused


def test_turn_is_there_for_nobody_else_when_browsers_are_told_of_none(settings: Any) -> None:
    settings.NAHBAR_TURN_HOST = ""
    turn = printed(*ADDRESS)["turn"]
    assert (turn["enabled"], turn["udp_port"], "tls_port" in turn) == (True, 3478, False)


def test_turn_without_a_certificate_is_refused() -> None:
    with pytest.raises(CommandError, match=r"its certificate and key are needed \(--certificate, --key\)"):
        printed(*ADDRESS)
