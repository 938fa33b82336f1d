"""The demo on a real phone: one address opened on purpose, over HTTPS, with codes to photograph."""

from __future__ import annotations

import datetime as dt
import io
import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path

import segno
from django.urls import reverse

from nahbar.onboarding.launch.certificates import Pair, authority_for, leaf_for
from nahbar.onboarding.launch.media import MediaServer
from nahbar.onboarding.launch.proxy import Proxy

WHICH = "`ip -brief address` lists this machine's."
# What is light in a code is drawn in the letters' colour.
WHITE_ON_BLACK, RESET = "\x1b[97;40m", "\x1b[0m"
HOST_NAME = re.compile(r"(?!-)[a-z0-9.-]{1,253}")


class CannotOpen(Exception):
    """The host is none that can be opened; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the demo is opened: as people type it, and the address behind it."""

    name: str
    address: str

    @property
    def is_public(self) -> bool:
        """Whether the whole Internet may reach it."""
        return ipaddress.ip_address(self.address).is_global


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An opened place, with what stands in front of it."""

    place: Place
    base_url: str
    proxy: Proxy
    authority: Pair

    @property
    def socket_url(self) -> str:
        """Where browsers reach the media server: at the same origin."""
        return self.base_url.replace("https", "wss", 1)


def place_of(host: str) -> Place:
    """The place that HOST names."""
    name = host.lower()
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return Place(name=name, address=_address_of(name))
    if found.is_unspecified:
        raise CannotOpen(f"HOST={host} is every address at once. Name the one your phone reaches: {WHICH}")
    if found.version == 6:
        raise CannotOpen(f"HOST={host}: the demo is opened at an IPv4 address, or a name that has one. {WHICH}")
    return Place(name=name, address=name)


def _address_of(name: str) -> str:
    """The IPv4 address of a name."""
    try:
        address = socket.gethostbyname(name) if HOST_NAME.fullmatch(name) else ""
    except OSError:
        address = ""
    if not address:
        raise CannotOpen(f"HOST={name} is neither an address nor a name known here. {WHICH}")
    return address


def open_at(*, place: Place, port: int, web_port: int, webhook_port: int, media: MediaServer, home: Path) -> Opening:
    """Makes what is missing of the certificates, and the proxy's configuration."""
    now = dt.datetime.now(dt.UTC)
    authority = authority_for(host=place.name, address=place.address, folder=home, now=now)
    leaf = leaf_for(host=place.name, address=place.address, authority=authority, folder=home, now=now)
    base_url = f"https://{place.name}:{port}"
    proxy = Proxy(
        base_url=base_url,
        addresses=[place.address],
        plain_port=None,
        webhook_port=webhook_port,
        certificate=leaf.path,
        key=leaf.key,
        web_url=f"http://127.0.0.1:{web_port}",
        media_url=media.api_url,
        access_log="/dev/stdout",
        hsts=False,
        contact_name="Jobcenter",
        contact_phone="030 23125 000",
    )
    return Opening(place=place, base_url=base_url, proxy=proxy, authority=authority)


def warning(place: Place) -> str:
    """What opening it means, before anything listens."""
    lines = [
        f"HOST={place.name} opens this demo to others: whoever reaches {place.address} signs in with one click as any",
        "of its people, reads every mail in the outbox, and joins its talks. Enter nobody real. Ctrl-C closes it.",
    ]
    if place.is_public:
        lines.append(f"{place.address} is an address of the public Internet: let your firewall admit your phone alone.")
    return "\n".join(lines)


def announcement(opening: Opening, *, client_link: str, media: MediaServer) -> str:
    """What somebody with a phone in their hand needs."""
    doors = opening.base_url + reverse("demo_doors")
    port = opening.base_url.rpartition(":")[2]
    to_admit = f"TCP {port} and {media.tcp_port}, UDP {media.media_port}"
    return "\n".join(
        [
            "On a phone in the same network: photograph a code. It warns of the certificate, because this machine made",
            "it. Android: go on by way of “Advanced”. iPhone and iPad: install the certificate from the page of all",
            "doors first (docs/operate/real-phone.md). Compare what the phone shows of it:",
            "",
            f"  {_halves(opening.authority.fingerprint)}",
            "",
            f"All doors, and the certificate: {doors}",
            code(doors),
            "The client's invitation for now:",
            code(client_link),
            f"Does nothing open? Let this machine's firewall admit {to_admit}.",
        ]
    )


def _halves(fingerprint: str) -> str:
    middle = len(fingerprint) // 2
    return f"{fingerprint[:middle]}\n  {fingerprint[middle + 1 :]}"


def code(url: str) -> str:
    """A QR code made of characters, black on white whatever the terminal's own colours are."""
    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, border=2, compact=True)
    return "\n".join(f"{WHITE_ON_BLACK}{line}{RESET}" for line in out.getvalue().splitlines())
