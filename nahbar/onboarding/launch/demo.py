"""The whole of Nahbar on one machine with demo data: ports, secrets, processes, links."""

from __future__ import annotations

import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nahbar.onboarding.launch import ports, proxy, real_phone
from nahbar.onboarding.launch.media import MediaServer, redact, without_livekit
from nahbar.onboarding.launch.supervisor import KEPT_LINES, Part, PartFailed, Supervisor

REPO = Path(__file__).resolve().parents[3]
# Tests name another folder, so that they leave a running demo alone.
VAR = Path(os.environ.get("NAHBAR_VAR") or REPO / "var").resolve()
LINKS = VAR / "demo.json"
LOGS = VAR / "log"
MAIL = VAR / "mail"
LOOPBACK = "127.0.0.1"
START_SECONDS = 90.0
WEB_THREADS = 8
DEFAULT_WEB_PORT = 8000
DEFAULT_PROXY_PORT = 8443
DEFAULT_LIVEKIT_PORT = 7880
DEFAULT_MAIL_PORT = 2525
WEBHOOK = "/api/livekit/webhook"


class DemoFailed(Exception):
    """The demo cannot run; the message is one sentence for the person who started it."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where everything of one demo listens and lives."""

    web_port: int
    mail_port: int
    media: MediaServer
    home: Path
    # For others, with a proxy in front; None: for this machine only.
    opening: real_phone.Opening | None = None

    @property
    def web_url(self) -> str:
        """Where gunicorn answers; passkeys need a name, so not the bare loopback address."""
        return f"http://localhost:{self.web_port}"

    @property
    def base_url(self) -> str:
        """What is opened in a browser."""
        return self.opening.base_url if self.opening else self.web_url

    def environment(self) -> dict[str, str]:
        """The settings of every process of the demo."""
        return {**self._inside(), **(_outside(self.opening) if self.opening else {})}

    def _inside(self) -> dict[str, str]:
        kept = _kept_secrets(self.home / "demo-secrets.json")
        return {
            **without_livekit(os.environ),
            "DJANGO_SETTINGS_MODULE": "nahbar.config.settings.demo",
            "PYTHONPATH": str(REPO),
            "PYTHONUNBUFFERED": "1",
            "NAHBAR_DATABASE": f"sqlite:///{self.home / 'demo.sqlite3'}",
            "NAHBAR_SECRET_KEY": kept["secret_key"],
            "NAHBAR_LINK_KEYS": kept["link_key"],
            "NAHBAR_BASE_URL": self.base_url,
            "NAHBAR_HOSTS": f"localhost,{LOOPBACK}",
            "NAHBAR_DEMO_HOST": "",
            "NAHBAR_LIVEKIT_URL": self.media.url,
            "NAHBAR_LIVEKIT_API_URL": self.media.api_url,
            "NAHBAR_LIVEKIT_KEY": self.media.key,
            "NAHBAR_LIVEKIT_SECRET": self.media.secret,
            "NAHBAR_SMTP_HOST": LOOPBACK,
            "NAHBAR_SMTP_PORT": str(self.mail_port),
            "NAHBAR_SMTP_TLS": "no",
            "NAHBAR_MAIL_FROM": "Jobcenter <noreply@example.org>",
            "NAHBAR_CONTACT_NAME": "Jobcenter",
            "NAHBAR_CONTACT_PHONE": "030 23125 000",
            "NAHBAR_CONTACT_MAIL": "kontakt@example.org",
        }


def _outside(opening: real_phone.Opening) -> dict[str, str]:
    """What differs behind the proxy."""
    return {
        "NAHBAR_BASE_URL": opening.base_url,
        "NAHBAR_HOSTS": f"localhost,{LOOPBACK},{opening.place.name}",
        "NAHBAR_DEMO_HOST": opening.place.name,
        "NAHBAR_DEMO_AUTHORITY": str(opening.authority.path),
        "NAHBAR_LIVEKIT_URL": opening.socket_url,
        "NAHBAR_TRUSTED_PROXIES": "1",
    }


def run(*, say: Callable[[str], None]) -> None:
    """Run the demo until interrupted; ends every process it started, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="nahbar-proxy-") as folder:
        _run(Path(folder), say)


def _run(proxy_folder: Path, say: Callable[[str], None]) -> None:
    stage = _set_stage(say)
    environment = stage.environment()
    LINKS.unlink(missing_ok=True)
    supervisor = Supervisor(environment=environment, logs=LOGS, say=say)
    try:
        say("Preparing the database and the demo data (at first half a minute, later seconds) …")
        paths = _load_demo(environment)
        say("Starting web, worker, clock, LiveKit and mail …")
        supervisor.start(_parts(stage), within=START_SECONDS)
        if stage.opening:
            # Last, so that nobody arrives at half a demo.
            supervisor.start([_proxy_part(stage.opening, proxy_folder)], within=START_SECONDS)
        links = _absolute(paths, stage.base_url)
        _write_links(links)
        say(_announcement(links, stage))
        supervisor.watch()
    except PartFailed as failure:
        raise DemoFailed("\n".join([*failure.last_lines, str(failure)])) from failure
    finally:
        _handle_interrupts(signal.SIG_IGN)
        LINKS.unlink(missing_ok=True)
        supervisor.stop()


def listen_for_interrupts() -> None:
    """Make every way of asking the demo to end a KeyboardInterrupt, once: the ending itself is not interrupted."""

    def interrupt(*_: object) -> None:
        _handle_interrupts(signal.SIG_IGN)
        raise KeyboardInterrupt

    _handle_interrupts(interrupt)


def _handle_interrupts(handler: Callable[..., object] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _set_stage(say: Callable[[str], None]) -> Stage:
    home = Path(os.environ.get("NAHBAR_HOME") or VAR).expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    host = os.environ.get("NAHBAR_DEMO_HOST") or LOOPBACK
    try:
        if host in {"localhost", LOOPBACK}:
            return _set_up_here(home, say)
        place = real_phone.place_of(host)
        say(real_phone.warning(place))
        return _set_up_at(place, home, say)
    except (ports.NoFreePort, ports.NotOurAddress, real_phone.CannotOpen, proxy.NoNginx) as error:
        raise DemoFailed(str(error)) from error


def _set_up_here(home: Path, say: Callable[[str], None]) -> Stage:
    web_port = _port("PORT", DEFAULT_WEB_PORT, LOOPBACK, say)
    livekit_port = _port("LIVEKIT_PORT", DEFAULT_LIVEKIT_PORT, LOOPBACK, say, taken=(web_port,))
    taken = (web_port, livekit_port)
    media_port = ports.free_port(LOOPBACK, first=livekit_port + 2, udp=True, taken=taken)
    media = MediaServer(
        host=LOOPBACK,
        signal_port=livekit_port,
        media_port=media_port,
        turn_port=ports.free_port(LOOPBACK, first=media_port + 1, udp=True, taken=taken),
        webhook_url=f"http://{LOOPBACK}:{web_port}{WEBHOOK}",
    )
    mail_port = ports.free_port(LOOPBACK, first=DEFAULT_MAIL_PORT, taken=taken)
    return Stage(web_port=web_port, mail_port=mail_port, media=media, home=home)


def _set_up_at(place: real_phone.Place, home: Path, say: Callable[[str], None]) -> Stage:
    """Only the proxy and the media are reached at the place; all else stays on loopback."""
    proxy.program()
    port = _port("PORT", DEFAULT_PROXY_PORT, place.address, say)
    livekit_port = _port("LIVEKIT_PORT", DEFAULT_LIVEKIT_PORT, LOOPBACK, say, taken=(port,))
    taken = [port, livekit_port]
    for host, first in ((LOOPBACK, DEFAULT_WEB_PORT), (LOOPBACK, DEFAULT_MAIL_PORT), (LOOPBACK, proxy.WEBHOOK_PORT)):
        taken.append(ports.free_port(host, first=first, taken=taken))
    web_port, mail_port, webhook_port = taken[2:]
    media_port = ports.free_port(place.address, first=livekit_port + 2, udp=True, taken=taken)
    media = MediaServer(
        host=place.address,
        signal_host=LOOPBACK,
        signal_port=livekit_port,
        media_port=media_port,
        # Opened on every address of the machine, so only where the demo is open anyway.
        tcp_port=ports.free_port(place.address, first=livekit_port + 1, taken=taken),
        turn_port=ports.free_port(place.address, first=media_port + 1, udp=True, taken=taken),
        webhook_url=f"http://{LOOPBACK}:{webhook_port}{WEBHOOK}",
    )
    opening = real_phone.open_at(
        place=place, port=port, web_port=web_port, webhook_port=webhook_port, media=media, home=home
    )
    return Stage(web_port=web_port, mail_port=mail_port, media=media, home=home, opening=opening)


def _port(variable: str, default: int, host: str, say: Callable[[str], None], taken: tuple[int, ...] = ()) -> int:
    wanted = os.environ.get(variable) or str(default)
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise DemoFailed(f"{variable}={wanted} is no port number.")
    found = ports.free_port(host, first=int(wanted), taken=taken)
    if found != int(wanted):
        say(f"Port {wanted} is busy, taking {found} ({variable}=… chooses another).")
    return found


def _kept_secrets(path: Path) -> dict[str, str]:
    """Secrets that outlive a restart: sessions and the links in mails already sent stay valid."""
    if path.is_file():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {"secret_key": secrets.token_urlsafe(50), "link_key": secrets.token_urlsafe(50)}
    path.touch(mode=0o600)
    path.write_text(json.dumps(made))
    return made


def _parts(stage: Stage) -> list[Part]:
    livekit = os.environ.get("NAHBAR_LIVEKIT_BINARY")
    if not livekit:
        raise DemoFailed("NAHBAR_LIVEKIT_BINARY is not set; start the demo with `make demo`.")
    config = stage.home / "livekit.json"
    stage.media.write_config(config)
    django = (sys.executable, "-m", "django")
    return [
        Part(
            name="livekit",
            command=(livekit, "--config", str(config)),
            ready=lambda: _answers(stage.media.api_url),
            clean=redact,
        ),
        Part(
            name="mail",
            command=(*django, "mail_sink", "--port", str(stage.mail_port), "--folder", str(MAIL)),
            ready=lambda: ports.answers(LOOPBACK, stage.mail_port),
        ),
        Part(name="web", command=_gunicorn(stage), ready=lambda: _answers(stage.web_url)),
        Part(name="worker", command=(*django, "worker")),
        Part(name="clock", command=(*django, "clock")),
    ]


def _gunicorn(stage: Stage) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "gunicorn", "nahbar.config.wsgi:application"),
        *("--bind", f"{LOOPBACK}:{stage.web_port}"),
        *("--worker-class", "gthread", "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", "3"),
        *("--log-level", "warning"),
    )


def _proxy_part(opening: real_phone.Opening, folder: Path) -> Part:
    try:
        opening.proxy.write(folder)
    except proxy.NotPlain as error:
        raise DemoFailed(f"{error} Choose another folder with NAHBAR_HOME=…") from error
    trusting = ssl.create_default_context(cafile=opening.authority.path)
    return Part(
        name="proxy",
        command=proxy.command(folder),
        ready=lambda: _answers(opening.base_url, trusting),
        clean=redact,
    )


def _answers(url: str, trusting: ssl.SSLContext | None = None) -> bool:
    """Whether a server answers there; a refusal is an answer, an error of its own is none."""
    try:
        with urllib.request.urlopen(url, timeout=5, context=trusting) as response:  # noqa: S310 (an address of ours)
            return bool(response.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _load_demo(environment: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "django", "load_demo"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        log = LOGS / "load_demo.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout + done.stderr)
        said = done.stderr.strip().splitlines()[:KEPT_LINES]
        raise DemoFailed("\n".join([*said, f"The demo data could not be loaded (all of it: {_short(log)})."]))
    paths: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return paths


def _absolute(paths: dict[str, Any], base_url: str) -> dict[str, Any]:
    """The same mapping with whole addresses; what is no path (the proof's digits) stays."""

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: whole(inner) for key, inner in value.items()}
        return base_url + value if isinstance(value, str) and value.startswith("/") else value

    return {"base_url": base_url, **whole(paths)}


def _write_links(links: dict[str, Any]) -> None:
    """All at once, so that a reader never meets half a file."""
    half = LINKS.with_suffix(".tmp")
    half.write_text(json.dumps(links, indent=2, ensure_ascii=False) + "\n")
    half.replace(LINKS)


def _short(path: Path) -> Path:
    return path.relative_to(REPO) if path.is_relative_to(REPO) else path


ROLES = {
    "counsellor": "Counsellor",
    "deputy": "Their deputy",
    "team_lead": "Team lead",
    "guide": "Guide",
    "administrator": "Administrator",
}


def _announcement(links: dict[str, Any], stage: Stage) -> str:
    lines = ["", "Nahbar is running. Sign in with one click as", ""]
    lines += [f"  {ROLES.get(role, role):<14} {url}" for role, url in links["sign_in"].items()]
    client = links["client"]
    lines += [
        "",
        f"A client's invitation (four digits: {client['proof']})",
        "",
        f"  {'now':<14} {client['now']}",
        f"  {'upcoming':<14} {client['upcoming']}",
        "",
        f"  {'Outbox':<14} {links['outbox']}",
        "",
    ]
    if stage.opening:
        lines += [
            real_phone.warning(stage.opening.place),
            "",
            real_phone.announcement(stage.opening, client_link=client["now"], media=stage.media),
            "",
        ]
    lines += [f"The same links: {_short(LINKS)} · logs: {_short(LOGS)}", "Ctrl-C ends everything."]
    return "\n".join(lines)
