"""Finding ports nobody listens on."""

from __future__ import annotations

import socket
from collections.abc import Collection

TRIES = 200


class NoFreePort(Exception):
    """Every port that was tried is taken."""


class NotOurAddress(Exception):
    """The host is no address of this machine."""


def free_port(host: str, *, first: int, udp: bool = False, taken: Collection[int] = ()) -> int:
    """The first port from `first` upwards that is free on `host` and not in `taken`."""
    for port in range(first, min(first + TRIES, 65536)):
        if port not in taken and _is_free(host, port, udp=udp):
            return port
    raise NoFreePort(f"No port from {first} upwards is free on {host}.")


def any_port(host: str, *, udp: bool = False) -> int:
    """A port the system says is free right now."""
    with _socket(host, udp=udp) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(host: str, port: int) -> bool:
    """Whether something listens there (TCP)."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _is_free(host: str, port: int, *, udp: bool) -> bool:
    # "localhost" may mean ::1 to a browser, so a stranger's server there would be in our way.
    if not udp and answers("localhost", port):
        return False
    with _socket(host, udp=udp) as probe:
        if not udp:
            # What lingers of an ended server's connections does not make its port busy.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (PermissionError, OSError) as error:
            if _is_foreign(host):
                raise NotOurAddress(f"{host} is no address of this machine. `ip -brief address` lists them.") from error
            return False
    return True


def _is_foreign(host: str) -> bool:
    """Whether even a port of the system's choice cannot be bound on this host."""
    try:
        any_port(host)
    except OSError:
        return True
    return False


def _socket(host: str, *, udp: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
