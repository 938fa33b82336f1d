"""The proxy in front: nginx's configuration, and how an nginx of our own is started with it."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

# Where the media server's reports arrive, on this machine only: `media_config` and `proxy_config` agree on it.
WEBHOOK_PORT = 8089
# What livekit-client opens; it falls back from the newer to the older.
SOCKETS = ("/rtc/v1", "/rtc")
# In nginx's configuration anything else could mean more than itself.
PLAIN = re.compile(r"[\w./:@\[\]%+,~-]+")


class NotPlain(ValueError):
    """A value that cannot stand in nginx's configuration."""


class NoNginx(Exception):
    """The program is not installed."""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """One origin for everything that is not media."""

    base_url: str
    addresses: Sequence[str]
    # Where http is redirected from; None: only what comes to the port of https.
    plain_port: int | None
    webhook_port: int
    certificate: Path
    key: Path
    web_url: str
    media_url: str
    access_log: str
    # Not with a certificate of one's own: a browser would refuse the name for a year after the demo.
    hsts: bool
    contact_name: str
    contact_phone: str

    def site(self) -> str:
        """What belongs into nginx's http block."""
        origin = urlsplit(self.base_url)
        plain = {
            "base_url": self.base_url,
            "name": origin.hostname or "",
            "authority": origin.netloc,
            "certificate": str(self.certificate),
            "key": str(self.key),
            "web_url": self.web_url,
            "media_url": self.media_url,
            "access_log": self.access_log,
            "webhook_path": reverse("livekit_webhook"),
        }
        for name, value in [*plain.items(), *(("addresses", address) for address in self.addresses)]:
            if not PLAIN.fullmatch(value):
                raise NotPlain(f"{name} {value!r} cannot stand in nginx's configuration.")
        context = {
            **plain,
            "addresses": self.addresses,
            "port": origin.port or 443,
            "plain_port": self.plain_port,
            "webhook_port": self.webhook_port,
            "hsts": self.hsts,
            "sockets": SOCKETS,
            "resting_page": self._resting_page(),
        }
        return render_to_string("onboarding/proxy_site.conf", context)

    def write(self, folder: Path) -> None:
        """Write the configuration of an nginx that lives in this folder alone."""
        # The workers of one that root started are nobody, and put what is uploaded into folders below.
        folder.chmod(0o711)
        (folder / "site.conf").write_text(self.site())
        (folder / "nginx.conf").write_text(render_to_string("onboarding/proxy_whole.conf", {"user": _user()}))

    def _resting_page(self) -> str:
        """What people read while the application does not answer: it can not say it itself."""
        page = format_html(
            '<!doctype html><html lang="de"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>Gerade nicht erreichbar</title>'
            "<h1>Gerade nicht erreichbar</h1><p>Bitte versuchen Sie es in einer Minute noch einmal.</p>"
            "<p>Oder rufen Sie an: {}, {}</p></html>",
            self.contact_name,
            self.contact_phone,
        )
        # What nginx would take for a variable, or for the escape of a quotation mark.
        return page.replace("$", "&#36;").replace("\\", "&#92;")


def command(folder: Path) -> tuple[str, ...]:
    """Starts the nginx that was laid out in this folder; it stays in the foreground."""
    return (program(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr")


def program() -> str:
    """Where nginx is; Debian keeps it where only root's PATH looks."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        raise NoNginx(
            "nginx is missing: run `apt-get install --no-install-recommends nginx` as root, then start again."
        )
    return found


def _user() -> str:
    """Whom the workers run as: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return ""
    nobody = pwd.getpwnam("nobody")
    return f"{nobody.pw_name} {grp.getgrgid(nobody.pw_gid).gr_name}"
