"""Debian packages that need root: installed when we are root on Debian, else the exact command is named."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.console import fail, run

# Debian asks this program whether a package may start its service.
POLICY = Path("/usr/sbin/policy-rc.d")


class Need(NamedTuple):
    """Something from the system that parts of the project cannot do without."""

    what: str
    packages: tuple[str, ...]
    present: Callable[[], bool]


def _chromium() -> bool:
    return shutil.which("chromium") is not None


def _fonts() -> bool:
    return any(Path("/usr/share/fonts/truetype").glob("dejavu/DejaVuSans.ttf"))


def _certutil() -> bool:
    """What tells Chromium of an authority it should trust."""
    return shutil.which("certutil") is not None


def _libatomic() -> bool:
    """What Playwright's own Node is linked to."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


def _pango() -> bool:
    """What WeasyPrint sets type with."""
    try:
        for library in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
            ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _postgresql() -> bool:
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _iproute() -> bool:
    """Asked of root only: nobody else can make a poor line, and what needs one is left out then."""
    return os.geteuid() != 0 or shutil.which("ip") is not None


def _nginx() -> bool:
    return (shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")) is not None


def _espeak() -> bool:
    return shutil.which("espeak-ng") is not None


NEEDS = {
    "browser": (
        Need(what="Chromium", packages=("chromium",), present=_chromium),
        Need(what="Fonts", packages=("fonts-dejavu-core", "fonts-liberation"), present=_fonts),
        Need(what="certutil", packages=("libnss3-tools",), present=_certutil),
        Need(what="libatomic", packages=("libatomic1",), present=_libatomic),
    ),
    "pdf": (
        Need(
            what="Pango",
            packages=("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
            present=_pango,
        ),
        Need(what="Fonts", packages=("fonts-dejavu-core", "fonts-liberation"), present=_fonts),
    ),
    "database": (Need(what="PostgreSQL", packages=("postgresql",), present=_postgresql),),
    "lines": (Need(what="iproute2", packages=("iproute2",), present=_iproute),),
    "proxy": (Need(what="nginx", packages=("nginx",), present=_nginx),),
    "speech": (Need(what="espeak-ng", packages=("espeak-ng",), present=_espeak),),
}


def main(names: Sequence[str]) -> None:
    """Install what is missing for the named purposes."""
    missing = [need for name in names for need in NEEDS[name] if not need.present()]
    if missing:
        what = ", ".join(need.what for need in missing)
        install_packages(what, [package for need in missing for package in need.packages])


def install_packages(what: str, packages: Sequence[str]) -> None:
    """Install Debian packages, or stop with the command that does."""
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        fail(
            f"{what} is missing and installing it needs root: run `{command}` as root, then start again."
            f"{_afterwards(packages)}"
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(
        "Reading Debian's package lists",
        ["apt-get", "update"],
        otherwise="Debian's package lists could not be read; is the mirror reachable?",
        env=quiet,
    )
    with _services_stay_off():
        run(
            f"Installing {what}",
            ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
            otherwise=f"{what} could not be installed with `{command}`.",
            env=quiet,
        )
    _keep_off(packages)


def _afterwards(packages: Sequence[str]) -> str:
    if "nginx" not in packages:
        return ""
    return " Debian starts nginx as a service, which is not needed: `systemctl disable --now nginx` ends it."


@contextmanager
def _services_stay_off() -> Iterator[None]:
    """The programs are wanted, not their services: nginx's would listen on port 80 of every address."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _keep_off(packages: Sequence[str]) -> None:
    """Neither does the next start of the machine start nginx."""
    if "nginx" in packages and Path("/run/systemd/system").exists():
        run(
            "Leaving nginx's service off",
            ["systemctl", "disable", "--quiet", "nginx.service"],
            otherwise="nginx's own service could not be left off: run `systemctl disable nginx` as root.",
        )


if __name__ == "__main__":
    main(sys.argv[1:])
