"""Make .venv and node_modules from the lock files; do nothing when both already match them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.console import REPO, fail, run
from tools.system import install_packages

VENV = REPO / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
UV_LOCK = REPO / "requirements" / "uv.txt"
PYTHON_LOCK = REPO / "requirements" / "test.txt"
NODE_LOCKS = (REPO / "package-lock.json", REPO / ".npmrc")
NODE_MODULES = REPO / "node_modules"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20


def main() -> None:
    """Install what is missing."""
    if sys.version_info < OLDEST_PYTHON:
        version = ".".join(map(str, sys.version_info[:2]))
        fail(f"Python {version} is too old: install 3.11 or newer, or name one (make … PYTHON=python3.12).")
    _install_python_packages()
    _install_node_packages()


def _install_python_packages() -> None:
    stamp = VENV / ".installed"
    digest = _digest(UV_LOCK, PYTHON_LOCK) + f" {sys.version_info.major}.{sys.version_info.minor}"
    if _matches(stamp, digest) and _runs(VENV_PYTHON):
        return
    if not _runs(VENV_PYTHON):
        _make_environment()
    run(
        "Installing the Python installer",
        [VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "-r", UV_LOCK],
        otherwise="The Python installer could not be installed; is the package registry reachable?",
    )
    run(
        "Installing Python packages",
        [UV, "pip", "sync", "--python", VENV_PYTHON, "--require-hashes", PYTHON_LOCK],
        otherwise="The Python packages could not be installed; is the package registry reachable?",
        env={**os.environ, "UV_LINK_MODE": "copy"},
    )
    stamp.write_text(digest)


def _make_environment() -> None:
    """Make .venv; Debian keeps what that needs in a package of its own."""
    if not _runs(Path(sys.executable), "import ensurepip, venv"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        install_packages("Python's venv module", [f"python{version}-venv"])
    run(
        "Making the Python environment",
        [sys.executable, "-m", "venv", "--clear", VENV],
        otherwise="The Python environment could not be made in .venv.",
    )


def _install_node_packages() -> None:
    _require_node()
    stamp = NODE_MODULES / ".installed"
    digest = _digest(*NODE_LOCKS)
    if _matches(stamp, digest):
        return
    run(
        "Installing Node packages",
        ["npm", "ci", "--ignore-scripts"],
        otherwise="The Node packages could not be installed; is the package registry reachable?",
    )
    stamp.write_text(digest)


def _require_node() -> None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        fail(f"Node is missing: install Node {OLDEST_NODE} or newer, with npm, and start again.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    found = re.match(r"v(\d+)", version)
    if found is None or int(found[1]) < OLDEST_NODE:
        fail(f"Node {version or 'of an unknown version'} is too old: install Node {OLDEST_NODE} or newer.")


def _digest(*files: Path) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _matches(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


def _runs(python: Path, code: str = "pass") -> bool:
    if not python.exists():
        return False
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
