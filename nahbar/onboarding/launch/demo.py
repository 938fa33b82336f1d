"""The whole of Nahbar on one machine with demo data: ports, secrets, processes, links."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nahbar.onboarding.launch import ports
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
DEFAULT_LIVEKIT_PORT = 7880
DEFAULT_MAIL_PORT = 2525


class DemoFailed(Exception):
    """The demo cannot run; the message is one sentence for the person who started it."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where everything of one demo listens and lives."""

    host: str
    web_port: int
    mail_port: int
    media: MediaServer
    home: Path

    @property
    def base_url(self) -> str:
        """What is opened in a browser; passkeys need a name, so not the bare loopback address."""
        return f"http://{'localhost' if self.host == LOOPBACK else self.host}:{self.web_port}"

    def environment(self) -> dict[str, str]:
        """The settings of every process of the demo."""
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
            "NAHBAR_HOSTS": ",".join(dict.fromkeys(["localhost", LOOPBACK, self.host])),
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


def run(*, say: Callable[[str], None]) -> None:
    """Run the demo until interrupted; ends every process it started, whatever happens."""
    stage = _set_stage(say)
    environment = stage.environment()
    LINKS.unlink(missing_ok=True)
    supervisor = Supervisor(environment=environment, logs=LOGS, say=say)
    try:
        say("Preparing the database and the demo data (at first half a minute, later seconds) …")
        paths = _load_demo(environment)
        say("Starting web, worker, clock, LiveKit and mail …")
        supervisor.start(_parts(stage), within=START_SECONDS)
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
    host = os.environ.get("NAHBAR_DEMO_HOST") or LOOPBACK
    if host == "localhost":
        host = LOOPBACK
    home = Path(os.environ.get("NAHBAR_HOME") or VAR).expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    try:
        web_port = _port("PORT", DEFAULT_WEB_PORT, host, say)
        livekit_port = _port("LIVEKIT_PORT", DEFAULT_LIVEKIT_PORT, host, say, taken=(web_port,))
        taken = (web_port, livekit_port)
        media_port = ports.free_port(host, first=livekit_port + 2, udp=True, taken=taken)
        turn_port = ports.free_port(host, first=media_port + 1, udp=True, taken=taken)
        # Opened on every address of the machine, so only where the demo is open anyway.
        tcp_port = 0 if host == LOOPBACK else ports.free_port(host, first=livekit_port + 1, taken=taken)
        mail_port = ports.free_port(LOOPBACK, first=DEFAULT_MAIL_PORT, taken=taken)
    except (ports.NoFreePort, ports.NotOurAddress) as error:
        raise DemoFailed(str(error)) from error
    if host != LOOPBACK:
        say(
            f"HOST={host}: everyone who reaches this address can sign in with one click and read the outbox. "
            "Browsers there open camera and microphone only over https."
        )
    media = MediaServer(
        host=host,
        signal_port=livekit_port,
        media_port=media_port,
        tcp_port=tcp_port,
        turn_port=turn_port,
        webhook_url=f"http://{host}:{web_port}/api/livekit/webhook",
    )
    return Stage(host=host, web_port=web_port, mail_port=mail_port, media=media, home=home)


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
        Part(name="web", command=_gunicorn(stage), ready=lambda: _answers(stage.base_url)),
        Part(name="worker", command=(*django, "worker")),
        Part(name="clock", command=(*django, "clock")),
    ]


def _gunicorn(stage: Stage) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "gunicorn", "nahbar.config.wsgi:application"),
        *("--bind", f"{stage.host}:{stage.web_port}"),
        *("--worker-class", "gthread", "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", "3"),
        *("--log-level", "warning"),
    )


def _answers(url: str) -> bool:
    """Whether a server answers there; a refusal is an answer, an error of its own is none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 (an address of ours)
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
        f"The same links: {_short(LINKS)} · logs: {_short(LOGS)}",
        "Ctrl-C ends everything.",
    ]
    return "\n".join(lines)
